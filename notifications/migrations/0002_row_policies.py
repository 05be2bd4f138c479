from django.db import migrations

#: Administrators are told how the service worked for a patient of their clinic.
THEIRS = "patient_id = ANY ((SELECT @care_seen('clinic'))::uuid[])"
#: Table; whose rows its people see; who works there without being a person; and who writes there,
#: people within what they see.
POLICIES = (
    ("notifications_reminder", THEIRS, "task:reminders,task:metrics", "patient,clinician,task:reminders"),
    ("notifications_occurrence", THEIRS, "task:reminders,task:metrics,task:retention",
     "patient,clinician,task:reminders,task:retention"),
    ("notifications_device", THEIRS, "task:reminders,task:retention", "patient,task:reminders,task:retention"),
    ("notifications_recipient", THEIRS, "task:reminders", "patient,clinician,task:reminders"),
    ("notifications_safetyalert",
     "EXISTS (SELECT FROM @care_staffcall AS it WHERE it.id = call_id)", "task:safety", "task:safety"),
)


def add_policies(apps, schema_editor):
    """Let PostgreSQL show a role that serves only rows of those whom its actor may see."""
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("SELECT care_note_no_words('notifications')")
    for policy in POLICIES:
        schema_editor.execute("SELECT care_show_rows(%s, %s, %s, %s)", policy)


def drop_policies(apps, schema_editor):
    """Take the policies back."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, *_ in POLICIES:
        schema_editor.execute("SELECT care_show_all_rows(%s)", [table])


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0003_row_policies'),
        ('notifications', '0001_reminders_and_devices'),
    ]

    operations = [
        migrations.RunPython(add_policies, drop_policies),
    ]
