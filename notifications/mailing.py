"""Mails that wait in the database: codes for a new password, and word of an emergency."""

from datetime import datetime

from django.conf import settings

from care.actions import breaking_glass, resets
from notifications.gateways import mail


def send_codes(*, now: datetime) -> int:
    """Send the codes of forgotten passwords; without a mail server they wait till they are over."""
    if not settings.STAFF_MAIL:
        return 0
    return resets.send_waiting_resets(mailer=mail.send_reset, now=now)


def tell_of_emergencies(*, now: datetime) -> int:
    """Tell administrators of charts that were opened in an emergency, where mail is set up."""
    if not settings.STAFF_MAIL:
        return 0
    return breaking_glass.tell_officers(mailer=mail.send_emergency, now=now)
