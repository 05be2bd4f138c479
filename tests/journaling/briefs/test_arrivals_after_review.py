"""What came between the review of a brief and its session: told until somebody reviewed it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from care.access import roster
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import CareTeamMembership, Group, User
from care.sessions import for_brief
from care.sessions.for_brief import session_at_present
from care.sessions.read import day_plan
from journaling.briefs.individual import individual_brief
from journaling.briefs.overview import one_to_one_before_groups
from journaling.briefs.review import mark_reviewed, open_brief, open_group_brief
from journaling.entries.edit import change_entry
from journaling.entries.entry import EntryValue
from notifications.briefs import prompt_counter_of
from tests import cast as people
from tests.cast import Cast, own_chart
from tests.journaling.briefs import group_scenario
from tests.journaling.briefs.brief_scenario import (
    NOW,
    SESSION_AT,
    at,
    header_text,
    read,
    section,
    texts,
    wrote,
)
from tests.journaling.briefs.test_caseload import looks, of
from tests.journaling.briefs.test_late_arrivals import MET_AT, came_to, review, shown, synced

MARK = "came after the last brief was reviewed"
#: How what came is entered: as it happens, or marked after it had been reviewed.
WAYS = ("arrived", "marked")
#: When the last brief was opened and reviewed, and when something came before its session.
OPENED, CAME = MET_AT - timedelta(hours=2), MET_AT - timedelta(hours=1)


def opens(by: User, patient: User, session_id: UUID | None, *, now: datetime = OPENED) -> str:
    """Open an individual brief, without a session the patient as they stand."""
    if session_id is not None:
        return read(by, session_id, now=now).digest
    chart = open_chart(viewer=by, patient_id=patient.pk, what=DataCategory.BRIEF, now=now)
    session = session_at_present(viewer=by, patient_id=patient.pk, now=now)
    return open_brief(
        chart=chart, session=session, prompts=prompt_counter_of(chart), now=now
    ).digest


def marks(
    by: User, patient: User, session_id: UUID | None, digest: str, *, now: datetime = OPENED
) -> int:
    chart = open_chart(
        viewer=by, patient_id=patient.pk, what=DataCategory.REVIEW, now=now, to_write=True
    )
    return mark_reviewed(chart=chart, session_id=session_id, digest=digest, now=now)


def reviews(by: User, patient: User, session_id: UUID | None, *, now: datetime = OPENED) -> int:
    return marks(by, patient, session_id, opens(by, patient, session_id, now=now), now=now)


def comes(patient: User, way: str, *, before: datetime = OPENED) -> Callable[[], EntryValue]:
    """Write something down before the review, and let it come, or be marked, after it."""
    if way == "arrived":
        return lambda: wrote(patient, "note", CAME, note="help me", discuss=True)
    old = wrote(patient, "note", before - timedelta(days=1), note="help me")
    return lambda: change_entry(
        chart=own_chart(patient), entry_id=old.id, rev=1, changes={"discuss": True}, now=CAME
    )


def met_before_that(cast: Cast) -> UUID:
    """Plan what maya came to last, and another session a week before it."""
    people.session(
        cast.dr_okafor, starts_at=MET_AT - timedelta(days=7), with_patient=cast.maya,
        status="present",
    )  # fmt: skip
    return people.session(
        cast.dr_okafor, starts_at=MET_AT, with_patient=cast.maya, status="present"
    ).pk


def group_of(cast: Cast, *patients: User) -> tuple[Group, UUID]:
    """Plan a group's session; it met when ``MET_AT`` was."""
    group = people.group(cast.dr_okafor, *patients)
    people.session(cast.dr_okafor, starts_at=MET_AT, with_group=group, kind="group")
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_group=group, kind="group")
    return group, session.pk


def coming(cast: Cast, *, days: int = 0) -> UUID:
    return people.session(
        cast.dr_okafor, starts_at=SESSION_AT + timedelta(days=days), with_patient=cast.maya
    ).pk


