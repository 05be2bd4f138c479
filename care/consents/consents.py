"""Record, revoke and list consents, and keep the accounting of disclosures.

A consent follows 42 CFR 2.31, the accounting 45 CFR 164.528 and 42 CFR 2.25. Whom the recipient of
a consent names is resolved once, when it is signed: the clinic or its care team, one clinician of
the clinic, or somebody else. What does not surely name the clinic names somebody else, so that
nobody reads a chart by a guess; the answer says whom it reaches, and the patient can agree again in
other words. What is agreed to stands in ``care.consents.texts``, and word for word in each record.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from backend.kit.db.claims import claim
from backend.kit.errors import FieldError, InvalidInput, NotThere, enforce_limit
from backend.kit.languages import ENGLISH, Sentence
from backend.kit.text import is_blank
from care.access.chart import Chart, NotTheOwner
from care.access.data_categories import CONSENT_SCOPES, DataCategory
from care.access.log import log_write
from care.access.patient_lock import lock_patient
from care.access.rules import consent_holds, membership_holds
from care.consents.texts import signed_text
from care.constants import MOST_CONSENTS
from care.models import CareTeamMembership, Clinic, Consent, Disclosure, User

#: 42 CFR 2.32: what must go with everything that leaves.
REDISCLOSURE_NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
#: Purposes whose consent must have an end (42 CFR 2.31(a)(7)), and how far its date may lie ahead.
LONGEST_BY_PURPOSE = {
    "family_support": timedelta(days=366),
    "counselling_notes": timedelta(days=366),
    "handover": timedelta(days=366),
}
#: Those whose end is a day: they are for the time after treatment, so its end is none.
_ENDS_BY_DAY = frozenset({"handover"})
#: 42 CFR 2.31(a)(6): how a consent is taken back; it stands with every consent.
REVOCATION_TEXT = Sentence(
    "You can take this back at any time, in the app or in writing to the clinic. "
    "What was seen before stays seen; nobody sees more from then on.",
    "Puede retirar esto en cualquier momento, en la aplicación o por escrito a la clínica. "
    "Lo que se vio antes queda visto; desde entonces nadie ve más.",
)

#: Titles before a name, which are left out of the comparison.
_TITLES = frozenset({"dr", "doctor", "prof", "professor", "mr", "mrs", "ms", "mx", "miss"})
_ARTICLES = frozenset({"my", "our", "the", "your"})
#: What a patient calls those who treat them.
_TEAM_NAMES = frozenset(
    {"care team", "treatment team", "clinical team", "team", "clinic", "clinic staff", "staff",
     "clinic s staff", "clinic care team", "program", "programme", "treatment program",
     "treatment programme", "treatment providers", "providers"}
)  # fmt: skip


class NoSuchConsent(NotThere):
    """The patient has no consent of that id that still holds."""


@dataclass(frozen=True, slots=True)
class RecipientReach:
    """Whom a consent reaches: the care team as a whole, one clinician, or nobody of the clinic."""

    clinician_id: UUID | None = None
    is_for_others: bool = False


def record_consent(
    *,
    chart: Chart,
    purpose: str,
    version: str,
    scope: Sequence[str],
    recipient: str,
    signed_name: str,
    expires_at: datetime | None,
    expires_event: str | None,
    clinician_id: UUID | None = None,
    language: str = ENGLISH,
    now: datetime,
) -> Consent:
    """Record what the patient agreed to, with the words that were shown in this language.

    The same terms again while they are in force are that record and no second one, so that revoking
    it revokes all of it; other terms are a record of their own. Counselling notes are
    opened to one clinician of the care team, whose name is written down as the recipient. Whom the
    recipient of a consent to treatment names is resolved by ``resolve_recipient``.

    :raises backend.kit.errors.InvalidInput: naming what 42 CFR 2.31(a) requires and is missing.
    :raises care.consents.texts.VersionNotInForce: another text is in force than the one agreed to.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    if not chart.is_own:
        raise NotTheOwner
    signed = signed_text(purpose=purpose, version=version, language=language, now=now)
    if purpose == Consent.Purpose.COUNSELLING_NOTES:
        recipient = _reader_name(chart, clinician_id, recipient, now)
    elif clinician_id is not None:
        raise InvalidInput.of("clinician", "not_asked", "This purpose names nobody by id.")
    _validate_scope(purpose, scope=scope, recipient=recipient)
    _validate_end(expires_at=expires_at, now=now)
    _validate_required_end(purpose, expires_at=expires_at, expires_event=expires_event, now=now)
    clinic = Clinic.objects.get(users=chart.patient_id)
    reach = RecipientReach()
    if purpose == Consent.Purpose.TREATMENT:
        reach = resolve_recipient(recipient, clinic=clinic.name, clinicians=_clinicians(clinic))
    terms = (
        version, list(scope), recipient, clinician_id, signed_name, expires_at, expires_event,
    )  # fmt: skip
    with transaction.atomic():
        # The row is the lock: of two that come at once the second finds the first.
        lock_patient(chart.patient_id)
        existing = _same_in_force(chart, purpose, terms, now)
        if existing is not None:
            return existing
        holds = consent_holds(now, purpose=purpose)
        in_force = Consent.objects.filter(holds, patient_id=chart.patient_id).count()
        enforce_limit(in_force, most=MOST_CONSENTS, what="consents of one purpose at a time")
        consent = Consent.objects.create(
            patient_id=chart.patient_id,
            purpose=purpose,
            version=signed.version,
            text=signed.words,
            language=signed.language,
            discloser=clinic.name,
            scope=list(scope),
            recipient=recipient,
            clinician_id=clinician_id,
            recipient_clinician_id=reach.clinician_id,
            is_for_others=reach.is_for_others,
            signed_name=signed_name,
            agreed_at=now,
            expires_at=expires_at,
            expires_event=expires_event,
        )
        log_write(chart=chart, what=DataCategory.CONSENT, now=now)
    return consent


