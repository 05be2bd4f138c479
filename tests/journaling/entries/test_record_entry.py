"""An entry is stored once, whole, under its own patient."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.kit.crypto import DecryptionFailed
from care.access.chart import NotTheOwner
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import AccessLogEntry, User
from journaling.entries.kinds.craving import Craving
from journaling.entries.read import entries_page, entry_of
from journaling.entries.record import EntryDiffers, record_entry
from journaling.models import Entry
from tests.cast import Cast, craving, own_chart


def record(user: User, body: dict[str, Any]) -> tuple[Any, bool]:
    return record_entry(chart=own_chart(user), sent=body, now=timezone.now())


def test_an_entry_reads_back_as_it_was_told(cast: Cast) -> None:
    body = craving(thought="just one", triggers=["lonely"], note="by the lake 🌊")

    told, is_new = record(cast.maya, body)

    read = entry_of(chart=own_chart(cast.maya), entry_id=told.id)
    assert is_new
    assert read == told
    assert isinstance(read.values, Craving)
    assert read.values.thought == "just one"
    assert read.values.intensity_after is None


def test_a_repeat_changes_nothing(cast: Cast) -> None:
    body = craving(note="x")
    first, _ = record(cast.maya, body)
    logged = AccessLogEntry.objects.filter(action="write").count()

    again, is_new = record(cast.maya, body)

    assert (again, is_new) == (first, False)
    assert Entry.objects.count() == 1
    assert AccessLogEntry.objects.filter(action="write").count() == logged


def test_other_content_under_the_same_id_is_refused_and_not_stored(cast: Cast) -> None:
    body = craving(intensity=3)
    record(cast.maya, body)

    with pytest.raises(EntryDiffers):
        record(cast.maya, body | {"intensity": 9})

    assert list(Entry.objects.values_list("intensity", flat=True)) == [3]


def test_the_same_id_from_somebody_else_is_their_own_entry(cast: Cast) -> None:
    body = craving()
    record(cast.maya, body)

    _, is_new = record(cast.noah, body)

    assert is_new
    assert Entry.objects.filter(id=body["id"]).count() == 2


def test_numbers_of_a_journal_are_dense_and_its_own(cast: Cast) -> None:
    for _ in range(3):
        record(cast.maya, craving())
    record(cast.noah, craving())

    mine = Entry.objects.filter(patient_id=cast.maya.pk).order_by("seq")
    assert [entry.seq for entry in mine] == [1, 2, 3]
    assert Entry.objects.get(patient_id=cast.noah.pk).seq == 1


def test_nobody_records_in_somebody_elses_journal(cast: Cast) -> None:
    chart = open_chart(
        viewer=cast.dr_okafor,
        patient_id=cast.maya.pk,
        what=DataCategory.ENTRIES,
        now=timezone.now(),
    )

    with pytest.raises(NotTheOwner):
        record_entry(chart=chart, sent=craving(), now=timezone.now())

    assert Entry.objects.count() == 0


def test_no_free_text_lies_in_the_database(cast: Cast) -> None:
    words = {"thought": "canary-thought", "place": "canary-place", "note": "canary-note"}
    record(cast.maya, craving(**words))

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM journaling_entry")
        stored = repr(cursor.fetchall()).encode() + bytes(Entry.objects.get().encrypted_text or b"")

    assert b"canary" not in stored


def test_words_moved_to_another_row_do_not_open(cast: Cast) -> None:
    one, _ = record(cast.maya, craving(note="mine"))
    other, _ = record(cast.maya, craving(note="also mine"))
    Entry.objects.filter(id=one.id).update(
        encrypted_text=Entry.objects.get(id=other.id).encrypted_text
    )

    with pytest.raises(DecryptionFailed):
        entry_of(chart=own_chart(cast.maya), entry_id=one.id)


def test_a_failing_audit_row_takes_the_entry_with_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise DatabaseError("disk full")

    chart = own_chart(cast.maya)
    monkeypatch.setattr("journaling.entries.record.log_write", full)

    with pytest.raises(DatabaseError):
        record_entry(chart=chart, sent=craving(), now=timezone.now())

    assert Entry.objects.count() == 0


def test_a_new_entry_takes_few_statements(cast: Cast) -> None:
    chart = own_chart(cast.maya)

    with CaptureQueriesContext(connection) as seen:
        record_entry(chart=chart, sent=craving(note="x"), now=timezone.now())

    told = [q["sql"] for q in seen if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(told) == 3, told


def test_half_past_eleven_at_night_belongs_to_the_patients_own_day(cast: Cast) -> None:
    at = timezone.now().replace(hour=4, minute=30) - timedelta(days=2)

    told, _ = record(cast.maya, craving(at=at))

    assert told.local_date == at.date() - timedelta(days=1)


def test_missing_is_null_and_zero_is_zero(cast: Cast) -> None:
    zero, _ = record(cast.maya, craving(intensity=0, intensity_after=0, minutes_later=5))
    missing, _ = record(cast.maya, craving(intensity=5))

    rows = {row.id: row for row in Entry.objects.all()}
    assert (rows[zero.id].intensity, rows[zero.id].intensity_after) == (0, 0)
    assert rows[missing.id].intensity_after is None


@pytest.mark.parametrize(
    "broken", [{"intensity": 11}, {"valence": -4}, {"energy": 4}, {"target": None}]
)
def test_the_database_itself_refuses_what_no_scale_has(cast: Cast, broken: dict[str, Any]) -> None:
    told, _ = record(cast.maya, craving())

    with pytest.raises(DatabaseError):
        Entry.objects.filter(id=told.id).update(**broken)


def test_a_page_walks_through_entries_of_one_instant_without_loop_or_gap(cast: Cast) -> None:
    at = timezone.now() - timedelta(hours=1)
    told = {record(cast.maya, craving(at=at, id=str(uuid4())))[0].id for _ in range(25)}
    chart = own_chart(cast.maya)

    seen, position = [], None
    while found := entries_page(chart=chart, limit=4, position=position):
        seen += [entry.id for entry, _ in found]
        position = found[-1][1]

    assert len(seen) == len(set(seen)) == 25
    assert set(seen) == told
