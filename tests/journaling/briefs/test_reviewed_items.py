"""What was reviewed collapses to a line, what a colleague wants to talk about stands out."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import CareTeamMembership
from journaling.briefs import safety_phrases
from journaling.models import Assignment, Entry, SafetyEvent
from journaling.safety.events import acknowledge_event, record_failed_contact
from journaling.safety.respond import safety_response_for
from tests import cast as people
from tests.cast import Cast, own_chart
from tests.journaling.briefs.brief_scenario import NOW, SESSION_AT, at, read, section, texts, wrote


def planned(cast: Cast) -> UUID:
    people.session(cast.dr_okafor, starts_at=at(7, 10), with_patient=cast.maya, status="present")
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk


def seen(**fields: Any) -> None:
    Entry.objects.filter(**fields).update(reviewed_at=NOW)


def test_what_is_marked_for_the_session_stays_until_it_was_talked_about(cast: Cast) -> None:
    session_id = planned(cast)
    old = wrote(cast.maya, "note", at(3), note="the letter", discuss=True)
    wrote(cast.maya, "note", at(1), note="the wedding", discuss=True)
    seen(id=old.id)

    lines = section(read(cast.dr_okafor, session_id), "agenda").lines[1:]

    assert [line.text for line in lines] == [
        "Marked to bring: Sat Mar 21, 12:00 pm: note. “the letter”",
        "Marked to bring: Mon Mar 23, 12:00 pm: note. “the wedding”",
    ]
    assert [line.reviewed for line in lines] == [True, False]


def test_reviewed_events_collapse_and_new_ones_are_told(cast: Cast) -> None:
    session_id = planned(cast)
    for day in (1, 2, 3):
        wrote(cast.maya, "use", at(day))
    seen()
    all_seen = section(read(cast.dr_okafor, session_id), "use").lines[1:]
    wrote(cast.maya, "use", at(0, 8))

    assert [line.text for line in all_seen] == [
        "3 events reviewed before: Sat Mar 21, Sun Mar 22, Mon Mar 23."
    ]
    assert [line.reviewed for line in all_seen] == [True]
    assert texts(read(cast.dr_okafor, session_id), "use")[1:] == [
        "Tue Mar 24, 8:00 am: use of alcohol, amount not given.",
        "Also 3 events reviewed before: Sat Mar 21, Sun Mar 22, Mon Mar 23.",
    ]


def test_the_moment_gives_way_to_one_that_was_not_looked_at(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "craving", at(3), intensity=9, outcome="used")
    seen()
    all_seen = texts(read(cast.dr_okafor, session_id), "moment")
    wrote(cast.maya, "craving", at(1), intensity=4, outcome="did_not_use")

    assert all_seen[0].startswith("Sat Mar 21, 12:00 pm: craving 9 of 10 for alcohol.")
    assert texts(read(cast.dr_okafor, session_id), "moment")[0].startswith("Mon Mar 23")


def test_an_urge_is_read_with_what_was_said_beside_it(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "daily", at(1, 21), urges={"suicide": {"peak": 2}},
          safety_check={"safe_now": True, "intent": False})  # fmt: skip

    assert texts(read(cast.dr_okafor, session_id), "safety") == [
        "Mon Mar 23: urge for suicide 2 of 5; said safe now, no intent."
    ]


def test_days_filled_in_too_late_are_told_as_that(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "mood", at(4), later=timedelta(hours=60))
    wrote(cast.maya, "mood", at(1))

    assert texts(read(cast.dr_okafor, session_id), "in_the_way")[1] == (
        "Logging: no shared entry in time on 6 of 7 days; longest gap Tue Mar 17 to Sun Mar 22; "
        "1 of them filled in more than 48 hours later."
    )


def test_homework_tells_what_was_practised_and_what_was_not(cast: Cast) -> None:
    session_id = planned(cast)
    for skill in ("slow-breathing", "name-it"):
        Assignment.objects.create(
            patient_id=cast.maya.pk, skill=skill, per_week=3, since=at(5).date(),
            assigned_at=at(5), assigned_by=cast.dr_okafor.pk,
        )  # fmt: skip
    wrote(cast.maya, "skill_practice", at(6), skill="slow-breathing")
    found = wrote(cast.maya, "skill_practice", at(2), skill="slow-breathing")
    wrote(cast.maya, "skill_practice", at(1), skill="name-it", attempted=False, able=None)

    lines = section(read(cast.dr_okafor, session_id), "in_the_way").lines
    (line,) = [line for line in lines if line.text.startswith("Homework")]

    assert line.text == (
        "Homework: Put it into words not practised (3 a week agreed); "
        "Slow breathing practised on 1 day (3 a week agreed)."
    )
    assert line.entries == (found.id,)


def test_what_the_team_wants_to_talk_about_is_on_the_agenda(cast: Cast) -> None:
    session_id = planned(cast)
    for day, discuss in ((2, False), (1, True)):
        entry = wrote(cast.maya, "note", at(day), note=f"day {day}", discuss=discuss)
        Entry.objects.filter(id=entry.id).update(acknowledged_at=NOW)

    assert texts(read(cast.dr_okafor, session_id), "agenda")[1:] == [
        "The team said “let’s talk about this”: Sun Mar 22, 12:00 pm: note. “day 2”",
        "Marked to bring, and the team said “let’s talk about this”: "
        "Mon Mar 23, 12:00 pm: note. “day 1”",
    ]


def test_nothing_graver_hides_behind_what_is_newer(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "daily", at(6, 21), safety_check={"plan": True})
    for day in (1, 2, 3, 4):
        wrote(cast.maya, "daily", at(day, 21), urges={"suicide": {"peak": 1}})

    assert texts(read(cast.dr_okafor, session_id), "safety") == [
        "Wed Mar 18: said yes to a plan.",
        "Mon Mar 23: urge for suicide 1 of 5.",
        "Sun Mar 22: urge for suicide 1 of 5.",
        "Also 2 reports, none more serious.",
    ]


def test_reviewed_reports_keep_the_gravest_in_words(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "daily", at(3, 21), safety_check={"plan": True})
    wrote(cast.maya, "daily", at(2, 21), urges={"suicide": {"peak": 1}})
    seen()
    all_seen = texts(read(cast.dr_okafor, session_id), "safety")
    wrote(cast.maya, "daily", at(1, 21), urges={"suicide": {"peak": 2}})

    assert all_seen == [
        "In this window 2 reports reviewed before; the most serious, Sat Mar 21: "
        "said yes to a plan."
    ]
    assert texts(read(cast.dr_okafor, session_id), "safety") == [
        "Mon Mar 23: urge for suicide 2 of 5.",
        "Also 2 reports reviewed before; the most serious, Sat Mar 21: said yes to a plan.",
    ]


@pytest.mark.parametrize(
    ("acted", "said"),
    [
        (True, "0 of 7 days without reported use, use reported on 1, 6 not asked."),
        (False, "1 of 7 days without reported use, 6 not asked."),
        (None, "Use: not asked."),
    ],
)
def test_a_diary_card_that_says_so_is_a_day_with_use(
    cast: Cast, acted: bool | None, said: str
) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "mood", at(1))
    urge = {"peak": 4} | ({} if acted is None else {"acted": acted})
    wrote(cast.maya, "daily", at(2, 21), urges={"use": urge})

    told = texts(read(cast.dr_okafor, session_id), "use")

    assert told[0] == said
    urges = "Urge to use: at most 4 of 5 on the diary card, Sun Mar 22 (asked 1 time)."
    assert told[1:] == [*(["Sun Mar 22: acted on an urge to use."] if acted else []), urges]


def test_a_card_adds_nothing_to_a_use_told_on_its_day(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "use", at(2, 20))
    wrote(cast.maya, "daily", at(2, 21), urges={"use": {"acted": True}})

    told = texts(read(cast.dr_okafor, session_id), "use")

    assert told[1:] == ["Sun Mar 22, 8:00 pm: use of alcohol, amount not given."]


def test_own_targets_are_told_by_name_with_what_was_asked(cast: Cast) -> None:
    session_id = planned(cast)
    for day, peak, acted in ((1, 2, False), (2, 4, True), (3, 0, False)):
        wrote(cast.maya, "daily", at(day, 21), urges={"gambling": {"peak": peak, "acted": acted}})
    wrote(cast.maya, "daily", at(4, 21), urges={"late_night_games": {"peak": 1}})

    line = section(read(cast.dr_okafor, session_id), "use").lines[-1]

    assert line.text == (
        "Own targets: gambling, urge at most 4 of 5, acted on 1 of 3 times asked; "
        "late night games, urge at most 1 of 5."
    )
    assert len(line.entries) == 4


@pytest.mark.parametrize("is_asked", [True, False])
def test_open_safety_events_stand_first_and_leave_with_who_cleared_them(
    cast: Cast, is_asked: bool
) -> None:
    session_id = planned(cast)
    for level, day in ((2, 3), (3, 1)):
        SafetyEvent.objects.create(
            patient_id=cast.maya.pk, audience="care_team", level=level, opened_at=at(day, 23),
            last_sign_at=at(day, 23),
        )  # fmt: skip
    if is_asked:
        wrote(cast.maya, "daily", at(1, 21), urges={"suicide": {"peak": 0}})

    said = texts(read(cast.dr_okafor, session_id), "safety")
    SafetyEvent.objects.update(
        acknowledged_at=NOW, acknowledged_by=cast.dr_okafor, reason="seen_in_person"
    )

    assert said[0] == (
        "2 safety events are open: level 3 since Mon Mar 23; level 2 since Sat Mar 21."
    )
    assert texts(read(cast.dr_okafor, session_id), "safety") == [
        "2 safety events were acknowledged: level 3 of Mon Mar 23, seen in person Tue Mar 24 by "
        "Dr. Okafor; level 2 of Sat Mar 21, seen in person Tue Mar 24 by Dr. Okafor.",
        *said[1:],
    ]


def test_an_event_is_told_with_what_was_answered_who_tried_who_cleared_it_and_why(
    cast: Cast,
) -> None:
    session_id = planned(cast)
    entry = wrote(cast.maya, "pre_session", at(2, 21), coming_in={"die": 5})
    now = at(2, 22)
    safety_response_for(chart=own_chart(cast.maya), entries=[entry], now=now)
    event_id = SafetyEvent.objects.get().pk
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.SAFETY_EVENTS, now=NOW,
        to_write=True,
    )  # fmt: skip
    record_failed_contact(chart=chart, event_id=event_id, note="Left a message.", now=now)
    opened = texts(read(cast.dr_okafor, session_id), "safety")[0]
    acknowledge_event(chart=chart, event_id=event_id, reason="reached_safe",
    note="With her sister.",
                now=NOW)  # fmt: skip

    cleared = texts(read(cast.dr_okafor, session_id), "safety")[0]

    assert opened == (
        "1 safety event is open: level 2 since Sun Mar 22, strong wish to die, 5 of 5 (happened "
        "Sun Mar 22, 9:00 pm, arrived Sun Mar 22, 10:00 pm), tried, not reached: Dr. Okafor, "
        "Sun Mar 22, 10:00 pm: “Left a message.”."
    )
    assert cleared == (
        "1 safety event was acknowledged: level 2 of Sun Mar 22, strong wish to die, 5 of 5, "
        "reached and safe Tue Mar 24 by Dr. Okafor: “With her sister.”."
    )


@pytest.mark.parametrize("reason", SafetyEvent.Reason.values)
def test_what_was_acknowledged_stands_below_what_is_open_until_it_was_briefed(
    cast: Cast, reason: str
) -> None:
    session_id = planned(cast)
    events = [
        SafetyEvent(
            patient_id=cast.maya.pk, audience="care_team", level=2, opened_at=at(day, 23),
            last_sign_at=at(day, 23),
        )
        for day in (1, 2, 3)
    ]  # fmt: skip
    for event, cleared_at in ((events[1], NOW), (events[2], NOW - timedelta(days=60))):
        event.acknowledged_at, event.acknowledged_by = cleared_at, cast.dr_okafor
        event.reason = reason
    SafetyEvent.objects.bulk_create(events)

    said = texts(read(cast.dr_okafor, session_id), "safety")

    assert said[0] == "1 safety event is open: level 2 since Mon Mar 23."
    answer = safety_phrases.clearing_reason_phrase(reason)
    assert said[1] == (
        f"1 safety event was acknowledged: level 2 of Sun Mar 22, {answer} Tue Mar 24 by "
        "Dr. Okafor."
    )
    assert not any("Sat Mar 21" in text for text in said)


def test_an_event_for_the_therapist_alone_is_not_told_to_the_team(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.NURSE)
    session_id = planned(cast)
    SafetyEvent.objects.create(
        patient_id=cast.maya.pk, audience="individual_therapist_only", level=3,
        opened_at=at(1), last_sign_at=at(1),
    )  # fmt: skip

    assert "open" in texts(read(cast.dr_okafor, session_id), "safety")[0]
    assert not any("open" in text for text in texts(read(cast.dr_lind, session_id), "safety"))
