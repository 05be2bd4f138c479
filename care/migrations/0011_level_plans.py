import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids


def note_no_words(apps, schema_editor):
    """Let the planner note nothing of columns that can hold words, in this table as in others."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SELECT care_note_no_words('care')")


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0010_restriction_requests'),
    ]

    operations = [
        migrations.CreateModel(
            name='LevelPlan',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('level_of_care', models.CharField(max_length=30)),
                ('rev', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('written_by', models.UUIDField()),
                ('written_by_name', models.CharField(max_length=280)),
                ('details', models.JSONField()),
                ('clinic', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.clinic')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('clinic', 'level_of_care', 'rev'), name='level_plan_rev_once')],
            },
        ),
        migrations.RunPython(note_no_words, migrations.RunPython.noop),
    ]
