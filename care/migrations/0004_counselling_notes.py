import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backend.kit.ids

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
ME = ("(SELECT CASE WHEN current_setting('app.actor', true) LIKE 'clinician:%' "
      "THEN split_part(current_setting('app.actor', true), ':', 2)::uuid END)")
OWN, NAMED = "((SELECT @care_notes_reach('own'))::uuid[])", "((SELECT @care_notes_reach('named'))::uuid[])"
THEIRS = f"originator_id = {ME} AND patient_id = ANY {OWN}"
#: Table, whose rows somebody reads and writes, who deletes what is over, and who writes.
POLICIES = (
    ("care_counsellingkey", THEIRS, "", "clinician"),
    ("care_counsellingnote", THEIRS, "task:retention", "clinician,task:retention"),
    ("care_counsellingversion",
     "EXISTS (SELECT FROM @care_counsellingnote AS it WHERE it.id = note_id "
     f"AND it.originator_id = {ME})", "task:retention", "clinician,task:retention"),
)
#: Table, and which rows somebody reads whom a consent names: what stands there now.
READ_BY_NAME = (
    ("care_counsellingkey", f"patient_id = ANY {NAMED}"),
    ("care_counsellingnote", f"deleted_at IS NULL AND patient_id = ANY {NAMED}"),
    ("care_counsellingversion",
     "EXISTS (SELECT FROM @care_counsellingnote AS it WHERE it.id = note_id AND it.rev = "
     "care_counsellingversion.rev)"),
)
KEPT = "care_counsellingversion"


def guard(apps, schema_editor):
    """Let versions never change, and show each note to its originator and to whom a consent names."""
    run = schema_editor.execute
    if schema_editor.connection.vendor != "postgresql":
        run(f"CREATE TRIGGER {KEPT}_no_update BEFORE UPDATE ON {KEPT} "
            f"BEGIN SELECT RAISE(ABORT, 'append-only: {KEPT}'); END")
        return
    run(f"CREATE TRIGGER {KEPT}_kept BEFORE UPDATE ON {KEPT} "
        "FOR EACH STATEMENT EXECUTE FUNCTION care_append_only()")
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT format('%I', current_schema())")
        schema = cursor.fetchone()[0]
    run(REACH.format(schema=schema), params=None)
    run("SELECT care_note_no_words('care')")
    for policy in POLICIES:
        run("SELECT care_show_rows(%s, %s, %s, %s)", policy)
    for table, condition in READ_BY_NAME:
        run(f"CREATE POLICY named ON {table} FOR SELECT USING ({condition.replace('@', f'{schema}.')})",
            params=None)


def unguard(apps, schema_editor):
    """Take the triggers and the policies back."""
    run = schema_editor.execute
    if schema_editor.connection.vendor != "postgresql":
        run(f"DROP TRIGGER {KEPT}_no_update")
        return
    for table, *_ in reversed(POLICIES):
        run("SELECT care_show_all_rows(%s)", [table])
    run("DROP FUNCTION care_notes_reach(text)")
    run(f"DROP TRIGGER {KEPT}_kept ON {KEPT}")


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0003_row_policies'),
    ]

    operations = [
        migrations.AddField(
            model_name='consent',
            name='clinician',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('clinician__isnull', False), ('purpose', 'counselling_notes')), models.Q(models.Q(('purpose', 'counselling_notes'), _negated=True), ('clinician__isnull', True)), _connector='OR'), name='consent_names_who_reads_notes'),
        ),
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
        migrations.RunPython(guard, unguard),
    ]
