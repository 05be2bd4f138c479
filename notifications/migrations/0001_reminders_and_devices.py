import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids
from backend.kit.db.create_models import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('care', '0001_people_and_programme'),
    ]

    operations = [
        CreateModels(
            migrations.CreateModel(
                name='GatewayThrottle',
                fields=[
                    ('name', models.CharField(max_length=80, primary_key=True, serialize=False)),
                    ('blocked_until', models.DateTimeField(null=True)),
                    ('reason', models.CharField(blank=True, max_length=40)),
                    ('consecutive_faults', models.PositiveSmallIntegerField(db_default=0)),
                    ('next_send_at', models.DateTimeField(null=True)),
                    ('ramp_started_at', models.DateTimeField(null=True)),
                ],
            ),
            migrations.CreateModel(
                name='Lease',
                fields=[
                    ('lease_id', models.UUIDField(primary_key=True, serialize=False)),
                    ('until', models.DateTimeField()),
                    ('in_hand', models.JSONField()),
                ],
            ),
            migrations.CreateModel(
                name='Recipient',
                fields=[
                    ('patient', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='care.patient')),
                    ('paused_until', models.DateTimeField(null=True)),
                    ('last_message_at', models.DateTimeField(null=True)),
                    ('last_message_id', models.UUIDField(null=True)),
                    ('last_message_is_nudge', models.BooleanField(null=True)),
                    ('recent_message_times', models.JSONField(null=True)),
                    ('last_active_at', models.DateTimeField(null=True)),
                ],
            ),
            migrations.CreateModel(
                name='Reminder',
                fields=[
                    ('row', models.BigAutoField(primary_key=True, serialize=False)),
                    ('id', models.UUIDField()),
                    ('purpose', models.CharField(choices=[('checkin', 'Checkin'), ('skill', 'Skill'), ('dose', 'Dose'), ('pre_session', 'Pre Session'), ('session', 'Session'), ('measure', 'Measure')], max_length=12)),
                    ('minutes', models.JSONField()),
                    ('weekdays', models.PositiveSmallIntegerField(null=True)),
                    ('every_days', models.PositiveSmallIntegerField(null=True)),
                    ('every_from', models.DateField(null=True)),
                    ('starts_on', models.DateField(null=True)),
                    ('ends_on', models.DateField(null=True)),
                    ('before_minutes', models.PositiveSmallIntegerField(null=True)),
                    ('expires_minutes', models.PositiveSmallIntegerField(default=60)),
                    ('nudge', models.BooleanField(default=False)),
                    ('skip_if_logged', models.BooleanField(default=False)),
                    ('active', models.BooleanField(default=True)),
                    ('rev', models.PositiveIntegerField(default=1)),
                    ('digest', models.BinaryField(max_length=32, null=True)),
                    ('next_due_at', models.DateTimeField(null=True)),
                    ('next_day', models.DateField(null=True)),
                    ('next_slot', models.SmallIntegerField(null=True)),
                    ('next_spread', models.PositiveSmallIntegerField(db_default=0, default=0)),
                    ('next_session', models.UUIDField(null=True)),
                    ('last_day', models.DateField(null=True)),
                    ('last_slot', models.SmallIntegerField(null=True)),
                    ('halved_at', models.DateTimeField(null=True)),
                    ('asked_at', models.DateTimeField(null=True)),
                    ('misses_counted_from', models.DateTimeField(null=True)),
                    ('created_at', models.DateTimeField()),
                    ('deleted_at', models.DateTimeField(null=True)),
                    ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('next_due_at__isnull', False)), fields=['next_due_at', 'row'], name='reminder_due')],
                    'constraints': [models.UniqueConstraint(fields=('patient', 'id'), name='reminder_id_once_per_patient'), models.CheckConstraint(condition=models.Q(('purpose__in', ['checkin', 'skill', 'dose', 'pre_session', 'session', 'measure'])), name='reminder_purpose_known'), models.CheckConstraint(condition=models.Q(models.Q(('every_days__isnull', True), ('every_from__isnull', True), ('weekdays__range', (1, 127))), models.Q(('every_days__gte', 1), ('every_from__isnull', False), ('weekdays__isnull', True)), _connector='OR'), name='reminder_weekdays_or_every'), models.CheckConstraint(condition=models.Q(('starts_on__isnull', True), ('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='reminder_ends_after_start'), models.CheckConstraint(condition=models.Q(models.Q(('next_day__isnull', True), ('next_due_at__isnull', True), ('next_slot__isnull', True)), models.Q(('active', True), ('deleted_at__isnull', True), ('next_day__isnull', False), ('next_due_at__isnull', False), ('next_slot__isnull', False)), _connector='OR'), name='reminder_due_only_while_active'), models.CheckConstraint(condition=models.Q(('expires_minutes__range', (1, 1440))), name='reminder_expires_in_a_day')],
                },
            ),
            migrations.CreateModel(
                name='Occurrence',
                fields=[
                    ('id', models.UUIDField(primary_key=True, serialize=False)),
                    ('purpose', models.CharField(choices=[('checkin', 'Checkin'), ('skill', 'Skill'), ('dose', 'Dose'), ('pre_session', 'Pre Session'), ('session', 'Session'), ('measure', 'Measure')], max_length=12)),
                    ('local_day', models.DateField()),
                    ('slot', models.SmallIntegerField()),
                    ('session', models.UUIDField(null=True)),
                    ('due_at', models.DateTimeField()),
                    ('not_after', models.DateTimeField()),
                    ('next_attempt_at', models.DateTimeField(null=True)),
                    ('state', models.CharField(choices=[('pending', 'Pending'), ('leased', 'Leased'), ('sent', 'Sent'), ('failed', 'Failed'), ('dead_device', 'Dead Device'), ('expired', 'Expired'), ('skipped', 'Skipped'), ('unknown', 'Unknown')], max_length=12)),
                    ('reason', models.CharField(db_default='', max_length=40)),
                    ('lease_id', models.UUIDField(null=True)),
                    ('attempts', models.PositiveSmallIntegerField(db_default=0)),
                    ('crash_count', models.PositiveSmallIntegerField(db_default=0)),
                    ('ambiguous_count', models.PositiveSmallIntegerField(db_default=0)),
                    ('settled_devices', models.JSONField(null=True)),
                    ('sent_at', models.DateTimeField(null=True)),
                    ('opened_at', models.DateTimeField(null=True)),
                    ('answered_at', models.DateTimeField(null=True)),
                    ('snoozed_at', models.DateTimeField(null=True)),
                    ('tag', models.CharField(max_length=64)),
                    ('created_at', models.DateTimeField()),
                    ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
                    ('reminder', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='occurrences', to='notifications.reminder')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['next_attempt_at', 'id'], name='occurrence_open'), models.Index(fields=['patient', 'due_at'], name='occurrence_of_patient'), models.Index(fields=['created_at'], name='occurrence_made')],
                    'constraints': [models.UniqueConstraint(fields=('reminder', 'local_day', 'slot'), name='occurrence_once'), models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'leased', 'sent', 'failed', 'dead_device', 'expired', 'skipped', 'unknown'])), name='occurrence_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('next_attempt_at__isnull', False), ('state__in', ['pending', 'leased'])), models.Q(models.Q(('state__in', ['pending', 'leased']), _negated=True), ('next_attempt_at__isnull', True)), _connector='OR'), name='occurrence_open_has_wake'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'leased'), _negated=True), ('lease_id__isnull', False), _connector='OR'), name='occurrence_lease_has_holder'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at__isnull', False), _connector='OR'), name='occurrence_sent_has_instant')],
                },
            ),
            migrations.CreateModel(
                name='ReminderMail',
                fields=[
                    ('next_attempt_at', models.DateTimeField(null=True)),
                    ('lease_id', models.UUIDField(null=True)),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('occurrence', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='mail', serialize=False, to='notifications.occurrence')),
                    ('waiting', models.PositiveSmallIntegerField()),
                    ('not_after', models.DateTimeField()),
                    ('sent_at', models.DateTimeField(null=True)),
                    ('reason', models.CharField(default='', max_length=40)),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['next_attempt_at'], name='reminder_mail_waiting')],
                },
            ),
            migrations.CreateModel(
                name='DefaultReminder',
                fields=[
                    ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                    ('place', models.PositiveSmallIntegerField()),
                    ('purpose', models.CharField(choices=[('checkin', 'Checkin'), ('skill', 'Skill'), ('dose', 'Dose'), ('pre_session', 'Pre Session'), ('session', 'Session'), ('measure', 'Measure')], max_length=12)),
                    ('minutes', models.JSONField()),
                    ('weekdays', models.PositiveSmallIntegerField(null=True)),
                    ('every_days', models.PositiveSmallIntegerField(null=True)),
                    ('before_minutes', models.PositiveSmallIntegerField(null=True)),
                    ('expires_minutes', models.PositiveSmallIntegerField()),
                    ('nudge', models.BooleanField()),
                    ('skip_if_logged', models.BooleanField()),
                    ('clinic', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.clinic')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('clinic', 'place'), name='default_reminder_place'), models.CheckConstraint(condition=models.Q(('purpose__in', ['checkin', 'skill', 'dose', 'pre_session', 'session', 'measure'])), name='default_reminder_purpose_known')],
                },
            ),
            migrations.CreateModel(
                name='Device',
                fields=[
                    ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                    ('provider', models.CharField(choices=[('fcm_token', 'Fcm Token'), ('fcm_fid', 'Fcm Fid'), ('webpush', 'Web Push')], max_length=9)),
                    ('address', models.BinaryField()),
                    ('subscription', models.BinaryField(null=True)),
                    ('fingerprint', models.CharField(max_length=64)),
                    ('platform', models.CharField(choices=[('android', 'Android'), ('ios', 'Ios'), ('web', 'Web')], max_length=7)),
                    ('app_version', models.CharField(blank=True, max_length=40)),
                    ('device_name', models.BinaryField(blank=True)),
                    ('covered_until', models.DateTimeField(null=True)),
                    ('covered', models.JSONField(null=True)),
                    ('refresh_at', models.DateTimeField(null=True)),
                    ('refresh_asked_at', models.DateTimeField(null=True)),
                    ('refreshed_at', models.DateTimeField(null=True)),
                    ('refresh_tries', models.PositiveSmallIntegerField(db_default=0)),
                    ('created_at', models.DateTimeField()),
                    ('last_seen_at', models.DateTimeField()),
                    ('ended_at', models.DateTimeField(null=True)),
                    ('ended_reason', models.CharField(blank=True, max_length=30)),
                    ('device_session', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.devicesession')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['patient'], name='device_live'), models.Index(condition=models.Q(('refresh_at__isnull', False)), fields=['refresh_at', 'id'], name='device_to_refresh')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('fingerprint',), name='device_address_lives_once'), models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('device_session', 'platform'), name='device_one_address_per_sign_in'), models.CheckConstraint(condition=models.Q(('provider__in', ['fcm_token', 'fcm_fid', 'webpush'])), name='device_provider_known'), models.CheckConstraint(condition=models.Q(('platform__in', ['android', 'ios', 'web'])), name='device_platform_known')],
                },
            ),
        ),
    ]
