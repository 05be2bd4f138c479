"""What arrives, is marked or is changed after a session is told until somebody reviewed it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import Attendance, CareTeamMembership, User
from care.sessions.read import day_plan
from journaling.briefs.document import Brief
from journaling.briefs.overview import one_to_one_before_groups
from journaling.briefs.review import mark_reviewed
from journaling.entries.edit import change_entry, delete_entry
from journaling.entries.entry import EntryValue
from journaling.entries.record import record_entry
from journaling.models import Entry, SafetyEvent
from tests import cast as people
from tests.cast import ZONE, Cast, own_chart
from tests.journaling.briefs import group_scenario
from tests.journaling.briefs.brief_scenario import (
    NOW,
    SESSION_AT,
    at,
    everything,
    header_text,
    read,
    section,
    texts,
    wrote,
)
from tests.journaling.briefs.test_caseload import looks, of

#: When the patient came last, and three hours before.
MET_AT, BEFORE = at(7, 10), at(7, 7)
ARRIVED = at(6, 9)
MARK = "(arrived after the last session)"


def planned(cast: Cast) -> UUID:
    people.session(cast.dr_okafor, starts_at=MET_AT, with_patient=cast.maya, status="present")
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk


def synced(
    user: User, kind: str, when: datetime, *, on: datetime = ARRIVED, **fields: Any
) -> EntryValue:
    """Send late, from a phone that was offline, what it wrote down in time."""
    body = {
        "id": str(uuid4()), "kind": kind, "occurred_at": when.isoformat(),
        "recorded_at": when.isoformat(), "time_zone": ZONE,
    }  # fmt: skip
    return record_entry(chart=own_chart(user), sent=body | fields, now=on)[0]


def used_heroin(cast: Cast, **fields: Any) -> EntryValue:
    return synced(
        cast.maya, "craving", BEFORE, intensity=8, target="heroin", outcome="used", discuss=True,
        note="I could not say it", **fields,
    )  # fmt: skip


def came_to(cast: Cast, session_id: UUID) -> None:
    """Note that maya came."""
    Attendance.objects.create(
        session_id=session_id, patient_id=cast.maya.pk, status="present", minutes=50,
        recorded_by=cast.dr_okafor, recorded_at=SESSION_AT,
    )  # fmt: skip


def review(cast: Cast, session_id: UUID, *, now: datetime = NOW) -> int:
    found = read(cast.dr_okafor, session_id, now=now)
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.REVIEW, now=now,
        to_write=True,
    )  # fmt: skip
    return mark_reviewed(chart=chart, session_id=session_id, digest=found.digest, now=now)


def shown(found: Brief) -> set[UUID]:
    return {entry_id for entry_id, _ in found.shown}


def test_what_a_phone_sent_after_the_last_session_is_told_in_the_next_brief(cast: Cast) -> None:
    session_id = planned(cast)
    entry = used_heroin(cast)

    found = read(cast.dr_okafor, session_id)

    told = f"Tue Mar 17, 7:00 am: craving 8 of 10 for heroin {MARK}"
    assert texts(found, "agenda")[1] == f"Marked to bring: {told}. “I could not say it”"
    assert texts(found, "use")[:2] == [
        "0 of 7 days without reported use, use reported on 1, 6 not asked.", f"{told}, used.",
    ]  # fmt: skip
    assert texts(found, "moment")[0].startswith(told)
    assert texts(found, "craving") == [
        "1 craving, 8 of 10, arrived after the last session (not in these figures)."
    ]
    assert header_text(found, "entries").startswith(
        "No shared entries in this window. With 1 entry from before it (1 craving): "
        "arrived after the last session."
    )
    assert shown(found) == {entry.id}


def test_an_answer_about_safety_that_came_late_is_told_in_its_section(cast: Cast) -> None:
    session_id = planned(cast)
    synced(cast.maya, "mood", BEFORE, valence=-3)
    synced(cast.maya, "daily", at(9, 21), urges={"suicide": {"peak": 4}})

    assert texts(read(cast.dr_okafor, session_id), "safety") == [
        f"Sun Mar 15: urge for suicide 4 of 5 {MARK}."
    ]


def test_it_is_told_again_until_somebody_reviewed_it(cast: Cast) -> None:
    first = planned(cast)
    entry = used_heroin(cast)
    assert shown(read(cast.dr_okafor, first)) == {entry.id}
    session = people.session(
        cast.dr_okafor, starts_at=SESSION_AT + timedelta(days=7), with_patient=cast.maya
    )
    came_to(cast, first)
    later = SESSION_AT + timedelta(days=6)

    unread = read(cast.dr_okafor, session.pk, now=later)
    marked = review(cast, session.pk, now=later)
    again = read(cast.dr_okafor, session.pk, now=later + timedelta(minutes=5))
    came_to(cast, session.pk)
    third = people.session(
        cast.dr_okafor, starts_at=SESSION_AT + timedelta(days=14), with_patient=cast.maya
    )
    last = read(cast.dr_okafor, third.pk, now=SESSION_AT + timedelta(days=13))

    assert "craving 8 of 10 for heroin (arrived on Wed Mar 18)" in texts(unread, "agenda")[1]
    assert marked == 1
    # Reviewed since the last session, it still stands there, as reviewed.
    lines = [line for part in again.sections for line in part.lines if entry.id in line.entries]
    assert lines
    assert all(line.reviewed for line in lines)
    assert shown(last) == set()
    assert "heroin" not in everything(last)


def test_what_arrived_before_the_last_session_was_told_in_its_brief(cast: Cast) -> None:
    session_id = planned(cast)
    synced(cast.maya, "craving", at(9, 7), on=at(8, 9), intensity=8, target="heroin")

    assert shown(read(cast.dr_okafor, session_id)) == set()


def test_an_old_entry_that_is_marked_now_is_told(cast: Cast) -> None:
    session_id = planned(cast)
    entry = wrote(cast.maya, "note", at(30), note="the letter from my father")
    change_entry(
        chart=own_chart(cast.maya), entry_id=entry.id, rev=1, changes={"discuss": True},
        now=at(2, 20),
    )  # fmt: skip

    assert texts(read(cast.dr_okafor, session_id), "agenda")[1] == (
        "Marked to bring: Sun Feb 22, 12:00 pm: note (marked on Sun Mar 22). "
        "“the letter from my father”"
    )


def test_an_old_entry_that_is_shared_now_is_told(cast: Cast) -> None:
    session_id = planned(cast)
    entry = wrote(cast.maya, "use", at(20), share="private", substance="alcohol")
    assert shown(read(cast.dr_okafor, session_id)) == set()
    change_entry(
        chart=own_chart(cast.maya), entry_id=entry.id, rev=1, changes={"share": "care_team"},
        now=at(2, 20),
    )  # fmt: skip

    assert texts(read(cast.dr_okafor, session_id), "use")[1] == (
        "Wed Mar 4, 12:00 pm: use of alcohol, amount not given (shared on Sun Mar 22)."
    )


@pytest.mark.parametrize("days_ago", [2, 30], ids=["of this window", "of before"])
def test_an_answer_changed_after_the_review_is_told_again(cast: Cast, days_ago: int) -> None:
    session_id = planned(cast)
    entry = wrote(cast.maya, "craving", at(days_ago), intensity=3, outcome="did_not_use")
    Entry.objects.filter(id=entry.id).update(
        reviewed_at=at(days_ago, 18), reviewed_by=cast.dr_okafor.pk
    )
    change_entry(
        chart=own_chart(cast.maya), entry_id=entry.id, rev=1, changes={"outcome": "used"},
        now=at(1, 8),
    )  # fmt: skip

    found = read(cast.dr_okafor, session_id)

    assert "changed on Mon Mar 23" in texts(found, "moment")[0]
    assert not section(found, "moment").lines[0].reviewed
    assert shown(found) == {entry.id}


def test_a_mark_taken_back_after_the_review_is_no_news(cast: Cast) -> None:
    session_id = planned(cast)
    entry = used_heroin(cast)
    Entry.objects.filter(id=entry.id).update(reviewed_at=MET_AT - timedelta(days=1))
    change_entry(
        chart=own_chart(cast.maya), entry_id=entry.id, rev=1, changes={"discuss": False},
        now=at(1, 8),
    )  # fmt: skip

    assert shown(read(cast.dr_okafor, session_id)) == set()


def test_what_was_deleted_afterwards_is_not_told(cast: Cast) -> None:
    session_id = planned(cast)
    entry = used_heroin(cast)
    delete_entry(chart=own_chart(cast.maya), entry_id=entry.id, rev=1, now=at(1, 8))

    assert shown(read(cast.dr_okafor, session_id)) == set()
    assert of(looks(cast.dr_okafor), cast.maya).entries_since_last_session == 0


@pytest.mark.parametrize("share", ["private", "individual_therapist_only"])
def test_late_or_not_nobody_reads_what_is_not_shared_with_them(cast: Cast, share: str) -> None:
    people.joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)
    session_id = planned(cast)
    entry = used_heroin(cast, share=share)

    nurse, therapist = read(cast.dr_lind, session_id), read(cast.dr_okafor, session_id)

    assert shown(nurse) == set()
    assert "heroin" not in everything(nurse)
    assert shown(therapist) == ({entry.id} if share == "individual_therapist_only" else set())
    assert of(looks(cast.dr_lind), cast.maya).entries_since_last_session == 0


def test_each_kind_of_session_has_a_window_of_its_own(cast: Cast) -> None:
    """Between two family sessions it occurred as usual; the individual one had passed."""
    session_id = planned(cast)
    people.session(
        cast.dr_okafor, starts_at=at(14, 10), with_patient=cast.maya, status="present",
        kind="family",
    )  # fmt: skip
    family = people.session(
        cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya, kind="family"
    )
    used_heroin(cast)

    assert MARK in texts(read(cast.dr_okafor, session_id), "use")[1]
    assert MARK not in texts(read(cast.dr_okafor, family.pk), "use")[1]
    assert "heroin" in texts(read(cast.dr_okafor, family.pk), "use")[1]


def test_a_past_brief_does_not_change_by_what_arrives_after_it(cast: Cast) -> None:
    session_id = planned(cast)
    before = read(cast.dr_okafor, session_id, now=SESSION_AT + timedelta(hours=1))
    synced(cast.maya, "craving", BEFORE, on=SESSION_AT + timedelta(hours=2), intensity=8,
           target="heroin")  # fmt: skip

    after = read(cast.dr_okafor, session_id, now=SESSION_AT + timedelta(hours=3))

    assert after.digest == before.digest


def test_what_arrives_within_its_own_minute_needs_no_mark(cast: Cast) -> None:
    session_id = planned(cast)
    entry = synced(cast.maya, "mood", at(2, 9), on=at(2, 9) + timedelta(seconds=40), valence=1)

    row = Entry.objects.get(id=entry.id)

    assert (row.news, row.news_at) == (None, None)
    assert shown(read(cast.dr_okafor, session_id)) == {entry.id}


@pytest.mark.parametrize(
    "ago", [timedelta(days=4_000), timedelta(hours=-20)], ids=["2015", "ahead"]
)
def test_a_clock_that_cannot_be_right_is_told_by_its_arrival(cast: Cast, ago: timedelta) -> None:
    session_id = planned(cast)
    entry = synced(cast.maya, "craving", at(2, 9) - ago, on=at(2, 9), intensity=7, target="wine")
    if ago < timedelta(0):
        Entry.objects.filter(id=entry.id).update(occurred_at=NOW + timedelta(hours=20))
    Entry.objects.filter(id=entry.id).update(clock_suspect=True)

    found = read(cast.dr_okafor, session_id)

    said = texts(found, "moment")[0]
    assert said.startswith("Arrived Sun Mar 22, 9:00 am: craving 7 of 10 for wine")
    assert "The phone's clock can't be right for 1 entry" in " ".join(texts(found, "data"))
    assert header_text(found, "window").endswith(": 7 days and today.")
    assert of(looks(cast.dr_okafor), cast.maya).days_without_entries == 2
    came_to(cast, session_id)
    after = people.session(
        cast.dr_okafor, starts_at=SESSION_AT + timedelta(days=7), with_patient=cast.maya
    )
    # It stood in the brief of that session, as what occurs when it arrives: it is told once.
    assert shown(read(cast.dr_okafor, after.pk, now=SESSION_AT + timedelta(days=6))) == set()


def test_a_first_brief_does_not_begin_with_a_clock_of_2015(cast: Cast) -> None:
    people.admitted(cast.maya, on=at(9).date())
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)
    entry = synced(cast.maya, "mood", at(4_000), on=at(2, 9), valence=1)
    Entry.objects.filter(id=entry.id).update(clock_suspect=True)

    found = read(cast.dr_okafor, session.pk)

    assert found.since == at(9, 0)
    assert shown(found) == {entry.id}


def test_a_group_is_told_of_it_and_only_of_what_the_team_may_read(cast: Cast) -> None:
    ana, ben = group_scenario.members(cast, 2)
    session_id = group_scenario.planned(cast, ana, ben, met_days_ago=4)
    before = at(4, 7)
    synced(ana, "daily", before, on=at(3, 8), urges={"suicide": {"peak": 4}}, discuss=True,
           note="not in the group please")  # fmt: skip
    synced(ben, "use", before, on=at(3, 8), substance="heroin", share="individual_therapist_only",
           discuss=True)  # fmt: skip

    found = group_scenario.leads(cast, session_id)

    line, other = group_scenario.of(found, ana), group_scenario.of(found, ben)
    assert (line.needs_one_to_one, line.entries) == (True, 1)
    assert [one.text for one in line.may_be_raised] == [
        f"Fri Mar 20: diary card, urge for suicide 4 of 5 {MARK}. “not in the group please”"
    ]
    assert (other.needs_one_to_one, other.entries, other.may_be_raised) == (False, 0, ())


def test_the_day_page_names_who_needs_a_word_although_it_came_late(cast: Cast) -> None:
    ana, _ = group_scenario.members(cast, 2)
    session_id = group_scenario.planned(cast, ana, met_days_ago=4)
    synced(ana, "pre_session", at(4, 7), on=at(3, 8), coming_in={"use": 5})
    items = day_plan(
        viewer=cast.dr_okafor, since=SESSION_AT, until=SESSION_AT + timedelta(hours=1), now=NOW
    )

    found = one_to_one_before_groups(viewer=cast.dr_okafor, sessions=items, now=NOW)

    assert [item.id for item in items] == [session_id]
    assert [word.patient_id for word in found] == [ana.pk]


def test_a_late_mark_for_another_session_is_not_raised(cast: Cast) -> None:
    (ana,) = group_scenario.members(cast, 1)
    session_id = group_scenario.planned(cast, ana, met_days_ago=4)
    synced(ana, "pre_session", at(4, 7), on=at(3, 8), session=str(uuid4()), agenda="alone",
           discuss=True)  # fmt: skip

    line = group_scenario.of(group_scenario.leads(cast, session_id), ana)

    assert (line.entries, line.may_be_raised) == (1, ())


def test_a_caseload_counts_it(cast: Cast) -> None:
    planned(cast)
    used_heroin(cast)
    wrote(cast.maya, "mood", at(2))
    synced(cast.maya, "mood", at(9), on=at(8, 9), valence=1)

    assert of(looks(cast.dr_okafor), cast.maya).entries_since_last_session == 2


def test_beside_an_open_event_nothing_says_that_there_was_none(cast: Cast) -> None:
    session_id = planned(cast)
    used_heroin(cast)
    wrote(cast.maya, "daily", at(2, 21), urges={"suicide": {"peak": 0}})
    SafetyEvent.objects.create(
        patient_id=cast.maya.pk, audience="care_team", level=2, opened_at=ARRIVED,
        last_sign_at=ARRIVED,
    )  # fmt: skip

    found = read(cast.dr_okafor, session_id)

    assert "1 safety event is open" in texts(found, "safety")[0]
    assert texts(found, "use")[0].startswith("0 of 7 days without reported use")
