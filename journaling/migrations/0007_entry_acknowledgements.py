from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('journaling', '0006_sync_floor'),
    ]

    operations = []
