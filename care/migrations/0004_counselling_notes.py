import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backend.kit.ids
from backend.kit.db.create_models import CreateModels
from backend.kit.db.postgres.row_policies import AddRowsOnly, AlsoAllow, ShowRows
from backend.kit.handling import RowPolicy, Rows

#: Whose counselling notes the actor may reach: their own of everybody whom they treat ('own'), or
#: all of them where the patient's consent of that purpose names them ('named'). It knows no
#: emergency and nobody on duty, and a consent to treatment is no consent to these.
REACH = """
CREATE FUNCTION {schema}.care_notes_reach(why text) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
    parts text[] := string_to_array(coalesce(current_setting('app.actor', true), ''), ':');
    me uuid;
BEGIN
    IF parts[1] IS DISTINCT FROM 'clinician' THEN
        RETURN '{{}}';
    END IF;
    me := parts[2]::uuid;
    RETURN ARRAY(
        SELECT theirs.patient_id FROM care_careteammembership AS theirs
        WHERE theirs.clinician_id = me AND theirs.starts_at <= clock_timestamp() + interval '1 minute'
        AND (theirs.ends_at IS NULL OR theirs.ends_at > clock_timestamp())
        AND (why = 'own' OR EXISTS (
            SELECT FROM care_consent AS agreed JOIN care_patient AS whose ON whose.user_id = agreed.patient_id
            WHERE agreed.patient_id = theirs.patient_id AND agreed.clinician_id = me
            AND agreed.purpose = 'counselling_notes' AND agreed.revoked_at IS NULL
            AND agreed.agreed_at <= clock_timestamp() + interval '1 minute'
            AND (agreed.expires_at IS NULL OR agreed.expires_at > clock_timestamp())
            AND (agreed.expires_event IS NULL OR whose.discharged_at IS NULL)
        ))
    );
END $$
"""
NAMED = "((SELECT @care_notes_reach('named'))::uuid[])"


def add_reach(apps, schema_editor):
    """Make what the policies of these tables call."""
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT format('%I', current_schema())")
            schema_editor.execute(REACH.format(schema=cursor.fetchone()[0]), params=None)


def drop_reach(apps, schema_editor):
    """Take it back."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION care_notes_reach(text)")


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0003_row_policies'),
    ]

    operations = [
        CreateModels(
            migrations.CreateModel(
                name='CounsellingKey',
                fields=[
                    ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                    ('wrapped_key', models.BinaryField(null=True)),
                    ('originator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('patient', 'originator'), name='counselling_key_once')],
                },
            ),
            migrations.CreateModel(
                name='CounsellingNote',
                fields=[
                    ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                    ('rev', models.PositiveIntegerField(default=1)),
                    ('created_at', models.DateTimeField()),
                    ('deleted_at', models.DateTimeField(null=True)),
                    ('originator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
                ],
                options={
                    'indexes': [models.Index(fields=['patient', '-created_at', '-id'], name='counselling_note_of_patient')],
                },
            ),
            migrations.CreateModel(
                name='CounsellingVersion',
                fields=[
                    ('row', models.BigAutoField(primary_key=True, serialize=False)),
                    ('rev', models.PositiveIntegerField()),
                    ('at', models.DateTimeField()),
                    ('words', models.BinaryField(null=True)),
                    ('note', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='care.counsellingnote')),
                    ('session', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='care.treatmentsession')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('note', 'rev'), name='counselling_version_once')],
                },
            ),
        ),
        # Versions never change; each note is shown to its originator, and to whom a consent names.
        AddRowsOnly('CounsellingVersion', deletes=True),
        migrations.RunPython(add_reach, drop_reach),
        ShowRows('CounsellingKey', RowPolicy(Rows.ORIGINATOR, writers=("clinician",), also=("named",))),
        ShowRows('CounsellingNote', RowPolicy(Rows.ORIGINATOR, tasks=("task:retention",), writers=("clinician", "task:retention"), also=("named",))),
        ShowRows('CounsellingVersion', RowPolicy(Rows.ORIGINATORS_PARENT, tasks=("task:retention",), writers=("clinician", "task:retention"), via="note", also=("named",))),
        # Whom a consent names reads what stands there now.
        AlsoAllow('CounsellingKey', 'named', verb="SELECT", condition=f"patient_id = ANY {NAMED}"),
        AlsoAllow('CounsellingNote', 'named', verb="SELECT", condition=f"deleted_at IS NULL AND patient_id = ANY {NAMED}"),
        AlsoAllow('CounsellingVersion', 'named', verb="SELECT", condition=(
            "EXISTS (SELECT FROM @care_counsellingnote AS it WHERE it.id = note_id AND it.rev = care_counsellingversion.rev)")),
    ]
