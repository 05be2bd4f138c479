"""A craving: one episode of wanting to use, or to act on an urge (CLINICAL §2)."""

from journaling.kinds.fields import Choice, Field, Json, Many, Name, Scale, Text
from journaling.kinds.kind import Kind, Values
from journaling.kinds.safety_check import SAFETY_CHECK
from journaling.kinds.safety_check import signals as checked
from journaling.kinds.vocabulary import SkillName, Tag

#: Two axes (CLINICAL §2): the body's state, and the situation.
BODY_TRIGGERS = ("hungry", "angry", "lonely", "tired", "pain", "bored", "withdrawal")
SITUATION_TRIGGERS = (
    "conflict", "social_pressure", "celebration", "bad_feeling", "good_feeling", "testing_control",
    "cue_or_place", "money_or_payday", "time_off", "anniversary", "media",
)  # fmt: skip
TRIGGERS = BODY_TRIGGERS + SITUATION_TRIGGERS
OUTCOMES = ("used", "did_not_use", "used_less", "still_deciding", "prefer_not_to_say")
#: The outcomes that say the target was used.
USED = ("used", "used_less")
INTENSITY = Scale(0, 10, "Strength of the craving")


def signals(values: Values) -> dict[str, Json]:
    """Name what was used, if it came to that, beside the questions of safety."""
    used = {"substance": values["target"]} if values.get("outcome") in USED else {}
    return checked(values) | used


def tell(values: Values) -> str:
    """Tell how strong it was, and for what."""
    return f"craving {values['intensity']} of 10 for {values['target']}"


KIND = Kind(
    name="craving",
    title="Craving",
    fields=(
        Field("intensity", INTENSITY, required=True),
        Field("target", Name(60), required=True),
        Field("triggers", Many(Tag("trigger", TRIGGERS), most=3)),
        Field("place", Name(120), sealed=True),
        Field("company", Name(120), sealed=True),
        Field("thought", Text(2_000), sealed=True),
        Field("skills", Many(SkillName(), most=10)),
        Field("intensity_after", INTENSITY),
        # After more than 60 minutes it is hardly the same episode: kept, and in no statistic.
        Field("minutes_later", Scale(5, 1_440, "Minutes until the later rating")),
        Field("outcome", Choice(OUTCOMES)),
        SAFETY_CHECK,
    ),
    tell=tell,
    signals=signals,
)
