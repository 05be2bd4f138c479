"""Who answers at any hour: the dated list that ships, and what a clinic adds to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson

_FILE = Path(__file__).parent.parent / "data" / "crisis_resources.json"
#: CLINICAL §3: numbers rot; an administrator is warned past so many days.
STALE_AFTER = timedelta(days=180)
#: What comes first in an emergency (CLINICAL §3, level 3), in this order.
FIRST_IN_EMERGENCY = ("911", "988")


@dataclass(frozen=True, slots=True)
class Resource:
    """One way to reach somebody. ``verified_at`` is the day on which it was last checked."""

    key: str
    name: str
    call: str | None
    text: str | None
    chat: str | None
    url: str | None
    region: str
    language: str
    verified_at: date
    source: str

    def told(self) -> dict[str, Any]:
        """List what a phone is told about it."""
        return {name: value for name, value in asdict(self).items() if name != "key"}

    def is_stale(self, *, today: date) -> bool:
        """Whether somebody should check it again."""
        return today - self.verified_at > STALE_AFTER


@cache
def shipped() -> tuple[Resource, ...]:
    """Read the list that ships with this version once, in the file's order."""
    return tuple(map(read, orjson.loads(_FILE.read_bytes())["resources"]))


def read(row: Mapping[str, Any]) -> Resource:
    """Read one resource as it stands in a file or in a clinic's own list."""
    return Resource(**{**row, "verified_at": date.fromisoformat(row["verified_at"])})


def listed(own: Iterable[Mapping[str, Any]] = ()) -> tuple[Resource, ...]:
    """List the shipped resources, then a clinic's own."""
    return (*shipped(), *map(read, own))


def emergency_first(found: Sequence[Resource]) -> tuple[Resource, ...]:
    """Put 911 and 988 before everything else."""
    place = {key: index for index, key in enumerate(FIRST_IN_EMERGENCY)}
    return tuple(sorted(found, key=lambda resource: place.get(resource.key, len(place))))


def stale(found: Iterable[Resource], *, today: date) -> list[Resource]:
    """List those that nobody has checked for too long."""
    return [resource for resource in found if resource.is_stale(today=today)]
