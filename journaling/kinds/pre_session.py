"""What a patient brings to the next session, asked shortly before it (CLINICAL §2)."""

from journaling import wording
from journaling.kinds.fields import Field, Json, Ratings, Scale, Text
from journaling.kinds.identity import Uuid
from journaling.kinds.kind import Kind, Values
from journaling.kinds.safety_check import SAFETY_CHECK
from journaling.kinds.safety_check import signals as checked

COMING_IN = ("use", "quit_treatment", "die")


def signals(values: Values) -> dict[str, Json]:
    """Name the wish to die beside the questions of safety."""
    coming_in = values.get("coming_in") or {}
    return checked(values) | ({"die_urge": coming_in["die"]} if "die" in coming_in else {})


def tell(values: Values) -> str:
    """Tell the ratings on the way in."""
    given = values.get("coming_in") or {}
    rated = [
        f"urge to {wording.spoken(name)} {given[name]} of 5" for name in COMING_IN if name in given
    ]
    return ", ".join(["before the session", *rated])


KIND = Kind(
    name="pre_session",
    title="Before a session",
    fields=(
        Field("agenda", Text(280), sealed=True),
        Field("coming_in", Ratings(COMING_IN, Scale(0, 5, "Urge"), most=len(COMING_IN))),
        Field("went_well", Text(2_000), sealed=True),
        Field("session", Uuid()),
        SAFETY_CHECK,
    ),
    tell=tell,
    signals=signals,
    plural="entries before a session",
)
