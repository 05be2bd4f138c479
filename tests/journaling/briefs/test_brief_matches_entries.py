"""A brief tells what was asked, what was answered, and what was done; never more, never less."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import CareTeamMembership
from journaling import formatting
from journaling.briefs.review import mark_reviewed
from journaling.models import Assignment, Entry
from journaling.skills.read import assignments_of
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


def planned(cast: Cast, *, met_days_ago: int = 7) -> UUID:
    people.admitted(cast.maya, on=at(22).date(), hours=9)
    people.session(
        cast.dr_okafor, starts_at=at(met_days_ago, 10), with_patient=cast.maya, status="present"
    )
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk


def given(cast: Cast, skill: str, *, days_ago: int = 5) -> UUID:
    return Assignment.objects.create(
        patient_id=cast.maya.pk, skill=skill, per_week=3, since=at(days_ago).date(),
        assigned_at=at(days_ago), assigned_by=cast.dr_okafor.pk,
    ).pk  # fmt: skip


# --- Craving: what was written down late is there, silence is silence ------------------------


def test_cravings_written_down_late_are_told_as_late(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "craving", at(4), intensity=7, later=timedelta(days=2, hours=1))

    assert texts(read(cast.dr_okafor, session_id), "craving") == [
        "1 craving, 7 of 10, written down 2 days later (not in figures)."
    ]


def test_who_is_silent_has_logged_nothing_and_others_had_no_craving(cast: Cast) -> None:
    session_id = planned(cast)
    silent = texts(read(cast.dr_okafor, session_id), "craving")
    wrote(cast.maya, "mood", at(2))

    assert silent == ["Nothing logged."]
    assert texts(read(cast.dr_okafor, session_id), "craving") == [
        "No craving was logged in this window."
    ]


@pytest.mark.parametrize(
    ("kind", "fields", "key", "said"),
    [
        ("mood", {"valence": -2}, "mood_sleep",
         "1 mood, unpleasant (−2), written down 3 days later (not in figures). Not asked: sleep."),
        ("skill_practice", {"skill": "name-it"}, "skills",
         "1 skill practice (Put it into words 1), written down 3 days later (not in figures)."),
        ("daily", {"sleep_hours": 5}, "mood_sleep",
         "Sleep: only on diary cards that stand in no figure."),
    ],
)  # fmt: skip
def test_other_kinds_written_down_late_are_told_as_late_too(
    cast: Cast, kind: str, fields: dict[str, Any], key: str, said: str
) -> None:
    session_id = planned(cast)
    wrote(cast.maya, kind, at(5), later=timedelta(days=3, hours=10), **fields)

    assert texts(read(cast.dr_okafor, session_id), key)[-1] == said


# --- Homework: a skill used in a craving was practised ---------------------------------------


def test_a_skill_used_in_a_craving_was_practised(cast: Cast) -> None:
    session_id = planned(cast)
    given(cast, "slow-breathing")
    wrote(cast.maya, "craving", at(6), skills=["slow-breathing"])  # before it was given
    wrote(cast.maya, "craving", at(4), skills=["slow-breathing", "name-it"])
    wrote(cast.maya, "craving", at(3), skills=["slow-breathing"])
    wrote(cast.maya, "skill_practice", at(2), skill="slow-breathing")

    found = read(cast.dr_okafor, session_id)
    (progress,) = assignments_of(chart=own_chart(cast.maya), skills={}, today=at(0).date())

    assert texts(found, "in_the_way")[2] == (
        "Homework: Slow breathing practised on 3 days, 2 of them in a craving (3 a week agreed)."
    )
    assert texts(found, "skills")[0].startswith("Practised on 4 of 7 days, 3 of them in a craving")
    assert progress.progress.text == (
        "0 of 3 this week; practised on 3 of 5 days, 2 of them in a craving"
    )


def test_practice_told_too_late_is_not_called_none(cast: Cast) -> None:
    session_id = planned(cast)
    given(cast, "slow-breathing")
    wrote(cast.maya, "craving", at(4), skills=["slow-breathing"], later=timedelta(days=3))

    assert texts(read(cast.dr_okafor, session_id), "in_the_way")[3] == (
        "Homework: Slow breathing practised on 1 day, told later and not in figures"
        " (3 a week agreed)."
    )


def test_a_group_counts_it_and_the_room_is_told_of_no_craving(cast: Cast) -> None:
    group = group_scenario.members(cast, 5)
    session_id = group_scenario.planned(cast, *group)
    for user in group:
        Assignment.objects.create(
            patient_id=user.pk, skill="name-it", per_week=3, since=at(4).date(),
            assigned_at=at(4), assigned_by=cast.dr_okafor.pk,
        )  # fmt: skip
        wrote(user, "craving", at(2), skills=["name-it"])

    found, room = group_scenario.leads(cast, session_id), group_scenario.projects(cast, session_id)

    line = group_scenario.of(found, group[0])
    assert line.homework is not None
    assert (line.homework.assigned, line.homework.practised) == (1, 1)
    assert (line.practised_on, line.helped, line.answered) == (1, 0, 0)
    assert found.top.most_practised is not None
    assert found.top.most_practised.times == 5
    assert (room.practices, room.skills) == (None, ())


# --- Urges of the diary card and on the way in -----------------------------------------------


def test_urges_to_use_are_told_with_their_scale_and_may_be_the_moment(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "craving", at(1), intensity=3, outcome="did_not_use")
    card = wrote(cast.maya, "daily", at(2, 21), urges={"use": {"peak": 4}})
    wrote(cast.maya, "daily", at(3, 21), urges={"use": {"peak": 1}})
    wrote(cast.maya, "pre_session", at(0, 8), coming_in={"use": 2})

    found = read(cast.dr_okafor, session_id)

    assert texts(found, "use")[-1] == (
        "Urge to use: at most 4 of 5 on the diary card, Sun Mar 22 (asked 2 times); "
        "2 of 5 on the way in, Tue Mar 24."
    )
    assert texts(found, "moment") == ["Sun Mar 22: diary card, urge to use 4 of 5."]
    assert section(found, "moment").lines[0].entries == (card.id,)


@pytest.mark.parametrize(
    ("intensity", "peak", "kind"),
    [(7, 4, "craving"), (9, 5, "craving"), (6, 4, "daily"), (5, 3, "craving"), (4, 3, "daily"),
     (1, 2, "craving")],
)  # fmt: skip
def test_a_share_of_the_scale_only_orders_moments(
    cast: Cast, intensity: int, peak: int, kind: str
) -> None:
    session_id = planned(cast)
    entries = {
        "craving": wrote(cast.maya, "craving", at(3), intensity=intensity),
        "daily": wrote(cast.maya, "daily", at(2, 21), urges={"quit_treatment": {"peak": peak}}),
    }

    line = section(read(cast.dr_okafor, session_id), "moment").lines[0]

    assert line.entries == (entries[kind].id,)
    assert f"{intensity} of 10" in line.text or f"{peak} of 5" in line.text


# --- Days: whole ones; today apart ------------------------------------------------------------


@pytest.mark.parametrize(
    ("met_days_ago", "days"),
    [(1, "1 day and today"), (7, "7 days and today"), (0, "today")],
)
def test_days_are_those_that_are_over(cast: Cast, met_days_ago: int, days: str) -> None:
    people.session(
        cast.dr_okafor, starts_at=at(met_days_ago, 8), with_patient=cast.maya, status="present"
    )
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)

    found = read(cast.dr_okafor, session.pk)

    assert header_text(found, "window").endswith(f": {days}.")
    assert "unknown" not in " ".join(texts(found, "use"))


def test_today_is_told_apart_and_never_as_missed(cast: Cast) -> None:
    session_id = planned(cast, met_days_ago=1)
    wrote(cast.maya, "craving", at(1, 20), outcome="did_not_use")
    before = read(cast.dr_okafor, session_id)
    wrote(cast.maya, "craving", at(0, 8), outcome="did_not_use")
    after = read(cast.dr_okafor, session_id)

    assert texts(before, "in_the_way")[1] == "Logging: a shared entry on each of 1 day."
    assert texts(before, "use")[0] == "1 of 1 day without reported use."
    assert texts(after, "in_the_way")[1] == (
        "Logging: a shared entry on each of 1 day; today: 1 entry so far."
    )
    assert texts(after, "use")[0] == (
        "1 of 1 day without reported use. Today: without reported use so far."
    )
    assert texts(after, "craving")[0].startswith("2 episodes on 1 of 1 day and today")


def test_a_session_next_monday_has_a_week_that_did_not_begin(cast: Cast) -> None:
    planned(cast)
    people.session(
        cast.dr_okafor, starts_at=at(0, 8), with_patient=cast.maya, status="present",
        kind="education", minutes=180,
    )  # fmt: skip
    monday = people.session(cast.dr_okafor, starts_at=at(-6, 10), with_patient=cast.maya)

    said = texts(read(cast.dr_okafor, monday.pk), "header")[1]

    assert said.endswith("Attended in the week before it, so far: 3 h of 9 h planned.")


# --- Use: only what was asked ----------------------------------------------------------------


def test_who_was_never_asked_about_use_is_told_as_that(cast: Cast) -> None:
    session_id = planned(cast)
    for day in range(1, 7):
        wrote(cast.maya, "mood", at(day))

    assert texts(read(cast.dr_okafor, session_id), "use") == ["Use: not asked."]


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("daily", {"urges": {"use": {"peak": 3, "acted": False}}}, "1 of 7 days without"),
        ("daily", {"urges": {"use": {"peak": 0}}}, "Use: not asked"),
        ("daily", {"sleep_hours": 7}, "Use: not asked"),
        ("daily", {"urges": {"use": {"acted": True}}}, "0 of 7 days without reported use, use"),
        ("daily", {"unanswered": {"urges.use": "prefer_not_to_say"}}, "0 of 7 days without"),
        ("craving", {"outcome": "did_not_use"}, "1 of 7 days without"),
        ("craving", {}, "Use: not asked"),
        ("craving", {"outcome": "still_deciding"}, "0 of 7 days without reported use, 6 not asked"),
        ("use", {}, "0 of 7 days without reported use, use reported on 1, 6 not asked"),
        ("pre_session", {"coming_in": {"use": 0}}, "Use: not asked"),
        ("measure", {}, "Use: not asked"),
    ],
)  # fmt: skip
def test_a_day_is_without_use_only_where_it_was_asked_and_answered(
    cast: Cast, kind: str, fields: dict[str, Any], said: str
) -> None:
    session_id = planned(cast)
    wrote(cast.maya, kind, at(2, 21), **fields)

    assert texts(read(cast.dr_okafor, session_id), "use")[0].startswith(said)


# --- Reviewed lines can be shown again --------------------------------------------------------


def test_a_reviewed_line_tells_who_and_when_and_keeps_what_collapsed(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)
    session_id = planned(cast)
    for day in (4, 3):
        wrote(cast.maya, "use", at(day), amount=1, unit="cigarettes")
    wrote(cast.maya, "craving", at(2), intensity=8, triggers=["lonely"], thought="just one")
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.REVIEW, now=at(1, 20, 51),
        to_write=True,
    )  # fmt: skip
    digest = read(cast.dr_okafor, session_id, now=at(1, 20, 50)).digest
    mark_reviewed(chart=chart, session_id=session_id, digest=digest, now=at(1, 20, 51))

    soon = read(cast.dr_okafor, session_id, now=at(1, 21))
    own, theirs = read(cast.dr_okafor, session_id), read(cast.dr_lind, session_id)

    moment = section(own, "moment").lines
    assert len(moment) == 3
    assert "craving 8 of 10" in moment[0].text
    assert {(one.reviewed, one.reviewed_by_me, one.reviewed_at) for one in moment} == {
        (True, True, at(1, 20, 51))
    }
    assert {one.reviewed_text for one in moment} == {"reviewed by you, Mon Mar 23, 8:51 pm"}
    assert section(soon, "moment").lines[0].reviewed_text == "reviewed by you 8:51 pm"
    assert section(theirs, "moment").lines[0].reviewed_text == (
        "reviewed by Dr. Okafor, Mon Mar 23, 8:51 pm"
    )
    (folded,) = [one for one in section(own, "use").lines if one.collapsed]
    assert [one.text for one in folded.collapsed] == [
        "Fri Mar 20, 12:00 pm: use of alcohol, 1 cigarette.",
        "Sat Mar 21, 12:00 pm: use of alcohol, 1 cigarette.",
    ]
    assert all(one.reviewed and one.reviewed_text for one in folded.collapsed)


def test_what_was_reviewed_and_folded_is_as_much_as_a_page_can_show(cast: Cast) -> None:
    session_id = planned(cast)
    for hour in range(23):
        wrote(cast.maya, "use", at(2, hour))
    Entry.objects.update(reviewed_at=at(1), reviewed_by=cast.dr_okafor.pk)

    (line,) = [
        one for one in section(read(cast.dr_okafor, session_id), "use").lines if one.collapsed
    ]

    assert line.text == "23 events reviewed before: Sun Mar 22."
    assert len(line.collapsed) == 20


# --- Each line earns its place ----------------------------------------------------------------


def test_one_more_is_told_and_never_counted() -> None:
    assert formatting.join_first(["a", "b", "c"], most=2) == "a, b, c"
    assert formatting.join_first(["a", "b", "c", "d"], most=2) == "a, b and 2 more"


def test_a_share_of_nothing_is_not_told_and_a_small_one_is_no_nought() -> None:
    assert formatting.format_share(2, 431) == "under 1 % (2)"
    assert formatting.format_share(0, 5) == "0 % (0)"


@pytest.mark.parametrize(
    ("amount", "unit", "said"),
    [
        (1, "cigarettes", "1 cigarette"), (4, "cigarette", "4 cigarettes"), (1, "beers", "1 beer"),
        (1, "glasses", "1 glass"), (2, "glass", "2 glasses"), (1, "pouches", "1 pouch"),
        (1, "boxes", "1 box"), (1, "gummies", "1 gummy"), (1, "cookies", "1 cookie"),
        (1, "glasses of wine", "1 glass of wine"), (1, "small bottles", "1 small bottle"),
        (0.5, "g", "0.5 g"), (1, "mg", "1 mg"), (1, "oz", "1 oz"), (3, "Bier", "3 Bier"),
        (1, "dose", "1 dose"), (1, "lbs", "1 lbs"), (2, "cans", "2 cans"), (1, "Stück", "1 Stück"),
    ],
)  # fmt: skip
def test_an_amount_can_be_read_aloud(amount: float, unit: str, said: str) -> None:
    assert formatting.format_amount(amount, unit) == said


def test_many_days_are_summed_up(cast: Cast) -> None:
    session_id = planned(cast, met_days_ago=20)
    for day in range(1, 16):
        wrote(cast.maya, "use", at(day))

    assert texts(read(cast.dr_okafor, session_id), "use")[-1] == (
        "Also 12 events: 12 days from Mon Mar 9 to Fri Mar 20."
    )


def test_one_moment_is_quoted_once(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "craving", at(1), note="Payday, and they all went.", discuss=True,
          thought="just one")  # fmt: skip

    found = read(cast.dr_okafor, session_id)
    said = " ".join(one.text for part in found.sections for one in part.lines)

    assert (said.count("just one"), said.count("Payday")) == (1, 1)


def test_the_brief_is_read_at(cast: Cast) -> None:
    """Guard the arithmetic above: the session is on a Tuesday, read half an hour before."""
    assert (SESSION_AT - NOW, at(0).strftime("%a")) == (timedelta(minutes=30), "Tue")
