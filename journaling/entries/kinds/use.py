"""A return to use: thanked first, never judged (CLINICAL §2, §3)."""

from journaling import formatting
from journaling.entries.kinds.field_types import Amount, EntryField, Json, ShortText, Text, YesNo
from journaling.entries.kinds.kind import EntryKind, Values
from journaling.entries.kinds.safety_check import SAFETY_CHECK_FIELD
from journaling.entries.kinds.safety_check import safety_signals as checked


def safety_signals(values: Values) -> dict[str, Json]:
    """Return the safety answers and the substance."""
    return checked(values) | {"substance": values["substance"]}


def describe(values: Values) -> str:
    """Describe what was used and how much of it."""
    amount, unit = values["amount"], values["unit"]
    if amount is None:
        return f"use of {values['substance']}, amount not given"
    much = (
        formatting.format_amount(amount, unit)
        if unit
        else f"{formatting.format_number(amount)} (unit not given)"
    )
    return f"use of {values['substance']}, {much}"


KIND = EntryKind(
    name="use",
    title="Use",
    fields=(
        EntryField("substance", ShortText(60), required=True),
        EntryField("amount", Amount(100_000)),
        EntryField("unit", ShortText(30)),
        EntryField("alone", YesNo()),
        EntryField("before", Text(2_000), sealed=True),
        EntryField("after_effect", Text(2_000), sealed=True),
        EntryField("approximate", YesNo()),
        SAFETY_CHECK_FIELD,
    ),
    describe=describe,
    safety_signals=safety_signals,
    plural="uses",
)
