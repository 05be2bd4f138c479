"""A craving: one episode of wanting to use, or to act on an urge (CLINICAL §2)."""

from journaling.entries.kinds.field_types import (
    Choice,
    EntryField,
    IntegerScale,
    Json,
    ListOf,
    ShortText,
    Text,
)
from journaling.entries.kinds.kind import EntryKind, Values
from journaling.entries.kinds.safety_check import SAFETY_CHECK_FIELD
from journaling.entries.kinds.safety_check import safety_signals as checked
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


def safety_signals(values: Values) -> dict[str, Json]:
    """Return the safety answers, and what was used if the craving was acted on."""
    used = {"substance": values["target"]} if values.get("outcome") in USED_OUTCOMES else {}
    return checked(values) | used


def describe(values: Values) -> str:
    """Describe how strong it was, and for what."""
    return f"craving {values['intensity']} of 10 for {values['target']}"


KIND = EntryKind(
    name="craving",
    title="Craving",
    fields=(
        EntryField("intensity", INTENSITY_SCALE, required=True),
        EntryField("target", ShortText(60), required=True),
        EntryField("triggers", ListOf(Tag("trigger", TRIGGERS), most=3)),
        EntryField("place", ShortText(120), sealed=True),
        EntryField("company", ShortText(120), sealed=True),
        EntryField("thought", Text(2_000), sealed=True),
        EntryField("skills", ListOf(SkillSlug(), most=10)),
        EntryField("intensity_after", INTENSITY_SCALE),
        # After more than 60 minutes it is hardly the same episode: kept, and in no statistic.
        EntryField("minutes_later", IntegerScale(5, 1_440, "Minutes until the later rating")),
        EntryField("outcome", Choice(OUTCOMES)),
        SAFETY_CHECK_FIELD,
    ),
    describe=describe,
    safety_signals=safety_signals,
)
