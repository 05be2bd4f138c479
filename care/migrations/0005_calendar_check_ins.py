from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0004_counselling_notes'),
    ]

    operations = [
        migrations.AddField(
            model_name='calendarlink',
            name='has_check_ins',
            field=models.BooleanField(default=False),
        ),
    ]
