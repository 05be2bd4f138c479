"""People as they are chosen from a list: namesakes told apart, and directions kept."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from care.models import User
from care.queries.namesakes import apart, labels
from web.templatetags.text import isolate

Choice = tuple[str, str]


def pickable(
    pairs: Iterable[tuple[UUID, str]], *, viewer: User, now: datetime, before: str = ""
) -> list[Choice]:
    """Make choices of people; ``before`` stands in front of each id."""
    people = list(pairs)
    told = labels(people, apart(people, viewer=viewer, now=now))
    return [(f"{before}{pk}", isolate(name)) for pk, name in told]
