"""App configuration of reminders: they hear of the entries that patients save."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Configuration of the reminders' tables and of what they follow."""

    name = "notifications"

    def ready(self) -> None:
        """Subscribe to saved entries: one that a reminder asked for answers it."""
        from journaling.save_entries import subscribe_to_saved_entries  # noqa: PLC0415 (tables)
        from notifications.reminders.receipts import record_answers  # noqa: PLC0415 (the same)

        subscribe_to_saved_entries(record_answers)
