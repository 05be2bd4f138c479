from django.db import migrations

THEIRS = "patient_id = ANY ((SELECT @care_seen('team'))::uuid[])"
#: Table, whose rows its people see, and who works there without being a person.
POLICIES = (
    ("journaling_journal", THEIRS, "task:reminders,task:safety"),
    ("journaling_entry", THEIRS, "task:reminders,task:safety"),
    ("journaling_exportjob", THEIRS, "task:exports,task:retention"),
    ("journaling_exportpiece",
     "EXISTS (SELECT FROM @journaling_exportjob AS it WHERE it.id = job_id)", ""),
    ("journaling_briefopening", THEIRS, ""),
    ("journaling_entryrevision",
     "EXISTS (SELECT FROM @journaling_entry AS it WHERE it.row = entry_id)", ""),
    ("journaling_safetyplan", THEIRS, "task:safety"),
    ("journaling_safetyevent", THEIRS, "task:reminders,task:safety"),
    ("journaling_safetysign", THEIRS, "task:reminders,task:safety"),
    ("journaling_taughtskill", THEIRS, ""),
    ("journaling_assignment", THEIRS, "task:reminders"),
)


def add_policies(apps, schema_editor):
    """Let PostgreSQL show a role that serves only rows of those whom its actor may see."""
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("SELECT care_note_no_words('journaling')")
    for policy in POLICIES:
        schema_editor.execute("SELECT care_show_rows(%s, %s, %s)", policy)


def drop_policies(apps, schema_editor):
    """Take the policies back."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, _, _ in POLICIES:
        schema_editor.execute("SELECT care_show_all_rows(%s)", [table])


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0003_row_policies'),
        ('journaling', '0001_journal_and_entries'),
    ]

    operations = [
        migrations.RunPython(add_policies, drop_policies),
    ]