@pytest.mark.parametrize("when", [timedelta(hours=3), timedelta(hours=1)], ids=["late", "at once"])
def test_what_comes_between_review_and_session_is_told_in_the_next_brief(
    cast: Cast, when: timedelta
) -> None:
    last = people.session(
        cast.dr_okafor, starts_at=MET_AT, with_patient=cast.maya, status="present"
    )
    seen = wrote(cast.maya, "mood", MET_AT - timedelta(hours=5))
    review(cast, last.pk, now=MET_AT - timedelta(hours=2))
    arrived = MET_AT - timedelta(hours=1)
    missed = synced(
        cast.maya, "use", MET_AT - when, on=arrived, substance="heroin", discuss=True, note="help"
    )
    coming = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)

    found = read(cast.dr_okafor, coming.pk)

    mark = "came after the last brief was reviewed"
    assert shown(found) == {missed.id}
    assert mark in texts(found, "agenda")[1]
    assert any("heroin" in text and mark in text for text in texts(found, "use"))
    assert header_text(found, "entries").startswith(
        f"No shared entries in this window. With 1 entry from before it (1 use): {mark}."
    )
    assert seen.id not in shown(found)
    review(cast, coming.pk)
    after = people.session(
        cast.dr_okafor, starts_at=SESSION_AT + timedelta(days=2), with_patient=cast.maya
    )
    came_to(cast, coming.pk)
    assert missed.id not in shown(
        read(cast.dr_okafor, after.pk, now=SESSION_AT + timedelta(days=1))
    )


def test_whoever_never_reviews_is_not_told_all_of_it_again(cast: Cast) -> None:
    people.session(cast.dr_okafor, starts_at=MET_AT, with_patient=cast.maya, status="present")
    wrote(cast.maya, "mood", MET_AT - timedelta(hours=5))
    coming = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)

    assert shown(read(cast.dr_okafor, coming.pk)) == set()


@pytest.mark.parametrize("way", WAYS)
def test_the_agenda_quotes_it_and_keeps_it_when_it_is_reviewed(cast: Cast, way: str) -> None:
    last = met_before_that(cast)
    come = comes(cast.maya, way)
    reviews(cast.dr_okafor, cast.maya, last)
    entry = come()
    session_id = coming(cast)

    told = read(cast.dr_okafor, session_id)
    review(cast, session_id)
    again = read(cast.dr_okafor, session_id)
    came_to(cast, session_id)
    after = read(cast.dr_okafor, coming(cast, days=2), now=SESSION_AT + timedelta(days=1))

    assert MARK in texts(told, "agenda")[1]
    assert "“help me”" in texts(told, "agenda")[1]
    assert MARK in texts(again, "agenda")[1]
    assert section(again, "agenda").lines[1].reviewed
    assert entry.id not in shown(after)


@pytest.mark.parametrize("way", WAYS)
def test_a_caseload_counts_it_until_it_was_reviewed(cast: Cast, way: str) -> None:
    last = met_before_that(cast)
    come = comes(cast.maya, way)
    reviews(cast.dr_okafor, cast.maya, last)
    before = of(looks(cast.dr_okafor), cast.maya).entries_since_last_session
    come()
    session_id = coming(cast)

    counted = of(looks(cast.dr_okafor), cast.maya).entries_since_last_session
    came_to(cast, session_id)
    unread = of(looks(cast.dr_okafor, now=SESSION_AT + timedelta(hours=2)), cast.maya)
    reviews(cast.dr_okafor, cast.maya, coming(cast, days=1), now=SESSION_AT + timedelta(hours=3))
    people.session(
        cast.dr_okafor, starts_at=SESSION_AT + timedelta(days=2), with_patient=cast.maya,
        status="present",
    )  # fmt: skip
    after = of(looks(cast.dr_okafor, now=SESSION_AT + timedelta(days=3)), cast.maya)

    assert (before, counted) == (0, 1)
    assert unread.entries_since_last_session == 1
    assert after.entries_since_last_session == 0


