"""People as they are chosen from a list: namesakes told apart, and directions kept."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from care.models import User
from care.queries.namesakes import labels, namesakes_of, share_a_name
from web.templatetags.text import isolate

Choice = tuple[str, str]


def pickable(
    pairs: Iterable[tuple[UUID, str]], *, viewer: User, now: datetime, before: str = ""
) -> list[Choice]:
    """Make choices of people; ``before`` stands in front of each id."""
    people = list(pairs)
    alike = share_a_name(name for _, name in people)
    apart = namesakes_of(viewer=viewer, now=now) if alike else {}
    return [(f"{before}{pk}", isolate(name)) for pk, name in labels(people, apart)]
