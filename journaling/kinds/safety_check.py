"""Questions of safety that an entry may carry, all answered by yes or no (CLINICAL §3)."""

from journaling.kinds.answers import YesNos
from journaling.kinds.fields import Field, Json
from journaling.kinds.kind import Values

QUESTIONS = ("safe_now", "intent", "plan", "overdose_signs", "seizure_signs")
SAFETY_CHECK = Field("safety_check", YesNos(QUESTIONS))


def signals(values: Values) -> dict[str, Json]:
    """Name the answers that were given."""
    return dict(values.get("safety_check") or {})
