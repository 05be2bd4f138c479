"""The support block in the answer to a save (CLINICAL §3), and the crisis lines in it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import orjson

from backend.kit.languages import ENGLISH, Sentence, spoken_language
from care.models.oncall import CrisisLine
from journaling.safety import messages
from journaling.safety.rules import EMERGENCY, NOTICE, Finding
from journaling.safety.safety_plan import PlanContent, PlanPerson, people_in_plan

_FILE = Path(__file__).parent.parent / "data" / "crisis_resources.json"
#: CLINICAL §3: numbers rot; an administrator is warned past so many days.
STALE_AFTER = timedelta(days=180)
#: What comes first in an emergency (CLINICAL §3, level 3), in this order.
FIRST_IN_EMERGENCY = ("911", "988")


@dataclass(frozen=True, slots=True)
class CrisisResource:
    """One way to reach somebody. ``verified_at`` is the day on which it was last checked.

    ``key`` is our own name of it, which no phone is sent.
    """

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

    def is_stale(self, *, today: date) -> bool:
        """Whether somebody should check it again."""
        return today - self.verified_at > STALE_AFTER


@cache
def shipped_crisis_resources(language: str = ENGLISH) -> tuple[CrisisResource, ...]:
    """Read the list that ships with this version once, in the file's order and one language."""
    lines = orjson.loads(_FILE.read_bytes())["resources"]
    return tuple(parse_crisis_resource(line | {"name": line["name"][language]}) for line in lines)


def parse_crisis_resource(line: CrisisLine) -> CrisisResource:
    """Read one resource as it stands in a file or in a clinic's own list.

    :raises ValueError: it is not dated, or says something that no line says.
    """
    if unknown := line.keys() - {field.name for field in fields(CrisisResource)}:
        raise ValueError(f"no line has {', '.join(sorted(unknown))}")
    return CrisisResource(
        key=line["key"], name=line["name"], call=line["call"], text=line["text"],
        chat=line["chat"], url=line["url"], region=line["region"], language=line["language"],
        verified_at=date.fromisoformat(line["verified_at"]), source=line["source"],
    )  # fmt: skip


def list_crisis_resources(
    own: Iterable[CrisisLine] = (), *, language: str = ENGLISH
) -> tuple[CrisisResource, ...]:
    """List the shipped resources, then a clinic's own.

    Whoever reads another language than English has the lines that answer in it first.
    """
    lines = (*shipped_crisis_resources(language), *map(parse_crisis_resource, own))
    if language == ENGLISH:
        return lines
    return tuple(sorted(lines, key=lambda line: spoken_language(line.language) != language))


def order_for_emergency(resources: Sequence[CrisisResource]) -> tuple[CrisisResource, ...]:
    """Sort who answers at 911, then at 988, before everything else; each in the order given."""
    place = {number: index for index, number in enumerate(FIRST_IN_EMERGENCY)}
    return tuple(sorted(resources, key=lambda one: place.get(one.call or "", len(place))))


def stale_crisis_resources(found: Iterable[CrisisResource], *, today: date) -> list[CrisisResource]:
    """List those that nobody has checked for too long."""
    return [resource for resource in found if resource.is_stale(today=today)]


@dataclass(frozen=True, slots=True)
class Support:
    """What helps now; ``staff_notified`` is true only where staff on duty were really called."""

    level: int
    message: str
    plan: PlanContent | None
    people: Sequence[PlanPerson]
    resources: Sequence[CrisisResource]
    not_monitored: str
    staff_notified: bool


def merge_findings(findings: Collection[Finding]) -> Finding:
    """Merge several findings: one level, and every rule that fired."""
    fired = {code: answer for finding in findings for code, answer in finding.fired.items()}
    return Finding(max(finding.level for finding in findings), fired)


def build_support(
    *,
    finding: Finding,
    plan: PlanContent | None,
    own_resources: Iterable[CrisisLine],
    not_monitored: Sentence,
    staff_notified: bool,
    language: str = ENGLISH,
) -> Support:
    """Make the block for what was found, in one language."""
    lines = list_crisis_resources(own_resources, language=language)
    is_emergency = finding.level == EMERGENCY
    return Support(
        level=finding.level,
        message=messages.support_message(
            level=finding.level, codes=finding.codes, has_plan=plan is not None, language=language
        ),
        plan=plan,
        people=people_in_plan(plan),
        resources=order_for_emergency(lines) if is_emergency else lines,
        not_monitored=not_monitored.spoken(language),
        staff_notified=staff_notified,
    )


def support_without_answer(
    own_resources: Iterable[CrisisLine] = (), *, language: str = ENGLISH
) -> Support:
    """Make the block for a patient whose request could not be answered, whatever it said.

    It asks no database, and claims nothing of what was sent.
    """
    return Support(
        level=NOTICE,
        message=messages.NO_ANSWER.spoken(language),
        plan=None,
        people=(),
        resources=list_crisis_resources(own_resources, language=language),
        not_monitored=messages.NOT_SAVED.spoken(language),
        staff_notified=False,
    )
