from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('journaling', '0004_skills_taught'),
    ]

    operations = []
