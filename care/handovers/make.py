"""Handovers: made by the care team on a consent of their patient, listed, and revoked.

A handover is a SMART Health Link: an encrypted file behind an address that nobody guesses. The key
of the file is in the link alone, which is told once; here stand the file and fingerprints.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.db import transaction

from backend.kit import jwe
from backend.kit.crypto import fingerprint
from backend.kit.db.claims import claim
from backend.kit.errors import InvalidInput, NotThere, enforce_limit
from backend.kit.ids import new_id
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from care.access.open import open_chart_of_row
from care.access.patient_lock import lock_patient
from care.access.rules import consent_holds
from care.accounts.codes import fingerprint_code, generate_code
from care.models import Consent, Handover, User

#: 256 bits: nobody guesses an address.
_SECRET_BYTES = 32
LONGEST_DAYS, DEFAULT_DAYS = 60, 30
#: So many wrong passcodes in all end a link for good.
MOST_WRONG_ATTEMPTS = 10
#: Ours: more than anybody hands over at a time.
MOST_LINKS = 20
#: What a program shows of a link before it is opened; it names nobody.
LINK_LABEL = "Summary for the next care team"
FILE_TYPE = "application/fhir+json"


class NoHandoverConsent(Exception):
    """The patient agreed to no handover that is in force; nothing was made."""


class OnlyCareTeamHandsOver(Exception):
    """A handover is made by the care team, from what its chart shows."""


class NoSuchHandover(NotThere):
    """This chart shows no handover of that id, or it is over."""


@dataclass(frozen=True, slots=True)
class HandoverConsent:
    """What a patient agreed to hand over, to whom, and until when."""

    id: UUID
    recipient: str
    parts: tuple[str, ...]
    agreed_at: datetime
    expires_at: datetime
    text: str
    discloser: str
    signed_name: str


@dataclass(frozen=True, slots=True)
class HandoverView:
    """One handover as its patient and their care team read it, without its link."""

    id: UUID
    recipient: str
    parts: Sequence[str]
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    #: When its consent was taken back, which ends it as well.
    consent_revoked_at: datetime | None
    attempts_left: int
    fetches: int
    last_fetched_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Whether its link can still be opened."""
        is_revoked = self.revoked_at is not None or self.consent_revoked_at is not None
        return not is_revoked and self.expires_at > now and self.attempts_left > 0


@dataclass(frozen=True, slots=True)
class MadeHandover:
    """What is told once: secret and key, which the link has, and the passcode."""

    id: UUID
    expires_at: datetime
    secret: str = field(repr=False)
    key: bytes = field(repr=False)
    passcode: str = field(repr=False)

    def link(self, address: str) -> str:
        """Write the link that leads to this address of the manifest."""
        payload = {
            "url": address, "key": jwe.encode(self.key), "exp": int(self.expires_at.timestamp()),
            "flag": "P", "label": LINK_LABEL, "v": 1,
        }  # fmt: skip
        return f"shlink:/{jwe.encode(orjson.dumps(payload))}"


def handover_consents(*, chart: Chart, now: datetime) -> list[HandoverConsent]:
    """List the patient's consents to a handover that are in force, the newest first."""
    holds = consent_holds(now, purpose=Consent.Purpose.HANDOVER)
    rows = Consent.objects.filter(holds, patient_id=chart.patient_id, expires_at__isnull=False)
    return [
        HandoverConsent(
            row.pk, row.recipient, tuple(row.scope), row.agreed_at, row.expires_at, row.text,
            row.discloser, row.signed_name,
        )
        for row in rows.order_by("-agreed_at", "-id")
        if row.expires_at is not None
    ]  # fmt: skip


def consent_to_hand_over(
    *, chart: Chart, consent_id: UUID | None, now: datetime
) -> HandoverConsent:
    """Find the consent that a handover rests on: the one named, or the only one.

    :raises OnlyCareTeamHandsOver: through the patient's own chart.
    :raises NoHandoverConsent: none of that id, or none at all, is in force.
    :raises backend.kit.errors.InvalidInput: several are in force, and none was named.
    """
    if chart.is_own:
        raise OnlyCareTeamHandsOver
    in_force = handover_consents(chart=chart, now=now)
    named = [one for one in in_force if consent_id in {None, one.id}]
    if not named:
        raise NoHandoverConsent
    if len(named) > 1:
        detail = "Several are in force: name one by its id."
        raise InvalidInput.of("consent", "required", detail)
    return named[0]


