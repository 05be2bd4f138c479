"""What was reviewed collapses to a line, what a colleague wants to talk about stands out."""

from typing import Any
from uuid import UUID

import pytest

from journaling.models import Entry
from tests import cast as people
from tests.cast import Cast
from tests.journaling.brief_story import NOW, SESSION_AT, at, read, section, texts, wrote


def planned(cast: Cast) -> UUID:
    people.session(cast.dr_okafor, starts_at=at(7, 10), with_patient=cast.maya, status="present")
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk


def seen(**fields: Any) -> None:
    Entry.objects.filter(**fields).update(reviewed_at=NOW)


def test_reviewed_marks_collapse_and_new_ones_are_told(cast: Cast) -> None:
    session_id = planned(cast)
    old = wrote(cast.maya, "note", at(3), note="the letter", discuss=True)
    seen(id=old.id)
    wrote(cast.maya, "note", at(1), note="the wedding", discuss=True)

    lines = section(read(cast.dr_okafor, session_id), "agenda").lines[1:]

    assert [line.text for line in lines] == [
        "Marked to bring: Mon Mar 23, 12:00 pm: note. “the wedding”",
        "Also marked: 1 entry reviewed before, from Sat Mar 21 on.",
    ]
    assert [line.reviewed for line in lines] == [False, True]
    assert lines[1].entries == (old.id,)


def test_where_all_was_reviewed_one_line_is_left(cast: Cast) -> None:
    session_id = planned(cast)
    for day in (1, 2, 3):
        wrote(cast.maya, "use", at(day), discuss=True)
    seen()

    found = read(cast.dr_okafor, session_id)

    assert texts(found, "agenda")[1:] == ["Marked: 3 entries reviewed before, from Sat Mar 21 on."]
    assert texts(found, "use")[1:] == [
        "Told 3 events reviewed before: Sat Mar 21, Sun Mar 22, Mon Mar 23."
    ]


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
        (True, "1 of 8 days without reported use, use reported on 1, 6 unknown."),
        (False, "2 of 8 days without reported use, 6 unknown."),
        (None, "2 of 8 days without reported use, 6 unknown."),
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
    assert told[1:] == (["Sun Mar 22: acted on an urge to use."] if acted else [])


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
