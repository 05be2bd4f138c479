import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids
from backend.kit.db.postgres.row_policies import ShowRows
from backend.kit.handling import RowPolicy, Rows


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0006_clinic_profile_and_resources'),
    ]

    operations = [
        migrations.CreateModel(
            name='CareNeed',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=20)),
                ('words', models.BinaryField()),
                ('noted_at', models.DateTimeField()),
                ('noted_by', models.UUIDField()),
                ('met_at', models.DateTimeField(null=True)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
        ),
        migrations.CreateModel(
            name='AftercarePlan',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('rev', models.PositiveIntegerField()),
                ('words', models.BinaryField()),
                ('at', models.DateTimeField()),
                ('written_by', models.UUIDField()),
                ('written_by_role', models.CharField(max_length=10)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('patient', 'rev'), name='aftercare_plan_rev_once')],
            },
        ),
        migrations.CreateModel(
            name='CareTask',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('words', models.BinaryField()),
                ('owner_id', models.UUIDField(null=True)),
                ('due_on', models.DateField(null=True)),
                ('made_at', models.DateTimeField()),
                ('made_by', models.UUIDField()),
                ('done_at', models.DateTimeField(null=True)),
                ('done_by', models.UUIDField(null=True)),
                ('need', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.careneed')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', True), ('done_by__isnull', True)), models.Q(('done_at__isnull', False), ('done_by__isnull', False)), _connector='OR'), name='care_task_done_by_somebody')],
            },
        ),
        ShowRows('AftercarePlan', RowPolicy(Rows.TEAM, writers=("patient", "clinician"))),
        ShowRows('CareNeed', RowPolicy(Rows.TEAM, writers=("clinician",))),
        ShowRows('CareTask', RowPolicy(Rows.TEAM, writers=("patient", "clinician"))),
    ]
