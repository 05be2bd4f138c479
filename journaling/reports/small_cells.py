"""Hide small cells of a table, and so many others that no hidden one follows from what is shown.

The least number shown is 11, as the cell size policy of the Centers for Medicare & Medicaid
Services has it: no cell of 1 to 10 people, and nothing by which one could be computed. Zero stands.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

#: CMS cell size suppression policy (ResDAC): 10 or fewer people are not shown. A clinic may hide
#: more (``BETWEEN_SMALLEST_CELL``), never less.
SMALLEST_CELL = 11
#: The name of a cell: its row, and its column.
Cell: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Relation:
    """A total that its parts add up to, as any reader of the table knows."""

    total: Cell
    parts: tuple[Cell, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Return the total and its parts."""
        return (self.total, *self.parts)


def hidden_cells(
    counts: Mapping[Cell, int],
    relations: Sequence[Relation],
    *,
    least: int = SMALLEST_CELL,
    known: Collection[Cell] = (),
) -> frozenset[Cell]:
    """Return the cells that must not be shown; ``known`` ones were shown before, so they stay.

    What is hidden of a relation makes at least ``least`` people together, of two cells at least;
    and by no combination of relations is a hidden cell determined.
    """
    hidden = {cell for cell, count in counts.items() if 0 < count < least and cell not in known}
    while True:
        before = len(hidden)
        for relation in relations:
            while _is_exposed(counts, relation, hidden, least):
                more = _next_to_hide(counts, [relation], hidden, known)
                hidden.update(more)
                if not more:
                    break
        if len(hidden) == before and not _hide_determined(counts, relations, hidden, known):
            return frozenset(hidden)


def _hide_determined(
    counts: Mapping[Cell, int], relations: Sequence[Relation], hidden: set[Cell],
    known: Collection[Cell],
) -> bool:  # fmt: skip
    """Hide one cell more beside each that several relations together determine."""
    before = len(hidden)
    for cell in determined_cells(relations, hidden):
        around = [relation for relation in relations if cell in relation.cells]
        hidden.update(_next_to_hide(counts, around, hidden, known))
    return len(hidden) > before


def _is_exposed(
    counts: Mapping[Cell, int], relation: Relation, hidden: Collection[Cell], least: int
) -> bool:
    concealed = [cell for cell in relation.cells if cell in hidden]
    if not concealed:
        return False
    if len(concealed) == 1:
        return True
    return relation.total not in hidden and sum(counts[cell] for cell in concealed) < least


def _next_to_hide(
    counts: Mapping[Cell, int], relations: Iterable[Relation], hidden: Collection[Cell],
    known: Collection[Cell],
) -> list[Cell]:  # fmt: skip
    """Return the smallest cell that conceals something: a part if there is one, else a total."""
    open_parts = [
        cell
        for relation in relations
        for cell in relation.parts
        if cell not in hidden and cell not in known and counts[cell]
    ]
    totals = [
        relation.total
        for relation in relations
        if relation.total not in hidden and relation.total not in known
    ]
    from_parts = sorted(open_parts, key=lambda cell: (counts[cell], cell))
    return (from_parts or sorted(totals, key=lambda cell: (counts[cell], cell)))[:1]


def determined_cells(relations: Iterable[Relation], hidden: Collection[Cell]) -> list[Cell]:
    """List the hidden cells that follow from what is shown, by exact elimination."""
    rows = []
    for relation in relations:
        row = {cell: Fraction(-1) for cell in relation.parts if cell in hidden}
        if relation.total in hidden:
            row[relation.total] = Fraction(1)
        if row:
            rows.append(row)
    return sorted(next(iter(row)) for row in _reduced(rows) if len(row) == 1)


def _reduced(rows: list[dict[Cell, Fraction]]) -> list[dict[Cell, Fraction]]:
    """Return the rows in reduced form: an unknown that is alone in one of them is determined."""
    done: list[tuple[Cell, dict[Cell, Fraction]]] = []
    for row in rows:
        for pivot, other in done:
            if pivot in row:
                _subtract(row, other, row[pivot])
        if not row:
            continue
        pivot = min(row)
        lead = row[pivot]
        reduced = {cell: value / lead for cell, value in row.items()}
        for _, other in done:
            if pivot in other:
                _subtract(other, reduced, other[pivot])
        done.append((pivot, reduced))
    return [row for _, row in done]


def _subtract(row: dict[Cell, Fraction], other: Mapping[Cell, Fraction], times: Fraction) -> None:
    for cell, value in other.items():
        left = row.get(cell, Fraction(0)) - times * value
        if left:
            row[cell] = left
        else:
            row.pop(cell, None)
