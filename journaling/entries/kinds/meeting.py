"""A meeting of community support that the patient went to."""

from journaling import formatting
from journaling.entries.kinds.field_types import EntryField, IntegerScale, ShortText
from journaling.entries.kinds.kind import EntryKind, Values


def describe(values: Values) -> str:
    """Describe which kind of meeting it was."""
    return f"meeting ({formatting.humanize(values['meeting_kind'])})"


KIND = EntryKind(
    name="meeting",
    title="Meeting",
    fields=(
        EntryField("meeting_kind", ShortText(60), required=True),
        EntryField("minutes", IntegerScale(0, 1_440, "Minutes of the meeting")),
    ),
    describe=describe,
)
