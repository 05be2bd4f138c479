import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids


class Migration(migrations.Migration):

    dependencies = [
        ('journaling', '0004_skills_taught'),
    ]

    operations = [
        migrations.CreateModel(
            name='ExportJob',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('formats', models.JSONField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('making', 'Making'), ('ready', 'Ready'), ('stopped', 'Stopped'), ('expired', 'Expired')], max_length=8)),
                ('wake_at', models.DateTimeField(null=True)),
                ('fence', models.UUIDField(null=True)),
                ('progress', models.JSONField()),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('requested_at', models.DateTimeField()),
                ('ready_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
        ),
        migrations.CreateModel(
            name='ExportPiece',
            fields=[
                ('row', models.BigAutoField(primary_key=True, serialize=False)),
                ('file', models.CharField(max_length=60)),
                ('position', models.PositiveIntegerField()),
                ('sealed', models.BinaryField()),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pieces', to='journaling.exportjob')),
            ],
        ),
        migrations.AddIndex(
            model_name='exportjob',
            index=models.Index(condition=models.Q(('wake_at__isnull', False)), fields=['wake_at', 'id'], name='export_open'),
        ),
        migrations.AddConstraint(
            model_name='exportjob',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['waiting', 'making'])), fields=('patient',), name='export_one_under_way'),
        ),
        migrations.AddConstraint(
            model_name='exportjob',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['waiting', 'making', 'ready']), ('wake_at__isnull', False)), models.Q(('state__in', ['stopped', 'expired']), ('wake_at__isnull', True)), _connector='OR'), name='export_open_has_wake'),
        ),
        migrations.AddConstraint(
            model_name='exportjob',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'making'), _negated=True), ('fence__isnull', False), _connector='OR'), name='export_lease_has_holder'),
        ),
        migrations.AddConstraint(
            model_name='exportjob',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'ready'), _negated=True), models.Q(('expires_at__isnull', False), ('ready_at__isnull', False)), _connector='OR'), name='export_ready_expires'),
        ),
        migrations.AddConstraint(
            model_name='exportpiece',
            constraint=models.UniqueConstraint(fields=('job', 'file', 'position'), name='export_piece_once'),
        ),
    ]
