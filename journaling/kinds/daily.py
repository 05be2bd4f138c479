"""The diary card: one per local day, partial saves are valid (CLINICAL §2)."""

from journaling.kinds.answers import LocalDate, Urges
from journaling.kinds.fields import Amount, Field, Json, Ratings, Scale, Text, YesNo
from journaling.kinds.kind import Kind, Values
from journaling.kinds.mood import EMOTIONS
from journaling.kinds.safety_check import SAFETY_CHECK
from journaling.kinds.safety_check import signals as checked

URGES = ("suicide", "self_harm", "use", "quit_treatment")
MOST_PERSONAL = 4
SPHERES = ("mind", "body", "spirit", "environment")
#: What follows "urge" in a sentence; a target of the patient's own follows "urge for".
URGE_WORDS = {
    "suicide": "for suicide",
    "self_harm": "for self-harm",
    "use": "to use",
    "quit_treatment": "to quit treatment",
}


def signals(values: Values) -> dict[str, Json]:
    """Name the urges and acts that the rules of safety look at, and own targets acted on."""
    found = checked(values)
    urges = values.get("urges") or {}
    for name in ("suicide", "self_harm"):
        urge = urges.get(name, {})
        found |= {f"{name}_urge": urge["peak"]} if "peak" in urge else {}
        found |= {f"{name}_acted": urge["acted"]} if "acted" in urge else {}
    acted_on = [name for name in urges if name not in URGES and urges[name].get("acted")]
    return found | ({"acted_on": acted_on} if acted_on else {})


def tell(values: Values) -> str:
    """Tell the day's urges above zero."""
    felt = [
        f"urge {URGE_WORDS.get(name, f'for {name}')} {urge['peak']} of 5"
        for name, urge in (values.get("urges") or {}).items()
        if urge.get("peak")
    ]
    return ", ".join(["diary card", *felt])


KIND = Kind(
    name="daily",
    title="Diary card",
    fields=(
        Field("date", LocalDate()),
        Field("urges", Urges(URGES, MOST_PERSONAL)),
        Field("emotions", Ratings(EMOTIONS, Scale(0, 5, "Strength"), most=len(EMOTIONS))),
        Field("sleep_hours", Amount(24)),
        Field("sleep_quality", Scale(0, 4, "Quality of sleep")),
        Field("medication_taken", YesNo()),
        Field("supplements_taken", YesNo()),
        Field("meals", Scale(0, 20, "Meals of the day")),
        Field("movement_minutes", Scale(0, 1_440, "Minutes of movement")),
        Field("pleasant_event", Text(2_000), sealed=True),
        Field("pain", Scale(0, 10, "Worst pain of the day")),
        Field("balance", Ratings(SPHERES, Scale(0, 4, "Balance"), most=len(SPHERES))),
        Field("barrier", Text(2_000), sealed=True),
        SAFETY_CHECK,
    ),
    tell=tell,
    signals=signals,
    is_of_a_day=True,
)
