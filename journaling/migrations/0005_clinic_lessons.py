import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids


def note_no_words(apps, schema_editor):
    """Let the planner note nothing of columns that can hold words, in this table as in others."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SELECT care_note_no_words('journaling')")


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0011_level_plans'),
        ('journaling', '0004_group_curriculum'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClinicLesson',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('slug', models.CharField(max_length=60)),
                ('rev', models.PositiveIntegerField()),
                ('version', models.PositiveSmallIntegerField()),
                ('details', models.JSONField()),
                ('is_withdrawn', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('written_by', models.UUIDField()),
                ('written_by_name', models.CharField(max_length=280)),
                ('clinic', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.clinic')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('clinic', 'slug', 'rev'), name='clinic_lesson_rev_once')],
            },
        ),
        migrations.RunPython(note_no_words, migrations.RunPython.noop),
    ]
