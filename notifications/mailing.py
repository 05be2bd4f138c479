"""Mails that wait in the database: codes for a new password, and word of an emergency."""

from datetime import datetime

from django.conf import settings

from care.actions import breaking_glass, oversight, resets
from notifications.gateways import mail


def send_codes(*, now: datetime) -> int:
    """Send the codes of forgotten passwords; without a mail server they wait till they are over."""
    if not settings.STAFF_MAIL:
        resets.forget_askings_of_nobody(now=now)
        return 0
    return resets.send_waiting_resets(mailer=mail.send_reset, now=now)


def tell_of_emergencies(*, now: datetime) -> int:
    """Tell administrators of charts opened in an emergency and of what one of them did, by mail."""
    if not settings.STAFF_MAIL:
        return 0
    told = breaking_glass.tell_officers(mailer=mail.send_emergency, now=now)
    return told + oversight.tell_of_acts(
        to_officer=mail.send_act, to_concerned=mail.send_act_about_you, now=now
    )
