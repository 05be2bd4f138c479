from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0002_reminder_schedules'),
    ]

    operations = [
        migrations.AddField('gate', 'free_at', models.DateTimeField(null=True)),
        migrations.AddField('gate', 'ramp_at', models.DateTimeField(null=True)),
        migrations.AlterField('gate', 'shut_until', models.DateTimeField(null=True)),
        migrations.AlterField('gate', 'reason', models.CharField(blank=True, max_length=40)),
        migrations.AddIndex('occurrence', models.Index(fields=['created_at'], name='occurrence_made')),
    ]
