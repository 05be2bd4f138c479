from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0002_reminder_schedules'),
    ]

    operations = []
