"""What a clinic may add: rules made stricter, and lines of its own. Checked before it is stored."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

from backend.kit.errors import FieldError, InvalidInput
from care.models.oncall import CrisisLine
from journaling.safety.rules import loosening_codes

_RESOURCE_FIELDS = (
    "name",
    "call",
    "text",
    "chat",
    "url",
    "region",
    "language",
    "verified_at",
    "source",
)
_REQUIRED_FIELDS = ("name", "region", "language", "verified_at", "source")
MAX_TEXT_LENGTH = 200
MAX_OWN_RESOURCES = 20


def validate_tightened_rules(sent: object) -> dict[str, dict[str, int]]:
    """Check ``{code: {at_least?, level?}}``: each makes its rule fire earlier or count for more.

    :raises backend.kit.errors.InvalidInput: naming every code that would loosen a rule.
    """
    if not isinstance(sent, Mapping):
        raise InvalidInput.of("tightened", "not_an_object", "Must be an object of rules.")
    faults = [
        FieldError(f"tightened.{code}", "not_tighter", "Must make one of our rules stricter.")
        for code in loosening_codes(sent)
    ]
    if faults:
        raise InvalidInput(faults)
    return {code: dict(wish) for code, wish in sent.items()}


def validate_own_resources(sent: object) -> list[CrisisLine]:
    """Check a clinic's own lines; each says where it holds, who says so, and when it was checked.

    :raises backend.kit.errors.InvalidInput: naming every line at fault.
    """
    if not isinstance(sent, Sequence) or isinstance(sent, str) or len(sent) > MAX_OWN_RESOURCES:
        detail = f"Must be a list of at most {MAX_OWN_RESOURCES} lines."
        raise InvalidInput.of("resources", "not_a_list", detail)
    faults = [
        FieldError(f"resources.{place}", code, detail)
        for place, row in enumerate(sent)
        for code, detail in _faults(row)
    ]
    if faults:
        raise InvalidInput(faults)
    lines = [
        dict.fromkeys(_RESOURCE_FIELDS) | dict(row) | {"key": f"clinic-{place}"}
        for place, row in enumerate(sent)
    ]
    return cast("list[CrisisLine]", lines)  # each has every field, of its type: no fault was found


def _faults(row: object) -> list[tuple[str, str]]:
    if not isinstance(row, Mapping) or not set(row) <= set(_RESOURCE_FIELDS):
        return [("unknown_field", "Must be an object of: " + ", ".join(_RESOURCE_FIELDS) + ".")]
    faults = []
    if not all(_is_text(value) for value in row.values() if value is not None):
        faults.append(("not_text", f"Must be text of at most {MAX_TEXT_LENGTH} characters."))
    if any(not row.get(name) for name in _REQUIRED_FIELDS):
        faults.append(("required", "Needs " + ", ".join(_REQUIRED_FIELDS) + "."))
    if not any(row.get(name) for name in ("call", "text", "chat")):
        faults.append(("no_way", "Needs call, text or chat: a way to reach somebody."))
    if not _is_day(row.get("verified_at")):
        faults.append(("not_a_date", "verified_at must be the day of the last check, YYYY-MM-DD."))
    return faults


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT_LENGTH


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value) is not None
    except ValueError:
        return False
