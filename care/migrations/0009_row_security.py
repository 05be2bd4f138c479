from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0008_sealed_audit'),
    ]

    operations = []
