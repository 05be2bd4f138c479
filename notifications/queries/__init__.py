"""Reads of this room."""

from notifications.queries.coming import Coming, coming
from notifications.queries.health import Health, health, overdue_seconds
from notifications.queries.history import Line, history_page, phones_of
from notifications.queries.of_day import OfDay, reminders_of_day
from notifications.queries.prompted import days_of_prompts
from notifications.queries.prompts import prompts_of
from notifications.queries.reminders import (
    asked_about,
    devices_of,
    inbox,
    paused_until,
    reminder_of,
    reminders_of,
    true_due_at,
)

__all__ = [
    "Coming",
    "Health",
    "Line",
    "OfDay",
    "asked_about",
    "coming",
    "days_of_prompts",
    "devices_of",
    "health",
    "history_page",
    "inbox",
    "overdue_seconds",
    "paused_until",
    "phones_of",
    "prompts_of",
    "reminder_of",
    "reminders_of",
    "reminders_of_day",
    "true_due_at",
]
