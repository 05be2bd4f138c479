"""A craving: one episode of wanting to use, or to act on an urge (CLINICAL §2)."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from journaling.entries.kinds.field_types import Choice, IntegerScale, ListOf, ShortText, Text
from journaling.entries.kinds.model import (
    SEALED,
    EntryValues,
    SafetyCheck,
    SafetySignals,
    entry_model,
)
from journaling.entries.kinds.vocabulary import SkillSlug, Tag

#: Two axes (CLINICAL §2): the body's state, and the situation.
BODY_TRIGGERS = ("hungry", "angry", "lonely", "tired", "pain", "bored", "withdrawal")
SITUATION_TRIGGERS = (
    "conflict", "social_pressure", "celebration", "bad_feeling", "good_feeling", "testing_control",
    "cue_or_place", "money_or_payday", "time_off", "anniversary", "media",
)  # fmt: skip
TRIGGERS = BODY_TRIGGERS + SITUATION_TRIGGERS
OUTCOMES = ("used", "did_not_use", "used_less", "still_deciding", "prefer_not_to_say")
#: The outcomes that say the target was used.
USED_OUTCOMES = ("used", "used_less")
INTENSITY_SCALE = IntegerScale(0, 10, "Strength of the craving")


@entry_model
class Craving(EntryValues):
    """An episode, how strong it was and became, and what came of it."""

    kind: ClassVar = "craving"
    title: ClassVar = "Craving"

    intensity: Annotated[int, INTENSITY_SCALE]
    target: Annotated[str, ShortText(60)]
    triggers: Annotated[list[str] | None, ListOf(Tag("trigger", TRIGGERS), most=3)] = None
    place: Annotated[str | None, ShortText(120), SEALED] = None
    company: Annotated[str | None, ShortText(120), SEALED] = None
    thought: Annotated[str | None, Text(2_000), SEALED] = None
    skills: Annotated[list[str] | None, ListOf(SkillSlug(), most=10)] = None
    intensity_after: Annotated[int | None, INTENSITY_SCALE] = None
    #: After more than 60 minutes it is hardly the same episode: kept, and in no statistic.
    minutes_later: Annotated[
        int | None, IntegerScale(5, 1_440, "Minutes until the later rating")
    ] = None
    outcome: Annotated[str | None, Choice(OUTCOMES)] = None
    safety_check: SafetyCheck = None

    def description(self) -> str:
        """Describe how strong it was, and for what."""
        return f"craving {self.intensity} of 10 for {self.target}"

    def skills_used(self) -> Sequence[str]:
        """Return the skills that were used in it: that is practice too."""
        return self.skills or ()

    def safety_signals(self) -> SafetySignals:
        """Return the safety answers, and what was used if the craving was acted on."""
        used: SafetySignals = {"substance": self.target} if self.outcome in USED_OUTCOMES else {}
        return {**(self.safety_check or {}), **used}
