"""The mail server: the only module that talks to it, and how long it is left alone."""

import smtplib
from datetime import datetime, timedelta
from ssl import SSLError
from typing import NamedTuple

from django.core.mail import EmailMessage, get_connection
from django.db.models import F

from backend.kit.db import bulk
from notifications.models.device import GatewayThrottle
from notifications.push.gateway import SendOutcome

#: The throttle of the mail server, beside those of the push gateways.
MAIL_THROTTLE = "mail"
#: How long it is left alone after it didn't answer: doubled each time in a row, up to the longest.
SERVER_FIRST_PAUSE, SERVER_LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=5)
#: So often doubled it is as long as it gets.
SERVER_MOST_FAULTS = 5


class Letter(NamedTuple):
    """One mail to one address."""

    address: str
    subject: str
    body: str


class SendResult(NamedTuple):
    """What became of one mail, the code of why, and whether the server answered at all."""

    outcome: SendOutcome
    code: str = ""
    is_answered: bool = True


def send_letter(letter: Letter) -> SendResult:
    """Send one mail: taken, refused for good, or not sent; ambiguous where the server broke off.

    It tries once, and raises for nothing that a mail server does: the caller decides on retries.
    """
    outcome = SendOutcome.NOT_SENT
    message = EmailMessage(
        subject=letter.subject, body=letter.body, to=[letter.address],
        headers={"Auto-Submitted": "auto-generated"},
    )  # fmt: skip
    try:
        with get_connection() as message.connection:
            outcome = SendOutcome.AMBIGUOUS
            message.send()
            outcome = SendOutcome.SENT
    except smtplib.SMTPRecipientsRefused as refusal:
        codes = [code for code, _ in refusal.recipients.values()]
        is_final = bool(codes) and all(500 <= code < 600 for code in codes)
        outcome = SendOutcome.REFUSED if is_final else SendOutcome.NOT_SENT
        return SendResult(outcome, f"smtp_{max(codes, default=0)}")
    except smtplib.SMTPResponseException as refusal:
        return SendResult(SendOutcome.NOT_SENT, f"smtp_{refusal.smtp_code}")
    except (smtplib.SMTPException, SSLError, OSError) as fault:
        if outcome is not SendOutcome.SENT:  # else it broke off at the farewell
            return SendResult(outcome, type(fault).__name__, is_answered=False)
    return SendResult(SendOutcome.SENT)


def is_server_blocked(*, now: datetime) -> bool:
    """Whether the mail server is left alone at this moment."""
    return GatewayThrottle.objects.filter(pk=MAIL_THROTTLE, blocked_until__gt=now).exists()


def note_answer() -> None:
    """Record that the mail server answers; nothing is written where it did before."""
    GatewayThrottle.objects.filter(pk=MAIL_THROTTLE, consecutive_faults__gt=0).update(
        consecutive_faults=0, blocked_until=None, reason=""
    )


def block_server(*, now: datetime) -> None:
    """Leave the mail server alone for a while, for all workers: longer each time in a row."""
    bulk.bulk_insert_ignore(GatewayThrottle, ("name", "reason"), [(MAIL_THROTTLE, "")])
    throttle = GatewayThrottle.objects.filter(pk=MAIL_THROTTLE)
    consecutive_faults = min(
        throttle.values_list("consecutive_faults", flat=True).get(), SERVER_MOST_FAULTS
    )
    pause = min(SERVER_FIRST_PAUSE * 2**consecutive_faults, SERVER_LONGEST_PAUSE)
    throttle.filter(consecutive_faults__lt=SERVER_MOST_FAULTS).update(
        consecutive_faults=F("consecutive_faults") + 1
    )
    throttle.update(blocked_until=now + pause, reason="no_answer")