def revoke_consent(*, chart: Chart, consent_id: UUID, now: datetime) -> Consent:
    """Revoke a consent; from the next request on nobody sees anything by it.

    :raises NoSuchConsent: this patient has none of that id, or took it back before.
    :raises NotTheOwner: through anybody's chart but the patient's own.
    """
    if not chart.is_own:
        raise NotTheOwner
    with transaction.atomic():
        live = Consent.objects.filter(
            pk=consent_id, patient_id=chart.patient_id, revoked_at__isnull=True
        )
        if not claim(live, revoked_at=now):
            raise NoSuchConsent
        log_write(chart=chart, what=DataCategory.CONSENT, now=now)
    return Consent.objects.select_related("support_person").get(pk=consent_id)


def consents_of(*, chart: Chart) -> Sequence[Consent]:
    """List every consent of the patient, the newest first, also those that are over."""
    found = Consent.objects.filter(patient_id=chart.patient_id).select_related("support_person")
    return list(found.order_by("-agreed_at", "-id"))


def record_disclosure(
    *, chart: Chart, to: str, purpose: str, what: str, consent_id: UUID | None, now: datetime
) -> None:
    """Record that something of a patient went to somebody; no consent where they took it."""
    Disclosure.objects.create(
        patient_id=chart.patient_id, at=now, to=to, purpose=purpose, what=what,
        consent_id=consent_id,
    )  # fmt: skip


def disclosures_of(*, chart: Chart) -> Sequence[Disclosure]:
    """List every disclosure of the patient's data that was ever recorded, the newest first.

    No row is ever deleted, so it reaches back six years at least, as 45 CFR 164.528 and 42 CFR 2.25
    require; what is older is told as well.
    """
    return list(Disclosure.objects.filter(patient_id=chart.patient_id).order_by("-at", "-id"))


