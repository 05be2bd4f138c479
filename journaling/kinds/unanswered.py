"""Questions that were put and not answered: skipping is not refusing, and neither is silence.

A field that is missing was not asked. One that was asked and passed over is named in
``unanswered``, with how. A part of a field is named with a dot: ``urges.suicide``.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from backend.kit.errors import FieldError
from journaling.kinds.fields import Json, Refused, or_null

WAYS = ("skipped", "prefer_not_to_say")
#: More questions than any kind of entry asks.
MOST = 100
_NAME = re.compile(r"[a-z_]{1,40}(\.[^\x00-\x1f.\ud800-\udfff]{1,60})?")


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Names of questions, each with how it was passed over."""

    def read(self, value: Json) -> dict[str, str] | None:
        """Take an object of names and ways; an empty one says nothing."""
        if not isinstance(value, dict):
            raise Refused("not_an_object", "Must be an object of fields and how they were left.")
        if len(value) > MOST:
            raise Refused("too_many", f"At most {MOST}.")
        if not all(_NAME.fullmatch(name) for name in value):
            raise Refused("unknown_field", "Names must be fields of this kind of entry.")
        given = {name: value[name] for name in sorted(value) if value[name] is not None}
        if not all(isinstance(way, str) and way in WAYS for way in given.values()):
            raise Refused("unknown_choice", "Must be one of: " + ", ".join(WAYS) + ".")
        return given or None

    def schema(self) -> dict[str, Json]:
        """Describe the object."""
        return {
            "type": "object",
            "description": "Questions that were put and passed over; a missing field was not put.",
            "additionalProperties": or_null({"type": "string", "enum": list(WAYS)}),
            "maxProperties": MOST,
        }


def contradictions(values: Mapping[str, Json], *, askable: Collection[str]) -> list[FieldError]:
    """Find names that no optional field has, and fields that were answered all the same."""
    faults = []
    for name in values.get("unanswered") or ():
        head, _, part = name.partition(".")
        given = values.get(head)
        if head not in askable:
            detail = "This kind of entry has no such question."
            faults.append(FieldError(f"unanswered.{name}", "unknown_field", detail))
        elif given is not None and (not part or (isinstance(given, dict) and part in given)):
            detail = "It was answered in this entry."
            faults.append(FieldError(f"unanswered.{name}", "contradicts", detail))
    return faults
