"""Safety events: one per episode, derived from entries as often as you like, cleared by staff."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from backend.kit.rows import claim
from care import access, trail
from care.access import Chart, DataClass
from care.actions import duty as calling
from care.queries.duty import may_be_told_of, primary_therapists
from care.queries.staffing import SafetySetting, reachable, setting_for
from journaling.actions.entries import lock_journal
from journaling.models import Journal, SafetyEvent, SafetySign
from journaling.queries.safety_events import (
    WORDS_COLUMN,
    EventSeen,
    NoSuchEvent,
    event_of,
    shows,
    whose,
)
from journaling.safety.rules import URGENT, Finding
from journaling.safety.steps import candidates, next_step

#: Ours: what is said within so many hours of the last sign is the same episode (PEER-BUGS B30).
EPISODE = timedelta(hours=12)
REASONS = tuple(SafetyEvent.Reason.values)


@dataclass(frozen=True, slots=True)
class Sign:
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
    signs: Sequence[Sign],
    setting: SafetySetting,
    chart: Chart | None,
    now: datetime,
) -> set[UUID]:
    """Store the signs that staff are to learn of, and return the events that they belong to.

    The same revision of an entry again changes nothing; a revision that says nothing new belongs to
    the event that is there. Signs close together are one episode and join the open event of their
    audience: a more serious one raises it, and staff are called anew. ``chart`` is None where no
    person is at work but the sweep.
    """
    told = _once(sign for sign in signs if sign.is_for_staff)
    if not told:
        return set()
    with transaction.atomic():
        # The journal's lock: of two requests with one episode, the second finds the first's event.
        if all(sign.refused is None for sign in told):
            rows = Journal.objects.select_for_update().filter(patient_id=patient_id)
            list(rows.values("patient_id"))
        else:
            lock_journal(patient_id=patient_id)  # there may be none yet: nothing was ever stored
        known = _known(patient_id, told)
        news = [sign for sign in told if not _place_of(sign, known)]
        places = {place for sign in told for place in _place_of(sign, known)}
        _repeat(patient_id, told, known, now)
        for audience in sorted({sign.share for sign in news}):
            fresh = [sign for sign in news if sign.share == audience]
            places.add(_join(patient_id, audience, fresh, setting, now))
        if news:
            _log(chart, patient_id, now)
    return places


def take_due_steps(*, now: datetime, limit: int = 100) -> int:
    """Take the next step of every event whose time has come; return how many were looked at.

    Any number may run at once: an event goes to one of them.
    """
    with transaction.atomic():
        due = (
            SafetyEvent.objects.select_for_update(skip_locked=True)
            .filter(next_call_at__lte=now)
            .order_by("next_call_at", "id")[:limit]
        )
        found = list(due)
        for event in found:
            _take_step(event, setting_for(patient_id=event.patient_id), now)
    return len(found)


def acknowledge(
    *, chart: Chart, event_id: UUID, reason: str, now: datetime, note: str = ""
) -> EventSeen:
    """Clear an event for everybody; a second time changes nothing, the first one stands.

    ``reason`` is one of ``REASONS``, or staff's own words. These, and what is noted beside, are
    stored encrypted and can be read again by the care team.

    :raises NoSuchEvent: when this chart shows none of that id, and for the patient.
    """
    check_shown(chart=chart, event_id=event_id)
    code = reason if reason in REASONS else SafetyEvent.Reason.OTHER
    said = "\n".join(filter(None, ["" if code == reason else reason, note.strip()]))
    words = chart.cipher.seal(said.encode(), column=WORDS_COLUMN, row=event_id)
    with transaction.atomic():
        done = claim(
            SafetyEvent.objects.filter(pk=event_id, acknowledged_at__isnull=True),
            acknowledged_at=now,
            acknowledged_by_id=chart.viewer_id,
            reason=code,
            words=words if said else None,
            next_call_at=None,
        )
        if done:
            access.log_write(chart=chart, what=DataClass.SAFETY_EVENTS, now=now)
    if not done:
        access.log_read(chart=chart, what=DataClass.SAFETY_EVENTS, now=now)
    return event_of(chart=chart, event_id=event_id)


def check_shown(*, chart: Chart, event_id: UUID) -> None:
    """Make sure that staff see this event through the chart.

    :raises NoSuchEvent: when it shows none of that id, and for the patient.
    """
    found = whose(event_id=event_id)
    if chart.is_own or found is None or found.patient_id != chart.patient_id:
        raise NoSuchEvent
    if not shows(chart=chart, audience=found.audience):
        raise NoSuchEvent


def _once(signs: Iterable[Sign]) -> list[Sign]:
    """Keep one of what a phone sent, and had refused, twice in one request."""
    found = {(sign.entry_id, sign.entry_rev, sign.refused): sign for sign in signs}
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Known:
    """One sign that is stored already, and the event and audience that it belongs to."""

    entry_id: UUID | None
    entry_rev: int | None
    refused: bytes | None
    fired: Mapping[str, int]
    event_id: UUID
    audience: str

    def is_same(self, sign: Sign) -> bool:
        """Whether it is this sign: the same revision, or the same that was refused."""
        if sign.refused is not None:
            return self.refused == sign.refused
        return self.entry_rev == sign.entry_rev and self.entry_id == sign.entry_id

    def holds(self, sign: Sign) -> bool:
        """Whether it holds this sign already: the same, or one of the entry that said no less."""
        is_of_entry = sign.entry_id is not None and sign.entry_id == self.entry_id
        return self.audience == sign.share and (
            self.is_same(sign) or (is_of_entry and _is_no_more(sign.finding.fired, than=self.fired))
        )


def _known(patient_id: UUID, signs: Sequence[Sign]) -> list[_Known]:
    ids = [sign.entry_id for sign in signs if sign.entry_id is not None]
    digests = [sign.refused for sign in signs if sign.refused is not None]
    asked = Q(entry_id__in=ids) | Q(refused__in=digests) if digests else Q(entry_id__in=ids)
    rows = SafetySign.objects.filter(asked, patient_id=patient_id).values_list(
        "entry_id", "entry_rev", "refused", "fired", "event_id", "event__audience"
    )
    return [
        _Known(entry_id, rev, bytes(refused) if refused else None, fired, event_id, audience)
        for entry_id, rev, refused, fired, event_id, audience in rows
    ]


def _place_of(sign: Sign, known: Iterable[_Known]) -> set[UUID]:
    """Find the event that holds this already."""
    return {one.event_id for one in known if one.holds(sign)}


def _is_no_more(fired: Mapping[str, int], *, than: Mapping[str, int]) -> bool:
    return all(answer <= than.get(code, -1) for code, answer in fired.items())


def _repeat(
    patient_id: UUID, signs: Iterable[Sign], known: Sequence[_Known], now: datetime
) -> None:
    """Store that a new revision says what an earlier one said: it wakes nobody."""
    for sign in signs:
        for place in sorted(_place_of(sign, known))[:1]:
            if not any(one.is_same(sign) for one in known):
                _store(patient_id, place, [sign], now)


def _join(
    patient_id: UUID, audience: str, signs: Sequence[Sign], setting: SafetySetting, now: datetime
) -> UUID:
    level = max(sign.finding.level for sign in signs)
    event = (
        SafetyEvent.objects.select_for_update()
        .filter(
            patient_id=patient_id, audience=audience, acknowledged_at__isnull=True,
            last_sign_at__gt=now - EPISODE,
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
    _store(patient_id, event.pk, signs, now)
    if is_raised:
        _take_step(event, setting, now)
    return event.pk


def _store(patient_id: UUID, event_id: UUID, signs: Sequence[Sign], now: datetime) -> None:
    SafetySign.objects.bulk_create(
        SafetySign(
            event_id=event_id, patient_id=patient_id, entry_id=sign.entry_id,
            entry_rev=sign.entry_rev, refused=sign.refused, kind=sign.kind,
            occurred_at=sign.occurred_at, level=sign.finding.level,
            fired=dict(sign.finding.fired), at=now,
        )
        for sign in signs
    )  # fmt: skip


def _take_step(event: SafetyEvent, setting: SafetySetting, now: datetime) -> None:
    """Call whom the event's next step calls, as consent and rota are at this moment."""
    staffing, patient_id = setting.staffing, event.patient_id
    may_be = staffing.alerts_on and may_be_told_of(patients=[patient_id], now=now)
    if not may_be:
        SafetyEvent.objects.filter(pk=event.pk).update(next_call_at=None)
        return
    is_own = event.audience == SafetyEvent.Audience.THERAPIST
    therapists = primary_therapists(patient_id=patient_id, now=now) if is_own else None
    step = next_step(
        level=event.level,
        step=event.step,
        staffing=staffing,
        therapists=therapists,
        reachable=reachable(staff=candidates(staffing, now, therapists)),
        now=now,
    )
    calling.call(
        event_id=event.pk, patient_id=patient_id, step=event.step, parts=step.parts,
        at_work=step.at_work, now=now,
    )  # fmt: skip
    SafetyEvent.objects.filter(pk=event.pk).update(
        next_call_at=step.next_at, step=event.step + (1 if step.parts else 0)
    )


def _log(chart: Chart | None, patient_id: UUID, now: datetime) -> None:
    if chart is not None:
        access.log_write(chart=chart, what=DataClass.SAFETY_EVENTS, now=now)
    else:
        trail.write_by_system(
            patient_id=patient_id, what=DataClass.SAFETY_EVENTS, reason="safety_sweep", now=now
        )