def resolve_recipient(
    recipient: str, *, clinic: str, clinicians: Iterable[tuple[UUID, str]]
) -> RecipientReach:
    """Return whom these words name, among the clinic, its clinicians and everybody else.

    Case, accents written in another form, punctuation and titles make no difference. A name that
    two clinicians have names neither.
    """
    words = _normalize_words(recipient)
    clinic_words = _normalize_words(clinic)
    ways = {form for name in _TEAM_NAMES for form in _team_name_forms(name, clinic_words)} | {
        clinic_words
    }
    if words in ways:
        return RecipientReach()
    named = [
        pk for pk, name in clinicians if _normalize_person(name) == _normalize_person(recipient)
    ]
    if len(named) == 1:
        return RecipientReach(clinician_id=named[0])
    return RecipientReach(is_for_others=True)


def _team_name_forms(team: str, house: str) -> tuple[str, ...]:
    return (
        team, f"{house} {team}", f"{house} s {team}", f"{team} at {house}", f"{team} of {house}",
    )  # fmt: skip


def _normalize_words(text: str) -> str:
    """Fold a text to its words, without articles."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    while len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    return " ".join(word for at, word in enumerate(words) if at == 0 or word not in _ARTICLES)


def _normalize_person(text: str) -> str:
    words = _normalize_words(text).split()
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    return " ".join(words)


def _same_in_force(
    chart: Chart, purpose: str, wanted_terms: tuple[object, ...], now: datetime
) -> Consent | None:
    """Find a consent in force on the same terms; two support persons may have one name."""
    if purpose == Consent.Purpose.FAMILY_SUPPORT:
        return None
    in_force = Consent.objects.filter(
        consent_holds(now, purpose=purpose), patient_id=chart.patient_id
    )
    for consent in in_force.order_by("agreed_at", "id"):
        terms = (
            consent.version, consent.scope, consent.recipient, consent.clinician_id,
            consent.signed_name, consent.expires_at, consent.expires_event,
        )  # fmt: skip
        if terms == wanted_terms:
            return consent
    return None


def _validate_scope(purpose: str, *, scope: Sequence[str], recipient: str) -> None:
    faults = []
    if not scope or not set(scope) <= set(CONSENT_SCOPES[purpose]):
        detail = "Must be one or more of: " + ", ".join(CONSENT_SCOPES[purpose]) + "."
        faults.append(FieldError("scope", "unknown_choice", detail))
    if is_blank(recipient):
        faults.append(FieldError("recipient", "required", "Name who may see it."))
    if faults:
        raise InvalidInput(faults)


def _validate_end(*, expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        raise InvalidInput.of("expires_at", "in_the_past", "Must lie ahead.")


def _validate_required_end(
    purpose: str, *, expires_at: datetime | None, expires_event: str | None, now: datetime
) -> None:
    """Require an end within a year, or at the end of treatment, where a purpose must have one."""
    longest = LONGEST_BY_PURPOSE.get(purpose)
    if longest is None:
        return
    if purpose in _ENDS_BY_DAY and expires_event is not None:
        raise InvalidInput.of("expires_event", "not_asked", "Choose a day.")
    if expires_at is None and expires_event is None:
        raise InvalidInput.of("expires_at", "required", "Say until when, or until which event.")
    if expires_at is not None and expires_at > now + longest:
        raise InvalidInput.of("expires_at", "too_far", "At most a year from now.")


def _clinicians(clinic: Clinic) -> list[tuple[UUID, str]]:
    staff = User.objects.filter(clinic=clinic, role=User.Role.CLINICIAN, is_active=True)
    return list(staff.values_list("pk", "display_name"))


def _reader_name(chart: Chart, clinician_id: UUID | None, recipient: str, now: datetime) -> str:
    """Find the name of the clinician whom a patient lets read counselling notes."""
    if recipient:
        raise InvalidInput.of("recipient", "not_asked", "Name the clinician by id.")
    if clinician_id is None:
        raise InvalidInput.of("clinician", "required", "Name who may read them.")
    team = CareTeamMembership.objects.filter(
        membership_holds(now), patient_id=chart.patient_id, clinician_id=clinician_id,
        clinician__is_active=True,
    )  # fmt: skip
    name: str | None = team.values_list("clinician__display_name", flat=True).first()
    if name is None:
        raise InvalidInput.of("clinician", "unknown", "Must be on your care team.")
    return name
