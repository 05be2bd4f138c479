from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0006_two_factor'),
    ]

    operations = []
