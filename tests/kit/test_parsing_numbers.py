"""Numbers are read as JSON Schema has them, and written as people do."""

from decimal import Decimal
from math import copysign, inf, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.kit.parsing import format_plain_number, parse_integer, parse_number


@pytest.mark.parametrize(
    ("value", "number"),
    [(5, 5), (5.0, 5), (-0.0, 0), (-3.0, -3), (5.5, None), (inf, None), (nan, None), (True, None),
     ("5", None), (None, None), ([5], None)],
)  # fmt: skip
def test_a_whole_number_is_one_by_its_value(value: Any, number: int | None) -> None:
    found = parse_integer(value)

    assert found == number
    assert found is None or type(found) is int


@pytest.mark.parametrize("value", [-0.0, 0, 0.0])
def test_minus_zero_is_zero(value: float) -> None:
    found = parse_number(value)

    assert found == 0.0
    assert copysign(1, found or 0.0) == 1


@pytest.mark.parametrize("value", [inf, -inf, nan, True, "1", None, 10**400])
def test_what_is_no_finite_number_is_none(value: Any) -> None:
    assert parse_number(value) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.00005, "0.00005"), (12345.67, "12345.67"), (6, "6"), (6.5, "6.5"), (6.0, "6"),
     (100_000, "100000"), (1e6, "1000000"), (-0.0, "0"), (-0.5, "-0.5"), (0.1 + 0.2, "0.3"),
     (Decimal("9.0"), "9"), (Decimal("1E+1"), "10"), (99999.99, "99999.99")],
)  # fmt: skip
def test_a_number_is_written_without_an_exponent(value: Any, words: str) -> None:
    assert format_plain_number(value) == words


@settings(derandomize=True, deadline=None)
@given(st.decimals(min_value=0, max_value=100_000, places=5))
def test_what_was_typed_is_what_is_told(typed: Decimal) -> None:
    words = format_plain_number(float(typed))

    assert set(words) <= set("0123456789.")
    assert Decimal(words) == typed
