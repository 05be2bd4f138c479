"""An entry as a value, not a row.

Its columns, its sealed text, its content for the history, and why it is news.

An entry that arrives, is marked, is shared or is changed later than the minute in which it occurred
is *news*: a session may lie in between, whose brief could not hold it. Sessions begin on whole
minutes, so what arrives within its own minute is never parted from its reader.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from operator import itemgetter
from typing import Any, Generic, Protocol, TypeAlias, TypeGuard
from uuid import UUID

import orjson
from typing_extensions import TypeVar

from backend.kit.crypto import PatientCipher
from backend.kit.strict_json import Json
from backend.kit.timezones import is_fixed_offset
from journaling.entries.kinds.model import EntryValues, light_dataclass
from journaling.entries.kinds.registry import KINDS

#: Columns as a database gives them.
Row: TypeAlias = tuple[Any, ...]
V = TypeVar("V", bound=EntryValues)
V_co = TypeVar("V_co", bound=EntryValues, default=EntryValues, covariant=True)


class Recall(StrEnum):
    """How long after the event an entry was recorded."""

    MOMENTARY = "momentary"
    SAME_DAY = "same_day"
    RECALLED = "recalled"


class News(StrEnum):
    """Why an entry is news.

    ``CHANGED`` is a change after somebody reviewed it, ``EDITED`` one of what nobody had reviewed.
    """

    ARRIVED = "arrived"
    MARKED = "marked"
    SHARED = "shared"
    CHANGED = "changed"
    EDITED = "edited"


class Timestamped(Protocol):
    """What has a time by the phone's clock, and one by ours."""

    @property
    def occurred_at(self) -> datetime:
        """When it happened, as the phone says."""

    @property
    def received_at(self) -> datetime:
        """When it arrived."""

    @property
    def clock_suspect(self) -> bool:
        """Whether the phone's clock can't be believed."""


def timeline_instant(event: Timestamped) -> datetime:
    """Return where something stands in lists and windows: by arrival if the clock is doubted.

    A clock that fell back to 2015 would put it outside of everything that anybody opens.
    """
    return event.received_at if event.clock_suspect else event.occurred_at


#: Where an entry's encrypted free text lies; part of what a ciphertext is bound to.
ENTRY_TEXT_COLUMN = "journaling.Entry.words"
#: Where an earlier version lies; part of what a ciphertext is bound to.
REVISION_COLUMN = "journaling.EntryRevision.before"
COMMON_COLUMNS = (
    "id", "kind", "occurred_at", "time_zone", "recorded_at", "received_at", "local_date", "recall",
    "clock_suspect", "is_countable", "origin", "share", "discuss", "unanswered", "news", "news_at",
    "changed_late", "reviewed_at", "reviewed_by", "acknowledged_at", "rev", "seq", "encrypted_text",
)  # fmt: skip
VALUE_COLUMNS = tuple(dict.fromkeys(name for kind in KINDS.values() for name in kind.column_names))
ENTRY_COLUMNS = COMMON_COLUMNS + VALUE_COLUMNS
_TEXT_INDEX = COMMON_COLUMNS.index("encrypted_text")
_COLUMN_INDEX = {name: index for index, name in enumerate(ENTRY_COLUMNS)}


def _value_getter(
    kind: type[EntryValues],
) -> tuple[tuple[str, ...], Callable[[Row], Row]]:
    names = kind.column_names
    if len(names) > 1:
        return names, itemgetter(*map(_COLUMN_INDEX.__getitem__, names))
    return names, lambda row: tuple(row[_COLUMN_INDEX[name]] for name in names)


_VALUE_GETTERS = {name: _value_getter(kind) for name, kind in KINDS.items()}
_NO_TEXTS = {name: dict.fromkeys(kind.sealed_names) for name, kind in KINDS.items()}


