"""What a phone did while it was offline, as it tells it: each operation is read on its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.kit.errors import FieldError, InvalidInput, fit_to_tell
from backend.kit.numbers import whole
from backend.kit.parsing import LARGEST_REV
from journaling.drafts import Draft, read_draft
from journaling.kinds import KINDS, SHIPPED
from journaling.kinds.fields import Field, Json, Refused, Text, YesNo, raise_if_any, read_fields
from journaling.kinds.identity import Uuid
from journaling.kinds.kind import COMMON
from journaling.kinds.vocabulary import Known
from journaling.provenance import UNKNOWN_CLOCK, Clock

#: SECURITY R35: as many operations go in one exchange.
MOST = 100


@dataclass(frozen=True, slots=True)
class Revision:
    """Which revision the phone last saw; a new entry has none."""

    def read(self, value: Json) -> int:
        """Take a whole number from 1."""
        rev = whole(value)
        if rev is None:
            raise Refused("not_a_whole_number", "Must be a whole number.")
        if not 1 <= rev <= LARGEST_REV:
            raise Refused("out_of_range", "Must be a rev that was answered.")
        return rev

    def schema(self) -> dict[str, Json]:
        """Describe the revision."""
        return {"type": "integer", "minimum": 1}


@dataclass(frozen=True, slots=True)
class Operations:
    """A list of operations; what stands in each is read one by one."""

    def read(self, value: Json) -> list[Json]:
        """Take a list that is not too long."""
        if not isinstance(value, list):
            raise Refused("not_a_list", "Must be a list of operations.")
        if len(value) > MOST:
            raise Refused("too_many", f"At most {MOST} operations in one request.")
        return value

    def schema(self) -> dict[str, Json]:
        """Describe the list."""
        return {"type": "array", "items": {}, "maxItems": MOST}


EXCHANGE = (Field("cursor", Text(200)), Field("ops", Operations()))
ENVELOPE = (Field("base_rev", Revision()), Field("deleted", YesNo()))
_ENVELOPE = frozenset(field.name for field in ENVELOPE)


@dataclass(frozen=True, slots=True)
class Operation:
    """What an entry shall say; without a draft it shall be deleted."""

    id: UUID
    kind: str | None
    base_rev: int | None
    draft: Draft | None


def read_exchange(sent: Mapping[str, Json]) -> tuple[str | None, list[Json]]:
    """Read the cursor and the operations, which are not looked into yet.

    :raises backend.kit.errors.InvalidInput: naming the field; there are too many operations, say.
    """
    values, faults = read_fields(EXCHANGE, sent)
    faults += [
        FieldError(fit_to_tell(name), "unknown_field", "There is no such field.")
        for name in sent
        if name not in {"cursor", "ops"}
    ]
    raise_if_any(faults)
    return values.get("cursor"), values.get("ops", [])


def read_operation(
    sent: Json,
    *,
    now: datetime,
    known: Known = SHIPPED,
    clock: Clock = UNKNOWN_CLOCK,
    starts_hour: int = 0,
) -> Operation:
    """Check one operation; ``now`` is when it was received, all others are as for a draft.

    :raises backend.kit.errors.InvalidInput: naming every field at fault.
    """
    if not isinstance(sent, dict):
        raise InvalidInput.of("", "not_an_object", "Must be a JSON object.")
    envelope, faults = read_fields(ENVELOPE, sent)
    if envelope.get("deleted"):
        return _deletion(sent, envelope.get("base_rev"), faults)
    said = {name: value for name, value in sent.items() if name not in _ENVELOPE}
    # A change keeps the time at which its entry was written down, however long ago that was.
    doubting = clock if envelope.get("base_rev") is None else UNKNOWN_CLOCK
    try:
        draft = read_draft(said, now=now, known=known, clock=doubting, starts_hour=starts_hour)
    except InvalidInput as refusal:
        raise InvalidInput([*faults, *refusal.errors]) from None
    raise_if_any(faults)
    return Operation(draft.id, draft.kind, envelope.get("base_rev"), draft)


def id_of(sent: Json) -> UUID | None:
    """Find the id of an operation that can't be taken, so that the phone knows which one."""
    try:
        return Uuid().read(sent.get("id") if isinstance(sent, dict) else None)
    except Refused:
        return None


def _deletion(sent: dict[str, Any], base_rev: int | None, faults: list[FieldError]) -> Operation:
    """Read a deletion; what the entry said may come along, and is not looked at."""
    values, found = read_fields(COMMON[:1], sent)
    kind = sent.get("kind")
    faults += found
    if kind is not None and not (isinstance(kind, str) and kind in KINDS):
        detail = "Must be one of: " + ", ".join(KINDS) + "."
        faults.append(FieldError("kind", "unknown_kind", detail))
        raise InvalidInput(faults)
    own = KINDS[kind].own_fields if kind is not None else ()
    known = {"kind", *_ENVELOPE, *(field.name for field in (*COMMON, *own))}
    faults += [
        FieldError(fit_to_tell(name), "unknown_field", "This kind of entry has no such field.")
        for name in sent
        if name not in known
    ]
    raise_if_any(faults)
    return Operation(values["id"], kind, base_rev, None)
