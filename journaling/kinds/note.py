"""A note in the patient's own words."""

from journaling.kinds.fields import Field, Text
from journaling.kinds.kind import NOTE_LIMIT, Kind

KIND = Kind(
    name="note",
    title="Note",
    fields=(Field("note", Text(NOTE_LIMIT), required=True, sealed=True),),
)
