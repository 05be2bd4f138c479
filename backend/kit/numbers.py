"""Numbers as JSON and sentences have them."""

import math
from decimal import Decimal
from typing import Any

#: As many digits as a decimal number keeps on its way through a float.
_DIGITS = 15


def whole(value: Any) -> int | None:
    """Read a whole number as JSON Schema has it: 5 and 5.0 are one; None for anything else.

    Booleans, text, fractions and what is not finite are no whole numbers. An integer that no
    column of ours holds comes back as it is: its range is for the caller to judge.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None


def quantity(value: Any) -> float | None:
    """Read a finite number; minus zero is zero, and anything else is None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value) + 0.0
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def told(value: float | Decimal) -> str:
    """Write a number as people do, never with an exponent: "6", "6.5", "0.00005", "12345.67"."""
    exact = value if isinstance(value, Decimal) else Decimal(format(value, f".{_DIGITS}g"))
    text = format(exact, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
