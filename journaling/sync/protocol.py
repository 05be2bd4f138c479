"""The wire format of a sync: a phone's operations, each read on its own, and its sealed cursor."""

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from backend.kit.errors import FieldError, InvalidInput, safe_field_name
from backend.kit.parsing import LARGEST_REV, parse_integer
from backend.kit.strict_json import Json
from care.access.chart import Chart
from journaling.entries.kinds.field_types import (
    InvalidValue,
    JsonSchema,
    Uuid,
    YesNo,
    read_or_none,
)
from journaling.entries.kinds.header import EntryHeader, accepted_names
from journaling.entries.kinds.model import EntryModel, entry_model, raise_faults, read_fields
from journaling.entries.kinds.registry import KINDS, SHIPPED_VOCABULARY
from journaling.entries.kinds.vocabulary import Vocabulary
from journaling.entries.validate import (
    UNKNOWN_DEVICE_CLOCK,
    DeviceClock,
    ValidEntry,
    validate_entry,
)

#: SECURITY R35: as many operations go in one exchange.
MAX_OPERATIONS = 100
#: Longer than any cursor of ours.
MAX_CURSOR_LENGTH = 200
_LAYOUT = struct.Struct(">QQ")
_SEAL_LENGTH = 12


class CursorGone(Exception):
    """The phone may have missed something for ever; it starts again from nothing."""


@dataclass(frozen=True, slots=True)
class RevisionNumber:
    """Which revision the phone last saw; a new entry has none."""

    def read(self, value: Json) -> int:
        """Read a whole number from 1."""
        rev = parse_integer(value)
        if rev is None:
            raise InvalidValue("not_a_whole_number", "Must be a whole number.")
        if not 1 <= rev <= LARGEST_REV:
            raise InvalidValue("out_of_range", "Must be a rev that was answered.")
        return rev

    def schema(self) -> JsonSchema:
        """Describe the revision."""
        return {"type": "integer", "minimum": 1}


@entry_model
class OperationEnvelope(EntryModel):
    """What stands around the entry of an operation."""

    base_rev: Annotated[int | None, RevisionNumber()] = None
    deleted: Annotated[bool | None, YesNo()] = None


@dataclass(frozen=True, slots=True)
class Operation:
    """What an entry shall say; without a draft it shall be deleted."""

    id: UUID
    kind: str | None
    base_rev: int | None
    draft: ValidEntry | None


def read_operation(
    sent: Json,
    *,
    now: datetime,
    vocabulary: Vocabulary = SHIPPED_VOCABULARY,
    clock: DeviceClock = UNKNOWN_DEVICE_CLOCK,
    starts_hour: int = 0,
) -> Operation:
    """Check one operation; ``now`` is when it was received, all others are as for a draft.

    :raises backend.kit.errors.InvalidInput: naming every field at fault.
    """
    if not isinstance(sent, dict):
        raise InvalidInput.of("", "not_an_object", "Must be a JSON object.")
    values, faults = read_fields(OperationEnvelope.fields, sent)
    envelope = OperationEnvelope.from_values(values)
    if envelope.deleted:
        return _read_deletion(sent, envelope.base_rev, faults)
    entry = {name: value for name, value in sent.items() if name not in OperationEnvelope.names}
    # A change keeps the time at which its entry was written down, however long ago that was.
    doubting = clock if envelope.base_rev is None else UNKNOWN_DEVICE_CLOCK
    try:
        draft = validate_entry(
            entry, now=now, vocabulary=vocabulary, clock=doubting, starts_hour=starts_hour
        )
    except InvalidInput as refusal:
        raise InvalidInput([*faults, *refusal.errors]) from None
    raise_faults(faults)
    return Operation(draft.id, draft.kind, envelope.base_rev, draft)


def operation_id(sent: Json) -> UUID | None:
    """Find the id of an operation that can't be taken, so that the phone knows which one."""
    return read_or_none(Uuid(), sent.get("id") if isinstance(sent, dict) else None)


def _read_deletion(
    sent: dict[str, Json], base_rev: int | None, faults: list[FieldError]
) -> Operation:
    """Read a deletion; what the entry said may come along, and is not looked at."""
    deleted_id, kind = operation_id(sent), sent.get("kind")
    _, id_faults = read_fields(EntryHeader.fields[:1], sent)
    faults += id_faults
    if kind is not None and not (isinstance(kind, str) and kind in KINDS):
        detail = "Must be one of: " + ", ".join(KINDS) + "."
        faults.append(FieldError("kind", "unknown_kind", detail))
        raise InvalidInput(faults)
    accepted = accepted_names(KINDS[kind].names if kind is not None else ())
    faults += [
        FieldError(safe_field_name(name), "unknown_field", "This kind of entry has no such field.")
        for name in sent
        if name not in accepted and name not in OperationEnvelope.names
    ]
    if faults or deleted_id is None:
        raise InvalidInput(faults)
    return Operation(deleted_id, kind, base_rev, None)


@dataclass(frozen=True, slots=True)
class SyncCursor:
    """Everything up to number ``seq`` was read.

    ``floor`` is how far tombstones were purged when the phone began from nothing: a full read that
    takes several pages is not sent back to its start by its own first page.
    """

    seq: int
    floor: int

    def is_gone(self, *, last_seq: int, purged_seq: int) -> bool:
        """Whether the phone may have missed something for ever.

        Either tombstones that it did not see were purged, or the journal ends before where the
        phone has been: it was restored from a backup.
        """
        missed = self.seq < purged_seq and self.floor < purged_seq
        return missed or self.seq > last_seq

    def sealed(self, chart: Chart) -> str:
        """Write it for the phone to keep."""
        raw = _LAYOUT.pack(self.seq, self.floor)
        return base64.urlsafe_b64encode(raw + _seal(chart, raw)).decode()


def read_cursor(text: str, *, chart: Chart) -> SyncCursor:
    """Read what was handed out to this patient's phones.

    :raises backend.kit.errors.InvalidInput: for anything else, another patient's cursor as well.
    """
    try:
        raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        plain, seal = raw[: _LAYOUT.size], raw[_LAYOUT.size :]
        if len(raw) != _LAYOUT.size + _SEAL_LENGTH or not hmac.compare_digest(
            seal, _seal(chart, plain)
        ):
            raise ValueError
        return SyncCursor(*_LAYOUT.unpack(plain))
    except (ValueError, binascii.Error):
        raise InvalidInput.of("cursor", "invalid_cursor", "Not a cursor of ours.") from None


def _seal(chart: Chart, raw: bytes) -> bytes:
    return chart.cipher.digest(b"cursor|" + raw)[:_SEAL_LENGTH]


def starting_cursor(cursor: SyncCursor | None, head: tuple[int, int]) -> SyncCursor:
    """Find from where to read.

    :raises CursorGone: when something between there and now was purged.
    """
    last_seq, purged_seq = head
    if cursor is None:
        return SyncCursor(0, purged_seq)
    if cursor.is_gone(last_seq=last_seq, purged_seq=purged_seq):
        raise CursorGone
    return cursor
