"""Mail to staff: fixed sentences; the only module that talks to the mail server."""

import smtplib
from ssl import SSLError

from django.core.mail import EmailMessage

from care.accounts.password_reset import MailServerUnavailable
from notifications import wording
from notifications.push.gateway import SendOutcome

#: What the code of an answer begins with; without one there was none.
_ANSWERED_PREFIX = "smtp_"


def send_staff_call(*, address: str) -> tuple[SendOutcome, str]:
    """Send the neutral sentence to one address; return the outcome and a code.

    It tries once, and raises for nothing that a mail server does: the caller decides on retries.
    """
    return _send_mail(wording.STAFF_CALL, wording.STAFF_CALL_BODY, address)


def send_emergency_notice(address: str) -> bool:
    """Send an administrator the neutral sentence about an emergency; return whether it is done.

    What the server refuses for good is done as well: a retry would change nothing.

    :raises care.accounts.password_reset.MailServerUnavailable: when there was no answer at all.
    """
    outcome, reason = _send_mail(wording.EMERGENCY_NOTICE, wording.EMERGENCY_NOTICE_BODY, address)
    _require_answer(outcome, reason)
    return outcome is not SendOutcome.NOT_SENT


def send_act_notice(address: str) -> bool:
    """Send an administrator the neutral sentence about an act; return whether it is done.

    :raises care.accounts.password_reset.MailServerUnavailable: when there was no answer at all.
    """
    outcome, reason = _send_mail(wording.ACT_NOTICE, wording.ACT_NOTICE_BODY, address)
    _require_answer(outcome, reason)
    return outcome is not SendOutcome.NOT_SENT


def send_concerned_notice(address: str) -> bool:
    """Send the person an act concerns the neutral sentence; return whether it is done.

    :raises care.accounts.password_reset.MailServerUnavailable: when there was no answer at all.
    """
    outcome, reason = _send_mail(wording.CONCERNED_NOTICE, wording.CONCERNED_NOTICE_BODY, address)
    _require_answer(outcome, reason)
    return outcome is not SendOutcome.NOT_SENT


def send_reset_code(address: str, code: str) -> None:
    """Send the code with which a user sets a new password.

    :raises care.accounts.password_reset.MailServerUnavailable: when there was no answer at all.
    :raises OSError: when the mail server did not take it; the caller tries again.
    """
    outcome, reason = _send_mail(
        wording.RESET_CODE, wording.RESET_CODE_BODY.format(code=code), address
    )
    _require_answer(outcome, reason)
    if outcome is SendOutcome.NOT_SENT:
        raise OSError(reason)


def _require_answer(outcome: SendOutcome, reason: str) -> None:
    if outcome is SendOutcome.NOT_SENT and not reason.startswith(_ANSWERED_PREFIX):
        raise MailServerUnavailable(reason)


def _send_mail(subject: str, body: str, address: str) -> tuple[SendOutcome, str]:
    message = EmailMessage(
        subject=subject, body=body, to=[address], headers={"Auto-Submitted": "auto-generated"}
    )
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as refusal:
        codes = [code for code, _ in refusal.recipients.values()]
        is_final = bool(codes) and all(500 <= code < 600 for code in codes)
        outcome = SendOutcome.REFUSED if is_final else SendOutcome.NOT_SENT
        return outcome, f"{_ANSWERED_PREFIX}{max(codes, default=0)}"
    except smtplib.SMTPResponseException as refusal:
        return SendOutcome.NOT_SENT, f"{_ANSWERED_PREFIX}{refusal.smtp_code}"
    except (smtplib.SMTPException, SSLError, OSError) as fault:
        return SendOutcome.NOT_SENT, type(fault).__name__
    return SendOutcome.SENT, ""
