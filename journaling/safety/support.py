"""The block that a patient gets in the same answer as the save (CLINICAL §3)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from journaling.safety import resources, wording
from journaling.safety.plan import Plan, people_in
from journaling.safety.resources import Resource
from journaling.safety.rules import EMERGENCY, NOTICE, Finding


@dataclass(frozen=True, slots=True)
class Support:
    """What helps now; ``staff_notified`` is true only where staff on duty were really called."""

    level: int
    message: str
    plan: Plan | None
    people: Sequence[Mapping[str, Any]]
    resources: Sequence[Resource]
    not_monitored: str
    staff_notified: bool

    def told(self) -> dict[str, Any]:
        """Write it as the phone reads it: the own plan first, but in an emergency 911 and 988."""
        plan = {"plan": self.plan, "people": self.people}
        lines = {"resources": [resource.told() for resource in self.resources]}
        middle = lines | plan if self.level == EMERGENCY else plan | lines
        return {
            "level": self.level,
            "message": self.message,
            **middle,
            "not_monitored": self.not_monitored,
            "staff_notified": self.staff_notified,
        }


def most_serious(findings: Collection[Finding]) -> Finding:
    """Put several findings together: one level, and every rule that fired."""
    fired = {code: answer for found in findings for code, answer in found.fired.items()}
    return Finding(max(found.level for found in findings), fired)


def support(
    *,
    finding: Finding,
    plan: Plan | None,
    own_resources: Iterable[Mapping[str, Any]],
    not_monitored: str,
    staff_notified: bool,
) -> Support:
    """Make the block for what was found."""
    lines = resources.listed(own_resources)
    is_emergency = finding.level == EMERGENCY
    return Support(
        level=finding.level,
        message=wording.message(
            level=finding.level, codes=finding.codes, has_plan=plan is not None
        ),
        plan=plan,
        people=people_in(plan),
        resources=resources.emergency_first(lines) if is_emergency else lines,
        not_monitored=not_monitored,
        staff_notified=staff_notified,
    )


def without_answer(own_resources: Iterable[Mapping[str, Any]] = ()) -> Support:
    """Make the block for a patient whose request could not be answered, whatever it said.

    It asks no database, and claims nothing of what was sent.
    """
    return Support(
        level=NOTICE,
        message=wording.NO_ANSWER,
        plan=None,
        people=(),
        resources=resources.listed(own_resources),
        not_monitored=wording.NOT_SAVED,
        staff_notified=False,
    )
