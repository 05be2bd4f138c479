"""An entry as the rest of the house sees it: values, not rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson

from backend.kit.cipher import PatientCipher
from backend.kit.zones import is_fixed
from journaling import provenance
from journaling.kinds import KINDS
from journaling.kinds.kind import Kind

#: Where an entry's encrypted free text lies; part of what a ciphertext is bound to.
WORDS_COLUMN = "journaling.Entry.words"

COMMON_COLUMNS = (
    "id", "kind", "occurred_at", "time_zone", "recorded_at", "received_at", "local_date", "recall",
    "clock_suspect", "counts", "origin", "share", "discuss", "unanswered", "news", "news_at",
    "changed_late", "reviewed_at", "reviewed_by", "acknowledged_at", "rev", "seq", "words",
)  # fmt: skip
VALUE_COLUMNS = tuple(dict.fromkeys(name for kind in KINDS.values() for name in kind.plain))
COLUMNS = COMMON_COLUMNS + VALUE_COLUMNS

_WORDS = COMMON_COLUMNS.index("words")
_PLACE = {name: index for index, name in enumerate(COLUMNS)}


def _plain(kind: Kind) -> tuple[tuple[str, ...], Callable[[tuple[Any, ...]], tuple[Any, ...]]]:
    names = kind.plain
    if len(names) > 1:
        return names, itemgetter(*map(_PLACE.__getitem__, names))
    return names, lambda row: tuple(row[_PLACE[name]] for name in names)


_PLAIN = {kind.name: _plain(kind) for kind in KINDS.values()}
_SEALED = {kind.name: dict.fromkeys(kind.sealed) for kind in KINDS.values()}
_ORDERED = {kind.name: kind.in_order for kind in KINDS.values() if kind.in_order is not None}


@dataclass(frozen=True, slots=True)
class Recorded:
    """One entry as it stands. ``values`` has every field of its kind; None means missing.

    The fields stand in the order of ``COMMON_COLUMNS``.

    What ``counts`` may stand in a statistic: it was not recalled by more than 48 hours, nor
    ``changed_late``. ``news`` and ``news_at`` tell what its own time does not (journaling/news.py).
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
    counts: bool
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
    values: Mapping[str, Any]

    @property
    def zone_suspect(self) -> bool:
        """Whether the phone named no place, only an offset: clock changes are not known."""
        return is_fixed(self.time_zone)

    @property
    def shown_at(self) -> datetime:
        """Tell where it stands in every list."""
        return provenance.shown_at(self)

    @property
    def derived(self) -> Mapping[str, Any]:
        """Compute what its kind derives from the stored values, such as a questionnaire's score."""
        return KINDS[self.kind].derived.of(self.values)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a deleted entry, so that every phone learns of it."""

    id: UUID
    kind: str
    rev: int
    seq: int


def from_row(row: tuple[Any, ...], cipher: PatientCipher) -> Recorded:
    """Build the entry from its columns, in the order of ``COLUMNS``, opening its free text.

    :raises backend.kit.cipher.Unreadable: when the text was changed or moved; never garbage.
    """
    kind, words = row[1], row[_WORDS]
    names, pick = _PLAIN[kind]
    values: dict[str, Any] = dict(zip(names, pick(row), strict=True))
    values.update(_SEALED[kind])
    if words is not None:
        values.update(open_words(words, entry_id=row[0], cipher=cipher))
    return Recorded(*(*row[:_WORDS], in_order(kind, values)))


def in_order(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with the parts of each answer in the order in which they were asked."""
    arrange = _ORDERED.get(kind)
    return values if arrange is None else arrange(values)


def seal_words(words: Mapping[str, str], *, entry_id: UUID, cipher: PatientCipher) -> bytes | None:
    """Encrypt the free text of an entry as one value; nothing to say stays null."""
    if not words:
        return None
    return cipher.seal(orjson.dumps(dict(words)), column=WORDS_COLUMN, row=entry_id)


def open_words(sealed: bytes, *, entry_id: UUID, cipher: PatientCipher) -> dict[str, str]:
    """Decrypt the free text of an entry."""
    opened: dict[str, str] = orjson.loads(cipher.open(sealed, column=WORDS_COLUMN, row=entry_id))
    return opened
