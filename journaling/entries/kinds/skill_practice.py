"""Practising a coping skill: facts, not a score (CLINICAL §2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar
from uuid import UUID

from backend.kit.errors import FieldError
from journaling.entries.kinds.field_types import IntegerScale, Text, YesNo
from journaling.entries.kinds.model import SEALED, DerivedValues, EntryValues, entry_model
from journaling.entries.kinds.vocabulary import AssignmentId, SkillSlug
from journaling.skills import catalogue

RATING_SCALE = IntegerScale(0, 10, "The rating that the skill names")
YesNoAnswer = Annotated[bool | None, YesNo()]


@dataclass(frozen=True, slots=True)
class PracticeCode(DerivedValues):
    """The diary card's code of a practice, or None where the facts don't settle it."""

    skills_code: Annotated[
        int | None, {"type": ["integer", "null"], "minimum": 0, "maximum": 7}
    ] = None


@entry_model
class SkillPractice(EntryValues):
    """One skill, and the facts of what came of it."""

    kind: ClassVar = "skill_practice"
    title: ClassVar = "Skill practice"
    plural: ClassVar = "skill practices"
    derived_type: ClassVar = PracticeCode

    skill: Annotated[str, SkillSlug()]
    considered: YesNoAnswer = None
    wanted_to: YesNoAnswer = None
    attempted: YesNoAnswer = None
    able: YesNoAnswer = None
    automatic: YesNoAnswer = None
    helped: YesNoAnswer = None
    rating_before: Annotated[int | None, RATING_SCALE] = None
    rating_after: Annotated[int | None, RATING_SCALE] = None
    minutes: Annotated[int | None, IntegerScale(0, 1_440, "Minutes of practice")] = None
    situation: Annotated[str | None, Text(2_000), SEALED] = None
    planned: YesNoAnswer = None
    assignment: Annotated[UUID | None, AssignmentId()] = None

    @property
    def is_skill_used(self) -> bool:
        """Whether it was used: tried and able, or come by itself (diary codes 4 to 7)."""
        return bool(self.automatic or (self.attempted and self.able is not False))

    def contradictions(self, unanswered: Mapping[str, str]) -> list[FieldError]:
        """Find facts that can't both be true, so that no code is derived from nonsense."""
        faults = []
        not_used = self.attempted is False and not self.automatic
        if self.automatic and self.able is False:
            detail = "What came by itself was possible."
            faults.append(FieldError("able", "contradicts", detail))
        if self.helped is not None and (self.able is False or not_used):
            detail = "Only a skill that was used can help."
            faults.append(FieldError("helped", "contradicts", detail))
        if self.able and not_used:
            faults.append(FieldError("able", "contradicts", "The skill was not tried."))
        if self.considered is False and self.attempted:
            faults.append(FieldError("considered", "contradicts", "The skill was tried."))
        return faults

    def description(self) -> str:
        """Describe the skill and what came of it."""
        return f"{catalogue.skill_name(self.skill)}, {self._result_phrase()}"

    def skills_used(self) -> Sequence[str]:
        """Return the skill, if it was used."""
        return (self.skill,) if self.is_skill_used else ()

    def derived(self) -> PracticeCode:
        """Derive the code of the diary card."""
        return PracticeCode(diary_code(self))

    def _result_phrase(self) -> str:
        if self.is_skill_used:
            if self.helped is None:
                return "practised, whether it helped was not answered"
            return "practised, helped" if self.helped else "practised, did not help"
        if self.attempted:
            return "tried, could not"
        return "wanted but not used" if self.wanted_to else "not used"


def diary_code(practice: SkillPractice) -> int | None:
    """Derive the diary card's code 0-7 from the facts, or None where they don't settle it.

    0 not thought about · 1 thought, didn't want to · 2 wanted to, not used · 3 tried, couldn't ·
    4 could, didn't help · 5 could, helped · 6 automatic, didn't help · 7 automatic, helped
    (CLINICAL §2). The code is never averaged.
    """
    if practice.automatic:
        return _code_by_help(practice, helped=7, did_not=6)
    if practice.attempted:
        if practice.able is None:
            return None
        return _code_by_help(practice, helped=5, did_not=4) if practice.able else 3
    if practice.attempted is None:
        return 0 if practice.considered is False else None
    return _code_if_not_used(practice)


def _code_by_help(practice: SkillPractice, *, helped: int, did_not: int) -> int | None:
    if practice.helped is None:
        return None
    return helped if practice.helped else did_not


def _code_if_not_used(practice: SkillPractice) -> int | None:
    if practice.considered is False:
        return 0
    if practice.wanted_to is None:
        return None
    return 2 if practice.wanted_to else 1
