"""Questions of safety that an entry may carry, all answered by yes or no (CLINICAL §3)."""

from dataclasses import dataclass

from journaling.entries.kinds.field_types import (
    EntryField,
    InvalidValue,
    Json,
    YesNo,
    read_valid_parts,
)
from journaling.entries.kinds.kind import Values

SAFETY_QUESTIONS = ("safe_now", "intent", "plan", "overdose_signs", "seizure_signs")


@dataclass(frozen=True, slots=True)
class YesNoAnswers:
    """Named questions, each answered by yes or no; a name left out was not answered."""

    names: tuple[str, ...]

    def read(self, value: Json) -> dict[str, bool] | None:
        """Read an object of known names; null means not answered."""
        if not isinstance(value, dict):
            raise InvalidValue("not_an_object", "Must be an object of names and yes or no.")
        if not set(value) <= set(self.names):
            raise InvalidValue("unknown_choice", "Names must be of: " + ", ".join(self.names) + ".")
        given = {name: value[name] for name in self.names if value.get(name) is not None}
        return {name: YesNo().read(answer) for name, answer in given.items()} or None

    def read_partly(self, value: Json) -> dict[str, bool]:
        """Read the known questions that were answered by yes or no, and leave out the others."""
        return read_valid_parts(YesNo(), value, self.names)

    def schema(self) -> dict[str, Json]:
        """Describe the questions."""
        return {
            "type": "object",
            "properties": {name: {"type": ["boolean", "null"]} for name in self.names},
            "additionalProperties": False,
        }


SAFETY_CHECK_FIELD = EntryField("safety_check", YesNoAnswers(SAFETY_QUESTIONS))


def safety_signals(values: Values) -> dict[str, Json]:
    """Return the answers that were given."""
    return dict(values.get("safety_check") or {})
