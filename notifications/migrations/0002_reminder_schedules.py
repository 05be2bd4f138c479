from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0001_reminders_and_devices'),
    ]

    operations = []
