"""Many entries stored at once keep every promise of one stored alone."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from care.access.chart import NotTheOwner
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import AccessLogEntry, User
from journaling.entries.read import entry_of
from journaling.entries.record import EntryDiffers, record_entries, record_entry
from journaling.entries.validate import validate_entry
from journaling.models import Entry, Journal
from tests.cast import Cast, craving, own_chart


def store(user: User, bodies: Sequence[dict[str, Any]]) -> int:
    now = timezone.now()
    drafts = [validate_entry(body, now=now) for body in bodies]
    return record_entries(chart=own_chart(user), drafts=drafts, now=now)


def numbers_of(user: User) -> list[int]:
    rows = Entry.objects.filter(patient_id=user.pk).order_by("seq")
    return list(rows.values_list("seq", flat=True))


def writes() -> int:
    return AccessLogEntry.objects.filter(action="write", data_class="entries").count()


def test_they_read_back_as_entries_stored_alone_do(cast: Cast) -> None:
    body = craving(thought="just one", triggers=["lonely"], note="by the lake 🌊")
    at = timezone.now()
    alone, _ = record_entry(chart=own_chart(cast.noah), sent=body, now=at)

    record_entries(chart=own_chart(cast.maya), drafts=[validate_entry(body, now=at)], now=at)

    assert entry_of(chart=own_chart(cast.maya), entry_id=alone.id) == alone


def test_they_are_numbered_in_their_order_and_logged_once(cast: Cast) -> None:
    bodies = [craving(intensity=n) for n in (3, 1, 2)]
    record_entry(chart=own_chart(cast.maya), sent=craving(intensity=9), now=timezone.now())
    logged = writes()

    assert store(cast.maya, bodies) == 3

    stored = Entry.objects.order_by("seq").values_list("intensity", flat=True)
    assert list(stored) == [9, 3, 1, 2]
    assert numbers_of(cast.maya) == [1, 2, 3, 4]
    assert writes() == logged + 1


def test_what_is_there_or_comes_twice_changes_nothing_and_skips_no_number(cast: Cast) -> None:
    first, second = craving(), craving()
    store(cast.maya, [first])

    assert store(cast.maya, [first, second, second, first]) == 1
    logged = writes()
    assert store(cast.maya, [second, first]) == 0
    assert store(cast.maya, []) == 0

    assert numbers_of(cast.maya) == [1, 2]
    assert Journal.objects.get(patient_id=cast.maya.pk).last_seq == 2
    assert writes() == logged
    later, _ = record_entry(chart=own_chart(cast.maya), sent=craving(), now=timezone.now())
    assert later.seq == 3


@pytest.mark.parametrize("is_stored_before", [True, False])
def test_one_id_of_other_content_refuses_them_all(cast: Cast, is_stored_before: bool) -> None:
    body = craving(intensity=3)
    batch = [craving(), body | {"intensity": 9}]
    if is_stored_before:
        store(cast.maya, [body])
    else:
        batch.insert(0, body)
    before, logged = list(Entry.objects.values_list("seq", "intensity")), writes()

    with pytest.raises(EntryDiffers):
        store(cast.maya, batch)

    assert list(Entry.objects.values_list("seq", "intensity")) == before
    assert sum(Journal.objects.values_list("last_seq", flat=True)) == len(before)
    assert writes() == logged


def test_a_fault_halfway_stores_none(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_disk(**_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr("journaling.entries.record.log_write", out_of_disk)

    with pytest.raises(DatabaseError):
        store(cast.maya, [craving(), craving()])

    assert not Entry.objects.exists()
    assert not Journal.objects.exists()


def test_the_same_ids_of_somebody_else_are_their_own(cast: Cast) -> None:
    bodies = [craving(), craving()]

    assert store(cast.maya, bodies) == store(cast.noah, bodies) == 2
    assert numbers_of(cast.maya) == numbers_of(cast.noah) == [1, 2]


def test_a_therapist_records_nothing(cast: Cast) -> None:
    now = timezone.now()
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.ENTRIES, now=now
    )

    with pytest.raises(NotTheOwner):
        record_entries(chart=chart, drafts=[validate_entry(craving(), now=now)], now=now)

    assert not Entry.objects.exists()


def test_ten_cost_as_many_statements_as_one(cast: Cast) -> None:
    at = timezone.now() - timedelta(hours=1)
    costs = []
    for size in (1, 10):
        bodies = [craving(at=at, note="x") for _ in range(size)]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            store(cast.maya, bodies)
        costs.append(len(asked))

    assert costs[0] == costs[1]
