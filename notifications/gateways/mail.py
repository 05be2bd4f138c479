"""Mail to staff: one fixed sentence, and the network only here."""

import smtplib
from ssl import SSLError

from django.core.mail import EmailMessage

from notifications import wording
from notifications.gateways.gateway import Outcome


def send_call(*, address: str) -> tuple[Outcome, str]:
    """Send the neutral sentence to one address; return what became of it, and a code.

    It raises for nothing that a mail server does, and tries once: whoever calls knows when again.
    """
    message = EmailMessage(
        subject=wording.STAFF_CALL, body=wording.STAFF_CALL_BODY, to=[address],
        headers={"Auto-Submitted": "auto-generated"},
    )  # fmt: skip
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as refusal:
        codes = [code for code, _ in refusal.recipients.values()]
        is_final = bool(codes) and all(500 <= code < 600 for code in codes)
        return (Outcome.REFUSED if is_final else Outcome.NOT_SENT), f"smtp_{max(codes, default=0)}"
    except smtplib.SMTPResponseException as refusal:
        return Outcome.NOT_SENT, f"smtp_{refusal.smtp_code}"
    except (smtplib.SMTPException, SSLError, OSError) as fault:
        return Outcome.NOT_SENT, type(fault).__name__
    return Outcome.SENT, ""
