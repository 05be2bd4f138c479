from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0003_safety_rota'),
    ]

    operations = []
