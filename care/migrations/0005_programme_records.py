import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids
from backend.kit.db.postgres.row_policies import ShowRows
from backend.kit.handling import RowPolicy, Rows


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0004_counselling_notes'),
    ]

    operations = [
        migrations.CreateModel(
            name='CarePlanResponse',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('plan_rev', models.PositiveIntegerField()),
                ('agreed', models.BooleanField()),
                ('words', models.BinaryField(null=True)),
                ('at', models.DateTimeField()),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', 'at'], name='care_plan_response_of_patient')],
            },
        ),
        migrations.CreateModel(
            name='MedicationVersion',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('medication_id', models.UUIDField()),
                ('rev', models.PositiveIntegerField()),
                ('kind', models.CharField(choices=[('medicine', 'Medicine'), ('supplement', 'Supplement')], max_length=10)),
                ('words', models.BinaryField()),
                ('minutes', models.JSONField()),
                ('weekdays', models.PositiveSmallIntegerField()),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(null=True)),
                ('refill_by', models.DateField(null=True)),
                ('has_reminder', models.BooleanField()),
                ('written_on', models.DateField()),
                ('is_ended', models.BooleanField(default=False)),
                ('at', models.DateTimeField()),
                ('written_by', models.UUIDField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('medication_id', 'rev'), name='medication_version_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['medicine', 'supplement'])), name='medication_kind_known'), models.CheckConstraint(condition=models.Q(('weekdays__range', (1, 127))), name='medication_on_some_weekday'), models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='medication_ends_after_start')],
            },
        ),
        migrations.CreateModel(
            name='Screening',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('words', models.BinaryField()),
                ('asked_on', models.DateField()),
                ('done_on', models.DateField(null=True)),
                ('rev', models.PositiveIntegerField(default=1)),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.UUIDField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('done_on__isnull', True), ('done_on__gte', models.F('asked_on')), _connector='OR'), name='screening_done_after_asked')],
            },
        ),
        migrations.CreateModel(
            name='SessionFeedback',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('heard', models.PositiveSmallIntegerField()),
                ('goals', models.PositiveSmallIntegerField()),
                ('approach', models.PositiveSmallIntegerField()),
                ('overall', models.PositiveSmallIntegerField()),
                ('words', models.BinaryField(null=True)),
                ('at', models.DateTimeField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
                ('session', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.treatmentsession')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('session', 'patient'), name='session_feedback_once'), models.CheckConstraint(condition=models.Q(('approach__lte', 10), ('goals__lte', 10), ('heard__lte', 10), ('overall__lte', 10)), name='session_feedback_0_10')],
            },
        ),
        migrations.CreateModel(
            name='VitalBounds',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('rev', models.PositiveIntegerField()),
                ('words', models.BinaryField()),
                ('at', models.DateTimeField()),
                ('written_by', models.UUIDField()),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('patient', 'rev'), name='vital_bounds_rev_once')],
            },
        ),
        ShowRows('CarePlanResponse', RowPolicy(Rows.TEAM, writers=("patient",))),
        ShowRows('MedicationVersion', RowPolicy(Rows.SHARED_ENTRIES, writers=("clinician",))),
        ShowRows('Screening', RowPolicy(Rows.SHARED_ENTRIES, writers=("clinician",))),
        ShowRows('SessionFeedback', RowPolicy(Rows.TEAM, writers=("patient",))),
        ShowRows('VitalBounds', RowPolicy(Rows.SHARED_ENTRIES, writers=("clinician",))),
    ]
