"""Reading entries: rows through a chart, never models, always within what its viewer may see."""

from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Field, Q, QuerySet

from backend.kit.errors import NotThere
from backend.kit.prepared import Prepared
from care.access import Chart
from journaling.entries import COLUMNS, Recorded, from_row
from journaling.models import Entry


class NoSuchEntry(NotThere):
    """This chart shows no entry of that id; whether another patient has one, nobody learns."""


#: Instants are compared with the generated column as with the one that it is made from.
_PATIENT, _SHOWN = Entry._meta.get_field("patient"), Entry._meta.get_field("occurred_at")
#: Where a page ends: the entry's instant, and its row for entries of one instant.
Position = tuple[datetime, int]


def visible(chart: Chart) -> "QuerySet[Entry]":
    """Select the entries that the chart shows; deleted ones to nobody."""
    return visible_rows(chart.patient_id, chart.only)


def visible_rows(patient_id: UUID, sees: frozenset[str] | None) -> "QuerySet[Entry]":
    """Select a patient's entries of these sharing levels, of all without any; none deleted."""
    rows = Entry.objects.filter(patient_id=patient_id, deleted_at__isnull=True)
    return rows if sees is None else rows.filter(share__in=sorted(sees))


def entry_of(*, chart: Chart, entry_id: UUID) -> Recorded:
    """Find one entry.

    :raises NoSuchEntry: when there is none that this chart shows.
    """
    row = visible(chart).filter(id=entry_id).values_list(*COLUMNS).first()
    if row is None:
        raise NoSuchEntry
    return from_row(row, chart.cipher)


def entry_with_digest(*, chart: Chart, entry_id: UUID) -> tuple[Recorded, bytes] | None:
    """Find one entry and the fingerprint of the content it was stored from."""
    row = visible(chart).filter(id=entry_id).values_list(*COLUMNS, "digest").first()
    if row is None:
        return None
    return from_row(row[:-1], chart.cipher), bytes(row[-1])


def entry_for_history(*, chart: Chart, entry_id: UUID) -> tuple[int, Recorded]:
    """Find one entry and its row, for its owner also when it was deleted.

    :raises NoSuchEntry: when there is none that this chart shows.
    """
    rows = Entry.objects.filter(patient_id=chart.patient_id) if chart.is_own else visible(chart)
    found = rows.filter(id=entry_id).values_list(*COLUMNS, "row").first()
    if found is None:
        raise NoSuchEntry
    return found[-1], from_row(found[:-1], chart.cipher)


def is_deleted(*, chart: Chart, entry_id: UUID) -> bool:
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
    position: Position | None = None,
    is_backwards: bool = False,
) -> list[tuple[Recorded, Position]]:
    """List entries newest first, from a position on; backwards, the ones just before it.

    ``first_day`` and ``last_day`` are local days, both included.
    """
    at, row = position or (None, None)
    asked = {"kind": kind, "first_day": first_day, "last_day": last_day, "at": at, "row": row}
    given = {name: value for name, value in asked.items() if value is not None}
    order = ("shown_at", "row") if is_backwards else ("-shown_at", "-row")
    found = _pages(frozenset(given), chart.only, order, limit).all(
        patient_id=chart.patient_id, **given
    )
    if is_backwards:
        found.reverse()
    listed = [(from_row(row[:-1], chart.cipher), row[-1]) for row in found]
    return [(entry, (entry.shown_at, row)) for entry, row in listed]


@lru_cache(maxsize=64)
def _pages(
    given: frozenset[str], sees: frozenset[str] | None, order: tuple[str, str], limit: int
) -> Prepared:
    """Compile one sort of page: with these limits, for the patient or for who sees so much."""

    def build(*, patient_id: UUID, **values: Any) -> Any:
        rows = visible_rows(patient_id, sees)
        if "kind" in values:
            rows = rows.filter(kind=values["kind"])
        if "first_day" in values:
            rows = rows.filter(local_date__gte=values["first_day"])
        if "last_day" in values:
            rows = rows.filter(local_date__lte=values["last_day"])
        if "at" in values:
            at, side = values["at"], "lt" if order[0].startswith("-") else "gt"
            same = Q(shown_at=at, **{f"row__{side}": values["row"]})
            rows = rows.filter(Q(**{f"shown_at__{side}": at}) | same)
        return rows.order_by(*order).values_list(*COLUMNS, "row")[:limit]

    return Prepared(build, patient_id=_PATIENT, **{name: _COMPARED[name] for name in given})


_COMPARED: "dict[str, Field[Any, Any]]" = {
    "kind": Entry._meta.get_field("kind"),
    "first_day": Entry._meta.get_field("local_date"),
    "last_day": Entry._meta.get_field("local_date"),
    "at": _SHOWN,
    "row": Entry._meta.get_field("row"),
}


def last_entry_at(*, chart: Chart) -> datetime | None:
    """Tell when the newest entry occurred that this chart shows."""
    rows = visible(chart).order_by("-shown_at", "-row")
    return rows.values_list("shown_at", flat=True).first()


def first_entry_at(*, chart: Chart) -> tuple[datetime, str] | None:
    """Tell when the oldest entry occurred that this chart shows, and in which zone.

    Of a clock that can't be right the arrival counts.
    """
    rows = visible(chart).order_by("shown_at", "row")
    return rows.values_list("shown_at", "time_zone").first()


def entries_between(*, chart: Chart, since: datetime, until: datetime) -> list[Recorded]:
    """List the entries from ``since`` up to before ``until``, oldest first.

    Each stands where it occurred, or where it arrived if the phone's clock can't be believed.
    """
    rows = _between(chart.only).all(patient_id=chart.patient_id, since=since, until=until)
    # Within one instant in the order of the journal, as a page of it has them.
    found = [from_row(row, chart.cipher) for row in rows]
    return sorted(found, key=lambda entry: (entry.shown_at, entry.seq))


@cache
def _between(sees: frozenset[str] | None) -> Prepared:
    def build(*, patient_id: UUID, since: datetime, until: datetime) -> Any:
        rows = visible_rows(patient_id, sees).filter(shown_at__gte=since, shown_at__lt=until)
        return rows.values_list(*COLUMNS)

    return Prepared(build, patient_id=_PATIENT, since=_SHOWN, until=_SHOWN)
