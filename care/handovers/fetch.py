"""Opening the link of a handover, by whoever has it and its passcode; they have no account.

Each time is accounted for to the patient: as a disclosure where the file was given out, and in the
access log either way, under the name that the caller gave.
"""

import hmac
from datetime import datetime, timedelta
from typing import NoReturn

from django.core import signing
from django.db import transaction
from django.db.models import F

from backend.kit import jwe
from backend.kit.db import rls_actor
from backend.kit.db.claims import claim
from backend.kit.errors import NotThere
from care.access.data_categories import DataCategory
from care.access.log import log_link_use
from care.accounts.throttle import (
    ATTEMPT_WINDOW,
    TooManyAttempts,
    count_wrong_attempt,
    is_address_over_limit,
)
from care.handovers.make import MOST_WRONG_ATTEMPTS, fingerprint_link, fingerprint_passcode
from care.models import AccessLogEntry, Disclosure, Handover

_ATTEMPT = "handover"
#: Wrong passcodes of one address within the window of ``care.accounts.throttle``, of all links.
ADDRESS_LIMIT = 30
#: How long a file may be fetched that was too large to stand in the manifest itself.
TICKET_LASTS = timedelta(minutes=15)
_TICKET_SALT = "handover-file"
DISCLOSURE_PURPOSE = "handover"
_SHORT_PARTS = {"level": "levels of care", "plan": "goals", "safety_plan": "safety plan"}


class NoSuchLink(NotThere):
    """No handover stands behind this address, or it is over: nobody learns which."""


class WrongPasscode(Exception):
    """The passcode is another one; ``left`` more may be tried, 0 where the link is locked."""

    def __init__(self, left: int) -> None:
        self.left = left
        super().__init__(left)


def fetch_handover(
    *, secret: str, recipient: str, passcode: str, address: str, now: datetime
) -> str:
    """Return the encrypted file behind an address, accounted for under the name that was given.

    An attempt is counted before the passcode is looked at, and given back where it was right: of
    any number at once no more than ten are wrong ones.

    :raises NoSuchLink: there is none, or it is over.
    :raises WrongPasscode: another passcode, or too many were wrong before.
    :raises care.accounts.throttle.TooManyAttempts: too many wrong ones came from this address.
    """
    with rls_actor.acting_as(rls_actor.HANDOVERS_ACTOR):
        row = _open_link(secret, now)
        if is_address_over_limit(what=_ATTEMPT, address=address, limit=ADDRESS_LIMIT, now=now):
            raise TooManyAttempts(int(ATTEMPT_WINDOW.total_seconds()))
        rows = Handover.objects.filter(pk=row.pk)
        is_counted = claim(
            rows.filter(wrong_attempts__lt=MOST_WRONG_ATTEMPTS),
            wrong_attempts=F("wrong_attempts") + 1,
        )
        if not is_counted or not _is_right(passcode, row):
            _refuse(row, recipient, address, now)
        with transaction.atomic():
            rows.update(
                wrong_attempts=F("wrong_attempts") - 1, fetches=F("fetches") + 1,
                last_fetched_at=now,
            )  # fmt: skip
            Disclosure.objects.create(
                patient_id=row.patient_id, at=now, to=_claimed(row, recipient),
                purpose=DISCLOSURE_PURPOSE, what=_parts_text(row.parts), consent_id=row.consent_id,
            )  # fmt: skip
            _log(row, AccessLogEntry.Action.READ, recipient, "handover_link", now)
        return row.file


def make_ticket(*, secret: str) -> str:
    """Return what lets a file be fetched for a short time, after its passcode was right."""
    signed = signing.dumps(fingerprint_link(secret), salt=_TICKET_SALT)
    return jwe.encode(signed.encode())


def file_of_ticket(*, ticket: str, now: datetime) -> str:
    """Return the file that a ticket of ``make_ticket`` stands for, while its link is open.

    :raises NoSuchLink: it ran out, was not made here, or its link is over.
    """
    try:
        signed = jwe.decode(ticket).decode()
        link = signing.loads(signed, salt=_TICKET_SALT, max_age=TICKET_LASTS)
    except (signing.BadSignature, ValueError):
        raise NoSuchLink from None
    with rls_actor.acting_as(rls_actor.HANDOVERS_ACTOR):
        return _open_row(link, now).file


def _open_link(secret: str, now: datetime) -> Handover:
    return _open_row(fingerprint_link(secret), now)


def _open_row(link_fingerprint: str, now: datetime) -> Handover:
    """Find a handover that is not over; its consent is asked at each look."""
    row = Handover.objects.filter(
        link_fingerprint=link_fingerprint, revoked_at__isnull=True, expires_at__gt=now,
        consent__revoked_at__isnull=True, consent__expires_at__gt=now,
    ).select_related("consent").first()  # fmt: skip
    if row is None:
        raise NoSuchLink
    return row


def _is_right(passcode: str, row: Handover) -> bool:
    given = fingerprint_passcode(passcode, row.pk)
    return hmac.compare_digest(given, row.passcode_fingerprint)


def _refuse(row: Handover, recipient: str, address: str, now: datetime) -> NoReturn:
    _log(row, AccessLogEntry.Action.DENIED, recipient, "wrong_passcode", now)
    count_wrong_attempt(what=_ATTEMPT, address=address, limit=ADDRESS_LIMIT, now=now)
    tried = Handover.objects.values_list("wrong_attempts", flat=True).get(pk=row.pk)
    raise WrongPasscode(max(0, MOST_WRONG_ATTEMPTS - tried))


def _log(
    row: Handover, action: AccessLogEntry.Action, recipient: str, reason: str, now: datetime
) -> None:
    log_link_use(
        patient_id=row.patient_id, action=action, what=DataCategory.HANDOVER, name=recipient,
        reason=reason, now=now,
    )  # fmt: skip


def _claimed(row: Handover, recipient: str) -> str:
    """Return to whom it went: whom the consent names, and what the caller called themselves."""
    return f"{row.consent.recipient} (by a link; opened as “{recipient}”)"


def _parts_text(parts: list[str]) -> str:
    return ", ".join(_SHORT_PARTS.get(part, part.replace("_", " ")) for part in parts)
