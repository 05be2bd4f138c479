"""Writes of this room."""

from notifications.actions.devices import (
    NoSuchDevice,
    NotTheOwner,
    end_device,
    end_devices_of_ended_sessions,
    end_devices_of_session,
    register_device,
)
from notifications.actions.plan import (
    NoSuchReminder,
    ReminderChanged,
    ReminderDiffers,
    TooManyReminders,
    change_reminder,
    create_reminder,
    delete_reminder,
    give_default_plan,
    zone_changed,
)
from notifications.actions.receipts import (
    NoSuchOccurrence,
    note_answered,
    note_opened,
    pause,
    snooze,
    unpause,
)

__all__ = [
    "NoSuchDevice",
    "NoSuchOccurrence",
    "NoSuchReminder",
    "NotTheOwner",
    "ReminderChanged",
    "ReminderDiffers",
    "TooManyReminders",
    "change_reminder",
    "create_reminder",
    "delete_reminder",
    "end_device",
    "end_devices_of_ended_sessions",
    "end_devices_of_session",
    "give_default_plan",
    "note_answered",
    "note_opened",
    "pause",
    "register_device",
    "snooze",
    "unpause",
    "zone_changed",
]
