"""A mood, in the shape of HealthKit's State of Mind and HL7's Personal Health Records guide."""

from journaling import wording
from journaling.kinds.fields import Choice, Field, Many, Ratings, Scale
from journaling.kinds.kind import Kind, Values

LABELS = (
    "amazed", "amused", "angry", "annoyed", "anxious", "ashamed", "brave", "calm", "confident",
    "content", "disappointed", "discouraged", "disgusted", "drained", "embarrassed", "excited",
    "frustrated", "grateful", "guilty", "happy", "hopeful", "hopeless", "indifferent", "irritated",
    "jealous", "joyful", "lonely", "overwhelmed", "passionate", "peaceful", "proud", "relieved",
    "sad", "satisfied", "scared", "stressed", "surprised", "worried",
)  # fmt: skip
ASSOCIATIONS = (
    "community", "current_events", "dating", "education", "family", "fitness", "friends", "health",
    "hobbies", "identity", "money", "partner", "self_care", "spirituality", "tasks", "travel",
    "weather", "work",
)  # fmt: skip
EMOTIONS = ("anger", "fear", "joy", "sadness", "shame", "physical_misery", "emotional_misery")


def tell(values: Values) -> str:
    """Name the valence on its scale of −3 to +3."""
    return f"mood {wording.valence(values['valence'])}"


KIND = Kind(
    name="mood",
    title="Mood",
    fields=(
        Field("valence", Scale(-3, 3, "Very unpleasant to very pleasant"), required=True),
        Field("energy", Scale(-3, 3, "Very low to very high energy")),
        Field("labels", Many(Choice(LABELS), most=len(LABELS))),
        Field("associations", Many(Choice(ASSOCIATIONS), most=len(ASSOCIATIONS))),
        # Up to three in a moment (CLINICAL §2).
        Field("emotions", Ratings(EMOTIONS, Scale(0, 5, "Strength"), most=3)),
    ),
    tell=tell,
)
