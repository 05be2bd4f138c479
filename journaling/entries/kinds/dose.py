"""A dose of a medicine or an agreed supplement: logged, never recommended (CLINICAL §7)."""

from journaling.entries.kinds.field_types import EntryField, ShortText, Text, YesNo
from journaling.entries.kinds.kind import EntryKind, Values


def describe(values: Values) -> str:
    """Whether it was taken."""
    return f"{values['name']} {'taken' if values['taken'] else 'skipped'}"


KIND = EntryKind(
    name="dose",
    title="Dose",
    fields=(
        EntryField("name", ShortText(120), required=True, sealed=True),
        EntryField("taken", YesNo(), required=True),
        EntryField("reason", Text(2_000), sealed=True),
    ),
    describe=describe,
)
