"""Mail: fixed sentences, and the network only here."""

import smtplib
from ssl import SSLError

from django.core.mail import EmailMessage

from care.actions.resets import NoMailServer
from notifications import wording
from notifications.gateways.gateway import Outcome


def send_call(*, address: str) -> tuple[Outcome, str]:
    """Send the neutral sentence to one address; return what became of it, and a code.

    It raises for nothing that a mail server does, and tries once: whoever calls knows when again.
    """
    return _send(wording.STAFF_CALL, wording.STAFF_CALL_BODY, address)


def send_emergency(address: str) -> bool:
    """Send an administrator the neutral sentence about an emergency; tell whether that is done.

    What the server refuses for good is done as well: trying again would change nothing.

    :raises care.actions.resets.NoMailServer: when there was no answer at all.
    """
    outcome, reason = _send(wording.EMERGENCY, wording.EMERGENCY_BODY, address)
    _refuse_silence(outcome, reason)
    return outcome is not Outcome.NOT_SENT


def send_reset(address: str, code: str) -> None:
    """Send the code with which somebody sets a new password.

    :raises care.actions.resets.NoMailServer: when there was no answer at all.
    :raises OSError: when the mail server did not take it; whoever calls tries again.
    """
    outcome, reason = _send(wording.RESET, wording.RESET_BODY.format(code=code), address)
    _refuse_silence(outcome, reason)
    if outcome is Outcome.NOT_SENT:
        raise OSError(reason)


def _refuse_silence(outcome: Outcome, reason: str) -> None:
    if outcome is Outcome.NOT_SENT and not reason.startswith(_ANSWERED):
        raise NoMailServer(reason)


#: What the code of an answer begins with; without one there was none.
_ANSWERED = "smtp_"


def _send(subject: str, body: str, address: str) -> tuple[Outcome, str]:
    message = EmailMessage(
        subject=subject, body=body, to=[address], headers={"Auto-Submitted": "auto-generated"}
    )
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as refusal:
        codes = [code for code, _ in refusal.recipients.values()]
        is_final = bool(codes) and all(500 <= code < 600 for code in codes)
        outcome = Outcome.REFUSED if is_final else Outcome.NOT_SENT
        return outcome, f"{_ANSWERED}{max(codes, default=0)}"
    except smtplib.SMTPResponseException as refusal:
        return Outcome.NOT_SENT, f"{_ANSWERED}{refusal.smtp_code}"
    except (smtplib.SMTPException, SSLError, OSError) as fault:
        return Outcome.NOT_SENT, type(fault).__name__
    return Outcome.SENT, ""
