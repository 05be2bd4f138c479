"""Reading JSON strictly: what two readers could understand differently is refused."""

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from backend.kit.errors import fit_to_tell

LARGEST = 256 * 1024
DEEPEST = 20


class TooLarge(APIException):
    """The body is larger than any honest request of ours."""

    status_code = 413
    default_code = "too_large"
    default_detail = "At most 256 KiB."


class StrictJSON(BaseParser):
    """Take UTF-8 JSON: no doubled keys, no NaN, at most 20 levels and 256 KiB."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Read the body, or refuse it without repeating any of it."""
        body = stream.read(LARGEST + 1)
        if len(body) > LARGEST:
            raise TooLarge
        return parse(body)


def parse(body: bytes) -> Any:
    """Decode one JSON document strictly."""
    try:
        found = json.loads(
            body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant
        )
    except RecursionError:
        raise NotStrict("too_deep") from None
    except _Doubled as doubled:
        raise NotStrict("doubled_key", doubled.key, read=parse_leniently(body)) from None
    except ValueError:
        raise NotStrict("not_json", read=parse_leniently(body)) from None
    if _is_deep(found):
        raise NotStrict("too_deep", _deep_part(found), read=found)
    return found


def parse_leniently(body: bytes) -> Any:
    """Decode what can be decoded, or None; only help is made of it, nothing is stored."""
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


DETAILS = {
    "not_json": "The body is not valid JSON.",
    "doubled_key": "An object names one key twice.",
    "too_deep": "Nested too deeply.",
}


class NotStrict(ParseError):
    """A body that two readers could understand differently; ``field`` is where, if known.

    ``read`` is what one of those readers would have understood, None where none would anything.
    """

    def __init__(self, code: str, field: str = "", *, read: Any = None) -> None:
        super().__init__(DETAILS[code], code=code)
        self.field = fit_to_tell(field)
        self.read = read


class _Doubled(ValueError):
    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _Doubled(next(key for place, key in enumerate(keys) if key in keys[:place]))
    return found


def _no_constant(_name: str) -> Any:
    raise ValueError


def _is_deep(value: Any, level: int = 1) -> bool:
    layer = [value]
    while layer := [each for each in layer if type(each) is dict or type(each) is list]:
        if level > DEEPEST:
            return True
        level += 1
        layer = [
            inner for each in layer for inner in (each.values() if type(each) is dict else each)
        ]
    return False


def _deep_part(found: Any) -> str:
    """Name the field that goes too deep; a list has none."""
    parts = found.items() if isinstance(found, dict) else ()
    return next((name for name, value in parts if _is_deep(value, 2)), "")
