"""Reading JSON strictly: what two readers could understand differently is refused."""

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

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
        _refuse_deep(found)
    except RecursionError:
        raise ParseError("Nested too deeply.", code="too_deep") from None
    except ValueError as error:
        code = error.args[0] if isinstance(error, _Doubled | _TooDeep) else "not_json"
        raise ParseError(DETAILS[code], code=code) from None
    return found


DETAILS = {
    "not_json": "The body is not valid JSON.",
    "doubled_key": "An object names one key twice.",
    "too_deep": "Nested too deeply.",
}


class _Doubled(ValueError):
    pass


class _TooDeep(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Doubled("doubled_key")
    return found


def _no_constant(_name: str) -> Any:
    raise ValueError("not_json")


def _refuse_deep(value: Any, level: int = 1) -> None:
    if isinstance(value, dict | list):
        if level > DEEPEST:
            raise _TooDeep("too_deep")
        for inner in value.values() if isinstance(value, dict) else value:
            _refuse_deep(inner, level + 1)
