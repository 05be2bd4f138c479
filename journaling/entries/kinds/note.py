"""A note in the patient's own words."""

from journaling.entries.kinds.field_types import EntryField, Text
from journaling.entries.kinds.kind import MAX_NOTE_LENGTH, EntryKind

KIND = EntryKind(
    name="note",
    title="Note",
    fields=(EntryField("note", Text(MAX_NOTE_LENGTH), required=True, sealed=True),),
)
