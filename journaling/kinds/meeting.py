"""A meeting of community support that the patient went to."""

from journaling import wording
from journaling.kinds.fields import Field, Name, Scale
from journaling.kinds.kind import Kind, Values


def tell(values: Values) -> str:
    """Tell which kind of meeting it was."""
    return f"meeting ({wording.spoken(values['meeting_kind'])})"


KIND = Kind(
    name="meeting",
    title="Meeting",
    fields=(
        Field("meeting_kind", Name(60), required=True),
        Field("minutes", Scale(0, 1_440, "Minutes of the meeting")),
    ),
    tell=tell,
)
