"""Reading safety events: within what a chart shows, or over all patients of a clinician."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from backend.kit.crypto import PatientCipher
from backend.kit.db import rls_actor
from backend.kit.db.compiled import CompiledQuery
from backend.kit.errors import NotThere
from backend.kit.keyset import page_of
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import REASON_ON_CALL
from care.models import User
from care.oncall.safety_settings import settings_of_clinic
from care.programme.care_team import (
    PatientWithTherapists,
    patients_with_therapists,
    sharing_levels_by_patient,
)
from journaling.models import SafetyEvent, SafetySign, SafetyTry
from journaling.safety.escalation import events_called_of, events_with_calls, notifiable_patients
from journaling.safety.messages import StaffNotice

#: The columns that words of staff are bound to.
EVENT_TEXT_COLUMN = SafetyEvent.HANDLING.sealed["words"].bound_to
FAILED_CONTACT_TEXT_COLUMN = SafetyTry.HANDLING.sealed["words"].bound_to
#: Where a page ends: when the event opened, and its id.
EventPosition = tuple[datetime, UUID]


class NoSuchEvent(NotThere):
    """This viewer sees no event of that id; whether there is one, nobody learns."""


@dataclass(frozen=True, slots=True)
class EventOwner:
    """Whose event it is, and with whom its entries are shared."""

    patient_id: UUID
    audience: str


@dataclass(frozen=True, slots=True)
class VisibleSign:
    """What was answered once: in which entry, when it happened, and when it arrived.

    ``entry_id`` is None where nothing was stored, since what was sent was refused; ``happened_at``
    where it isn't known. ``fired`` are the codes of rules, each with the answer that fired it.
    """

    entry_id: UUID | None
    kind: str
    happened_at: datetime | None
    arrived_at: datetime
    fired: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class VisibleFailedContact:
    """One try to reach the patient that did not; ``words`` as far as the viewer may read them."""

    at: datetime
    by: UUID
    name: str
    words: str | None


@dataclass(frozen=True, slots=True)
class VisibleEvent:
    """One event as its viewer may see it.

    ``entries``, ``codes`` and ``signs`` are None for who is on duty without being on the care team:
    they see that it is there, how serious and since when, not what was answered. ``words`` and
    those of tries are read through a chart of the care team alone, never in a list.
    """

    id: UUID
    patient_id: UUID
    patient_name: str
    level: int
    opened_at: datetime
    last_sign_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: UUID | None
    reason: str
    entries: tuple[UUID, ...] | None
    codes: tuple[str, ...] | None
    #: Whom to ask about the patient: their own therapists, by name.
    therapists: tuple[str, ...]
    #: When the first of it happened, None where that isn't known.
    happened_at: datetime | None = None
    signs: tuple[VisibleSign, ...] | None = None
    tries: tuple[VisibleFailedContact, ...] = ()
    next_call_at: datetime | None = None
    acknowledged_by_name: str = ""
    words: str | None = None


def event_patient(*, event_id: UUID) -> EventOwner | None:
    """Find whose event this is, so that a chart can be asked for; it reads nothing else."""
    with rls_actor.acting_as(rls_actor.SAFETY_ACTOR):
        row = SafetyEvent.objects.filter(pk=event_id).values_list("patient_id", "audience").first()
    return EventOwner(*row) if row is not None else None


def is_audience_visible(*, chart: Chart, audience: str) -> bool:
    """Whether a chart shows events of this audience."""
    if chart.reason == REASON_ON_CALL:
        return audience == SafetyEvent.Audience.CARE_TEAM
    return audience in chart.sharing_levels


def event_of(*, chart: Chart, event_id: UUID) -> VisibleEvent:
    """Read one event.

    :raises NoSuchEvent: when this chart shows none of that id.
    """
    rows = _events_with_names().filter(pk=event_id, patient_id=chart.patient_id)
    event = rows.first()
    if event is None or not is_audience_visible(chart=chart, audience=event.audience):
        raise NoSuchEvent
    return _visible_in_chart(chart, [event])[0]


def events_of_patient(*, chart: Chart, since: datetime, limit: int) -> list[VisibleEvent]:
    """List the events of one patient that are open, or were cleared from ``since`` on.

    Open ones first, then the newest. What staff wrote stands with them; the patient's name, which
    whoever asks knows, does not.
    """
    rows = _events_with_names().filter(
        Q(acknowledged_at__isnull=True) | Q(acknowledged_at__gte=since),
        patient_id=chart.patient_id,
        audience__in=sorted(chart.sharing_levels),
    )
    in_order = rows.order_by(F("acknowledged_at").desc(nulls_first=True), "-opened_at", "-id")
    return _visible_in_chart(chart, list(in_order[:limit]), is_named=False)


def _visible_in_chart(
    chart: Chart, events: Sequence[SafetyEvent], *, is_named: bool = True
) -> list[VisibleEvent]:
    # Who is on duty alone is shown no entries, and reads no words about them either.
    is_full = bool(chart.sharing_levels)
    return _visible_events(
        events,
        in_full={chart.patient_id} if is_full else (),
        cipher=chart.cipher if is_full else None,
        is_named=is_named,
    )


def _events_with_names() -> "QuerySet[SafetyEvent]":
    return SafetyEvent.objects.select_related("acknowledged_by")


def staff_notice_of(*, event_ids: Collection[UUID]) -> StaffNotice:
    """Return what staff know of these events: the best of what is true of one of them."""
    called = events_with_calls(event_ids=event_ids)
    rows = SafetyEvent.objects.filter(pk__in=event_ids)
    return max(
        _staff_notice(audience, at_work=called.get(event_id), will_call=next_call_at is not None)
        for event_id, audience, next_call_at in rows.values_list("pk", "audience", "next_call_at")
    )


def _staff_notice(audience: str, *, at_work: bool | None, will_call: bool) -> StaffNotice:
    is_own = audience == SafetyEvent.Audience.THERAPIST
    if at_work:
        return StaffNotice.TOLD
    if at_work is not None:
        return StaffNotice.OWN_THERAPIST if is_own else StaffNotice.OUT_OF_HOURS
    if will_call:
        return StaffNotice.OWN_THERAPIST_LATER if is_own else StaffNotice.WHEN_OPEN
    return StaffNotice.NEXT_SESSION


def events_in_chart(*, chart: Chart, since: datetime, until: datetime) -> list[SafetyEvent]:
    """List the events of one patient that were open in some part of a window, oldest first.

    There are none where consent doesn't cover them.
    """
    if not chart.covers(DataCategory.SAFETY_EVENTS):
        return []
    rows = SafetyEvent.objects.filter(
        Q(acknowledged_at__isnull=True) | Q(acknowledged_at__gte=since),
        patient_id=chart.patient_id,
        audience__in=sorted(chart.sharing_levels),
        opened_at__lt=until,
    )
    return list(rows.order_by("opened_at", "id"))


def count_open_events(*, sharing_levels: Mapping[UUID, Collection[str]]) -> dict[UUID, int]:
    """Count the open events of many patients, each within the sharing levels that it shows."""
    rows = _OPEN_EVENTS.all(ids=list(sharing_levels))
    counts: dict[UUID, int] = {}
    for patient_id, audience in rows:
        if audience in sharing_levels[patient_id]:
            counts[patient_id] = counts.get(patient_id, 0) + 1
    return counts


def _open_events_query(*, ids: list[UUID]) -> "QuerySet[SafetyEvent, tuple[UUID, str]]":
    return SafetyEvent.objects.filter(acknowledged_at__isnull=True, patient_id__in=ids).values_list(
        "patient_id", "audience"
    )


_OPEN_EVENTS = CompiledQuery(_open_events_query, ids=SafetyEvent._meta.get_field("patient"))


def events_page(
    *,
    viewer: User,
    now: datetime,
    limit: int,
    only_open: bool,
    position: EventPosition | None = None,
    is_backwards: bool = False,
) -> list[VisibleEvent]:
    """List the events that a clinician may see, newest first, from a position on.

    Of their own patients all that is shared with them. Who is on duty or backup also sees the open
    events of the clinic's other patients, and who was called the one they were called about.
    """
    what = DataCategory.SAFETY_EVENTS
    sharing_levels = sharing_levels_by_patient(viewer=viewer, what=what, now=now)
    rows = _events_with_names().filter(
        _of_own_patients(sharing_levels) | _of_on_call(viewer, sharing_levels, now)
    )
    if only_open:
        rows = rows.filter(acknowledged_at__isnull=True)
    page = page_of(rows, limit=limit, position=position, is_backwards=is_backwards, at="opened_at")
    return _visible_events(page, in_full=sharing_levels)


def _of_own_patients(sharing_levels: Mapping[UUID, frozenset[str]]) -> Q:
    primary = [patient for patient, levels in sharing_levels.items() if len(levels) > 1]
    both = SafetyEvent.Audience.values
    return Q(patient_id__in=list(sharing_levels), audience=SafetyEvent.Audience.CARE_TEAM) | Q(
        patient_id__in=primary, audience__in=both
    )


def _of_on_call(viewer: User, sharing_levels: Collection[UUID], now: datetime) -> Q:
    with rls_actor.acting_as(rls_actor.SAFETY_ACTOR):
        patient_by_event = _events_on_call(viewer, sharing_levels, now)
    rls_actor.grant_patient_visibility(patient_by_event.values())
    return Q(pk__in=list(patient_by_event))


def _events_on_call(
    viewer: User, sharing_levels: Collection[UUID], now: datetime
) -> dict[UUID, UUID]:
    staffing = settings_of_clinic(clinic_id=viewer.clinic_id).staffing
    called = events_called_of(clinician_id=viewer.pk, now=now)
    wanted = Q(pk__in=called)
    if viewer.pk in staffing.on_call(now):
        wanted |= Q(acknowledged_at__isnull=True)
    others = SafetyEvent.objects.filter(
        wanted,
        audience=SafetyEvent.Audience.CARE_TEAM,
        patient__user__clinic_id=viewer.clinic_id,
    ).exclude(patient_id__in=list(sharing_levels))
    patients = set(others.values_list("patient_id", flat=True))
    notifiable = notifiable_patients(patients=patients, now=now)
    return dict(others.filter(patient_id__in=notifiable).values_list("pk", "patient_id"))


def _visible_events(
    events: Sequence[SafetyEvent],
    *,
    in_full: Collection[UUID],
    cipher: PatientCipher | None = None,
    is_named: bool = True,
) -> list[VisibleEvent]:
    if not events:
        return []
    ids = [event.pk for event in events]
    signs: dict[UUID, list[SafetySign]] = {pk: [] for pk in ids}
    for sign in SafetySign.objects.filter(event_id__in=ids).order_by("at", "row"):
        signs[sign.event_id].append(sign)
    tries: dict[UUID, list[VisibleFailedContact]] = {pk: [] for pk in ids}
    for one in SafetyTry.objects.filter(event_id__in=ids).select_related("by").order_by("at", "id"):
        tries[one.event_id].append(_visible_failed_contact(one, cipher))
    patients = {event.patient_id for event in events} if is_named else set()
    people = patients_with_therapists(patients=patients) if is_named else {}
    nobody = PatientWithTherapists("", ())
    return [
        _visible_event(
            event, signs[event.pk], tuple(tries[event.pk]),
            people.get(event.patient_id, nobody),
            is_full=event.patient_id in in_full, cipher=cipher,
        )
        for event in events
    ]  # fmt: skip


def _visible_event(
    event: SafetyEvent,
    signs: Sequence[SafetySign],
    tries: tuple[VisibleFailedContact, ...],
    person: PatientWithTherapists,
    *,
    is_full: bool,
    cipher: PatientCipher | None,
) -> VisibleEvent:
    by = event.acknowledged_by
    return VisibleEvent(
        id=event.pk,
        patient_id=event.patient_id,
        patient_name=person.name,
        level=event.level,
        opened_at=event.opened_at,
        last_sign_at=event.last_sign_at,
        acknowledged_at=event.acknowledged_at,
        acknowledged_by=event.acknowledged_by_id,
        reason=event.reason,
        entries=_entry_ids(signs) if is_full else None,
        codes=_rule_codes(signs) if is_full else None,
        therapists=person.therapists,
        happened_at=min((s.occurred_at for s in signs if s.occurred_at is not None), default=None),
        signs=tuple(map(_visible_sign, signs)) if is_full else None,
        tries=tries,
        next_call_at=event.next_call_at,
        acknowledged_by_name=by.display_name if by is not None else "",
        words=_open_text(cipher, event.words, column=EVENT_TEXT_COLUMN, row=event.pk),
    )


def _visible_sign(sign: SafetySign) -> VisibleSign:
    entry_id = sign.entry_id if sign.entry_rev is not None else None
    return VisibleSign(entry_id, sign.kind, sign.occurred_at, sign.at, sign.fired)


def _visible_failed_contact(
    contact: SafetyTry, cipher: PatientCipher | None
) -> VisibleFailedContact:
    words = _open_text(cipher, contact.words, column=FAILED_CONTACT_TEXT_COLUMN, row=contact.pk)
    return VisibleFailedContact(contact.at, contact.by_id, contact.by.display_name, words)


def _open_text(
    cipher: PatientCipher | None, sealed: bytes | memoryview | None, *, column: str, row: object
) -> str | None:
    if cipher is None or sealed is None:
        return None
    return cipher.open(sealed, column=column, row=row).decode()


def _entry_ids(signs: Sequence[SafetySign]) -> tuple[UUID, ...]:
    stored_ids = (s.entry_id for s in signs if s.entry_rev is not None and s.entry_id is not None)
    return tuple(dict.fromkeys(stored_ids))


def _rule_codes(signs: Sequence[SafetySign]) -> tuple[str, ...]:
    return tuple(sorted({code for sign in signs for code in sign.fired}))
