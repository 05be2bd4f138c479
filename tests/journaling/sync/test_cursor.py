"""A cursor holds for one patient, and says when something between may have been missed."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.kit.errors import InvalidInput
from journaling.entries.edit import purge_deleted
from journaling.models import Entry, Journal
from journaling.sync.protocol import SyncCursor, read_cursor
from tests.api.journal.sync_client import DOOR, changed, deletion, op, pull, statuses, sync
from tests.api.responses import faults, problem
from tests.cast import Cast, own_chart, signed_in


def forget(cast: Cast) -> int:
    tomorrow = timezone.now() + timedelta(days=1)
    return purge_deleted(patient_id=cast.maya.pk, deleted_before=tomorrow)


def test_a_cursor_comes_back_as_it_went(cast: Cast) -> None:
    chart, cursor = own_chart(cast.maya), SyncCursor(7, 3)

    assert read_cursor(cursor.sealed(chart), chart=chart) == cursor


@pytest.mark.parametrize("way", ["foreign", "flipped", "cut", "longer"])
def test_any_other_text_is_no_cursor(cast: Cast, way: str) -> None:
    chart, text = own_chart(cast.maya), SyncCursor(7, 3).sealed(own_chart(cast.maya))
    others = {
        "foreign": SyncCursor(7, 3).sealed(own_chart(cast.noah)),
        "flipped": ("B" if text[0] != "B" else "C") + text[1:],
        "cut": text[:-4],
        "longer": text + "AAAA",
    }

    with pytest.raises(InvalidInput):
        read_cursor(others[way], chart=chart)


def test_the_cursor_of_another_patient_is_refused_and_nothing_stored(cast: Cast) -> None:
    his = sync(signed_in(cast.noah), op())["cursor"]

    refused = signed_in(cast.maya).post(DOOR, {"cursor": his, "ops": [op()]})

    assert faults(refused) == {"cursor": "invalid_cursor"}
    assert Entry.objects.count() == 1


@pytest.mark.parametrize(
    ("cursor", "is_gone"),
    [
        (SyncCursor(0, 0), True),
        (SyncCursor(39, 39), True),
        (SyncCursor(40, 0), False),
        (SyncCursor(50, 0), False),
        (SyncCursor(0, 40), False),
        (SyncCursor(10, 41), False),
        (SyncCursor(51, 40), True),
    ],
)
def test_a_cursor_is_gone_when_a_tombstone_may_have_been_missed(
    cursor: SyncCursor, is_gone: bool
) -> None:
    assert cursor.is_gone(last_seq=50, purged_seq=40) is is_gone


def test_a_purged_cursor_is_410_and_a_full_read_works(cast: Cast) -> None:
    client, kept, gone, lost = signed_in(cast.maya), op(), op(), op()
    old = sync(client, kept, gone)["cursor"]
    sync(client, deletion(gone, 1))

    assert forget(cast) == 1
    refused = client.post(DOOR, {"cursor": old, "ops": [lost]})
    again = sync(client, lost)

    problem(refused, 410, "cursor_purged")
    assert statuses(again) == ["created"]
    assert [change["id"] for change in again["changes"]] == [kept["id"], lost["id"]]
    assert sync(client, cursor=again["cursor"])["changes"] == []


def test_a_phone_that_saw_the_tombstone_reads_on(cast: Cast) -> None:
    client, gone = signed_in(cast.maya), op()
    seen = sync(client, gone, deletion(gone, 1))["cursor"]

    forget(cast)

    assert sync(client, cursor=seen)["changes"] == []
    assert statuses(sync(client, gone | {"base_rev": 2}, cursor=seen)) == ["created"]


def test_a_full_read_of_several_pages_is_not_sent_back_to_its_start(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("journaling.sync.exchange.MAX_CHANGES", 2)
    client, gone, kept = signed_in(cast.maya), op(), [op() for _ in range(5)]
    sync(client, *kept, gone)
    sync(client, deletion(gone, 1))
    forget(cast)

    found, _ = pull(client)

    assert [change["id"] for change in found] == [sent["id"] for sent in kept]


def test_a_purge_between_two_pages_starts_the_read_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("journaling.sync.exchange.MAX_CHANGES", 2)
    client, ops = signed_in(cast.maya), [op() for _ in range(5)]
    sync(client, *ops)
    half = sync(client)
    sync(client, deletion(ops[0], 1))

    forget(cast)

    problem(client.post(DOOR, {"cursor": half["cursor"]}), 410, "cursor_purged")
    assert [change["id"] for change in pull(client)[0]] == [sent["id"] for sent in ops[1:]]


def test_a_journal_that_was_restored_from_an_older_backup_is_read_anew(cast: Cast) -> None:
    client, ops = signed_in(cast.maya), [op(), op()]
    cursor = sync(client, *ops)["cursor"]
    Entry.objects.filter(id=ops[1]["id"]).delete()
    Journal.objects.update(last_seq=1)

    refused = client.post(DOOR, {"cursor": cursor})

    problem(refused, 410, "cursor_purged")
    assert statuses(sync(client, *ops)) == ["unchanged", "created"]


def test_only_tombstones_of_before_are_forgotten_with_their_history(cast: Cast) -> None:
    client, old, new, kept = signed_in(cast.maya), op(), op(), op()
    sync(client, old, new, kept, deletion(old, 1))
    between = timezone.now()
    sync(client, deletion(new, 1), changed(kept, 1, intensity=1))

    count = purge_deleted(patient_id=cast.maya.pk, deleted_before=between)

    assert count == 1
    assert Journal.objects.get(pk=cast.maya.pk).purged_seq == 4
    left: Any = Entry.objects.order_by("seq").values_list("id", flat=True)
    assert [str(entry_id) for entry_id in left] == [new["id"], kept["id"]]
    assert purge_deleted(patient_id=cast.noah.pk, deleted_before=between) == 0
    assert not Journal.objects.filter(pk=cast.noah.pk).exists()
