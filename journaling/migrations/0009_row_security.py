from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('journaling', '0008_counselling_notes'),
    ]

    operations = []
