from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('journaling', '0001_journal_and_entries'),
    ]

    operations = []
