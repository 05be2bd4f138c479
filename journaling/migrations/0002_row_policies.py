from django.db import migrations

ACTOR = "(SELECT current_setting('app.actor', true))"
THEIRS = "patient_id = ANY ((SELECT {schema}.care_seen('team'))::uuid[])"
#: Table, whose rows its people see, and who works there without being a person.
POLICIES = (
    ("journaling_journal", THEIRS, "task:reminders,task:safety"),
    ("journaling_entry", THEIRS, "task:reminders,task:safety"),
    ("journaling_exportjob", THEIRS, "task:exports"),
    ("journaling_exportpiece",
     "EXISTS (SELECT FROM {schema}.journaling_exportjob AS it WHERE it.id = job_id)", ""),
    ("journaling_briefopening", THEIRS, ""),
    ("journaling_entryrevision",
     "EXISTS (SELECT FROM {schema}.journaling_entry AS it WHERE it.row = entry_id)", ""),
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
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT format('%I', current_schema())")
        schema = cursor.fetchone()[0]
    schema_editor.execute("SELECT care_note_no_words('journaling')")
    for table, condition, tasks in POLICIES:
        workers = ",".join(filter(None, ("operator", tasks)))
        schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY", params=None)
        schema_editor.execute(
            f"CREATE POLICY seen ON {table} USING "
            f"({ACTOR} = ANY ('{{{workers}}}'::text[]) OR {condition.format(schema=schema)})",
            params=None,
        )


def drop_policies(apps, schema_editor):
    """Take the policies back."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, _, _ in POLICIES:
        schema_editor.execute(f"DROP POLICY seen ON {table}")
        schema_editor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0003_row_policies'),
        ('journaling', '0001_journal_and_entries'),
    ]

    operations = [
        migrations.RunPython(add_policies, drop_policies),
    ]
