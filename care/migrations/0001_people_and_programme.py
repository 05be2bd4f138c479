import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import backend.kit.ids


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('patient', 'Patient'), ('clinician', 'Clinician'), ('admin', 'Admin'), ('supporter', 'Supporter')], max_length=10)),
                ('username', models.CharField(max_length=150, null=True, unique=True)),
                ('display_name', models.CharField(max_length=120)),
                ('time_zone', models.CharField(max_length=64)),
                ('language', models.CharField(default='en', max_length=35)),
                ('sealed_email', models.BinaryField(null=True)),
                ('is_active', models.BooleanField(default=True)),
                ('rev', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('role__in', ['patient', 'clinician', 'admin', 'supporter'])), name='user_role_known')],
                'verbose_name': 'account',
            },
        ),
        migrations.CreateModel(
            name='Episode',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('level_of_care', models.CharField(choices=[('residential', 'Residential'), ('partial_hospitalization', 'Partial Hospitalization'), ('intensive_outpatient', 'Intensive Outpatient'), ('outpatient', 'Outpatient'), ('aftercare', 'Aftercare')], max_length=30)),
                ('admitted_on', models.DateField()),
                ('discharged_on', models.DateField(null=True)),
                ('planned_hours_per_week', models.DecimalField(decimal_places=1, max_digits=4, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('discharged_on__isnull', True), ('discharged_on__gte', models.F('admitted_on')), _connector='OR'), name='episode_ends_after_admission')],
            },
        ),
        migrations.CreateModel(
            name='AttemptCounter',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('count', models.PositiveIntegerField()),
                ('window_started_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('first_id', models.BigIntegerField()),
                ('last_id', models.BigIntegerField()),
                ('rows', models.PositiveIntegerField()),
                ('gaps', models.JSONField()),
                ('is_late', models.BooleanField(default=False)),
                ('hash', models.BinaryField(max_length=32)),
                ('signature', models.CharField(max_length=64)),
                ('sealed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Clinic',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('time_zone', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(choices=[('treatment', 'Treatment'), ('family_support', 'Family Support'), ('counselling_notes', 'Counselling Notes')], max_length=20)),
                ('version', models.CharField(max_length=40)),
                ('discloser', models.CharField(default='the clinic', max_length=200)),
                ('scope', models.JSONField(default=list)),
                ('recipient', models.BinaryField()),
                ('is_for_others', models.BooleanField(default=False)),
                ('signed_name', models.BinaryField()),
                ('agreed_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('expires_event', models.CharField(choices=[('end_of_treatment', 'End Of Treatment')], max_length=20, null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('purpose__in', ['treatment', 'family_support', 'counselling_notes'])), name='consent_purpose_known')],
            },
        ),
        migrations.CreateModel(
            name='TotpSecret',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('sealed_secret', models.BinaryField()),
                ('last_step', models.BigIntegerField()),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Passkey',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.BinaryField()),
                ('credential_id', models.CharField(max_length=1364, unique=True)),
                ('public_key', models.TextField()),
                ('sign_count', models.BigIntegerField()),
                ('verifies_user', models.BooleanField()),
                ('transports', models.JSONField()),
                ('created_at', models.DateTimeField()),
                ('last_used_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Patient',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='patient', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('quiet_start', models.TimeField(default='22:00')),
                ('quiet_end', models.TimeField(default='07:00')),
                ('day_starts_hour', models.PositiveSmallIntegerField(default=0)),
                ('wrapped_key', models.BinaryField(null=True)),
                ('enrolled_at', models.DateTimeField(null=True)),
                ('discharged_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('day_starts_hour__lte', 4)), name='patient_day_starts_early')],
            },
        ),
        migrations.CreateModel(
            name='PendingTotp',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('sealed_secret', models.BinaryField()),
                ('started_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='StaffContact',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='contact', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('email', models.EmailField(max_length=254)),
            ],
        ),
        migrations.CreateModel(
            name='AccessLogEntry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('actor_id', models.UUIDField(null=True)),
                ('actor_role', models.CharField(max_length=30)),
                ('actor_name', models.CharField(blank=True, max_length=280)),
                ('device_session_id', models.UUIDField(null=True)),
                ('patient_id', models.UUIDField(null=True)),
                ('action', models.CharField(choices=[('read', 'Read'), ('write', 'Write'), ('denied', 'Denied')], max_length=6)),
                ('data_class', models.CharField(max_length=30)),
                ('reason', models.CharField(max_length=30)),
                ('request_id', models.CharField(max_length=64)),
            ],
            options={
                'indexes': [models.Index(fields=['patient_id', 'at'], name='access_of_patient')],
            },
        ),
        migrations.AddField(
            model_name='user',
            name='clinic',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='users', to='care.clinic'),
        ),
        migrations.CreateModel(
            name='DeviceSession',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('device_name', models.BinaryField(blank=True)),
                ('current_jti', models.UUIDField()),
                ('previous_jti', models.UUIDField(null=True)),
                ('rotated_at', models.DateTimeField()),
                ('generation', models.BigIntegerField(default=1)),
                ('created_at', models.DateTimeField()),
                ('last_used_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('revoked_reason', models.CharField(blank=True, max_length=30)),
                ('mfa_at', models.DateTimeField(null=True)),
                ('reauthenticated_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='device_sessions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('revoked_at__isnull', True)), fields=['user'], name='device_session_live')],
            },
        ),
        migrations.CreateModel(
            name='Group',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='groups', to='care.clinic')),
                ('leader', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='groups_led', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='PasswordReset',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('asked_at', models.DateTimeField()),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('lease_id', models.UUIDField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('fingerprint', models.CharField(max_length=64, null=True, unique=True)),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['next_attempt_at'], name='password_reset_open')],
            },
        ),
        migrations.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('fingerprint', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='SessionSeries',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('individual', 'Individual'), ('group', 'Group'), ('family', 'Family'), ('education', 'Education'), ('medication', 'Medication'), ('physical_health', 'Physical Health'), ('case_management', 'Case Management'), ('physician', 'Physician'), ('activity', 'Activity')], max_length=20)),
                ('title', models.BinaryField(blank=True)),
                ('place', models.BinaryField(blank=True)),
                ('time_zone', models.CharField(max_length=64)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(null=True)),
                ('clock', models.TimeField()),
                ('minutes', models.PositiveSmallIntegerField()),
                ('every_weeks', models.PositiveSmallIntegerField(default=1)),
                ('made_until', models.DateField()),
                ('rev', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField()),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='care.clinic')),
                ('clinician', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='series', to=settings.AUTH_USER_MODEL)),
                ('group', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.group')),
                ('patient', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['made_until'], name='series_to_make')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('group__isnull', True), ('patient__isnull', False)), models.Q(('group__isnull', False), ('patient__isnull', True)), _connector='OR'), name='series_of_patient_or_group'), models.CheckConstraint(condition=models.Q(('minutes__range', (1, 1440))), name='series_within_a_day'), models.CheckConstraint(condition=models.Q(('every_weeks__range', (1, 8))), name='series_every_1_to_8_weeks'), models.CheckConstraint(condition=models.Q(('made_until__gte', models.F('starts_on'))), name='series_made_from_its_start')],
            },
        ),
        migrations.CreateModel(
            name='TreatmentSession',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('individual', 'Individual'), ('group', 'Group'), ('family', 'Family'), ('education', 'Education'), ('medication', 'Medication'), ('physical_health', 'Physical Health'), ('case_management', 'Case Management'), ('physician', 'Physician'), ('activity', 'Activity')], max_length=20)),
                ('title', models.BinaryField(blank=True)),
                ('place', models.BinaryField(blank=True)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('rev', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('series_day', models.DateField(null=True)),
                ('is_exception', models.BooleanField(default=False)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='care.clinic')),
                ('clinician', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to=settings.AUTH_USER_MODEL)),
                ('group', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to='care.group')),
                ('series', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='sessions', to='care.sessionseries')),
                ('patient', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to='care.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['clinician', 'starts_at'], name='session_of_clinician'), models.Index(fields=['patient', 'kind', 'starts_at'], name='session_of_patient'), models.Index(fields=['group', 'starts_at'], name='session_of_group')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('group__isnull', True), ('patient__isnull', False)), models.Q(('group__isnull', False), ('patient__isnull', True)), _connector='OR'), name='session_of_patient_or_group'), models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='session_ends_after_start'), models.UniqueConstraint(fields=('series', 'series_day'), name='session_once_a_day_of_its_series')],
            },
        ),
        migrations.CreateModel(
            name='PersonalTargets',
            fields=[
                ('patient', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='care.patient')),
                ('words', models.BinaryField()),
                ('rev', models.PositiveIntegerField(default=1)),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.UUIDField()),
                ('changed_by_role', models.CharField(max_length=10)),
            ],
        ),
        migrations.CreateModel(
            name='ZoneChange',
            fields=[
                ('row', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('before', models.CharField(max_length=64)),
                ('after', models.CharField(max_length=64)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='zone_changes', to='care.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', 'at'], name='zone_of_patient')],
            },
        ),
        migrations.CreateModel(
            name='LevelChange',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('step', models.CharField(choices=[('up', 'Up'), ('down', 'Down'), ('discharge', 'Discharge')], max_length=9)),
                ('changed_on', models.DateField()),
                ('words', models.BinaryField()),
                ('decided_at', models.DateTimeField()),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='begun_by', to='care.episode')),
                ('left', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='ended_by', to='care.episode')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('entered__isnull', True), ('step', 'discharge')), models.Q(models.Q(('step', 'discharge'), _negated=True), ('entered__isnull', False)), _connector='OR'), name='level_change_enters_or_discharges')],
            },
        ),
        migrations.CreateModel(
            name='LegalHold',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('matter', models.CharField(max_length=40)),
                ('placed_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(null=True)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='care.patient')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('patient', 'matter'), name='legal_hold_once_a_matter')],
            },
        ),
        migrations.CreateModel(
            name='AdministrativeAct',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('staff_added', 'Staff Added'), ('staff_code', 'Staff Code'), ('factor_removed', 'Factor Removed'), ('staff_renamed', 'Staff Renamed'), ('shut_out', 'Shut Out'), ('let_in', 'Let In'), ('group_handed_over', 'Group Handed Over'), ('hold_placed', 'Hold Placed'), ('hold_lifted', 'Hold Lifted'), ('erased', 'Erased')], max_length=20)),
                ('at', models.DateTimeField()),
                ('actor_name', models.CharField(blank=True, max_length=280)),
                ('about_name', models.CharField(blank=True, max_length=280)),
                ('thing', models.CharField(blank=True, max_length=120)),
                ('patients', models.PositiveIntegerField(default=0)),
                ('reviewed_at', models.DateTimeField(null=True)),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('lease_id', models.UUIDField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('about', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='care.clinic')),
                ('reviewed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['next_attempt_at', 'id'], name='administrative_act_to_tell')],
            },
        ),
        migrations.CreateModel(
            name='StaffInvitation',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('code_fingerprint', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('code_fingerprint', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='care.patient')),
            ],
        ),
        migrations.CreateModel(
            name='GroupMembership',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(null=True)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='care.group')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='care.patient')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ends_at__isnull', True)), fields=('group', 'patient'), name='group_membership_open_once')],
            },
        ),
        migrations.AddField(
            model_name='episode',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='episodes', to='care.patient'),
        ),
        migrations.CreateModel(
            name='StaffCall',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('event_id', models.UUIDField()),
                ('part', models.CharField(choices=[('duty', 'Duty'), ('backup', 'Backup'), ('therapist', 'Therapist')], max_length=9)),
                ('step', models.PositiveIntegerField()),
                ('at_work', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('lease_id', models.UUIDField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('sent_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=40)),
                ('clinician', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['next_attempt_at', 'id'], name='staff_call_open'), models.Index(fields=['clinician', 'at'], name='duty_call_of_clinician')],
                'constraints': [models.UniqueConstraint(fields=('event_id', 'step', 'clinician'), name='duty_call_once_a_step'), models.CheckConstraint(condition=models.Q(('part__in', ['duty', 'backup', 'therapist'])), name='duty_call_part_known'), models.CheckConstraint(condition=models.Q(('next_attempt_at__isnull', False), ('sent_at__isnull', False), models.Q(('reason', ''), _negated=True), _connector='OR'), name='staff_call_end_has_reason')],
            },
        ),
        migrations.CreateModel(
            name='Disclosure',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('to', models.BinaryField()),
                ('purpose', models.CharField(max_length=40)),
                ('what', models.CharField(max_length=200)),
                ('consent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='care.consent')),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', 'at'], name='disclosure_of_patient')],
            },
        ),
        migrations.AddField(
            model_name='consent',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='care.patient'),
        ),
        migrations.AddField(
            model_name='consent',
            name='recipient_clinician',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_for_others', False), ('recipient_clinician__isnull', True)), models.Q(('is_for_others', False), ('purpose', 'treatment')), models.Q(('purpose', 'treatment'), ('recipient_clinician__isnull', True)), _connector='OR'), name='consent_is_for_one_side'),
        ),
        migrations.CreateModel(
            name='Certification',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('certified_on', models.DateField()),
                ('renew_by', models.DateField()),
                ('recorded_at', models.DateTimeField()),
                ('episode', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='certifications', to='care.episode')),
                ('physician', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', 'certified_on'], name='certification_of_patient')],
                'constraints': [models.UniqueConstraint(fields=('episode', 'certified_on'), name='certification_once_a_day'), models.CheckConstraint(condition=models.Q(('renew_by__gt', models.F('certified_on'))), name='certification_ends_later')],
            },
        ),
        migrations.CreateModel(
            name='CareTeamMembership',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('primary_therapist', 'Primary Therapist'), ('therapist', 'Therapist'), ('group_leader', 'Group Leader'), ('physician', 'Physician'), ('nurse', 'Nurse'), ('case_manager', 'Case Manager')], max_length=20)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(null=True)),
                ('clinician', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='care_teams', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='care_team', to='care.patient')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ends_at__isnull', True)), fields=('patient', 'clinician'), name='care_team_open_once'), models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__gte', models.F('starts_at')), _connector='OR'), name='care_team_ends_after_start')],
            },
        ),
        migrations.CreateModel(
            name='CarePlan',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('rev', models.PositiveIntegerField()),
                ('hours_per_week', models.DecimalField(decimal_places=1, max_digits=4)),
                ('words', models.BinaryField()),
                ('reviewed_on', models.DateField()),
                ('written_at', models.DateTimeField()),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('patient', 'rev'), name='care_plan_rev_once')],
            },
        ),
        migrations.CreateModel(
            name='BreakGlass',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('clinician_name', models.CharField(max_length=280)),
                ('opened_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('sealed_reason', models.BinaryField()),
                ('reviewed_at', models.DateTimeField(null=True)),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('lease_id', models.UUIDField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('clinician', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['clinician', 'patient', 'ends_at'], name='break_glass_open'), models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['next_attempt_at', 'id'], name='break_glass_to_tell')],
            },
        ),
        migrations.CreateModel(
            name='Attendance',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('present', 'Present'), ('late', 'Late'), ('left_early', 'Left Early'), ('excused', 'Excused'), ('no_show', 'No Show')], max_length=10)),
                ('minutes', models.PositiveSmallIntegerField(null=True)),
                ('recorded_at', models.DateTimeField()),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('session', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='attendance', to='care.treatmentsession')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attendance', to='care.patient')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('session', 'patient'), name='attendance_once')],
            },
        ),
        migrations.CreateModel(
            name='Admission',
            fields=[
                ('episode', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='admission', serialize=False, to='care.episode')),
                ('hours_per_week', models.DecimalField(decimal_places=1, max_digits=4)),
                ('symptoms', models.CharField(choices=[('moderate', 'Moderate'), ('severe', 'Severe')], max_length=10)),
                ('lower_level_insufficient', models.BooleanField()),
                ('tolerates_intensity', models.BooleanField()),
                ('co_occurring_manageable', models.BooleanField()),
                ('not_at_imminent_risk', models.BooleanField()),
                ('complies', models.CharField(choices=[('able', 'Able'), ('with_support', 'With Support')], max_length=12)),
                ('asked_at', models.DateTimeField()),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('physician', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('co_occurring_manageable', True), ('hours_per_week__gte', 9), ('lower_level_insufficient', True), ('not_at_imminent_risk', True), ('tolerates_intensity', True)), name='admission_asks_are_met')],
            },
        ),
        migrations.CreateModel(
            name='CalendarLink',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('fingerprint', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True)), fields=('user',), name='calendar_link_once')],
            },
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
                'verbose_name': 'safety settings',
                'verbose_name_plural': 'safety settings',
            },
        ),
        migrations.AddConstraint(
            model_name='episode',
            constraint=models.UniqueConstraint(condition=models.Q(('discharged_on__isnull', True)), fields=('patient',), name='episode_open_once'),
        ),
        migrations.AddIndex(
            model_name='consent',
            index=models.Index(condition=models.Q(('revoked_at__isnull', True)), fields=['patient', 'purpose'], name='consent_not_revoked'),
        ),
        migrations.CreateModel(
            name='SupportCode',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('code_fingerprint', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('consent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.consent')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
        ),
        migrations.CreateModel(
            name='SupportPerson',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('accepted_at', models.DateTimeField()),
                ('accounted_on', models.DateField(null=True)),
                ('consent', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='support_person', to='care.consent')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
                ('supporter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='supports', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key_fingerprint', models.CharField(max_length=64)),
                ('request_fingerprint', models.CharField(max_length=64)),
                ('sealed_answer', models.BinaryField(null=True)),
                ('created_at', models.DateTimeField()),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'key_fingerprint'), name='idempotency_key_once')],
            },
        ),
    ]
