"""A return to use: thanked first, never judged (CLINICAL §2, §3)."""

from journaling.kinds.fields import Amount, Field, Name, Text, YesNo
from journaling.kinds.kind import Kind

KIND = Kind(
    name="use",
    title="Use",
    fields=(
        Field("substance", Name(60), required=True),
        Field("amount", Amount(100_000)),
        Field("unit", Name(30)),
        Field("alone", YesNo()),
        Field("before", Text(2_000), sealed=True),
        Field("after_effect", Text(2_000), sealed=True),
        Field("approximate", YesNo()),
    ),
)
