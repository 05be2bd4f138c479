import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0003_reminder_engine'),
        ('care', '0003_safety_rota'),
    ]

    operations = [
        migrations.CreateModel(
            name='SafetyAlert',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('channel', models.CharField(choices=[('email', 'Email')], max_length=5)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('leased', 'Leased'), ('sent', 'Sent'), ('failed', 'Failed'), ('skipped', 'Skipped')], default='pending', max_length=7)),
                ('wake_at', models.DateTimeField(null=True)),
                ('fence', models.UUIDField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('reason', models.CharField(blank=True, max_length=40)),
                ('created_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.dutycall')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('wake_at__isnull', False)), fields=['wake_at'], name='safety_alert_open')],
                'constraints': [models.UniqueConstraint(fields=('call', 'channel'), name='safety_alert_once'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['pending', 'leased']), ('wake_at__isnull', False)), models.Q(('state__in', ['sent', 'failed', 'skipped']), ('wake_at__isnull', True)), _connector='OR'), name='safety_alert_open_has_wake')],
            },
        ),
    ]
