"""Strict JSON parsing: what two parsers could read differently is refused."""

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from backend.kit import strict_json
from backend.kit.strict_json import Json

MAX_BODY_BYTES = 256 * 1024


class BodyTooLarge(APIException):
    """The body is larger than any honest request of ours."""

    status_code = 413
    default_code = "too_large"
    default_detail = "At most 256 KiB."


class StrictJsonParser(BaseParser):
    """Take UTF-8 JSON: no doubled keys, no NaN, at most 20 levels, 256 keys an object, 256 KiB."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Read the body, or refuse it without repeating any of it."""
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge
        return parse_json(body)


def parse_json(body: bytes) -> Json:
    """Decode one JSON document strictly."""
    try:
        return strict_json.parse_strict_json(body)
    except strict_json.StrictJsonError as fault:
        raise InvalidJson(fault, read=parse_json_leniently(body)) from None


def parse_json_leniently(body: bytes) -> Json:
    """Decode what can be decoded, or None; used for safety support only, never stored."""
    try:
        document: Json = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return document


class InvalidJson(ParseError):
    """A body that two parsers could read differently; ``field`` is where, if known.

    ``read`` is the leniently decoded body, None where even that is refused.
    """

    def __init__(self, fault: strict_json.StrictJsonError, *, read: Json = None) -> None:
        super().__init__(fault.detail, code=fault.code)
        self.field = fault.field
        self.read = read
