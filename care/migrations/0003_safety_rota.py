from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0002_zone_history'),
    ]

    operations = []
