"""What helps now, as the answer to a save and to a refusal has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self

from api.http.fields import OneOf
from journaling.safety.rules import EMERGENCY
from journaling.safety.safety_plan import PlanContent, PlanPerson
from journaling.safety.support import CrisisResource, Support


@dataclass(frozen=True, slots=True)
class ResourceOut:
    """One way to reach somebody at any hour."""

    name: str
    call: str | None
    text: str | None
    chat: str | None
    url: str | None
    region: str
    language: str
    verified_at: date
    source: str

    @classmethod
    def of(cls, resource: CrisisResource) -> Self:
        """Show a resource without our own name of it."""
        return cls(
            name=resource.name, call=resource.call, text=resource.text, chat=resource.chat,
            url=resource.url, region=resource.region, language=resource.language,
            verified_at=resource.verified_at, source=resource.source,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PersonOut:
    """Somebody whom the patient wants to ask for help."""

    name: str
    contact: str | None

    @classmethod
    def of(cls, person: PlanPerson) -> Self:
        """Show a person of the plan."""
        return cls(name=person["name"], contact=person["contact"])


@dataclass(frozen=True, slots=True)
class PlanWordsOut:
    """The patient's own safety plan, in order and in their own words."""

    warning_signs: Sequence[str]
    what_i_do: Sequence[str]
    distractions: Sequence[str]
    people_i_ask: Sequence[PersonOut]
    professionals: Sequence[PersonOut]
    safer_surroundings: Sequence[str]

    @classmethod
    def of_plan(cls, plan: PlanContent) -> "PlanWordsOut":
        """Show the words of a plan."""
        return PlanWordsOut(
            warning_signs=plan["warning_signs"],
            what_i_do=plan["what_i_do"],
            distractions=plan["distractions"],
            people_i_ask=list(map(PersonOut.of, plan["people_i_ask"])),
            professionals=list(map(PersonOut.of, plan["professionals"])),
            safer_surroundings=plan["safer_surroundings"],
        )


@dataclass(frozen=True)
class SupportOut:
    """What helps now: at levels 1 and 2 the own plan first, at level 3 911 and 988 first.

    ``staff_notified`` is true only when staff on duty were called; ``not_monitored`` says so in
    words, and is to be shown.
    """

    level: Annotated[int, OneOf([1, 2, 3])]
    message: str
    plan: PlanWordsOut | None
    people: Sequence[PersonOut]
    resources: Sequence[ResourceOut]
    not_monitored: str
    staff_notified: bool

    def __post_init__(self) -> None:
        """Put the lines before the plan in an emergency: ``orjson`` writes ``__dict__``."""
        if self.level == EMERGENCY:
            for name in ("plan", "people", "not_monitored", "staff_notified"):
                self.__dict__[name] = self.__dict__.pop(name)

    @classmethod
    def of(cls, support: Support) -> Self:
        """Show what was found to help."""
        return cls(
            level=support.level,
            message=support.message,
            plan=None if support.plan is None else PlanWordsOut.of_plan(support.plan),
            people=list(map(PersonOut.of, support.people)),
            resources=list(map(ResourceOut.of, support.resources)),
            not_monitored=support.not_monitored,
            staff_notified=support.staff_notified,
        )
