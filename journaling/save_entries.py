"""Save what a patient sends, and do at once what follows: answer about safety, tell subscribers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from backend.kit.subscribers import Subscribers
from care.access.chart import Chart
from journaling.entries.edit import change_entry, record_later_rating
from journaling.entries.entry import EntryValue
from journaling.entries.kinds.field_types import Json
from journaling.entries.record import record_entry
from journaling.safety.respond import safety_response_for
from journaling.safety.support import Support
from journaling.sync.exchange import ExchangeResult, exchange_changes


class EntriesSubscriber(Protocol):
    """Whoever acts on entries that were saved; the same entries again must change nothing."""

    def __call__(self, *, chart: Chart, entries: Sequence[EntryValue], now: datetime) -> None:
        """Act on them: they are committed, and safety was answered."""


@dataclass(frozen=True, slots=True)
class SavedEntry:
    """An entry as it stands after the save, whether the save made it, and what helps now."""

    entry: EntryValue
    is_new: bool
    support: Support | None


ENTRY_SUBSCRIBERS: Subscribers[EntriesSubscriber] = Subscribers()


def save_entry(*, chart: Chart, sent: Mapping[str, Json], now: datetime) -> SavedEntry:
    """Record an entry (``journaling.entries.record.record_entry``) and what follows from it."""
    entry, is_new = record_entry(chart=chart, sent=sent, now=now)
    return SavedEntry(entry, is_new, _follow_up(chart, [entry], now))


def save_changes(
    *, chart: Chart, entry_id: UUID, rev: int | None, changes: Mapping[str, Json], now: datetime
) -> SavedEntry:
    """Change an entry (``journaling.entries.edit.change_entry``) and do what follows from it."""
    entry = change_entry(chart=chart, entry_id=entry_id, rev=rev, changes=changes, now=now)
    return SavedEntry(entry, is_new=False, support=_follow_up(chart, [entry], now))


def save_later_rating(
    *, chart: Chart, entry_id: UUID, sent: Mapping[str, Json], now: datetime
) -> SavedEntry:
    """Attach a later rating (``journaling.entries.edit.record_later_rating``) and follow it up."""
    entry = record_later_rating(chart=chart, entry_id=entry_id, sent=sent, now=now)
    return SavedEntry(entry, is_new=False, support=_follow_up(chart, [entry], now))


def save_exchange(
    *, chart: Chart, sent: Mapping[str, Json], now: datetime
) -> tuple[ExchangeResult, Support | None]:
    """Sync (``journaling.sync.exchange.exchange_changes``); what was refused is answered too."""
    exchange = exchange_changes(chart=chart, sent=sent, now=now)
    return exchange, _follow_up(chart, exchange.saved_entries, now, refused=exchange.refused)


def _follow_up(
    chart: Chart, entries: Sequence[EntryValue], now: datetime, refused: Sequence[Json] = ()
) -> Support | None:
    support = safety_response_for(chart=chart, entries=entries, refused=refused, now=now)
    for follow in ENTRY_SUBSCRIBERS:
        follow(chart=chart, entries=entries, now=now)
    return support
