from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0001_people_programme_signin'),
    ]

    operations = []
