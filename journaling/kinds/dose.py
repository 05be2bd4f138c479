"""A dose of a medicine or an agreed supplement: logged, never recommended (CLINICAL §7)."""

from journaling.kinds.fields import Field, Name, Text, YesNo
from journaling.kinds.kind import Kind, Values


def tell(values: Values) -> str:
    """Whether it was taken."""
    return f"{values['name']} {'taken' if values['taken'] else 'skipped'}"


KIND = Kind(
    name="dose",
    title="Dose",
    fields=(
        Field("name", Name(120), required=True, sealed=True),
        Field("taken", YesNo(), required=True),
        Field("reason", Text(2_000), sealed=True),
    ),
    tell=tell,
)
