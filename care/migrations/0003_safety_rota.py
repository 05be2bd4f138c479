import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backend.kit.ids


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0002_zone_history'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='StaffContact',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='contact', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('email', models.EmailField(max_length=254)),
            ],
        ),
        migrations.CreateModel(
            name='ClinicSafety',
            fields=[
                ('clinic', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='safety', serialize=False, to='care.clinic')),
                ('alerts_on', models.BooleanField(default=False)),
                ('hours', models.JSONField(null=True)),
                ('rota', models.JSONField(null=True)),
                ('escalate_minutes', models.PositiveSmallIntegerField(default=15)),
                ('repeat_minutes', models.PositiveSmallIntegerField(default=5)),
                ('tightened', models.JSONField(default=dict)),
                ('resources', models.JSONField(default=list)),
                ('set_at', models.DateTimeField()),
                ('backup', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('alerts_on', False), models.Q(('backup__isnull', False), ('hours__isnull', False), ('rota__isnull', False), models.Q(('hours', []), _negated=True), models.Q(('rota', []), _negated=True)), _connector='OR'), name='safety_alerts_need_rota_hours_backup'), models.CheckConstraint(condition=models.Q(('escalate_minutes__range', (1, 60)), ('repeat_minutes__range', (1, 30))), name='safety_minutes_in_bounds')],
            },
        ),
        migrations.CreateModel(
            name='DutyCall',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('event_id', models.UUIDField()),
                ('part', models.CharField(choices=[('duty', 'Duty'), ('backup', 'Backup'), ('therapist', 'Therapist')], max_length=9)),
                ('step', models.PositiveIntegerField()),
                ('at_work', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('handed_over_at', models.DateTimeField(null=True)),
                ('clinician', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('handed_over_at__isnull', True)), fields=['at'], name='duty_call_to_hand_over'), models.Index(fields=['clinician', 'at'], name='duty_call_of_clinician')],
                'constraints': [models.UniqueConstraint(fields=('event_id', 'step', 'clinician'), name='duty_call_once_a_step'), models.CheckConstraint(condition=models.Q(('part__in', ['duty', 'backup', 'therapist'])), name='duty_call_part_known')],
            },
        ),
    ]
