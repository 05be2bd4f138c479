"""Read entries and their history through a chart, always within what its viewer may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Field, Q, QuerySet

from backend.kit.db.compiled import CompiledQuery
from backend.kit.errors import NotThere
from backend.kit.strict_json import Json
from care.access.chart import Chart
from journaling.entries.entry import (
    ENTRY_COLUMNS,
    EntryValue,
    Row,
    entry_content,
    entry_from_row,
    open_revision,
)
from journaling.models import Entry, EntryRevision


class NoSuchEntry(NotThere):
    """This chart shows no entry of that id; whether another patient has one, nobody learns."""


#: Instants are compared with the generated column as with the one that it is made from.
_PATIENT, _INSTANT = Entry._meta.get_field("patient"), Entry._meta.get_field("occurred_at")
#: Where a page ends: the entry's instant, and its row for entries of one instant.
TimelinePosition = tuple[datetime, int]
_PARAMETER_FIELDS: "dict[str, Field[Any, Any]]" = {
    "kind": Entry._meta.get_field("kind"),
    "first_day": Entry._meta.get_field("local_date"),
    "last_day": Entry._meta.get_field("local_date"),
    "at": _INSTANT,
    "row": Entry._meta.get_field("row"),
}
_TEXT_INDEX = ENTRY_COLUMNS.index("encrypted_text")
_COLUMNS_WITHOUT_TEXT = tuple(name for name in ENTRY_COLUMNS if name != "encrypted_text")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after; None is an answer that is missing."""

    field: str
    before: Json
    after: Json


@dataclass(frozen=True, slots=True)
class RevisionChange:
    """One revision: who made it, when, and each field that changed, before and after.

    The first is "created" and lists no fields; one that deletes lists what was taken away.
    """

    rev: int
    at: datetime
    author_id: UUID
    author_role: str
    action: str
    changes: Sequence[FieldChange]


def visible_entries(chart: Chart) -> "QuerySet[Entry]":
    """Select the entries that the chart shows; deleted ones to nobody."""
    return entries_shared_at(chart.patient_id, chart.visible_levels)


def entries_shared_at(patient_id: UUID, sharing_levels: frozenset[str] | None) -> "QuerySet[Entry]":
    """Select a patient's entries of these sharing levels, of all without any; none deleted."""
    rows = Entry.objects.filter(patient_id=patient_id, deleted_at__isnull=True)
    return rows if sharing_levels is None else rows.filter(share__in=sorted(sharing_levels))


def entry_of(*, chart: Chart, entry_id: UUID) -> EntryValue:
    """Find one entry.

    :raises NoSuchEntry: when there is none that this chart shows.
    """
    row = visible_entries(chart).filter(id=entry_id).values_list(*ENTRY_COLUMNS).first()
    if row is None:
        raise NoSuchEntry
    return entry_from_row(row, chart.cipher)


def entry_with_digest(*, chart: Chart, entry_id: UUID) -> tuple[EntryValue, bytes] | None:
    """Find one entry and the fingerprint of the content it was stored from."""
    row = visible_entries(chart).filter(id=entry_id).values_list(*ENTRY_COLUMNS, "digest").first()
    if row is None:
        return None
    return entry_from_row(row[:-1], chart.cipher), bytes(row[-1])


def entry_with_row(*, chart: Chart, entry_id: UUID) -> tuple[int, EntryValue]:
    """Find one entry and its row, for its owner also when it was deleted.

    :raises NoSuchEntry: when there is none that this chart shows.
    """
    rows = (
        Entry.objects.filter(patient_id=chart.patient_id)
        if chart.is_own
        else visible_entries(chart)
    )
    row = rows.filter(id=entry_id).values_list(*ENTRY_COLUMNS, "row").first()
    if row is None:
        raise NoSuchEntry
    return row[-1], entry_from_row(row[:-1], chart.cipher)


def is_entry_deleted(*, chart: Chart, entry_id: UUID) -> bool:
    """Whether the patient had an entry of that id and deleted it."""
    return Entry.objects.filter(
        patient_id=chart.patient_id, id=entry_id, deleted_at__isnull=False
    ).exists()


def entries_page(
    *,
    chart: Chart,
    limit: int,
    kind: str | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    position: TimelinePosition | None = None,
    is_backwards: bool = False,
) -> list[tuple[EntryValue, TimelinePosition]]:
    """List entries newest first, from a position on; backwards, the ones just before it.

    ``first_day`` and ``last_day`` are local days, both included.
    """
    at, row = position or (None, None)
    parameters = {"kind": kind, "first_day": first_day, "last_day": last_day, "at": at, "row": row}
    set_parameters = {name: value for name, value in parameters.items() if value is not None}
    order = ("timeline_at", "row") if is_backwards else ("-timeline_at", "-row")
    page = _page_query(frozenset(set_parameters), chart.visible_levels, order, limit).all(
        patient_id=chart.patient_id, **set_parameters
    )
    if is_backwards:
        page.reverse()
    listed = [(entry_from_row(row[:-1], chart.cipher), row[-1]) for row in page]
    return [(entry, (entry.timeline_at, row)) for entry, row in listed]