@light_dataclass
class EntryValue(Generic[V_co]):
    """One entry as it stands. ``values`` are the answers of its kind; None means missing.

    The fields stand in the order of ``COMMON_COLUMNS``.

    An entry that ``is_countable`` may be in a statistic: it was not recalled by more than 48 hours,
    nor ``changed_late``. ``news`` and ``news_at`` say why and since when it is news (``News``).
    """

    id: UUID
    kind: str
    occurred_at: datetime
    time_zone: str
    recorded_at: datetime
    received_at: datetime
    local_date: date
    recall: str
    clock_suspect: bool
    is_countable: bool
    origin: str
    share: str
    discuss: bool
    unanswered: Mapping[str, str] | None
    news: str | None
    news_at: datetime | None
    changed_late: bool
    reviewed_at: datetime | None
    reviewed_by: UUID | None
    acknowledged_at: datetime | None
    rev: int
    seq: int
    values: V_co

    @property
    def zone_suspect(self) -> bool:
        """Whether the phone named no place, only an offset: clock changes are not known."""
        return is_fixed_offset(self.time_zone)

    @property
    def timeline_at(self) -> datetime:
        """Return where it stands in every list."""
        return timeline_instant(self)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a deleted entry, so that every phone learns of it."""

    id: UUID
    kind: str
    rev: int
    seq: int


def entry_from_row(row: Row, cipher: PatientCipher) -> EntryValue:
    """Build the entry from its columns, in the order of ``ENTRY_COLUMNS``, opening its free text.

    :raises backend.kit.crypto.DecryptionFailed: when the text was changed or moved; never garbage.
    """
    kind, sealed = row[1], row[_TEXT_INDEX]
    names, pick = _VALUE_GETTERS[kind]
    values: dict[str, object] = dict(zip(names, pick(row), strict=True))
    values.update(_NO_TEXTS[kind])
    if sealed is not None:
        values.update(open_entry_text(sealed, entry_id=row[0], cipher=cipher))
    build: Callable[..., EntryValues] = KINDS[kind]
    return EntryValue(*(*row[:_TEXT_INDEX], build(**values).arranged()))


def entries_of_kind(entries: Iterable[EntryValue], kind: type[V]) -> list[EntryValue[V]]:
    """List the entries of one kind, in the order given."""
    return [entry for entry in entries if is_of_kind(entry, kind)]


def is_of_kind(entry: EntryValue, kind: type[V]) -> TypeGuard[EntryValue[V]]:
    """Whether an entry is of the kind."""
    return isinstance(entry.values, kind)


def seal_entry_text(values: EntryValues, *, entry_id: UUID, cipher: PatientCipher) -> bytes | None:
    """Encrypt the free text of an entry as one value; nothing to say stays null."""
    texts = values.texts()
    if not texts:
        return None
    return cipher.seal(orjson.dumps(texts), column=ENTRY_TEXT_COLUMN, row=entry_id)


def open_entry_text(sealed: bytes, *, entry_id: UUID, cipher: PatientCipher) -> dict[str, str]:
    """Decrypt the free text of an entry."""
    opened: dict[str, str] = orjson.loads(
        cipher.open(sealed, column=ENTRY_TEXT_COLUMN, row=entry_id)
    )
    return opened


def entry_content(entry: EntryValue) -> dict[str, Json]:
    """List what the patient said, as a phone would send it; missing answers are left out."""
    content = {
        "id": entry.id,
        "kind": entry.kind,
        "occurred_at": entry.occurred_at,
        "recorded_at": entry.recorded_at,
        "time_zone": entry.time_zone,
        "share": entry.share,
        "discuss": entry.discuss,
        "origin": entry.origin,
        "unanswered": entry.unanswered,
        **entry.values.by_name(),
    }
    plain: dict[str, Json] = orjson.loads(orjson.dumps(content))
    return {name: value for name, value in plain.items() if value is not None}


def seal_revision(
    before: Mapping[str, Json], *, entry_id: UUID, rev: int, cipher: PatientCipher
) -> bytes:
    """Encrypt what stands there before the change that makes revision ``rev``."""
    return cipher.seal(
        orjson.dumps(before), column=REVISION_COLUMN, row=_revision_name(entry_id, rev)
    )


def open_revision(
    sealed: bytes, *, entry_id: UUID, rev: int, cipher: PatientCipher
) -> dict[str, Json]:
    """Decrypt what stood there before the change that made revision ``rev``.

    :raises backend.kit.crypto.DecryptionFailed: when it was changed or moved; never garbage.
    """
    opened: dict[str, Json] = orjson.loads(
        cipher.open(sealed, column=REVISION_COLUMN, row=_revision_name(entry_id, rev))
    )
    return opened


def _revision_name(entry_id: UUID, rev: int) -> str:
    return f"{entry_id}:{rev}"


def news_of_arrival(
    *, occurred_at: datetime, received_at: datetime
) -> tuple[str | None, datetime | None]:
    """Return the news of an arrival, or nothing if it arrived in the minute it occurred in."""
    if _minute(occurred_at) == _minute(received_at):
        return None, None
    return News.ARRIVED.value, received_at


def _minute(at: datetime) -> int:
    return int(at.timestamp() // 60)
