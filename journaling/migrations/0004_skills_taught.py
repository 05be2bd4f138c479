from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('journaling', '0003_safety_events'),
    ]

    operations = []
