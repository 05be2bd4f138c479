from django.db import migrations

from backend.kit.db.postgres.row_policies import ShowRows
from backend.kit.handling import RowPolicy, Rows


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0003_row_policies'),
        ('notifications', '0001_reminders_and_devices'),
    ]

    operations = [
        # Administrators are told how the service worked for a patient of their clinic.
        ShowRows('Reminder', RowPolicy(Rows.CLINIC, tasks=("task:reminders", "task:metrics"), writers=("patient", "clinician", "task:reminders"))),
        ShowRows('Occurrence', RowPolicy(Rows.CLINIC, tasks=("task:reminders", "task:metrics", "task:retention"), writers=("patient", "clinician", "task:reminders", "task:retention"))),
        ShowRows('ReminderMail', RowPolicy(Rows.CLINIC, tasks=("task:reminders", "task:retention"), writers=("task:reminders", "task:retention"))),
        ShowRows('Device', RowPolicy(Rows.CLINIC, tasks=("task:reminders", "task:retention"), writers=("patient", "task:reminders", "task:retention"))),
        ShowRows('Recipient', RowPolicy(Rows.CLINIC, tasks=("task:reminders",), writers=("patient", "clinician", "task:reminders"))),
    ]
