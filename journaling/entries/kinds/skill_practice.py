"""Practising a coping skill: facts, not a score (CLINICAL §2)."""

from collections.abc import Mapping

from backend.kit.errors import FieldError
from journaling.entries.kinds.field_types import EntryField, IntegerScale, Json, Text, YesNo
from journaling.entries.kinds.kind import DerivedValues, EntryKind, Values
from journaling.entries.kinds.vocabulary import AssignmentId, SkillSlug
from journaling.skills import catalogue

RATING_SCALE = IntegerScale(0, 10, "The rating that the skill names")


def diary_code(facts: Mapping[str, Json]) -> int | None:
    """Derive the diary card's code 0-7 from the facts, or None where they don't settle it.

    0 not thought about · 1 thought, didn't want to · 2 wanted to, not used · 3 tried, couldn't ·
    4 could, didn't help · 5 could, helped · 6 automatic, didn't help · 7 automatic, helped
    (CLINICAL §2). The code is never averaged.
    """
    if facts.get("automatic"):
        return _code_by_help(facts, helped=7, did_not=6)
    if facts.get("attempted"):
        if facts.get("able") is None:
            return None
        return _code_by_help(facts, helped=5, did_not=4) if facts["able"] else 3
    if facts.get("attempted") is None:
        return 0 if facts.get("considered") is False else None
    return _code_if_not_used(facts)


def _code_by_help(facts: Mapping[str, Json], *, helped: int, did_not: int) -> int | None:
    if facts.get("helped") is None:
        return None
    return helped if facts["helped"] else did_not


def _code_if_not_used(facts: Mapping[str, Json]) -> int | None:
    if facts.get("considered") is False:
        return 0
    if facts.get("wanted_to") is None:
        return None
    return 2 if facts["wanted_to"] else 1


def contradictions(facts: Mapping[str, Json]) -> list[FieldError]:
    """Find facts that can't both be true, so that no code is derived from nonsense."""
    faults = []
    not_used = facts.get("attempted") is False and not facts.get("automatic")
    if facts.get("automatic") and facts.get("able") is False:
        faults.append(FieldError("able", "contradicts", "What came by itself was possible."))
    if facts.get("helped") is not None and (facts.get("able") is False or not_used):
        faults.append(FieldError("helped", "contradicts", "Only a skill that was used can help."))
    if facts.get("able") and not_used:
        faults.append(FieldError("able", "contradicts", "The skill was not tried."))
    if facts.get("considered") is False and facts.get("attempted"):
        faults.append(FieldError("considered", "contradicts", "The skill was tried."))
    return faults


def is_skill_used(facts: Values) -> bool:
    """Whether a skill was used: tried and able, or come by itself (diary codes 4 to 7)."""
    return bool(facts["automatic"] or (facts["attempted"] and facts["able"] is not False))


def describe(facts: Values) -> str:
    """Describe the skill and what came of it."""
    return f"{catalogue.skill_name(facts['skill'])}, {_result_phrase(facts)}"


def _result_phrase(facts: Values) -> str:
    if is_skill_used(facts):
        helped = facts["helped"]
        if helped is None:
            return "practised, whether it helped was not answered"
        return "practised, helped" if helped else "practised, did not help"
    if facts["attempted"]:
        return "tried, could not"
    return "wanted but not used" if facts["wanted_to"] else "not used"


KIND = EntryKind(
    name="skill_practice",
    title="Skill practice",
    fields=(
        EntryField("skill", SkillSlug(), required=True),
        EntryField("considered", YesNo()),
        EntryField("wanted_to", YesNo()),
        EntryField("attempted", YesNo()),
        EntryField("able", YesNo()),
        EntryField("automatic", YesNo()),
        EntryField("helped", YesNo()),
        EntryField("rating_before", RATING_SCALE),
        EntryField("rating_after", RATING_SCALE),
        EntryField("minutes", IntegerScale(0, 1_440, "Minutes of practice")),
        EntryField("situation", Text(2_000), sealed=True),
        EntryField("planned", YesNo()),
        EntryField("assignment", AssignmentId()),
    ),
    check=contradictions,
    describe=describe,
    derived=DerivedValues(
        {"skills_code": {"type": ["integer", "null"], "minimum": 0, "maximum": 7}},
        lambda facts: {"skills_code": diary_code(facts)},
    ),
    plural="skill practices",
)
