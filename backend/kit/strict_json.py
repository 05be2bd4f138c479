"""JSON read strictly: what two readers could understand differently is refused.

Whatever a stranger sends costs time in proportion to its length, and no more is kept of it than any
honest request of ours has.
"""

import json
from typing import NoReturn, TypeAlias

from backend.kit.errors import safe_field_name

#: A value as it stands in JSON.
Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MAX_DEPTH = 20
#: More keys than any object of ours has; a hundred answers are the most.
MAX_KEYS = 256
#: More values than a hundred diary cards have together.
MAX_VALUES = 20_000

DETAILS = {
    "not_json": "The body is not valid JSON.",
    "doubled_key": "An object names one key twice.",
    "too_deep": "Nested too deeply.",
    "too_many_keys": f"An object may have at most {MAX_KEYS} keys.",
    "too_many_values": f"At most {MAX_VALUES:,} values in one request.",
}


class StrictJsonError(ValueError):
    """A document that can't be taken; ``field`` is where, if known."""

    def __init__(self, code: str, field: str = "") -> None:
        self.code = code
        self.detail = DETAILS[code]
        self.field = safe_field_name(field)
        super().__init__(code)


def parse_strict_json(body: bytes) -> Json:
    """Decode one JSON document.

    :raises StrictJsonError: doubled or too many keys, NaN, too deep, too much, or no JSON at all.
    """
    try:
        document: Json = json.loads(
            body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_reject_constant
        )
    except RecursionError:
        raise StrictJsonError("too_deep") from None
    except StrictJsonError:
        raise
    except ValueError:
        raise StrictJsonError("not_json") from None
    if fault := _exceeded_limit(document):
        raise StrictJsonError(fault, _too_deep_field(document) if fault == "too_deep" else "")
    return document


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    if len(pairs) > MAX_KEYS:
        raise StrictJsonError("too_many_keys")
    found = dict(pairs)
    if len(found) != len(pairs):
        raise StrictJsonError("doubled_key", _first_duplicate_key(pairs))
    return found


def _first_duplicate_key(pairs: list[tuple[str, Json]]) -> str:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            return key
        seen.add(key)
    return ""


def _reject_constant(_name: str) -> NoReturn:
    raise ValueError


def _exceeded_limit(value: Json, level: int = 1) -> str:
    """Return which limit a document exceeds as a whole; None where none."""
    layer, count = [value], 1
    while layer := [each for each in layer if type(each) is dict or type(each) is list]:
        if level > MAX_DEPTH:
            return "too_deep"
        level += 1
        layer = [
            inner for each in layer for inner in (each.values() if type(each) is dict else each)
        ]
        count += len(layer)
        if count > MAX_VALUES:
            return "too_many_values"
    return ""


def _too_deep_field(found: Json) -> str:
    """Return the field that is nested too deeply; a list has none."""
    parts = found.items() if isinstance(found, dict) else ()
    return next((name for name, value in parts if _exceeded_limit(value, 2) == "too_deep"), "")
