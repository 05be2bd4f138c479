"""When a patient is busy or free in a week, by their own clock, as they say it themselves."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from itertools import combinations
from typing import Any
from uuid import UUID

import orjson

from backend.kit.db.versions import next_version
from backend.kit.errors import ChangedMeanwhile, FieldError, InvalidInput
from backend.kit.ids import new_id
from backend.kit.timezones import get_zone, local_day, local_to_utc
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_write
from care.access.roster import RosterPatient
from care.constants import ONE_DAY
from care.models import Availability

_BINDING = Availability.HANDLING.sealed["words"].bound_to
BUSY, FREE = "busy", "free"
SPAN_KINDS = (BUSY, FREE)
REASONS = ("work", "school", "family", "travel", "other")
#: Ours: three a day for every day; more is a calendar, and this is none.
MOST_SPANS = 21
MINUTES_A_DAY = 24 * 60


class AvailabilityChanged(ChangedMeanwhile):
    """Another version was written since it was read; nothing was stored."""


class OnlyThePatientSays(Exception):
    """When a patient is free is theirs to say."""


@dataclass(frozen=True, slots=True)
class WeeklySpan:
    """Some hours of some weekdays (Monday is 0), as minutes from midnight of the patient's clock.

    It ends after it starts, at midnight at the latest (1440); ``reason`` is empty where it is free.
    """

    days: tuple[int, ...]
    starts: int
    ends: int
    kind: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AvailabilityView:
    """A patient's week as it stands; without one ``rev`` is 0 and there are no spans."""

    spans: Sequence[WeeklySpan]
    rev: int
    at: datetime | None


def availability_of(*, chart: Chart) -> AvailabilityView:
    """Read the newest version."""
    row = Availability.objects.filter(patient_id=chart.patient_id).order_by("-rev").first()
    if row is None:
        return AvailabilityView((), 0, None)
    words = chart.cipher.open(row.words, column=_BINDING, row=row.pk)
    return AvailabilityView(_spans(words), row.rev, row.at)


def write_availability(
    *, chart: Chart, spans: Sequence[WeeklySpan], rev: int, now: datetime
) -> AvailabilityView:
    """Write the next version as a whole; ``rev`` is the newest that was read, 0 for none.

    :raises AvailabilityChanged: ``rev`` is not the newest.
    :raises backend.kit.errors.InvalidInput: naming the span at fault.
    :raises OnlyThePatientSays: through anybody else's chart.
    """
    if not chart.is_own:
        raise OnlyThePatientSays
    validate_spans(spans)
    if availability_of(chart=chart).rev != rev:
        raise AvailabilityChanged
    row_id: UUID = new_id()
    words = orjson.dumps([asdict(span) for span in spans])
    with next_version(AvailabilityChanged):
        Availability.objects.create(
            id=row_id, patient_id=chart.patient_id, rev=rev + 1, at=now,
            words=chart.cipher.seal(words, column=_BINDING, row=row_id),
        )  # fmt: skip
        log_write(chart=chart, what=DataCategory.SESSIONS, now=now)
    return AvailabilityView(tuple(spans), rev + 1, now)


def who_told_hours(patient_ids: Collection[UUID]) -> set[UUID]:
    """Find those of some patients who ever said when they are busy or free."""
    rows = Availability.objects.filter(patient_id__in=patient_ids)
    return set(rows.values_list("patient_id", flat=True))


def busy_spans_of(people: Iterable[RosterPatient]) -> dict[UUID, list[WeeklySpan]]:
    """Read when the patients of a roster are busy; who said nothing is left out."""
    by_id = {person.patient_id: person for person in people}
    newest: dict[UUID, Availability] = {
        row.patient_id: row
        for row in Availability.objects.filter(patient_id__in=by_id).order_by("rev")
    }
    return {
        patient_id: busy
        for patient_id, row in newest.items()
        if (busy := [span for span in _opened(row, by_id[patient_id]) if span.kind == BUSY])
    }


def validate_spans(spans: Sequence[WeeklySpan]) -> None:
    """Check that each span ends after its start, says why where it is busy, and lies over no other.

    :raises backend.kit.errors.InvalidInput: naming the spans at fault by their place.
    """
    faults = [fault for n, span in enumerate(spans) for fault in _faults_of(n, span)]
    faults += [
        FieldError(f"spans.{second}", "overlap", "Lies over another one.")
        for (_, one), (second, other) in combinations(enumerate(spans), 2)
        if set(one.days) & set(other.days) and one.starts < other.ends and other.starts < one.ends
    ]
    if faults:
        raise InvalidInput(faults)


def first_overlap(
    span: WeeklySpan, times: Iterable[tuple[datetime, datetime]], zone: str
) -> tuple[datetime, datetime] | None:
    """Find the first of some times that lies over such hours of a week in a zone, if one does."""
    return next((one for one in times if any(_hours_within(span, *one, zone))), None)


def _hours_within(
    span: WeeklySpan, starts_at: datetime, ends_at: datetime, zone: str
) -> Iterator[date]:
    """Yield the local days on which a time lies over those hours."""
    day, last = local_day(starts_at, zone), local_day(ends_at, zone)
    while day <= last:
        if day.weekday() in span.days:
            begins, ends = _instant(day, span.starts, zone), _last_instant(day, span.ends, zone)
            if max(begins, starts_at) < min(ends, ends_at):
                yield day
        day += ONE_DAY


def _instant(day: date, minute: int, zone: str) -> datetime:
    """Return the first instant at which a local day's clock shows that minute."""
    day += minute // MINUTES_A_DAY * ONE_DAY
    return local_to_utc(day, time(*divmod(minute % MINUTES_A_DAY, 60)), zone)


def _last_instant(day: date, minute: int, zone: str) -> datetime:
    """Return the last one: an hour that the clock shows twice is busy to the end of the second."""
    first = _instant(day, minute, zone)
    if minute == MINUTES_A_DAY:
        return first
    return max(first, first.astimezone(get_zone(zone)).replace(fold=1).astimezone(UTC))


def _faults_of(n: int, span: WeeklySpan) -> Iterator[FieldError]:
    if not span.starts < span.ends <= MINUTES_A_DAY:
        detail = "Must be after its start; what goes on past midnight is two."
        yield FieldError(f"spans.{n}.ends", "ends_before_start", detail)
    if span.kind == BUSY and not span.reason:
        yield FieldError(f"spans.{n}.reason", "required", "What is busy has a reason.")
    if span.kind == FREE and span.reason:
        yield FieldError(f"spans.{n}.reason", "not_allowed", "What is free has none.")


def _opened(row: Availability, person: RosterPatient) -> Sequence[WeeklySpan]:
    return _spans(person.cipher.open(row.words, column=_BINDING, row=row.pk))


def _spans(words: bytes) -> tuple[WeeklySpan, ...]:
    stored: list[dict[str, Any]] = orjson.loads(words)
    return tuple(WeeklySpan(**one | {"days": tuple(one["days"])}) for one in stored)
