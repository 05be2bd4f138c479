from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0004_counselling_notes'),
    ]

    operations = [
        migrations.AddField(
            model_name='consent',
            name='language',
            field=models.CharField(default='', max_length=5),
        ),
        migrations.AddField(
            model_name='consent',
            name='text',
            field=models.TextField(default=''),
        ),
    ]
