from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journaling', '0003_safety_events'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('kind', 'measure')), fields=['patient', 'occurred_at'], name='entry_measures'),
        ),
    ]