def store_handover(
    *, chart: Chart, consent: HandoverConsent, bundle: bytes, days: int, now: datetime
) -> MadeHandover:
    """Encrypt what goes along under a new key, and store it behind a new address.

    It ends after so many days, and at the latest with its consent, which is looked at once more
    here: it may have been taken back while the file was made.

    :raises NoHandoverConsent: the consent was taken back meanwhile.
    :raises backend.kit.errors.InvalidInput: there are too many links.
    """
    made = MadeHandover(
        new_id(), min(now + timedelta(days=days), consent.expires_at),
        secrets.token_urlsafe(_SECRET_BYTES), jwe.generate_key(), generate_code(),
    )  # fmt: skip
    with transaction.atomic():
        lock_patient(chart.patient_id)
        if consent.id not in {one.id for one in handover_consents(chart=chart, now=now)}:
            raise NoHandoverConsent
        rows = Handover.objects.filter(patient_id=chart.patient_id, revoked_at__isnull=True)
        enforce_limit(rows.filter(expires_at__gt=now).count(), most=MOST_LINKS, what="at a time")
        Handover.objects.create(
            id=made.id, patient_id=chart.patient_id, consent_id=consent.id,
            parts=list(consent.parts), link_fingerprint=fingerprint_link(made.secret),
            passcode_fingerprint=fingerprint_passcode(made.passcode, made.id),
            file=jwe.encrypt(bundle, key=made.key, content_type=FILE_TYPE),
            made_at=now, made_by=chart.viewer_id, expires_at=made.expires_at,
        )  # fmt: skip
        log_write(chart=chart, what=DataCategory.HANDOVER, now=now)
    return made


def handovers_of(*, chart: Chart) -> list[HandoverView]:
    """List the patient's handovers, the newest first, also those that are over."""
    rows = Handover.objects.filter(patient_id=chart.patient_id).select_related("consent")
    return [_view(row) for row in rows.defer("file").order_by("-made_at", "-id")]


def open_handover_chart(*, viewer: User, handover_id: UUID, now: datetime) -> Chart:
    """Open the chart of whom a handover is about, to end it.

    :raises care.access.chart.NoSuchChart: for anybody but the patient and their care team; logged.
    """
    return open_chart_of_row(
        viewer=viewer, rows=Handover.objects.filter(pk=handover_id), row_id=handover_id,
        what=DataCategory.HANDOVER, now=now,
    )  # fmt: skip


def revoke_handover(*, chart: Chart, handover_id: UUID, now: datetime) -> None:
    """End a link: it opens nothing from the next request on; again changes nothing.

    :raises NoSuchHandover: this chart shows none of that id.
    """
    rows = Handover.objects.filter(pk=handover_id, patient_id=chart.patient_id)
    with transaction.atomic():
        if claim(rows.filter(revoked_at__isnull=True), revoked_at=now):
            log_write(chart=chart, what=DataCategory.HANDOVER, now=now)
        elif not rows.exists():
            raise NoSuchHandover


def fingerprint_link(secret: str) -> str:
    """Compute the fingerprint by which an address is found."""
    return fingerprint(secret, purpose="handover-link")


def fingerprint_passcode(passcode: str, handover_id: UUID) -> str:
    """Compute the fingerprint of a passcode, for one handover alone, however it was typed."""
    return fingerprint_code(passcode, purpose=f"handover-passcode|{handover_id}")


def _view(row: Handover) -> HandoverView:
    return HandoverView(
        row.pk, row.consent.recipient, row.parts, row.made_at, row.expires_at, row.revoked_at,
        row.consent.revoked_at, max(0, MOST_WRONG_ATTEMPTS - row.wrong_attempts), row.fetches,
        row.last_fetched_at,
    )  # fmt: skip
