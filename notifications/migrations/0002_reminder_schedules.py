import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0001_reminders_and_devices'),
    ]

    operations = [
        migrations.AddField(
            model_name='occurrence',
            name='session',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='recipient',
            name='heard_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='recipient',
            name='turns',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='reminder',
            name='asked_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='reminder',
            name='before_minutes',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='reminder',
            name='halved_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='reminder',
            name='misses_from',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='reminder',
            name='next_session',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='reminder',
            name='next_spread',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
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
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.clinic')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('clinic', 'place'), name='default_reminder_place'), models.CheckConstraint(condition=models.Q(('purpose__in', ['checkin', 'skill', 'dose', 'pre_session', 'session', 'measure'])), name='default_reminder_purpose_known')],
            },
        ),
    ]
