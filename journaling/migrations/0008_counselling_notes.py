from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('journaling', '0007_entry_acknowledgements'),
    ]

    operations = []
