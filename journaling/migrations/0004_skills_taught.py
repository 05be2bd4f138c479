import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0001_people_programme_signin'),
        ('journaling', '0003_safety_events'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('kind', 'measure')), fields=['patient', 'occurred_at'], name='entry_measures'),
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('skill', models.CharField(max_length=60)),
                ('per_week', models.PositiveSmallIntegerField()),
                ('since', models.DateField()),
                ('until', models.DateField(null=True)),
                ('note', models.BinaryField(null=True)),
                ('assigned_at', models.DateTimeField()),
                ('assigned_by', models.UUIDField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('rev', models.PositiveIntegerField(default=1)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('patient', 'skill'), name='assignment_open_once_a_skill'), models.CheckConstraint(condition=models.Q(('per_week__range', (1, 21))), name='assignment_per_week_1_21')],
            },
        ),
        migrations.CreateModel(
            name='ClinicSkill',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('slug', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=80, null=True)),
                ('also_known_as', models.CharField(max_length=200, null=True)),
                ('module', models.CharField(max_length=40, null=True)),
                ('description', models.CharField(max_length=500, null=True)),
                ('minutes', models.PositiveSmallIntegerField(null=True)),
                ('ratings', models.JSONField(null=True)),
                ('caution', models.CharField(max_length=300, null=True)),
                ('is_withdrawn', models.BooleanField(default=False)),
                ('rev', models.PositiveIntegerField(default=1)),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.UUIDField()),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.clinic')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('clinic', 'slug'), name='clinic_skill_once')],
            },
        ),
        migrations.CreateModel(
            name='ClinicTerm',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('vocabulary', models.CharField(choices=[('trigger', 'Trigger'), ('target', 'Target')], max_length=7)),
                ('name', models.CharField(max_length=60)),
                ('is_withdrawn', models.BooleanField(default=False)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.clinic')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('clinic', 'vocabulary', 'name'), name='clinic_term_once'), models.CheckConstraint(condition=models.Q(('vocabulary__in', ['trigger', 'target'])), name='clinic_term_known')],
            },
        ),
        migrations.CreateModel(
            name='TaughtSkill',
            fields=[
                ('row', models.BigAutoField(primary_key=True, serialize=False)),
                ('skill', models.CharField(max_length=60)),
                ('taught_at', models.DateTimeField()),
                ('taught_by', models.UUIDField()),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('patient', 'skill'), name='skill_taught_once')],
            },
        ),
    ]
