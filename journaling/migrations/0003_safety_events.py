from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('journaling', '0002_entry_edits'),
    ]

    operations = []
