import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids
from backend.kit.db.postgres.row_policies import ShowRows
from backend.kit.handling import RowPolicy, Rows


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0007_case_management'),
    ]

    operations = [
        migrations.CreateModel(
            name='Availability',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('rev', models.PositiveIntegerField()),
                ('words', models.BinaryField()),
                ('at', models.DateTimeField()),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('patient', 'rev'), name='availability_rev_once')],
            },
        ),
        migrations.CreateModel(
            name='MoveRequest',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('starts_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, default='', max_length=10)),
                ('words', models.BinaryField(null=True)),
                ('asked_at', models.DateTimeField()),
                ('dismissed_at', models.DateTimeField(null=True)),
                ('dismissed_by', models.UUIDField(null=True)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
                ('session', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='move_requests', to='care.treatmentsession')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('session', 'starts_at'), name='move_request_once'), models.CheckConstraint(condition=models.Q(models.Q(('dismissed_at__isnull', True), ('dismissed_by__isnull', True)), models.Q(('dismissed_at__isnull', False), ('dismissed_by__isnull', False)), _connector='OR'), name='move_request_dismissed_by_somebody')],
            },
        ),
        ShowRows('Availability', RowPolicy(Rows.TEAM, writers=("patient",))),
        ShowRows('MoveRequest', RowPolicy(Rows.TEAM, writers=("patient", "clinician"))),
    ]
