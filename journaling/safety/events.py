"""Record safety events, one per episode; staff clear them or note a failed contact.

Events are derived from entries, and deriving them again stores nothing twice.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from backend.kit.db.claims import claim
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_read, log_system_write, log_write
from care.oncall.safety_settings import SafetySettings, settings_of_patient
from journaling.models import Journal, SafetyEvent, SafetySign, SafetyTry
from journaling.models.journal import lock_journal
from journaling.safety.escalation import escalate, next_call_after_failed_contact
from journaling.safety.read_events import (
    EVENT_TEXT_COLUMN,
    FAILED_CONTACT_TEXT_COLUMN,
    NoSuchEvent,
    VisibleEvent,
    event_of,
    event_patient,
    is_audience_visible,
)
from journaling.safety.rules import URGENT, Finding

#: Ours: what is said within so many hours of the last sign is the same episode (PEER-BUGS B30).
EPISODE_GAP = timedelta(hours=12)
CLEARING_REASONS = tuple(SafetyEvent.Reason.values)
#: The code that stands where a reason would, and clears nothing.
FAILED_CONTACT = "tried_not_reached"


@dataclass(frozen=True, slots=True)
class NewSign:
    """What one entry calls for, and with whom the patient shares it.

    Of one that was refused nothing is stored but this; ``refused`` is the digest of its answers.
    """

    entry_id: UUID | None
    entry_rev: int | None
    share: str
    finding: Finding
    kind: str
    occurred_at: datetime | None
    refused: bytes | None = None

    @property
    def is_for_staff(self) -> bool:
        """Whether staff are to learn of it: level 2 or 3, and not private."""
        audiences: list[str] = SafetyEvent.Audience.values
        return self.finding.level >= URGENT and self.share in audiences


def record_signs(
    *,
    patient_id: UUID,
    signs: Sequence[NewSign],
    setting: SafetySettings,
    chart: Chart | None,
    now: datetime,
) -> set[UUID]:
    """Store the signs that staff are to learn of, and return the events that they belong to.

    The same revision of an entry again changes nothing; a revision that says nothing new belongs to
    the event that is there. Signs close together are one episode and join the open event of their
    audience: a more serious one raises it, and staff are called anew. ``chart`` is None where no
    person is at work but the sweep.
    """
    for_staff = _without_duplicates(sign for sign in signs if sign.is_for_staff)
    if not for_staff:
        return set()
    with transaction.atomic():
        # The journal's lock: of two requests with one episode, the second finds the first's event.
        if all(sign.refused is None for sign in for_staff):
            rows = Journal.objects.select_for_update().filter(patient_id=patient_id)
            list(rows.values("patient_id"))
        else:
            lock_journal(patient_id=patient_id)  # there may be none yet: nothing was ever stored
        known = _stored_signs(patient_id, for_staff)
        news = [sign for sign in for_staff if not _events_holding(sign, known)]
        places = {place for sign in for_staff for place in _events_holding(sign, known)}
        _store_repeats(patient_id, for_staff, known, now)
        for audience in sorted({sign.share for sign in news}):
            fresh = [sign for sign in news if sign.share == audience]
            places.add(_join_episode(patient_id, audience, fresh, setting, now))
        if news:
            _log_write(chart, patient_id, now)
    return places


def acknowledge_event(
    *, chart: Chart, event_id: UUID, reason: str, now: datetime, note: str = ""
) -> VisibleEvent:
    """Clear an event for everybody; a second time changes nothing, the first one stands.

    ``reason`` is one of ``CLEARING_REASONS``, or staff's own words. These, and what is noted
    beside, are stored encrypted and can be read again by the care team.

    :raises NoSuchEvent: when this chart shows none of that id, and for the patient.
    """
    require_visible_event(chart=chart, event_id=event_id)
    code = reason if reason in CLEARING_REASONS else SafetyEvent.Reason.OTHER
    note_text = "\n".join(filter(None, ["" if code == reason else reason, note.strip()]))
    words = chart.cipher.seal(note_text.encode(), column=EVENT_TEXT_COLUMN, row=event_id)
    with transaction.atomic():
        done = claim(
            SafetyEvent.objects.filter(pk=event_id, acknowledged_at__isnull=True),
            acknowledged_at=now,
            acknowledged_by_id=chart.viewer_id,
            reason=code,
            words=words if note_text else None,
            next_call_at=None,
        )
        if done:
            log_write(chart=chart, what=DataCategory.SAFETY_EVENTS, now=now)
    if not done:
        log_read(chart=chart, what=DataCategory.SAFETY_EVENTS, now=now)
    return event_of(chart=chart, event_id=event_id)


def record_failed_contact(
    *, chart: Chart, event_id: UUID, note: str, now: datetime
) -> VisibleEvent:
    """Store who tried, when, and their words; the event stays open and the next call is timed.

    It never puts a call off: one that was due sooner stays. Of an event that was acknowledged
    meanwhile nothing is kept. Every try is kept, also a second one of the same person.

    :raises NoSuchEvent: when this chart shows none of that id, and for the patient.
    """
    require_visible_event(chart=chart, event_id=event_id)
    staffing = settings_of_patient(patient_id=chart.patient_id).staffing
    with transaction.atomic():
        rows = SafetyEvent.objects.select_for_update()
        event = rows.filter(pk=event_id, acknowledged_at__isnull=True).first()
        if event is not None:
            _store_failed_contact(chart, event, note.strip(), now)
            due = [
                event.next_call_at,
                next_call_after_failed_contact(level=event.level, staffing=staffing, now=now),
            ]
            SafetyEvent.objects.filter(pk=event.pk, acknowledged_at__isnull=True).update(
                next_call_at=min((at for at in due if at is not None), default=None)
            )
            log_write(chart=chart, what=DataCategory.SAFETY_EVENTS, now=now)
    if event is None:
        log_read(chart=chart, what=DataCategory.SAFETY_EVENTS, now=now)
    return event_of(chart=chart, event_id=event_id)


def is_failed_contact(reason: str) -> bool:
    """Whether a reason says, as a code or in just these words, that nobody was reached."""
    code = re.sub(r"[^a-z]+", "_", reason.casefold()).strip("_")
    return code in {FAILED_CONTACT, "not_reached", "tried_but_not_reached"}


def require_visible_event(*, chart: Chart, event_id: UUID) -> None:
    """Make sure that staff see this event through the chart.

    :raises NoSuchEvent: when it shows none of that id, and for the patient.
    """
    owner = event_patient(event_id=event_id)
    if chart.is_own or owner is None or owner.patient_id != chart.patient_id:
        raise NoSuchEvent
    if not is_audience_visible(chart=chart, audience=owner.audience):
        raise NoSuchEvent


def _without_duplicates(signs: Iterable[NewSign]) -> list[NewSign]:
    """Return the signs, each once: a phone may send, and have refused, the same twice."""
    by_identity = {(sign.entry_id, sign.entry_rev, sign.refused): sign for sign in signs}
    return list(by_identity.values())


@dataclass(frozen=True, slots=True)
class _StoredSign:
    """One sign that is stored already, and the event and audience that it belongs to."""

    entry_id: UUID | None
    entry_rev: int | None
    refused: bytes | None
    fired: Mapping[str, int]
    event_id: UUID
    audience: str

    def is_same(self, sign: NewSign) -> bool:
        """Whether it is this sign: the same revision, or the same that was refused."""
        if sign.refused is not None:
            return self.refused == sign.refused
        return self.entry_rev == sign.entry_rev and self.entry_id == sign.entry_id

    def holds(self, sign: NewSign) -> bool:
        """Whether it holds this sign already: the same, or one of the entry that said no less."""
        is_of_entry = sign.entry_id is not None and sign.entry_id == self.entry_id
        return self.audience == sign.share and (
            self.is_same(sign)
            or (is_of_entry and _is_no_graver(sign.finding.fired, than=self.fired))
        )


def _stored_signs(patient_id: UUID, signs: Sequence[NewSign]) -> list[_StoredSign]:
    ids = [sign.entry_id for sign in signs if sign.entry_id is not None]
    digests = [sign.refused for sign in signs if sign.refused is not None]
    asked = Q(entry_id__in=ids) | Q(refused__in=digests) if digests else Q(entry_id__in=ids)
    rows = SafetySign.objects.filter(asked, patient_id=patient_id).values_list(
        "entry_id", "entry_rev", "refused", "fired", "event_id", "event__audience"
    )
    return [
        _StoredSign(entry_id, rev, bytes(refused) if refused else None, fired, event_id, audience)
        for entry_id, rev, refused, fired, event_id, audience in rows
    ]


def _events_holding(sign: NewSign, known: Iterable[_StoredSign]) -> set[UUID]:
    """Find the event that holds this already."""
    return {one.event_id for one in known if one.holds(sign)}


def _is_no_graver(fired: Mapping[str, int], *, than: Mapping[str, int]) -> bool:
    return all(answer <= than.get(code, -1) for code, answer in fired.items())


def _store_repeats(
    patient_id: UUID, signs: Iterable[NewSign], known: Sequence[_StoredSign], now: datetime
) -> None:
    """Store that a new revision says what an earlier one said: it wakes nobody."""
    for sign in signs:
        for place in sorted(_events_holding(sign, known))[:1]:
            if not any(one.is_same(sign) for one in known):
                _store_signs(patient_id, place, [sign], now)


def _join_episode(
    patient_id: UUID,
    audience: str,
    signs: Sequence[NewSign],
    setting: SafetySettings,
    now: datetime,
) -> UUID:
    level = max(sign.finding.level for sign in signs)
    event = (
        SafetyEvent.objects.select_for_update()
        .filter(
            patient_id=patient_id, audience=audience, acknowledged_at__isnull=True,
            last_sign_at__gt=now - EPISODE_GAP,
        )
        .order_by("-last_sign_at", "-id")
        .first()
    )  # fmt: skip
    is_raised = event is not None and event.level < level
    if event is None:
        event = SafetyEvent(
            patient_id=patient_id, audience=audience, level=level, opened_at=now, last_sign_at=now
        )
        event.save(force_insert=True)
        is_raised = True
    event.level, event.last_sign_at = max(event.level, level), now
    event.save(update_fields=["level", "last_sign_at"])
    _store_signs(patient_id, event.pk, signs, now)
    if is_raised:
        escalate(event, setting, now)
    return event.pk


def _store_signs(patient_id: UUID, event_id: UUID, signs: Sequence[NewSign], now: datetime) -> None:
    SafetySign.objects.bulk_create(
        SafetySign(
            event_id=event_id, patient_id=patient_id, entry_id=sign.entry_id,
            entry_rev=sign.entry_rev, refused=sign.refused, kind=sign.kind,
            occurred_at=sign.occurred_at, level=sign.finding.level,
            fired=dict(sign.finding.fired), at=now,
        )
        for sign in signs
    )  # fmt: skip


def _log_write(chart: Chart | None, patient_id: UUID, now: datetime) -> None:
    if chart is not None:
        log_write(chart=chart, what=DataCategory.SAFETY_EVENTS, now=now)
    else:
        log_system_write(
            patient_id=patient_id, what=DataCategory.SAFETY_EVENTS, reason="safety_sweep", now=now
        )


def _store_failed_contact(chart: Chart, event: SafetyEvent, note: str, now: datetime) -> None:
    row = SafetyTry(event=event, patient_id=chart.patient_id, at=now, by_id=chart.viewer_id)
    if note:
        row.words = chart.cipher.seal(note.encode(), column=FAILED_CONTACT_TEXT_COLUMN, row=row.pk)
    row.save(force_insert=True)
