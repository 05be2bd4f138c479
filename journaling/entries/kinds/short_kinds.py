"""Kinds of a few fields: mood, use, before a session, dose, meeting, note."""

from typing import Annotated, ClassVar
from uuid import UUID

from journaling import formatting
from journaling.entries.kinds.field_types import (
    Amount,
    Choice,
    IntegerScale,
    ListOf,
    Ratings,
    ShortText,
    Text,
    Uuid,
    YesNo,
)
from journaling.entries.kinds.model import (
    MAX_NOTE_LENGTH,
    SEALED,
    EntryValues,
    SafetyCheck,
    SafetySignals,
    entry_model,
)

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
ARRIVAL_URGES = ("use", "quit_treatment", "die")


@entry_model
class Mood(EntryValues):
    """A mood as HealthKit's State of Mind and HL7's Personal Health Records guide shape it."""

    kind: ClassVar = "mood"
    title: ClassVar = "Mood"

    valence: Annotated[int, IntegerScale(-3, 3, "Very unpleasant to very pleasant")]
    energy: Annotated[int | None, IntegerScale(-3, 3, "Very low to very high energy")] = None
    labels: Annotated[list[str] | None, ListOf(Choice(LABELS), most=len(LABELS))] = None
    associations: Annotated[
        list[str] | None, ListOf(Choice(ASSOCIATIONS), most=len(ASSOCIATIONS))
    ] = None
    #: Up to three in a moment (CLINICAL §2).
    emotions: Annotated[
        dict[str, int] | None, Ratings(EMOTIONS, IntegerScale(0, 5, "Strength"), most=3)
    ] = None

    def description(self) -> str:
        """Describe the valence on its scale of −3 to +3."""
        return f"mood {formatting.format_valence(self.valence)}"


@entry_model
class Use(EntryValues):
    """A return to use: thanked first, never judged (CLINICAL §2, §3)."""

    kind: ClassVar = "use"
    title: ClassVar = "Use"
    plural: ClassVar = "uses"

    substance: Annotated[str, ShortText(60)]
    amount: Annotated[float | None, Amount(100_000)] = None
    unit: Annotated[str | None, ShortText(30)] = None
    alone: Annotated[bool | None, YesNo()] = None
    before: Annotated[str | None, Text(2_000), SEALED] = None
    after_effect: Annotated[str | None, Text(2_000), SEALED] = None
    approximate: Annotated[bool | None, YesNo()] = None
    safety_check: SafetyCheck = None

    def description(self) -> str:
        """Describe what was used and how much of it."""
        if self.amount is None:
            return f"use of {self.substance}, amount not given"
        amount = (
            formatting.format_amount(self.amount, self.unit)
            if self.unit
            else f"{formatting.format_number(self.amount)} (unit not given)"
        )
        return f"use of {self.substance}, {amount}"

    def safety_signals(self) -> SafetySignals:
        """Return the safety answers and the substance."""
        return {**(self.safety_check or {}), "substance": self.substance}


@entry_model
class PreSession(EntryValues):
    """What a patient brings to the next session, asked shortly before it (CLINICAL §2)."""

    kind: ClassVar = "pre_session"
    title: ClassVar = "Before a session"
    plural: ClassVar = "entries before a session"

    agenda: Annotated[str | None, Text(280), SEALED] = None
    coming_in: Annotated[
        dict[str, int] | None,
        Ratings(ARRIVAL_URGES, IntegerScale(0, 5, "Urge"), most=len(ARRIVAL_URGES)),
    ] = None
    went_well: Annotated[str | None, Text(2_000), SEALED] = None
    session: Annotated[UUID | None, Uuid()] = None
    safety_check: SafetyCheck = None

    def description(self) -> str:
        """Describe the ratings on the way in."""
        ratings = self.coming_in or {}
        rated = [
            f"urge to {formatting.humanize(name)} {ratings[name]} of 5"
            for name in ARRIVAL_URGES
            if name in ratings
        ]
        return ", ".join(["before the session", *rated])

    def safety_signals(self) -> SafetySignals:
        """Return the safety answers and the rating of the wish to die."""
        ratings = self.coming_in or {}
        wish: SafetySignals = {"die_urge": ratings["die"]} if "die" in ratings else {}
        return {**(self.safety_check or {}), **wish}


@entry_model
class Dose(EntryValues):
    """A dose of a medicine or an agreed supplement: logged, never recommended (CLINICAL §7)."""

    kind: ClassVar = "dose"
    title: ClassVar = "Dose"

    name: Annotated[str, ShortText(120), SEALED]
    taken: Annotated[bool, YesNo()]
    reason: Annotated[str | None, Text(2_000), SEALED] = None

    def description(self) -> str:
        """Describe whether it was taken."""
        return f"{self.name} {'taken' if self.taken else 'skipped'}"


@entry_model
class Meeting(EntryValues):
    """A meeting of community support that the patient went to."""

    kind: ClassVar = "meeting"
    title: ClassVar = "Meeting"

    meeting_kind: Annotated[str, ShortText(60)]
    minutes: Annotated[int | None, IntegerScale(0, 1_440, "Minutes of the meeting")] = None

    def description(self) -> str:
        """Describe which kind of meeting it was."""
        return f"meeting ({formatting.humanize(self.meeting_kind)})"


@entry_model
class Note(EntryValues):
    """A note in the patient's own words."""

    kind: ClassVar = "note"
    title: ClassVar = "Note"

    note: Annotated[str, Text(MAX_NOTE_LENGTH), SEALED]
