"""The support block in the answer to a save (CLINICAL §3), and the crisis lines in it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from journaling.safety import messages
from journaling.safety.rules import EMERGENCY, NOTICE, Finding
from journaling.safety.safety_plan import PlanContent, people_in_plan

_FILE = Path(__file__).parent.parent / "data" / "crisis_resources.json"
#: CLINICAL §3: numbers rot; an administrator is warned past so many days.
STALE_AFTER = timedelta(days=180)
#: What comes first in an emergency (CLINICAL §3, level 3), in this order.
FIRST_IN_EMERGENCY = ("911", "988")


@dataclass(frozen=True, slots=True)
class CrisisResource:
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

    def to_json(self) -> dict[str, Any]:
        """Return what a phone is sent about it."""
        return {name: value for name, value in asdict(self).items() if name != "key"}

    def is_stale(self, *, today: date) -> bool:
        """Whether somebody should check it again."""
        return today - self.verified_at > STALE_AFTER


@cache
def shipped_crisis_resources() -> tuple[CrisisResource, ...]:
    """Read the list that ships with this version once, in the file's order."""
    return tuple(map(parse_crisis_resource, orjson.loads(_FILE.read_bytes())["resources"]))


def parse_crisis_resource(row: Mapping[str, Any]) -> CrisisResource:
    """Read one resource as it stands in a file or in a clinic's own list."""
    return CrisisResource(**{**row, "verified_at": date.fromisoformat(row["verified_at"])})


def list_crisis_resources(own: Iterable[Mapping[str, Any]] = ()) -> tuple[CrisisResource, ...]:
    """List the shipped resources, then a clinic's own."""
    return (*shipped_crisis_resources(), *map(parse_crisis_resource, own))


def order_for_emergency(resources: Sequence[CrisisResource]) -> tuple[CrisisResource, ...]:
    """Sort 911 and 988 before everything else."""
    place = {key: index for index, key in enumerate(FIRST_IN_EMERGENCY)}
    return tuple(sorted(resources, key=lambda resource: place.get(resource.key, len(place))))


def stale_crisis_resources(found: Iterable[CrisisResource], *, today: date) -> list[CrisisResource]:
    """List those that nobody has checked for too long."""
    return [resource for resource in found if resource.is_stale(today=today)]


@dataclass(frozen=True, slots=True)
class Support:
    """What helps now; ``staff_notified`` is true only where staff on duty were really called."""

    level: int
    message: str
    plan: PlanContent | None
    people: Sequence[Mapping[str, Any]]
    resources: Sequence[CrisisResource]
    not_monitored: str
    staff_notified: bool

    def to_json(self) -> dict[str, Any]:
        """Return it as the phone reads it: the own plan first, but in an emergency 911 and 988."""
        plan = {"plan": self.plan, "people": self.people}
        lines = {"resources": [resource.to_json() for resource in self.resources]}
        middle = lines | plan if self.level == EMERGENCY else plan | lines
        return {
            "level": self.level,
            "message": self.message,
            **middle,
            "not_monitored": self.not_monitored,
            "staff_notified": self.staff_notified,
        }


def merge_findings(findings: Collection[Finding]) -> Finding:
    """Merge several findings: one level, and every rule that fired."""
    fired = {code: answer for finding in findings for code, answer in finding.fired.items()}
    return Finding(max(finding.level for finding in findings), fired)


def build_support(
    *,
    finding: Finding,
    plan: PlanContent | None,
    own_resources: Iterable[Mapping[str, Any]],
    not_monitored: str,
    staff_notified: bool,
) -> Support:
    """Make the block for what was found."""
    lines = list_crisis_resources(own_resources)
    is_emergency = finding.level == EMERGENCY
    return Support(
        level=finding.level,
        message=messages.support_message(
            level=finding.level, codes=finding.codes, has_plan=plan is not None
        ),
        plan=plan,
        people=people_in_plan(plan),
        resources=order_for_emergency(lines) if is_emergency else lines,
        not_monitored=not_monitored,
        staff_notified=staff_notified,
    )


def support_without_answer(own_resources: Iterable[Mapping[str, Any]] = ()) -> Support:
    """Make the block for a patient whose request could not be answered, whatever it said.

    It asks no database, and claims nothing of what was sent.
    """
    return Support(
        level=NOTICE,
        message=messages.NO_ANSWER,
        plan=None,
        people=(),
        resources=list_crisis_resources(own_resources),
        not_monitored=messages.NOT_SAVED,
        staff_notified=False,
    )
