import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backend.kit.ids


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0004_personal_targets'),
    ]

    operations = [
        migrations.AddField(
            model_name='treatmentsession',
            name='is_exception',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='treatmentsession',
            name='series_day',
            field=models.DateField(null=True),
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
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Certification',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('certified_on', models.DateField()),
                ('renew_by', models.DateField()),
                ('recorded_at', models.DateTimeField()),
                ('episode', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='certifications', to='care.episode')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
                ('physician', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
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
        ),
        migrations.CreateModel(
            name='SessionSeries',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('individual', 'Individual'), ('group', 'Group'), ('family', 'Family'), ('education', 'Education'), ('medication', 'Medication'), ('physical_health', 'Physical Health'), ('case_management', 'Case Management'), ('physician', 'Physician'), ('activity', 'Activity')], max_length=20)),
                ('title', models.CharField(blank=True, max_length=120)),
                ('place', models.CharField(blank=True, max_length=120)),
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
        ),
        migrations.AddField(
            model_name='treatmentsession',
            name='series',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='sessions', to='care.sessionseries'),
        ),
        migrations.AddConstraint(
            model_name='treatmentsession',
            constraint=models.UniqueConstraint(fields=('series', 'series_day'), name='session_once_a_day_of_its_series'),
        ),
        migrations.AddConstraint(
            model_name='admission',
            constraint=models.CheckConstraint(condition=models.Q(('co_occurring_manageable', True), ('hours_per_week__gte', 9), ('lower_level_insufficient', True), ('not_at_imminent_risk', True), ('tolerates_intensity', True)), name='admission_asks_are_met'),
        ),
        migrations.AddConstraint(
            model_name='calendarlink',
            constraint=models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True)), fields=('user',), name='calendar_link_once'),
        ),
        migrations.AddConstraint(
            model_name='careplan',
            constraint=models.UniqueConstraint(fields=('patient', 'rev'), name='care_plan_rev_once'),
        ),
        migrations.AddIndex(
            model_name='certification',
            index=models.Index(fields=['patient', 'certified_on'], name='certification_of_patient'),
        ),
        migrations.AddConstraint(
            model_name='certification',
            constraint=models.UniqueConstraint(fields=('episode', 'certified_on'), name='certification_once_a_day'),
        ),
        migrations.AddConstraint(
            model_name='certification',
            constraint=models.CheckConstraint(condition=models.Q(('renew_by__gt', models.F('certified_on'))), name='certification_ends_later'),
        ),
        migrations.AddConstraint(
            model_name='levelchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('entered__isnull', True), ('step', 'discharge')), models.Q(models.Q(('step', 'discharge'), _negated=True), ('entered__isnull', False)), _connector='OR'), name='level_change_enters_or_discharges'),
        ),
        migrations.AddIndex(
            model_name='sessionseries',
            index=models.Index(fields=['made_until'], name='series_to_make'),
        ),
        migrations.AddConstraint(
            model_name='sessionseries',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('group__isnull', True), ('patient__isnull', False)), models.Q(('group__isnull', False), ('patient__isnull', True)), _connector='OR'), name='series_of_patient_or_group'),
        ),
        migrations.AddConstraint(
            model_name='sessionseries',
            constraint=models.CheckConstraint(condition=models.Q(('minutes__range', (1, 1440))), name='series_within_a_day'),
        ),
        migrations.AddConstraint(
            model_name='sessionseries',
            constraint=models.CheckConstraint(condition=models.Q(('every_weeks__range', (1, 8))), name='series_every_1_to_8_weeks'),
        ),
        migrations.AddConstraint(
            model_name='sessionseries',
            constraint=models.CheckConstraint(condition=models.Q(('made_until__gte', models.F('starts_on'))), name='series_made_from_its_start'),
        ),
    ]
