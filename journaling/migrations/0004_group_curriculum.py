import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids


def note_no_words(apps, schema_editor):
    """Let the planner note nothing of columns that can hold words, in this table as in others."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SELECT care_note_no_words('journaling')")


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0008_patient_schedule'),
        ('journaling', '0003_education_lessons'),
    ]

    operations = [
        migrations.CreateModel(
            name='GroupCurriculum',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('rev', models.PositiveIntegerField()),
                ('theme', models.CharField(choices=[('mental_health', 'Mental Health'), ('alcohol_and_drugs', 'Alcohol And Drugs'), ('stress', 'Stress'), ('relapse_prevention', 'Relapse Prevention'), ('other', 'Other')], max_length=20)),
                ('own_words', models.CharField(max_length=80)),
                ('starts_on', models.DateField()),
                ('repeats', models.BooleanField()),
                ('weeks', models.JSONField(default=list)),
                ('at', models.DateTimeField()),
                ('written_by', models.UUIDField()),
                ('group', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.group')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('group', 'rev'), name='group_curriculum_rev_once')],
            },
        ),
        migrations.RunPython(note_no_words, migrations.RunPython.noop),
    ]
