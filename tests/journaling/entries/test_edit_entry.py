"""Editing an entry keeps what it was, where it stands, and whose words they are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.kit.crypto import DecryptionFailed
from backend.kit.errors import InvalidInput
from care.access.chart import Chart, NotTheOwner
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from journaling.entries.edit import (
    EntryChanged,
    LaterRating,
    change_entry,
    delete_entry,
    record_later_rating,
)
from journaling.entries.entry import EntryValue, entry_content
from journaling.entries.read import FieldChange, NoSuchEntry, entry_history, entry_of
from journaling.entries.record import record_entry
from journaling.models import Assignment, Entry, EntryRevision, Journal
from tests.cast import Cast, own_chart

NOW = datetime(2026, 5, 4, 20, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
#: One entry of every kind, every field of it answered.
FULL: dict[str, dict[str, Any]] = {
    "craving": {
        "intensity": 7,
        "target": "wine",
        "triggers": ["lonely", "media"],
        "place": "kitchen",
        "company": "alone",
        "thought": "just one",
        "skills": ["slow-breathing"],
        "intensity_after": 3,
        "minutes_later": 20,
        "outcome": "did_not_use",
        "safety_check": {"safe_now": True},
    },
    "mood": {
        "valence": -2,
        "energy": 1,
        "labels": ["sad", "calm"],
        "associations": ["family"],
        "emotions": {"shame": 4, "anger": 0},
    },
    "skill_practice": {
        "skill": "slow-breathing",
        "considered": True,
        "wanted_to": True,
        "attempted": True,
        "able": True,
        "automatic": False,
        "helped": False,
        "rating_before": 7,
        "rating_after": 4,
        "minutes": 10,
        "situation": "on the bus",
        "planned": False,
        "assignment": "01a20c91-0abc-72ed-9e7c-4c0667be9699",
    },
    "daily": {
        "date": "2026-05-03",
        "urges": {"use": {"peak": 3, "acted": False}, "calling my ex": {"peak": 1}},
        "sleep_hours": 6.5,
        "pleasant_event": "a walk",
        "balance": {"mind": 2},
        "unanswered": {"pain": "skipped"},
    },
    "use": {"substance": "wine", "amount": 1.5, "unit": "glasses", "before": "a quarrel"},
    "pre_session": {
        "agenda": "my sister",
        "coming_in": {"die": 0, "use": 2},
        "session": "01a20c91-0abc-72ed-9e7c-4c0667be9699",
    },
    "dose": {"name": "naltrexone", "taken": False, "reason": "felt sick"},
    "reading": {"type": "blood_pressure", "value": 120.5, "unit": "mmHg", "diastolic": 80},
    "meeting": {"meeting_kind": "mutual help", "minutes": 60},
    "note": {"note": "by the lake 🌊"},
}


def wrote(user: User, kind: str = "craving", **fields: Any) -> EntryValue:
    if kind == "skill_practice":
        Assignment.objects.get_or_create(
            pk=FULL[kind]["assignment"],
            defaults={
                "patient_id": user.pk, "skill": "slow-breathing", "per_week": 3,
                "since": NOW.date(), "assigned_at": NOW, "assigned_by": user.pk,
            },
        )  # fmt: skip
    body = {
        "id": str(uuid4()),
        "kind": kind,
        "occurred_at": "2026-05-04T14:30:00-05:00",
        "recorded_at": "2026-05-04T14:35:00-05:00",
        "time_zone": "America/Chicago",
    }
    entry, _ = record_entry(chart=own_chart(user), sent=body | FULL[kind] | fields, now=NOW)
    return entry


def changed(user: User, entry: EntryValue, **changes: Any) -> EntryValue:
    return change_entry(
        chart=own_chart(user), entry_id=entry.id, rev=entry.rev, changes=changes, now=LATER
    )


def therapists_chart(clinician: User, patient_id: UUID) -> Chart:
    return open_chart(viewer=clinician, patient_id=patient_id, what=DataCategory.ENTRIES, now=LATER)


@pytest.mark.parametrize("kind", FULL)
def test_every_kind_is_the_same_content_after_its_round_through_the_table(
    cast: Cast, kind: str
) -> None:
    entry = wrote(cast.maya, kind)

    fixed = {"id", "kind", "recorded_at"}
    same = {name: value for name, value in entry_content(entry).items() if name not in fixed}
    again = changed(cast.maya, entry, **same)

    assert again == entry
    assert not EntryRevision.objects.exists()


@pytest.mark.parametrize("kind", FULL)
def test_every_kind_takes_a_note_later_and_keeps_the_rest(cast: Cast, kind: str) -> None:
    entry = wrote(cast.maya, kind)

    after = changed(cast.maya, entry, note="a note of later", discuss=True)

    assert after.values == replace(entry.values, note="a note of later")
    assert (after.rev, after.discuss, after.unanswered) == (2, True, entry.unanswered)


def test_when_it_arrived_and_was_written_down_stays(cast: Cast) -> None:
    entry = wrote(cast.maya)

    after = changed(cast.maya, entry, occurred_at="2026-05-03T22:00:00-05:00")

    assert (after.received_at, after.recorded_at) == (entry.received_at, entry.recorded_at)
    assert (entry.recall, after.recall) == ("momentary", "recalled")
    assert after.local_date.isoformat() == "2026-05-03"


def test_an_edit_years_back_takes_it_out_of_every_figure(cast: Cast) -> None:
    entry = wrote(cast.maya)

    after = changed(cast.maya, entry, occurred_at="2025-05-03T22:00:00-05:00")

    assert (entry.is_countable, after.is_countable) == (True, False)


def test_a_clock_that_was_wrong_does_not_become_right(cast: Cast) -> None:
    ahead = (NOW + timedelta(hours=1)).isoformat()
    entry = wrote(cast.maya, occurred_at=ahead, recorded_at=ahead)

    after = changed(cast.maya, entry, intensity=2)

    assert (entry.clock_suspect, after.clock_suspect) == (True, True)


def test_a_future_moment_is_refused_and_nothing_kept(cast: Cast) -> None:
    entry = wrote(cast.maya)

    with pytest.raises(InvalidInput):
        changed(cast.maya, entry, occurred_at=(LATER + timedelta(hours=25)).isoformat())

    assert entry_of(chart=own_chart(cast.maya), entry_id=entry.id) == entry
    assert not EntryRevision.objects.exists()


def test_what_was_reviewed_and_then_changed_is_to_be_read_again(cast: Cast) -> None:
    entry = wrote(cast.maya)
    Entry.objects.update(reviewed_at=NOW)

    after = changed(cast.maya, entry, intensity=1)

    assert after.reviewed_at is None


def test_numbers_of_the_journal_stay_dense(cast: Cast) -> None:
    entry = wrote(cast.maya)
    changed(cast.maya, entry, share="care_team")
    with pytest.raises(EntryChanged):
        change_entry(chart=own_chart(cast.maya), entry_id=entry.id, rev=7,
                             changes={"intensity": 1}, now=LATER)  # fmt: skip
    with pytest.raises(NoSuchEntry):
        delete_entry(chart=own_chart(cast.maya), entry_id=uuid4(), rev=None, now=LATER)

    after = changed(cast.maya, entry, intensity=1)

    assert (after.seq, Journal.objects.get(pk=cast.maya.pk).last_seq) == (2, 2)


def test_of_two_editors_of_one_revision_the_second_is_refused(cast: Cast) -> None:
    entry = wrote(cast.maya)
    changed(cast.maya, entry, intensity=1)

    with pytest.raises(EntryChanged):
        changed(cast.maya, entry, intensity=2)

    assert (
        entry_of(chart=own_chart(cast.maya), entry_id=entry.id).values.by_name()["intensity"] == 1
    )
    assert EntryRevision.objects.count() == 1


def test_a_clinician_changes_nobodys_words(cast: Cast) -> None:
    entry = wrote(cast.maya)
    chart = therapists_chart(cast.dr_okafor, cast.maya.pk)

    with pytest.raises(NotTheOwner):
        change_entry(chart=chart, entry_id=entry.id, rev=1, changes={"intensity": 1}, now=LATER)
    with pytest.raises(NotTheOwner):
        delete_entry(chart=chart, entry_id=entry.id, rev=None, now=LATER)
    with pytest.raises(NotTheOwner):
        record_later_rating(
            chart=chart,
            entry_id=entry.id,
            rating=LaterRating(intensity_after=1, minutes_later=9),
            now=LATER,
        )

    assert entry_of(chart=own_chart(cast.maya), entry_id=entry.id) == entry


def test_the_therapist_reads_how_a_shared_entry_changed(cast: Cast) -> None:
    entry = wrote(cast.maya)
    changed(cast.maya, entry, thought="just two")
    chart = therapists_chart(cast.dr_okafor, cast.maya.pk)

    told = entry_history(chart=chart, entry_id=entry.id)

    assert [change.action for change in told] == ["created", "changed"]
    assert told[1].changes == [FieldChange("thought", "just one", "just two")]


@pytest.mark.parametrize("way", ["private", "deleted"])
def test_the_history_of_what_is_hidden_is_hidden(cast: Cast, way: str) -> None:
    entry = wrote(cast.maya)
    if way == "private":
        changed(cast.maya, entry, share="private")
    else:
        delete_entry(chart=own_chart(cast.maya), entry_id=entry.id, rev=1, now=LATER)

    with pytest.raises(NoSuchEntry):
        entry_history(chart=therapists_chart(cast.dr_okafor, cast.maya.pk), entry_id=entry.id)

    assert len(entry_history(chart=own_chart(cast.maya), entry_id=entry.id)) == 2


def test_a_version_that_was_moved_to_another_place_is_not_read(cast: Cast) -> None:
    entry = wrote(cast.maya)
    second = changed(cast.maya, entry, intensity=1)
    changed(cast.maya, second, intensity=2)
    early, late = EntryRevision.objects.order_by("rev")
    EntryRevision.objects.filter(pk=late.pk).update(before=early.before)

    with pytest.raises(DecryptionFailed):
        entry_history(chart=own_chart(cast.maya), entry_id=entry.id)


def test_the_day_of_a_deleted_card_is_free_again(cast: Cast) -> None:
    card = wrote(cast.maya, "daily")
    delete_entry(chart=own_chart(cast.maya), entry_id=card.id, rev=1, now=LATER)

    again = wrote(cast.maya, "daily")

    assert again.local_date == card.local_date
    assert again.id != card.id
