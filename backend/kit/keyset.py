"""Pages of rows in the order of an instant, and of their id where several are of one instant."""

from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

_Kind = TypeVar("_Kind", bound=Model)
_Row = TypeVar("_Row")


def page_of(
    rows: "QuerySet[_Kind, _Row]",
    *,
    limit: int,
    position: tuple[datetime, Any] | None,
    is_backwards: bool,
    at: str,
    key: str = "id",
    is_newest_first: bool = True,
) -> list[_Row]:
    """Return the rows that follow a position, or those before it; in the same order either way.

    ``at`` names the column of the instant, ``key`` the one of the id.
    """
    side, sign = ("gt", "") if is_backwards == is_newest_first else ("lt", "-")
    if position is not None:
        instant, row = position
        rows = rows.filter(
            Q(**{f"{at}__{side}": instant}) | Q(**{at: instant, f"{key}__{side}": row})
        )
    page = list(rows.order_by(f"{sign}{at}", f"{sign}{key}")[:limit])
    return page[::-1] if is_backwards else page