def last_entry_at(*, chart: Chart) -> datetime | None:
    """Return when the newest entry occurred that this chart shows."""
    rows = visible_entries(chart).order_by("-timeline_at", "-row")
    return rows.values_list("timeline_at", flat=True).first()


def first_entry_at(*, chart: Chart) -> tuple[datetime, str] | None:
    """Return when the oldest entry occurred that this chart shows, and in which zone.

    Of a clock that can't be right the arrival counts.
    """
    rows = visible_entries(chart).order_by("timeline_at", "row")
    return rows.values_list("timeline_at", "time_zone").first()


def entries_between(*, chart: Chart, since: datetime, until: datetime) -> list[EntryValue]:
    """List the entries from ``since`` up to before ``until``, oldest first.

    Each stands where it occurred, or where it arrived if the phone's clock can't be believed.
    """
    rows = _between_query(chart.visible_levels).all(
        patient_id=chart.patient_id, since=since, until=until
    )
    # Within one instant in the order of the journal, as a page of it has them.
    entries = [entry_from_row(row, chart.cipher) for row in rows]
    return sorted(entries, key=lambda entry: (entry.timeline_at, entry.seq))


def entries_of_day(*, chart: Chart, day: date) -> list[EntryValue]:
    """List the entries of one local day, oldest first; the diary card by the day it is about."""
    rows = (
        visible_entries(chart)
        .filter(local_date=day)
        .order_by("timeline_at", "row")
        .values_list(*ENTRY_COLUMNS)
    )
    return [entry_from_row(row, chart.cipher) for row in rows]


def entries_of_days_without_text(*, chart: Chart, first: date, last: date) -> list[EntryValue]:
    """List the entries of these local days, oldest first, without opening their free text."""
    rows = (
        visible_entries(chart)
        .filter(local_date__gte=first, local_date__lte=last)
        .order_by("timeline_at", "row")
        .values_list(*_COLUMNS_WITHOUT_TEXT)
    )
    return [
        entry_from_row((*row[:_TEXT_INDEX], None, *row[_TEXT_INDEX:]), chart.cipher) for row in rows
    ]


def entry_history(*, chart: Chart, entry_id: UUID) -> list[RevisionChange]:
    """List every revision of an entry, the first one first, also of a deleted one for its owner.

    :raises journaling.entries.read.NoSuchEntry: when there is none that this chart shows.
    """
    row, entry = entry_with_row(chart=chart, entry_id=entry_id)
    made = list(
        EntryRevision.objects.filter(entry_id=row)
        .order_by("rev")
        .values_list("rev", "at", "author_id", "author_role", "action", "before")
    )
    states = [
        open_revision(bytes(before), entry_id=entry_id, rev=rev, cipher=chart.cipher)
        for rev, *_, before in made
    ]
    is_deleted = bool(made) and made[-1][4] == EntryRevision.Action.DELETED
    states.append({} if is_deleted else entry_content(entry))
    first = RevisionChange(1, entry.received_at, chart.patient_id, "patient", "created", ())
    return [first] + [
        RevisionChange(
            rev, at, author_id, role, action, _changed_fields(states[place], states[place + 1])
        )
        for place, (rev, at, author_id, role, action, _) in enumerate(made)
    ]


@lru_cache(maxsize=64)
def _page_query(
    given: frozenset[str], sharing_levels: frozenset[str] | None, order: tuple[str, str], limit: int
) -> CompiledQuery:
    """Compile the query of a page with these limits and sharing levels."""

    def build(*, patient_id: UUID, **values: object) -> "QuerySet[Entry, Row]":
        rows = entries_shared_at(patient_id, sharing_levels)
        if "kind" in values:
            rows = rows.filter(kind=values["kind"])
        if "first_day" in values:
            rows = rows.filter(local_date__gte=values["first_day"])
        if "last_day" in values:
            rows = rows.filter(local_date__lte=values["last_day"])
        if "at" in values:
            at, side = values["at"], "lt" if order[0].startswith("-") else "gt"
            same = Q(timeline_at=at, **{f"row__{side}": values["row"]})
            rows = rows.filter(Q(**{f"timeline_at__{side}": at}) | same)
        return rows.order_by(*order).values_list(*ENTRY_COLUMNS, "row")[:limit]

    return CompiledQuery(
        build, patient_id=_PATIENT, **{name: _PARAMETER_FIELDS[name] for name in given}
    )


@cache
def _between_query(sharing_levels: frozenset[str] | None) -> CompiledQuery:
    def build(*, patient_id: UUID, since: datetime, until: datetime) -> "QuerySet[Entry, Row]":
        rows = entries_shared_at(patient_id, sharing_levels).filter(
            timeline_at__gte=since, timeline_at__lt=until
        )
        return rows.values_list(*ENTRY_COLUMNS)

    return CompiledQuery(build, patient_id=_PATIENT, since=_INSTANT, until=_INSTANT)


def _changed_fields(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[FieldChange]:
    names = dict.fromkeys([*before, *after])
    return [
        FieldChange(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]