@pytest.mark.parametrize("way", WAYS)
def test_a_groups_line_tells_it_until_it_was_reviewed(cast: Cast, way: str) -> None:
    ana, ben = group_scenario.members(cast, 2)
    group, session_id = group_of(cast, ana, ben)
    come = comes(ana, way)
    reviews(cast.dr_lind, ana, None)
    before = group_scenario.of(group_scenario.leads(cast, session_id), ana)
    come()
    later, last = (
        people.session(
            cast.dr_okafor, starts_at=SESSION_AT + timedelta(days=days), with_group=group,
            kind="group",
        ).pk
        for days in (2, 4)
    )  # fmt: skip

    told = group_scenario.leads(cast, session_id)
    unread = group_scenario.of(group_scenario.leads(cast, later, late=timedelta(hours=2)), ana)
    reviews(cast.dr_lind, ana, None, now=SESSION_AT + timedelta(hours=3))
    after = group_scenario.of(group_scenario.leads(cast, last, late=timedelta(days=3)), ana)

    line = group_scenario.of(told, ana)
    assert (before.entries, line.entries, group_scenario.of(told, ben).entries) == (0, 1, 0)
    assert len(line.may_be_raised) == 1
    assert f"{MARK}). “help me”" in line.may_be_raised[0].text
    assert (unread.entries, len(unread.may_be_raised)) == (1, 1)
    assert (after.entries, after.may_be_raised) == (0, ())


def test_an_answer_that_came_so_asks_for_a_word_before_the_group(cast: Cast) -> None:
    (ana,) = group_scenario.members(cast, 1)
    _, session_id = group_of(cast, ana)
    reviews(cast.dr_lind, ana, None)
    wrote(ana, "pre_session", CAME, coming_in={"use": 5})
    items = day_plan(
        viewer=cast.dr_okafor, since=SESSION_AT, until=SESSION_AT + timedelta(hours=1), now=NOW
    )

    found = one_to_one_before_groups(viewer=cast.dr_okafor, sessions=items, now=NOW)

    assert [word.patient_id for word in found] == [ana.pk]
    assert group_scenario.of(group_scenario.leads(cast, session_id), ana).needs_one_to_one


def test_a_group_brief_that_was_opened_is_no_review(cast: Cast) -> None:
    (ana,) = group_scenario.members(cast, 1)
    group, session_id = group_of(cast, ana)
    last = group.sessions.get(starts_at=MET_AT).pk
    session = for_brief.group_session(viewer=cast.dr_okafor, session_id=last, now=OPENED)
    shown_then = roster.open_group_roster(
        viewer=cast.dr_okafor, session=session, what=DataCategory.BRIEF, now=OPENED
    )
    open_group_brief(roster=shown_then, session=session, now=OPENED)
    wrote(ana, "note", CAME, note="help me", discuss=True)

    line = group_scenario.of(group_scenario.leads(cast, session_id), ana)

    assert (line.entries, line.may_be_raised) == (0, ())


def told_everywhere(cast: Cast) -> tuple[int, int]:
    """Count what the next brief and the caseload tell."""
    counted = of(looks(cast.dr_okafor), cast.maya).entries_since_last_session
    return len(shown(read(cast.dr_okafor, coming(cast)))), counted


@pytest.mark.parametrize(
    "pressed", [MET_AT - timedelta(minutes=30), MET_AT + timedelta(hours=1)],
    ids=["before the session", "after it"],
)  # fmt: skip
def test_what_comes_while_the_brief_lies_open_was_not_seen_in_it(
    cast: Cast, pressed: datetime
) -> None:
    last = met_before_that(cast)
    wrote(cast.maya, "mood", OPENED - timedelta(hours=1))
    digest = opens(cast.dr_okafor, cast.maya, last)
    wrote(cast.maya, "note", CAME, note="help me")

    assert marks(cast.dr_okafor, cast.maya, last, digest, now=pressed) == 1

    assert told_everywhere(cast) == (1, 1)


def test_a_review_that_had_nothing_to_mark_is_one(cast: Cast) -> None:
    last = met_before_that(cast)
    assert reviews(cast.dr_okafor, cast.maya, last) == 0
    wrote(cast.maya, "note", CAME, note="help me")

    assert told_everywhere(cast) == (1, 1)


