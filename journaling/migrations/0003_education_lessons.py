import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids
from backend.kit.db.create_models import CreateModels
from backend.kit.db.postgres.row_policies import ShowRows
from backend.kit.handling import RowPolicy, Rows


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0003_row_policies'),
        ('journaling', '0002_row_policies'),
    ]

    operations = [
        CreateModels(
            migrations.CreateModel(
                name='LessonAssignment',
                fields=[
                    ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                    ('lesson', models.CharField(max_length=60)),
                    ('until', models.DateField(null=True)),
                    ('assigned_at', models.DateTimeField()),
                    ('assigned_by', models.UUIDField()),
                    ('ended_at', models.DateTimeField(null=True)),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('patient', 'lesson'), name='lesson_assignment_open_once')],
                },
            ),
            migrations.CreateModel(
                name='LessonReading',
                fields=[
                    ('row', models.BigAutoField(primary_key=True, serialize=False)),
                    ('lesson', models.CharField(max_length=60)),
                    ('version', models.PositiveSmallIntegerField()),
                    ('read_at', models.DateTimeField()),
                    ('answer', models.PositiveSmallIntegerField(null=True)),
                    ('is_recalled', models.BooleanField(null=True)),
                    ('answered_at', models.DateTimeField(null=True)),
                    ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('patient', 'lesson'), name='lesson_read_once'), models.CheckConstraint(condition=models.Q(models.Q(('answer__isnull', True), ('answered_at__isnull', True), ('is_recalled__isnull', True)), models.Q(('answer__range', (0, 2)), ('answered_at__isnull', False), ('is_recalled__isnull', False)), _connector='OR'), name='lesson_answer_whole')],
                },
            ),
        ),
        ShowRows('LessonAssignment', RowPolicy(Rows.SHARED_ENTRIES, writers=("clinician",))),
        ShowRows('LessonReading', RowPolicy(Rows.SHARED_ENTRIES, writers=("patient",))),
    ]
