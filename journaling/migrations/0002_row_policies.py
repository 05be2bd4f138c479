from django.db import migrations

from backend.kit.db.postgres.row_policies import PATIENTS_SEEN, AlsoAllow, ShowRows
from backend.kit.handling import RowPolicy, Rows

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
ACTOR = "(SELECT current_setting('app.actor', true))"


def add_functions(apps, schema_editor):
    """Make what a support person is shown."""
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("SELECT care_note_no_words('journaling')")
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT format('%I', current_schema())")
        schema = cursor.fetchone()[0]
    for function in (SUPPORTED_DAYS, SUPPORTED_SKILLS):
        schema_editor.execute(function.format(schema=schema), params=None)


def drop_functions(apps, schema_editor):
    """Take that back."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for name in ("days", "skills"):
        schema_editor.execute(f"DROP FUNCTION journaling_supported_{name}(uuid, timestamptz, date, date)")


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0003_row_policies'),
        ('journaling', '0001_journal_and_entries'),
    ]

    operations = [
        ShowRows('Journal', RowPolicy(Rows.SHARED_ENTRIES, tasks=("task:reminders", "task:safety"), writers=("patient", "clinician", "task:safety"))),
        ShowRows('Entry', RowPolicy(Rows.SHARED_ENTRIES, tasks=("task:reminders", "task:safety"), writers=("patient", "clinician"))),
        ShowRows('ExportJob', RowPolicy(Rows.SHARED_ENTRIES, tasks=("task:exports", "task:retention"), writers=("patient", "task:exports", "task:retention"))),
        ShowRows('ExportPiece', RowPolicy(Rows.PARENT, writers=("patient", "task:exports", "task:retention"), via="job", also=("forgotten",))),
        ShowRows('BriefOpening', RowPolicy(Rows.SHARED_ENTRIES, writers=("clinician",))),
        ShowRows('EntryRevision', RowPolicy(Rows.PARENT, writers=("patient",), via="entry")),
        ShowRows('SafetyPlan', RowPolicy(Rows.SAFETY, tasks=("task:safety",), writers=("patient", "clinician"))),
        ShowRows('SafetyEvent', RowPolicy(Rows.SAFETY, tasks=("task:reminders", "task:safety"), writers=("patient", "clinician", "task:safety"))),
        ShowRows('SafetySign', RowPolicy(Rows.SAFETY, tasks=("task:reminders", "task:safety"), writers=("patient", "task:safety"))),
        ShowRows('SafetyTry', RowPolicy(Rows.SAFETY, writers=("clinician",))),
        ShowRows('TaughtSkill', RowPolicy(Rows.SHARED_ENTRIES, writers=("clinician",), also=("forgotten",))),
        ShowRows('Assignment', RowPolicy(Rows.SHARED_ENTRIES, tasks=("task:reminders",), writers=("clinician",))),
        ShowRows('SituationPlans', RowPolicy(Rows.SHARED_ENTRIES, writers=("patient", "clinician"))),
        ShowRows('BriefMirror', RowPolicy(Rows.SHARED_ENTRIES, writers=("patient",))),
        # People delete pieces of an export that is made anew, and what was taught.
        AlsoAllow('ExportPiece', 'forgotten', verb="DELETE", condition=(
            f"EXISTS (SELECT FROM @journaling_exportjob AS it WHERE it.id = job_id) AND {ACTOR} LIKE 'patient:%'")),
        AlsoAllow('TaughtSkill', 'forgotten', verb="DELETE", condition=(
            f"patient_id = ANY {PATIENTS_SEEN['shared_entries']} AND {ACTOR} LIKE 'clinician:%'")),
        migrations.RunPython(add_functions, drop_functions),
    ]
