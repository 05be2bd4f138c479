from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0007_consent_records'),
    ]

    operations = []
