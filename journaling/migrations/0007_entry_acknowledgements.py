from datetime import timedelta

import django.db.models.deletion
from django.db import migrations, models


def tell_which_count(apps, schema_editor):
    """This will mark moments recalled by more than 48 hours; until here no card was that old."""
    entries = apps.get_model("journaling", "Entry").objects.exclude(kind="daily")
    late = entries.filter(recorded_at__gt=models.F("occurred_at") + timedelta(hours=48))
    late.update(counts=False)


class Migration(migrations.Migration):

    dependencies = [
        ('journaling', '0006_sync_floor'),
    ]

    operations = [
        migrations.AddField(
            model_name='entry',
            name='counts',
            field=models.BooleanField(default=True),
            preserve_default=False,
        ),
        migrations.RunPython(tell_which_count, migrations.RunPython.noop),
        migrations.AddField(
            model_name='entry',
            name='acknowledged_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='entry',
            name='acknowledged_by',
            field=models.UUIDField(null=True),
        ),
        migrations.RemoveIndex(
            model_name='entry',
            name='entry_timeline',
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['patient', 'occurred_at'], include=('kind', 'local_date', 'share', 'counts', 'intensity', 'valence', 'skill', 'wanted_to', 'attempted', 'able', 'automatic', 'helped'), name='entry_timeline'),
        ),
        migrations.CreateModel(
            name='BriefOpening',
            fields=[
                ('row', models.BigAutoField(primary_key=True, serialize=False)),
                ('clinician_id', models.UUIDField()),
                ('digest', models.CharField(max_length=64)),
                ('opened_at', models.DateTimeField()),
                ('shown', models.JSONField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.treatmentsession')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('session', 'clinician_id', 'digest'), name='brief_opening_once')],
            },
        ),
    ]
