"""A mood, in the shape of HealthKit's State of Mind and HL7's Personal Health Records guide."""

from journaling import formatting
from journaling.entries.kinds.field_types import Choice, EntryField, IntegerScale, ListOf, Ratings
from journaling.entries.kinds.kind import EntryKind, Values

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


def describe(values: Values) -> str:
    """Describe the valence on its scale of −3 to +3."""
    return f"mood {formatting.format_valence(values['valence'])}"


KIND = EntryKind(
    name="mood",
    title="Mood",
    fields=(
        EntryField(
            "valence", IntegerScale(-3, 3, "Very unpleasant to very pleasant"), required=True
        ),
        EntryField("energy", IntegerScale(-3, 3, "Very low to very high energy")),
        EntryField("labels", ListOf(Choice(LABELS), most=len(LABELS))),
        EntryField("associations", ListOf(Choice(ASSOCIATIONS), most=len(ASSOCIATIONS))),
        # Up to three in a moment (CLINICAL §2).
        EntryField("emotions", Ratings(EMOTIONS, IntegerScale(0, 5, "Strength"), most=3)),
    ),
    describe=describe,
)
