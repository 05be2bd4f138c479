"""What a kind of entry is, and the fields that every kind shares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from backend.kit.errors import FieldError
from journaling.kinds.fields import Choice, Field, Json, Text, YesNo
from journaling.kinds.identity import Instant, Origin, Uuid, ZoneName

NOTE_LIMIT = 10_000
SHARES = ("care_team", "individual_therapist_only", "private")

COMMON = (
    Field("id", Uuid(), required=True),
    Field("occurred_at", Instant(), required=True),
    Field("recorded_at", Instant(), required=True),
    Field("time_zone", ZoneName(), required=True),
    Field("share", Choice(SHARES)),
    Field("discuss", YesNo()),
    Field("origin", Origin()),
)
NOTE = Field("note", Text(NOTE_LIMIT), sealed=True)


def _nothing_wrong(_values: Mapping[str, Json]) -> list[FieldError]:
    return []


@dataclass(frozen=True)
class Kind:
    """One kind of entry: its own fields, and a check across them."""

    name: str
    title: str
    fields: tuple[Field, ...]
    check: Callable[[Mapping[str, Json]], list[FieldError]] = _nothing_wrong

    @property
    def own_fields(self) -> tuple[Field, ...]:
        """List the kind's fields with the note that every kind may carry."""
        has_note = any(field.name == NOTE.name for field in self.fields)
        return self.fields if has_note else (*self.fields, NOTE)
