"""Reviewing marks exactly what was shown, and the patient learns of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import AccessLogEntry, CareTeamMembership, User
from journaling.briefs.read import briefs_opened_at
from journaling.briefs.review import (
    BriefNotOpened,
    OnlyCareTeamReviews,
    acknowledge_entry,
    mark_reviewed,
)
from journaling.entries.edit import change_entry
from journaling.entries.read import NoSuchEntry, entry_of
from journaling.models import BriefOpening, Entry, EntryRevision, Journal
from tests import cast as people
from tests.cast import Cast, own_chart
from tests.journaling.briefs.brief_scenario import NOW, SESSION_AT, at, read, wrote

LATER = NOW + timedelta(minutes=10)


def planned(cast: Cast) -> UUID:
    people.session(cast.dr_okafor, starts_at=at(7, 10), with_patient=cast.maya, status="present")
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk


def chart_of(clinician: User, patient: User) -> Chart:
    return open_chart(
        viewer=clinician, patient_id=patient.pk, what=DataCategory.REVIEW, now=LATER, to_write=True
    )


def mark(cast: Cast, session_id: UUID, digest: str, *, by: User | None = None) -> int:
    chart = chart_of(by or cast.dr_okafor, cast.maya)
    return mark_reviewed(chart=chart, session_id=session_id, digest=digest, now=LATER)


def reviewed() -> set[UUID]:
    return set(Entry.objects.filter(reviewed_at=LATER).values_list("id", flat=True))


def test_it_marks_what_was_shown_and_a_repeat_marks_nothing(cast: Cast) -> None:
    session_id = planned(cast)
    entries = {wrote(cast.maya, kind, at(2, hour)).id for hour, kind in
               enumerate(("craving", "mood", "skill_practice"), start=9)}  # fmt: skip
    before = wrote(cast.maya, "mood", at(9))
    found = read(cast.dr_okafor, session_id)

    first, again = mark(cast, session_id, found.digest), mark(cast, session_id, found.digest)

    assert (first, again) == (3, 0)
    assert reviewed() == entries
    assert Entry.objects.get(id=before.id).reviewed_at is None
    assert AccessLogEntry.objects.filter(action="write", data_class="review").count() == 1


def test_what_came_after_the_brief_stays_to_be_read(cast: Cast) -> None:
    session_id = planned(cast)
    shown = wrote(cast.maya, "mood", at(2))
    found = read(cast.dr_okafor, session_id)
    wrote(cast.maya, "craving", at(3))

    assert mark(cast, session_id, found.digest) == 1
    assert reviewed() == {shown.id}


def test_what_was_changed_since_stays_to_be_read_even_if_the_brief_says_the_same(
    cast: Cast,
) -> None:
    session_id = planned(cast)
    entry = wrote(cast.maya, "mood", at(2), note="what was shown")
    found = read(cast.dr_okafor, session_id)
    change_entry(
        chart=own_chart(cast.maya), entry_id=entry.id, rev=1, changes={"note": "and more"}, now=NOW
    )

    assert mark(cast, session_id, found.digest) == 0
    assert reviewed() == set()


@pytest.mark.parametrize("share", ["private", "individual_therapist_only"])
def test_what_is_no_longer_shared_is_not_touched(cast: Cast, share: str) -> None:
    people.joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)
    session_id = planned(cast)
    entry = wrote(cast.maya, "mood", at(2))
    found = read(cast.dr_lind, session_id)
    # As it would stand if only the sharing had changed, without a new revision.
    Entry.objects.filter(id=entry.id).update(share=share)

    assert mark(cast, session_id, found.digest, by=cast.dr_lind) == 0
    assert reviewed() == set()


def test_an_edit_makes_a_reviewed_entry_new_again(cast: Cast) -> None:
    session_id = planned(cast)
    entry = wrote(cast.maya, "mood", at(2))
    mark(cast, session_id, read(cast.dr_okafor, session_id).digest)

    after = change_entry(
        chart=own_chart(cast.maya), entry_id=entry.id, rev=1, changes={"valence": -1}, now=LATER
    )

    assert after.reviewed_at is None
    assert mark(cast, session_id, read(cast.dr_okafor, session_id).digest) == 1


def test_nobody_marks_what_they_were_not_shown(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)
    session_id = planned(cast)
    other = people.session(
        cast.dr_okafor, starts_at=SESSION_AT + timedelta(days=1), with_patient=cast.maya
    )
    wrote(cast.maya, "mood", at(2))
    digest = read(cast.dr_okafor, session_id).digest

    attempts: list[dict[str, Any]] = [
        {"session_id": session_id, "digest": "0" * 64},
        {"session_id": other.pk, "digest": digest},
        {"session_id": uuid4(), "digest": digest},
        {"session_id": session_id, "digest": digest, "by": cast.dr_lind},
    ]
    for attempt in attempts:
        with pytest.raises(BriefNotOpened):
            mark(cast, **attempt)

    assert reviewed() == set()


def test_marking_moves_the_journals_numbers_and_no_revision(cast: Cast) -> None:
    session_id = planned(cast)
    entries = [wrote(cast.maya, "mood", at(2, hour)) for hour in (9, 10, 11)]
    digest = read(cast.dr_okafor, session_id).digest

    mark(cast, session_id, digest)
    mark(cast, session_id, digest)

    rows = Entry.objects.order_by("seq").values_list("id", "seq", "rev")
    assert list(rows) == [(entry.id, 4 + n, 1) for n, entry in enumerate(entries)]
    assert Journal.objects.get().last_seq == 6
    assert not EntryRevision.objects.exists()
    assert wrote(cast.maya, "mood", at(1)).seq == 7


def test_equal_briefs_are_one_opening_and_the_patient_sees_the_first(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "mood", at(2))
    read(cast.dr_okafor, session_id)
    read(cast.dr_okafor, session_id, now=NOW + timedelta(minutes=5))
    assert BriefOpening.objects.count() == 1
    wrote(cast.maya, "mood", at(1))
    read(cast.dr_okafor, session_id, now=NOW + timedelta(minutes=6))

    found = briefs_opened_at(chart=own_chart(cast.maya), session_ids=[session_id, uuid4()])

    assert BriefOpening.objects.count() == 2
    assert found == {session_id: NOW}
    assert briefs_opened_at(chart=own_chart(cast.noah), session_ids=[session_id]) == {}


def test_lets_talk_about_this_reaches_the_patient_and_changes_no_word(cast: Cast) -> None:
    other = wrote(cast.maya, "mood", at(1))
    entry = wrote(cast.maya, "note", at(2), note="the letter from my father")
    last = wrote(cast.maya, "mood", at(0, 8))

    first = acknowledge_entry(chart=chart_of(cast.dr_okafor, cast.maya), entry_id=entry.id, now=NOW)
    again = acknowledge_entry(
        chart=chart_of(cast.dr_okafor, cast.maya), entry_id=entry.id, now=LATER
    )

    seen = entry_of(chart=own_chart(cast.maya), entry_id=entry.id)
    assert seen == first == again
    assert (seen.acknowledged_at, seen.rev) == (NOW, 1)
    assert seen.seq == last.seq + 1 == Journal.objects.get().last_seq
    assert seen.values == entry.values
    assert Entry.objects.get(id=entry.id).acknowledged_by == cast.dr_okafor.pk
    assert Entry.objects.get(id=other.id).acknowledged_at is None
    assert AccessLogEntry.objects.filter(data_class="review").count() == 2


def test_an_acknowledged_entry_can_still_be_reviewed_and_changed(cast: Cast) -> None:
    session_id = planned(cast)
    entry = wrote(cast.maya, "craving", at(2))
    digest = read(cast.dr_okafor, session_id).digest
    acknowledge_entry(chart=chart_of(cast.dr_okafor, cast.maya), entry_id=entry.id, now=NOW)

    assert mark(cast, session_id, digest) == 1

    after = change_entry(
        chart=own_chart(cast.maya), entry_id=entry.id, rev=1, changes={"intensity": 2}, now=LATER
    )
    assert (after.acknowledged_at, after.reviewed_at, after.rev) == (NOW, None, 2)


@pytest.mark.parametrize("share", ["private", "individual_therapist_only"])
def test_nobody_acknowledges_what_they_may_not_see(cast: Cast, share: str) -> None:
    people.joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)
    entry = wrote(cast.maya, "mood", at(2), share=share)

    with pytest.raises(NoSuchEntry):
        acknowledge_entry(chart=chart_of(cast.dr_lind, cast.maya), entry_id=entry.id, now=NOW)

    assert Entry.objects.get().acknowledged_at is None
    assert Journal.objects.get().last_seq == 1


def test_patients_do_not_review_themselves(cast: Cast) -> None:
    entry = wrote(cast.maya, "mood", at(2))
    chart = own_chart(cast.maya)

    with pytest.raises(OnlyCareTeamReviews):
        acknowledge_entry(chart=chart, entry_id=entry.id, now=NOW)
    with pytest.raises(OnlyCareTeamReviews):
        mark_reviewed(chart=chart, session_id=uuid4(), digest="0" * 64, now=NOW)

    assert Entry.objects.get().reviewed_at is None