@pytest.mark.parametrize(
    ("ago", "told"), [(timedelta(days=2), (1, 1)), (timedelta(days=4), (0, 0))],
    ids=["Friday", "last week"],
)  # fmt: skip
def test_a_review_is_of_the_sessions_of_the_next_days(
    cast: Cast, ago: timedelta, told: tuple[int, int]
) -> None:
    last = met_before_that(cast)
    reviews(cast.dr_okafor, cast.maya, last, now=MET_AT - ago)
    wrote(cast.maya, "note", CAME, note="help me")

    assert told_everywhere(cast) == told


@pytest.mark.parametrize("share", ["care_team", "individual_therapist_only"])
def test_a_colleagues_review_counts_as_far_as_they_could_see(cast: Cast, share: str) -> None:
    people.joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)
    last = met_before_that(cast)
    reviews(cast.dr_lind, cast.maya, last)
    wrote(cast.maya, "note", CAME, note="help me", share=share)
    to_both = told_everywhere(cast)
    to_nurse = len(shown(read(cast.dr_lind, coming(cast))))
    reviews(cast.dr_lind, cast.maya, last, now=MET_AT - timedelta(minutes=10))

    is_for_team = share == "care_team"
    assert to_both == (1, 1)
    assert to_nurse == int(is_for_team)
    assert told_everywhere(cast) == ((0, 0) if is_for_team else (1, 1))
    assert of(looks(cast.dr_lind), cast.maya).entries_since_last_session == 0


def test_it_is_counted_in_every_brief_until_somebody_reviewed_it(cast: Cast) -> None:
    last = met_before_that(cast)
    reviews(cast.dr_okafor, cast.maya, last)
    entry = wrote(cast.maya, "note", CAME, note="help me", discuss=True)
    came_to(cast, coming(cast))

    found = read(cast.dr_okafor, coming(cast, days=2), now=SESSION_AT + timedelta(days=1))

    assert shown(found) == {entry.id}
    assert "(came after an earlier brief was reviewed)" in texts(found, "agenda")[1]
    assert "With 1 entry from before it (1 note): from earlier briefs and not reviewed." in (
        header_text(found, "entries")
    )


def test_a_brief_for_no_session_tells_until_reviewed_what_sessions_parted(cast: Cast) -> None:
    met_before_that(cast)
    entry = synced(cast.maya, "note", at(15, 9), on=at(8, 9), note="help me")
    session = session_at_present(viewer=cast.dr_okafor, patient_id=cast.maya.pk, now=NOW)
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.BRIEF, now=NOW
    )

    found = individual_brief(
        chart=chart, session=session, prompts=prompt_counter_of(chart), now=NOW
    )

    assert shown(found) == {entry.id}


def test_statements_do_not_grow_with_patients_who_have_missed_entries(cast: Cast) -> None:
    counts = []
    patients = group_scenario.members(cast, 6)
    _, session_id = group_of(cast, *patients)
    for shown_now in (patients[:1], patients[1:]):
        for user in shown_now:
            reviews(cast.dr_lind, user, None)
            wrote(user, "note", CAME, note="help me", discuss=True)
        with CaptureQueriesContext(connection) as seen:
            line = group_scenario.of(group_scenario.leads(cast, session_id), shown_now[0])
            looks(cast.dr_okafor)
        assert line.entries == 1
        counts.append(len(seen))

    assert counts[0] == counts[1]


def test_a_figure_names_what_came_after_the_review(cast: Cast) -> None:
    last = met_before_that(cast)
    reviews(cast.dr_okafor, cast.maya, last)
    wrote(cast.maya, "craving", CAME, intensity=7)
    session_id = coming(cast)

    alone = texts(read(cast.dr_okafor, session_id), "craving")
    synced(cast.maya, "craving", CAME, intensity=8, target="wine")
    both = texts(read(cast.dr_okafor, session_id), "craving")

    assert alone == [f"1 craving, 7 of 10, {MARK} (not in these figures)."]
    assert both == [
        "2 cravings, at most 8 of 10, from before this window, new to this brief "
        "(not in these figures)."
    ]
