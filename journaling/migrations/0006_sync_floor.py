from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journaling', '0005_export_jobs'),
    ]

    operations = [
        migrations.AddField(
            model_name='journal',
            name='purged_seq',
            field=models.BigIntegerField(db_default=0),
        ),
    ]
