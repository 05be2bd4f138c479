"""Cursor pagination: rows that arrive meanwhile are neither repeated nor skipped."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import orjson
from rest_framework.request import Request

from api.http.answers import Page
from api.http.fields import Count
from api.http.inputs import Input
from api.http.text_fields import Text
from backend.kit import parsing
from backend.kit.errors import InvalidInput

DEFAULT_LIMIT = 50
MAX_LIMIT = 200

Row = TypeVar("Row")
Answer = TypeVar("Answer", bound=Page)


@dataclass(frozen=True, slots=True)
class PageParams:
    """Which page the caller wants."""

    limit: int
    position: tuple[datetime, Any] | None
    is_backwards: bool


class PageQuery(Input):
    """What the query string of a list may say: from where on, and how many rows."""

    limit: Annotated[int, Count(1, MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Text(may_be_blank=True)] = None

    def page(self, *, tie: type[int] | type[UUID]) -> PageParams:
        """Return the page; ``tie`` is what the cursor breaks ties by: row number or id.

        :raises backend.kit.errors.InvalidInput: naming a cursor that can't be read.
        """
        if self.cursor is None:
            return PageParams(self.limit, None, is_backwards=False)
        side, position = _parse_cursor(self.cursor, tie)
        return PageParams(self.limit, position, is_backwards=side == "p")


def paged(
    request: Request,
    *,
    wanted: PageParams,
    rows: Sequence[Row],
    place: Callable[[Row], tuple[datetime, Any]],
    shape: Callable[[Row], Any],
    answer: Callable[..., Answer] = Page,  # type: ignore[assignment]
) -> Answer:
    """Return the page of this answer from up to ``limit + 1`` rows around the position.

    The row beyond the limit only shows that there is more; it is cut off.
    """
    has_more = len(rows) > wanted.limit
    if wanted.is_backwards:
        shown = rows[1:] if has_more else rows
        has_next, has_previous = True, has_more
    else:
        shown = rows[: wanted.limit]
        has_next, has_previous = has_more, wanted.position is not None
    return answer(
        results=[shape(row) for row in shown],
        next=_link(request, "n", place(shown[-1])) if has_next and shown else None,
        previous=_link(request, "p", place(shown[0])) if has_previous and shown else None,
    )


def _parse_cursor(cursor: str, tie: type[int] | type[UUID]) -> tuple[str, tuple[datetime, Any]]:
    try:
        side, at, row = orjson.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        if side not in ("n", "p"):  # what was sent may be no word at all
            raise ValueError
        return side, parsing.parse_position(at, row, by=tie)
    except (ValueError, TypeError):
        raise InvalidInput.of("cursor", "invalid_cursor", "Not a cursor of ours.") from None


def _link(request: Request, side: str, position: tuple[datetime, Any]) -> str:
    at, row = position
    cursor = base64.urlsafe_b64encode(orjson.dumps([side, at, row])).decode()
    query = request.query_params.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
