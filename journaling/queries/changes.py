"""What a phone has not read yet, in the order in which it was committed."""

from care.access import Chart
from journaling.entries import COLUMNS, Recorded, Tombstone, from_row
from journaling.models import Entry, Journal


def head_of(*, chart: Chart) -> tuple[int, int]:
    """Find the number given last in the journal, and up to where tombstones were purged."""
    found = Journal.objects.filter(patient_id=chart.patient_id)
    return found.values_list("last_seq", "purged_seq").first() or (0, 0)


def changes_after(
    *, chart: Chart, seq: int, before: int | None, limit: int
) -> list[Recorded | Tombstone]:
    """List what was numbered after ``seq`` (and before ``before``), in ascending order.

    An entry stands at the number of its newest revision only. Numbers are given under the journal's
    lock, so none below one that can be seen is still to come.
    """
    rows = Entry.objects.filter(patient_id=chart.patient_id, seq__gt=seq)
    if before is not None:
        rows = rows.filter(seq__lt=before)
    if not chart.is_own:
        rows = rows.filter(share__in=sorted(chart.sees), deleted_at__isnull=True)
    found = rows.order_by("seq").values_list("deleted_at", *COLUMNS)[:limit]
    return [
        from_row(row[1:], chart.cipher) if row[0] is None else _tombstone(row[1:]) for row in found
    ]


_PLACES = [COLUMNS.index(name) for name in ("id", "kind", "rev", "seq")]


def _tombstone(row: tuple[object, ...]) -> Tombstone:
    return Tombstone(*(row[place] for place in _PLACES))  # type: ignore[arg-type] # values of these columns
