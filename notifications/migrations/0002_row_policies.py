from django.db import migrations

ACTOR = "(SELECT current_setting('app.actor', true))"
#: Administrators are told how the service worked for a patient of their clinic.
THEIRS = "patient_id = ANY ((SELECT {schema}.care_seen('clinic'))::uuid[])"
#: Table, whose rows its people see, and who works there without being a person.
POLICIES = (
    ("notifications_reminder", THEIRS, "task:reminders,task:metrics"),
    ("notifications_occurrence", THEIRS, "task:reminders,task:metrics,task:retention"),
    ("notifications_device", THEIRS, "task:reminders,task:retention"),
    ("notifications_recipient", THEIRS, "task:reminders"),
    ("notifications_safetyalert",
     "EXISTS (SELECT FROM {schema}.care_dutycall AS it WHERE it.id = call_id)", "task:safety"),
)


def add_policies(apps, schema_editor):
    """Let PostgreSQL show a role that serves only rows of those whom its actor may see."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT format('%I', current_schema())")
        schema = cursor.fetchone()[0]
    schema_editor.execute("SELECT care_note_no_words('notifications')")
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
        ('notifications', '0001_reminders_and_devices'),
    ]

    operations = [
        migrations.RunPython(add_policies, drop_policies),
    ]
