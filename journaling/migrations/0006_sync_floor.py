from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('journaling', '0005_export_jobs'),
    ]

    operations = []
