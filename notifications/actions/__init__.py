"""Writes of this room."""

from notifications.actions.default_plan import (
    default_plan_of,
    give_default_plan,
    set_default_plan,
)
from notifications.actions.devices import (
    NoSuchDevice,
    NotTheOwner,
    end_device,
    end_devices_of_ended_sessions,
    end_devices_of_session,
    register_device,
)
from notifications.actions.homework import homework_changed
from notifications.actions.moving import (
    session_changed,
    sessions_changed,
    sweep_sessions,
    zone_changed,
)
from notifications.actions.plan import (
    NoSuchReminder,
    ReminderChanged,
    ReminderDiffers,
    TooManyReminders,
    change_reminder,
    create_reminder,
    delete_reminder,
)
from notifications.actions.receipts import (
    NoSuchOccurrence,
    note_answered,
    note_opened,
    note_prompted,
    pause,
    snooze,
    unpause,
)
from notifications.actions.time_question import ANSWERS, answer_time_question

__all__ = [
    "ANSWERS",
    "NoSuchDevice",
    "NoSuchOccurrence",
    "NoSuchReminder",
    "NotTheOwner",
    "ReminderChanged",
    "ReminderDiffers",
    "TooManyReminders",
    "answer_time_question",
    "change_reminder",
    "create_reminder",
    "default_plan_of",
    "delete_reminder",
    "end_device",
    "end_devices_of_ended_sessions",
    "end_devices_of_session",
    "give_default_plan",
    "homework_changed",
    "note_answered",
    "note_opened",
    "note_prompted",
    "pause",
    "register_device",
    "session_changed",
    "sessions_changed",
    "set_default_plan",
    "snooze",
    "sweep_sessions",
    "unpause",
    "zone_changed",
]
