"""What this room gives to an export, and all parts of all rooms in the order of a file."""

from care import exporting as care_parts
from care.exporting import Part, of_rows
from journaling.exporting import parts as journal_parts
from notifications.models import Device, Occurrence, Reminder

PARTS = (
    of_rows(
        "reminders",
        lambda chart: Reminder.objects.filter(patient_id=chart.patient_id),
        {
            name: name
            for name in (
                "id", "purpose", "minutes", "weekdays", "every_days", "every_from", "starts_on",
                "ends_on", "expires_minutes", "nudge", "skip_if_logged", "active", "created_at",
                "deleted_at",
            )
        },
    ),
    of_rows(
        "occurrences",
        lambda chart: Occurrence.objects.filter(patient_id=chart.patient_id),
        {"reminder": "reminder__id"}
        | {
            name: name
            for name in (
                "id", "purpose", "local_day", "due_at", "not_after", "state", "reason", "sent_at",
                "opened_at", "answered_at", "snoozed_at",
            )
        },
    ),
    # Without its address: whoever reads the file must not be able to name the phone.
    of_rows(
        "devices",
        lambda chart: Device.objects.filter(patient_id=chart.patient_id),
        {
            name: name
            for name in (
                "id", "provider", "platform", "app_version", "device_name", "created_at",
                "last_seen_at", "ended_at", "ended_reason",
            )
        },
    ),
)  # fmt: skip


def every_part() -> tuple[Part, ...]:
    """List the parts of every room; a new table about patients adds its own to its room's."""
    return (*care_parts.PARTS[:1], *journal_parts.PARTS, *PARTS, *care_parts.PARTS[1:])
