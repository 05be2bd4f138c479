from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0005_groups_and_programme'),
    ]

    operations = []
