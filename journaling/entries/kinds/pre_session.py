"""What a patient brings to the next session, asked shortly before it (CLINICAL §2)."""

from journaling import formatting
from journaling.entries.kinds.field_types import EntryField, IntegerScale, Json, Ratings, Text, Uuid
from journaling.entries.kinds.kind import EntryKind, Values
from journaling.entries.kinds.safety_check import SAFETY_CHECK_FIELD
from journaling.entries.kinds.safety_check import safety_signals as checked

ARRIVAL_URGES = ("use", "quit_treatment", "die")


def safety_signals(values: Values) -> dict[str, Json]:
    """Return the safety answers and the rating of the wish to die."""
    coming_in = values.get("coming_in") or {}
    return checked(values) | ({"die_urge": coming_in["die"]} if "die" in coming_in else {})


def describe(values: Values) -> str:
    """Describe the ratings on the way in."""
    given = values.get("coming_in") or {}
    rated = [
        f"urge to {formatting.humanize(name)} {given[name]} of 5"
        for name in ARRIVAL_URGES
        if name in given
    ]
    return ", ".join(["before the session", *rated])


KIND = EntryKind(
    name="pre_session",
    title="Before a session",
    fields=(
        EntryField("agenda", Text(280), sealed=True),
        EntryField(
            "coming_in", Ratings(ARRIVAL_URGES, IntegerScale(0, 5, "Urge"), most=len(ARRIVAL_URGES))
        ),
        EntryField("went_well", Text(2_000), sealed=True),
        EntryField("session", Uuid()),
        SAFETY_CHECK_FIELD,
    ),
    describe=describe,
    safety_signals=safety_signals,
    plural="entries before a session",
)
