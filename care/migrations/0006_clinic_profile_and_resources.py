import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids
from backend.kit.db.create_models import CreateModels


def note_no_words(apps, schema_editor):
    """Let the planner note nothing of columns that can hold words, in these tables as in others."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SELECT care_note_no_words('care')")


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0005_programme_records'),
    ]

    operations = [
        CreateModels(
            migrations.CreateModel(
                name='ClinicProfile',
                fields=[
                    ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                    ('rev', models.PositiveIntegerField()),
                    ('at', models.DateTimeField()),
                    ('written_by', models.UUIDField()),
                    ('written_by_name', models.CharField(max_length=280)),
                    ('name', models.CharField(max_length=200)),
                    ('address', models.CharField(max_length=500, null=True)),
                    ('phone', models.CharField(max_length=40, null=True)),
                    ('hours', models.JSONField(default=list)),
                    ('cost_page', models.CharField(max_length=300, null=True)),
                    ('website', models.CharField(max_length=300, null=True)),
                    ('insurance', models.CharField(max_length=500, null=True)),
                    ('scholarship_contact', models.CharField(max_length=200, null=True)),
                    ('crisis_phone', models.CharField(max_length=20, null=True)),
                    ('clinic', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.clinic')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('clinic', 'rev'), name='clinic_profile_rev_once')],
                },
            ),
            migrations.CreateModel(
                name='CommunityResource',
                fields=[
                    ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                    ('kind', models.CharField(choices=[('support_group', 'Support Group'), ('housing', 'Housing'), ('work', 'Work'), ('transport', 'Transport'), ('food', 'Food'), ('legal', 'Legal'), ('health', 'Health'), ('childcare', 'Childcare'), ('other', 'Other')], max_length=20)),
                    ('name', models.CharField(max_length=120)),
                    ('description', models.CharField(max_length=500, null=True)),
                    ('region', models.CharField(max_length=120, null=True)),
                    ('address', models.CharField(max_length=500, null=True)),
                    ('phone', models.CharField(max_length=40, null=True)),
                    ('website', models.CharField(max_length=300, null=True)),
                    ('hours', models.JSONField(default=list)),
                    ('languages', models.JSONField(default=list)),
                    ('verified_at', models.DateField(null=True)),
                    ('is_withdrawn', models.BooleanField(default=False)),
                    ('rev', models.PositiveIntegerField(default=1)),
                    ('created_at', models.DateTimeField()),
                    ('changed_at', models.DateTimeField()),
                    ('changed_by', models.UUIDField()),
                    ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.clinic')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['support_group', 'housing', 'work', 'transport', 'food', 'legal', 'health', 'childcare', 'other'])), name='community_resource_kind_known')],
                },
            ),
        ),
        migrations.RunPython(note_no_words, migrations.RunPython.noop),
    ]
