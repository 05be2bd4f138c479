import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backend.kit.ids


class Migration(migrations.Migration):

    dependencies = [
        ('journaling', '0002_entry_edits'),
        ('care', '0003_safety_rota'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='journal',
            name='safety_seq',
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.CreateModel(
            name='SafetyEvent',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('audience', models.CharField(choices=[('care_team', 'Care Team'), ('individual_therapist_only', 'Therapist')], max_length=26)),
                ('level', models.PositiveSmallIntegerField()),
                ('opened_at', models.DateTimeField()),
                ('last_sign_at', models.DateTimeField()),
                ('step', models.PositiveIntegerField(default=0)),
                ('next_call_at', models.DateTimeField(null=True)),
                ('acknowledged_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, choices=[('reached_safe', 'Reached Safe'), ('reached_more_care', 'Reached More Care'), ('emergency_services', 'Emergency Services'), ('seen_in_person', 'Seen In Person'), ('plan_reviewed', 'Plan Reviewed'), ('recorded_by_mistake', 'Recorded By Mistake'), ('other', 'Other')], max_length=20)),
                ('words', models.BinaryField(null=True)),
                ('acknowledged_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
        ),
        migrations.CreateModel(
            name='SafetyPlan',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('rev', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('words', models.BinaryField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
        ),
        migrations.CreateModel(
            name='SafetySign',
            fields=[
                ('row', models.BigAutoField(primary_key=True, serialize=False)),
                ('entry_id', models.UUIDField()),
                ('entry_rev', models.PositiveIntegerField()),
                ('level', models.PositiveSmallIntegerField()),
                ('fired', models.JSONField()),
                ('at', models.DateTimeField()),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='signs', to='journaling.safetyevent')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
        ),
        migrations.AddIndex(
            model_name='safetyevent',
            index=models.Index(fields=['patient', 'opened_at'], name='safety_event_of_patient'),
        ),
        migrations.AddIndex(
            model_name='safetyevent',
            index=models.Index(condition=models.Q(('next_call_at__isnull', False)), fields=['next_call_at'], name='safety_event_to_call'),
        ),
        migrations.AddConstraint(
            model_name='safetyevent',
            constraint=models.CheckConstraint(condition=models.Q(('audience__in', ['care_team', 'individual_therapist_only'])), name='safety_event_audience_known'),
        ),
        migrations.AddConstraint(
            model_name='safetyevent',
            constraint=models.CheckConstraint(condition=models.Q(('level__in', [2, 3])), name='safety_event_level_2_3'),
        ),
        migrations.AddConstraint(
            model_name='safetyevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('acknowledged_at__isnull', True), ('acknowledged_by__isnull', True), ('reason', '')), models.Q(('acknowledged_at__isnull', False), ('acknowledged_by__isnull', False), ('next_call_at__isnull', True), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='safety_event_cleared_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='safetyplan',
            constraint=models.UniqueConstraint(fields=('patient', 'rev'), name='safety_plan_rev_once'),
        ),
        migrations.AddConstraint(
            model_name='safetysign',
            constraint=models.UniqueConstraint(fields=('patient', 'entry_id', 'entry_rev'), name='safety_sign_once'),
        ),
    ]
