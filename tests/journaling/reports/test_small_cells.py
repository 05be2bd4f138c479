"""Small cells are hidden, and no hidden one can be had from those that are shown."""

import random
from itertools import product

import pytest

from journaling.reports.small_cells import Cell, Relation, determined_cells, hidden_cells

LEAST = 11


def table(rows: dict[str, dict[str, int]]) -> tuple[dict[Cell, int], list[Relation]]:
    """Make a table with totals at both ends."""
    names = list(next(iter(rows.values())))
    counts = {(row, name): n for row, cells in rows.items() for name, n in cells.items()}
    for row, cells in rows.items():
        counts[row, "all"] = sum(cells.values())
    for name in (*names, "all"):
        counts["total", name] = sum(counts[row, name] for row in rows)
    relations = [
        Relation((row, "all"), tuple((row, name) for name in names)) for row in (*rows, "total")
    ]
    relations += [
        Relation(("total", name), tuple((row, name) for row in rows)) for name in (*names, "all")
    ]
    return counts, relations


def test_a_cell_of_one_to_ten_is_hidden_and_zero_is_not() -> None:
    counts, relations = table(
        {"may": {"a": 0, "b": 20, "c": 30}, "june": {"a": 0, "b": 20, "c": 1}}
    )

    hidden = hidden_cells(counts, relations)

    assert ("june", "c") in hidden
    assert ("may", "a") not in hidden


def test_another_of_the_row_and_of_the_column_is_hidden_with_it() -> None:
    counts, relations = table({"may": {"a": 40, "b": 20}, "june": {"a": 30, "b": 4}})

    hidden = hidden_cells(counts, relations)

    assert determined_cells(relations, hidden) == []
    assert ("june", "b") in hidden
    assert len(hidden) > 1


def test_two_small_cells_of_a_total_hide_more() -> None:
    # 3 and 4 alone would be told to be 7 together.
    counts, relations = table({"may": {"a": 3, "b": 4, "c": 30, "d": 40}})

    hidden = hidden_cells(counts, relations)

    row = [("may", name) for name in "abcd" if ("may", name) in hidden]
    assert ("may", "all") in hidden or sum(counts[cell] for cell in row) >= LEAST


def test_what_was_shown_before_stays_and_a_total_is_hidden_instead() -> None:
    counts, relations = table({"may": {"a": 30}, "june": {"a": 4}})
    known = {("may", "a"), ("may", "all")}

    hidden = hidden_cells(counts, relations, known=known)

    assert ("total", "a") in hidden
    assert not hidden & known


def test_elimination_finds_what_two_relations_tell_together() -> None:
    a, b, c, whole, other = ((name, "") for name in ("a", "b", "c", "whole", "other"))
    relations = [Relation(whole, (a, b, c)), Relation(other, (a, b))]

    assert determined_cells(relations, {a, b, c}) == [c]


@pytest.mark.parametrize("seed", range(40))
def test_no_hidden_cell_of_any_table_is_determined(seed: int) -> None:
    dice = random.Random(seed)
    rows = {
        f"row {n}": {name: dice.choice([0, 0, 1, 3, 8, 12, 20, 40]) for name in "abcd"}
        for n in range(dice.randint(1, 6))
    }
    counts, relations = table(rows)

    hidden = hidden_cells(counts, relations)

    assert all(cell in hidden for cell, n in counts.items() if 0 < n < LEAST)
    assert determined_cells(relations, hidden) == []
    for relation in relations:
        concealed = [cell for cell in relation.parts if cell in hidden]
        if concealed and relation.total not in hidden:
            assert sum(counts[cell] for cell in concealed) >= LEAST


def test_every_small_count_has_another_table_that_looks_the_same() -> None:
    # By brute force: who knows what is shown still can't tell the 4 from another number.
    counts, relations = table({"may": {"a": 12, "b": 11}, "june": {"a": 13, "b": 4}})
    hidden = sorted(hidden_cells(counts, relations))

    values = set()
    for guess in product(range(18), repeat=len(hidden)):
        told = counts | dict(zip(hidden, guess, strict=True))
        if all(told[one.total] == sum(told[part] for part in one.parts) for one in relations):
            values.add(told["june", "b"])
    assert len(values) > 5
