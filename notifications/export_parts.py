"""What this room gives to an export, and all parts of all rooms in the order of a file."""

from care.privacy import export_parts
from care.privacy.export_parts import ExportPart, table_part
from journaling.exports import parts
from notifications.models.device import Device
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder

PARTS = (
    table_part(
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
    table_part(
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
    table_part(
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


def all_export_parts() -> tuple[ExportPart, ...]:
    """List the parts of every room; a new table about patients adds its own to its room's."""
    return (*export_parts.CARE_PARTS[:1], *parts.PARTS, *PARTS, *export_parts.CARE_PARTS[1:])
