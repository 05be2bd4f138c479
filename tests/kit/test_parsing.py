"""Dates, instants, revisions and places are read in one place, and never raise anything else."""

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.kit import parsing
from backend.kit.timezones import get_zone, local_day, start_of_day

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
SAME = datetime(2026, 5, 1, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-05-01T08:30:00Z", "2026-05-01T08:30Z", "2026-05-01t08:30:00z", "2026-05-01 08:30Z",
     "2026-05-01T10:30+02:00", "2026-05-01T10:30:00+0200", "2026-05-01T10:30+0200",
     "2026-05-01T03:30:00.000-05:00", "2026-05-01T08:30:00.000000000Z"],
)  # fmt: skip
def test_an_instant_is_read_as_phones_write_it(text: str) -> None:
    assert parsing.parse_instant(text) == SAME


@pytest.mark.parametrize(
    ("text", "code"),
    [("2026-05-01T08:30", "not_an_instant"), ("2026-05-01", "not_an_instant"),
     ("2026-05-01T8:30Z", "not_an_instant"), ("２０２６-05-01T08:30Z", "not_an_instant"),
     ("2026-02-30T08:30Z", "not_an_instant"), ("2026-05-01T25:30Z", "not_an_instant"),
     ("0001-01-01T00:00+14:00", "not_an_instant"), ("9999-12-31T23:59-12:00", "not_an_instant"),
     ("1999-12-31T23:59Z", "out_of_range"), ("3000-01-01T00:00Z", "out_of_range"),
     ("9999-12-31T00:00Z", "out_of_range"), (1_777_000_000, "not_an_instant"),
     (None, "not_an_instant")],
)  # fmt: skip
def test_what_is_no_instant_is_named(text: Any, code: str) -> None:
    with pytest.raises(parsing.ParseFailed) as fault:
        parsing.parse_instant(text)

    assert fault.value.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("2026-5-1", "not_a_date"), ("20260501", "not_a_date"), ("2026-W18-5", "not_a_date"),
     ("2026-02-30", "not_a_date"), ("0000-01-01", "not_a_date"), ("0001-01-01", "out_of_range"),
     ("1899-12-31", "out_of_range"), ("3000-01-01", "out_of_range"),
     ("9999-12-31", "out_of_range"), (5, "not_a_date"), ("2026-05-0\x00", "not_a_date")],
)  # fmt: skip
def test_what_is_no_day_of_ours_is_named(text: Any, code: str) -> None:
    with pytest.raises(parsing.ParseFailed) as fault:
        parsing.parse_day(text)

    assert fault.value.code == code


@pytest.mark.parametrize("name", ["Pacific/Kiritimati", "Etc/GMT+12", "UTC", "Asia/Kolkata"])
@pytest.mark.parametrize("day", [parsing.EARLIEST_DAY, parsing.LATEST_DAY])
def test_the_ends_of_our_calendar_can_be_placed_in_every_zone(day: date, name: str) -> None:
    assert local_day(start_of_day(day, name), name) == day
    assert parsing.LATEST_INSTANT.astimezone(get_zone(name)).year in {2999, 3000}


@settings(derandomize=True, deadline=None)
@given(ANYTHING, ANYTHING)
def test_whatever_is_sent_only_unreadable_is_raised(one: Any, other: Any) -> None:
    for read in (
        parsing.parse_day,
        parsing.parse_instant,
        parsing.parse_uuid,
        parsing.parse_instant_with_offset,
    ):
        with suppress(parsing.ParseFailed):
            read(one)
    for kind in (int, UUID):
        with pytest.raises(parsing.ParseFailed):
            parsing.parse_position(one, other, by=kind)


@pytest.mark.parametrize("row", [-1, 2**63, 10**40, True, 5.5, "5", None, [5]])
def test_a_row_that_no_table_has_is_no_place(row: Any) -> None:
    with pytest.raises(parsing.ParseFailed):
        parsing.parse_position("2026-05-01T08:30:00+00:00", row, by=int)


@pytest.mark.parametrize("row", [5, None, "5", "{00000000-0000-4000-8000-000000000000}"])
def test_an_id_that_is_none_is_no_place(row: Any) -> None:
    with pytest.raises(parsing.ParseFailed):
        parsing.parse_position("2026-05-01T08:30:00+00:00", row, by=UUID)


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("7", 7), ("2147483647", 2**31 - 1), ("2147483648", None), ("9" * 5_000, None),
     ("-1", None), ("", None), ("٧", None), ("1.0", None), ("1e3", None)],
)  # fmt: skip
def test_a_number_in_plain_digits_is_read_up_to_its_largest(text: str, number: int | None) -> None:
    assert parsing.parse_count(text) == number
