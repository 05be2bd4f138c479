"""App configuration of reminders: what they follow of the rooms below."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Configuration of the reminders' tables and of what they follow."""

    name = "notifications"

    def ready(self) -> None:
        """Subscribe to what reminders and devices follow: entries, sessions, sign-ins and so on."""
        from notifications.subscriptions import subscribe  # noqa: PLC0415 (it imports tables)

        subscribe()
