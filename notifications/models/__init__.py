"""The tables of this room, by noun."""

from notifications.models.device import Device, GatewayThrottle
from notifications.models.occurrence import Lease, Occurrence, ReminderMail
from notifications.models.reminder import DefaultReminder, Recipient, Reminder

__all__ = [
    "DefaultReminder",
    "Device",
    "GatewayThrottle",
    "Lease",
    "Occurrence",
    "Recipient",
    "Reminder",
    "ReminderMail",
]
