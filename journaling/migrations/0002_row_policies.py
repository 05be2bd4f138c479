from django.db import migrations

#: To the care team as far as the patient's consent covers it, which is judged here as well.
THEIRS = "patient_id = ANY ((SELECT @care_seen('shared_entries'))::uuid[])"
SAFETY = "patient_id = ANY ((SELECT @care_seen('safety'))::uuid[])"
#: Table; whose rows its people see; who works there without being a person; and who writes there,
#: people within what they see.
POLICIES = (
    ("journaling_journal", THEIRS, "task:reminders,task:safety", "patient,clinician,task:safety"),
    ("journaling_entry", THEIRS, "task:reminders,task:safety", "patient,clinician"),
    ("journaling_exportjob", THEIRS, "task:exports,task:retention", "patient,task:exports,task:retention"),
    ("journaling_exportpiece",
     "EXISTS (SELECT FROM @journaling_exportjob AS it WHERE it.id = job_id)", "", "patient,task:exports,task:retention"),
    ("journaling_briefopening", THEIRS, "", "clinician"),
    ("journaling_entryrevision",
     "EXISTS (SELECT FROM @journaling_entry AS it WHERE it.row = entry_id)", "", "patient"),
    ("journaling_safetyplan", SAFETY, "task:safety", "patient,clinician"),
    ("journaling_safetyevent", SAFETY, "task:reminders,task:safety", "patient,clinician,task:safety"),
    ("journaling_safetysign", SAFETY, "task:reminders,task:safety", "patient,task:safety"),
    ("journaling_safetytry", SAFETY, "", "clinician"),
    ("journaling_taughtskill", THEIRS, "", "clinician"),
    ("journaling_assignment", THEIRS, "task:reminders", "clinician"),
)
#: Table, and which rows people delete: pieces of an export that is made anew, what was taught.
REMOVED = (
    ("journaling_exportpiece", "EXISTS (SELECT FROM @journaling_exportjob AS it WHERE it.id = job_id) "
     "AND (SELECT current_setting('app.actor', true)) LIKE 'patient:%'"),
    ("journaling_taughtskill", f"{THEIRS} AND (SELECT current_setting('app.actor', true)) LIKE 'clinician:%'"),
)
#: What a support person is shown of entries: days that have one, and which skills were practised how
#: often; of what is shared with the whole care team, and never an entry (journaling/support_view.py).
SUPPORTED_DAYS = """
CREATE FUNCTION {schema}.journaling_supported_days(asked uuid, at timestamptz, first date, last date)
RETURNS TABLE (local_date date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
    SELECT DISTINCT entry.local_date
    FROM care_supported(at) AS shown JOIN journaling_entry AS entry ON entry.patient_id = shown.patient_id
    WHERE shown.consent_id = asked AND 'days_logged' = ANY (shown.scope)
    AND entry.share = 'care_team' AND entry.is_countable AND entry.deleted_at IS NULL
    AND entry.local_date BETWEEN first AND last
$$
"""
SUPPORTED_SKILLS = """
CREATE FUNCTION {schema}.journaling_supported_skills(asked uuid, at timestamptz, first date, last date)
RETURNS TABLE (skill varchar, times bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
    SELECT entry.skill, count(*)
    FROM care_supported(at) AS shown JOIN journaling_entry AS entry ON entry.patient_id = shown.patient_id
    WHERE shown.consent_id = asked AND 'skills_practised' = ANY (shown.scope)
    AND entry.share = 'care_team' AND entry.is_countable AND entry.deleted_at IS NULL
    AND entry.kind = 'skill_practice' AND entry.local_date BETWEEN first AND last
    AND (entry.automatic OR entry.attempted AND entry.able IS DISTINCT FROM false)
    GROUP BY entry.skill
$$
"""


def add_policies(apps, schema_editor):
    """Let PostgreSQL show a role that serves only rows of those whom its actor may see."""
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("SELECT care_note_no_words('journaling')")
    for policy in POLICIES:
        schema_editor.execute("SELECT care_show_rows(%s, %s, %s, %s)", policy)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT format('%I', current_schema())")
        schema = cursor.fetchone()[0]
    for table, condition in REMOVED:
        asked = condition.replace("@", f"{schema}.")
        schema_editor.execute(f"CREATE POLICY forgotten ON {table} FOR DELETE USING ({asked})", params=None)
    for function in (SUPPORTED_DAYS, SUPPORTED_SKILLS):
        schema_editor.execute(function.format(schema=schema), params=None)


def drop_policies(apps, schema_editor):
    """Take the policies back."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for name in ("days", "skills"):
        schema_editor.execute(f"DROP FUNCTION journaling_supported_{name}(uuid, timestamptz, date, date)")
    for table, *_ in POLICIES:
        schema_editor.execute("SELECT care_show_all_rows(%s)", [table])


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0003_row_policies'),
        ('journaling', '0001_journal_and_entries'),
    ]

    operations = [
        migrations.RunPython(add_policies, drop_policies),
    ]
