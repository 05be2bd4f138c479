"""Every way of saving answers about safety and tells those who subscribed, once each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from backend.kit.errors import InvalidInput
from backend.kit.subscribers import Subscribers
from care.access.chart import Chart
from journaling.entries import record
from journaling.entries.edit import LaterRating, save_changes, save_later_rating
from journaling.entries.entry import EntryValue
from journaling.sync.exchange import save_exchange
from tests.cast import Cast, craving, own_chart

USED = {"outcome": "used", "target": "heroin"}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[list[UUID]]:
    """Subscribe alone; return the ids of entries that it was told of, call by call."""
    calls: list[list[UUID]] = []

    def note(*, chart: Chart, entries: Sequence[EntryValue], now: datetime) -> None:
        calls.append([entry.id for entry in entries])

    monkeypatch.setattr(record, "ENTRY_SUBSCRIBERS", Subscribers())
    record.ENTRY_SUBSCRIBERS.add(note)
    record.ENTRY_SUBSCRIBERS.add(note)
    return calls


def save(cast: Cast, **changes: Any) -> record.SavedEntry:
    now = timezone.now()
    body = craving(**changes)
    return record.save_entry(chart=own_chart(cast.maya), sent=body, now=now)


def test_a_new_entry(cast: Cast, told: list[list[UUID]]) -> None:
    saved = save(cast, **USED)

    assert saved.is_new
    assert saved.support is not None
    assert told == [[saved.entry.id]]


def test_a_change(cast: Cast, told: list[list[UUID]]) -> None:
    entry = save(cast).entry

    saved = save_changes(
        chart=own_chart(cast.maya), entry_id=entry.id, rev=1, changes=USED, now=timezone.now()
    )

    assert (saved.is_new, saved.entry.rev) == (False, 2)
    assert saved.support is not None
    assert told == [[entry.id], [entry.id]]


def test_a_later_rating(cast: Cast, told: list[list[UUID]]) -> None:
    entry = save(cast, target="heroin").entry
    rating = LaterRating(intensity_after=2, minutes_later=30, outcome="used")

    saved = save_later_rating(
        chart=own_chart(cast.maya), entry_id=entry.id, rating=rating, now=timezone.now()
    )

    assert saved.support is not None
    assert told == [[entry.id], [entry.id]]


def test_an_exchange(cast: Cast, told: list[list[UUID]]) -> None:
    operation = craving(**USED) | {"base_rev": None, "deleted": False}

    exchange, support = save_exchange(
        chart=own_chart(cast.maya),
        cursor=None,
        operations=[operation],
        now=timezone.now(),
    )

    assert [outcome.status for outcome in exchange.outcomes] == ["created"]
    assert support is not None
    assert told == [[UUID(operation["id"])]]


def test_what_could_not_be_saved_is_told_to_nobody(cast: Cast, told: list[list[UUID]]) -> None:
    with pytest.raises(InvalidInput):
        save(cast, id=str(uuid4()), intensity=11)

    assert told == []
