"""A return to use: thanked first, never judged (CLINICAL §2, §3)."""

from journaling import units, wording
from journaling.kinds.fields import Amount, Field, Json, Name, Text, YesNo
from journaling.kinds.kind import Kind, Values
from journaling.kinds.safety_check import SAFETY_CHECK
from journaling.kinds.safety_check import signals as checked


def signals(values: Values) -> dict[str, Json]:
    """Name the substance beside the questions of safety."""
    return checked(values) | {"substance": values["substance"]}


def tell(values: Values) -> str:
    """Tell what was used and how much of it."""
    amount, unit = values["amount"], values["unit"]
    if amount is None:
        return f"use of {values['substance']}, amount not given"
    much = units.amount(amount, unit) if unit else f"{wording.number(amount)} (unit not given)"
    return f"use of {values['substance']}, {much}"


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
        SAFETY_CHECK,
    ),
    tell=tell,
    signals=signals,
    plural="uses",
)
