"""What diary cards and entries before a session bring to a brief: asked, answered, passed over."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import SESSION_AT, at, read, section, texts, wrote


def planned(cast: Cast) -> UUID:
    people.session(cast.dr_okafor, starts_at=at(7, 10), with_patient=cast.maya, status="present")
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, ["Not asked: no entry of this window asks about safety. This says nothing "
                          "either way."], id="not-asked"),
        pytest.param({"urges": {"use": {"peak": 5}}}, ["Not asked: no entry of this window asks "
                     "about safety. This says nothing either way."], id="other-urges-do-not-ask"),
        pytest.param(
            {"urges": {"suicide": {"peak": 0}, "self_harm": {"peak": 0, "acted": False}}},
            ["None reported; asked in 1 entry: self-harm, suicide."],
            id="asked-and-none",
        ),
        pytest.param(
            {"urges": {"suicide": {"peak": 2}, "self_harm": {"acted": True}}},
            ["Sun Mar 22: urge for suicide 2 of 5, acted on an urge for self-harm."],
            id="reported",
        ),
        pytest.param(
            {"safety_check": {"safe_now": False, "intent": False}},
            ["Sun Mar 22: did not feel safe; said no intent."],
            id="not-safe",
        ),
        pytest.param(
            {"unanswered": {"urges.suicide": "prefer_not_to_say"}},
            ["Asked in 1 entry and preferred not to say: suicide."],
            id="preferred-not-to-say",
        ),
        pytest.param(
            {"urges": {"self_harm": {"peak": 0}}, "unanswered": {"urges.suicide": "skipped"}},
            [
                "None reported; asked in 1 entry: self-harm.",
                "Asked in 1 entry and skipped: suicide.",
            ],
            id="one-answered-one-skipped",
        ),
    ],
)  # fmt: skip
def test_safety_tells_none_only_where_it_was_asked(
    cast: Cast, fields: dict[str, Any], expected: list[str]
) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "daily", at(2, 21), **fields)

    assert texts(read(cast.dr_okafor, session_id), "safety") == expected


def test_safety_is_told_of_entries_that_are_in_no_figure(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "pre_session", at(5), later=timedelta(days=3), coming_in={"die": 4})

    [told] = section(read(cast.dr_okafor, session_id), "safety").lines

    assert told.text == (
        "Thu Mar 19, 12:00 pm: wanting to die 4 of 5 (written down 3 days later, in no figure)."
    )
    assert len(told.entries) == 1


def test_the_agenda_is_quoted_whole_and_the_newest_counts(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "pre_session", at(3), agenda="an older wish")
    newest = wrote(cast.maya, "pre_session", at(1), agenda="My sister. " * 25, discuss=True)

    [told] = section(read(cast.dr_okafor, session_id), "agenda").lines

    assert told.text == f"Their agenda: “{('My sister. ' * 25).strip()}”"
    assert told.entries == (newest.id,)


def test_an_agenda_left_open_was_asked(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "pre_session", at(1), went_well="I came")

    found = read(cast.dr_okafor, session_id)

    assert texts(found, "agenda") == ["Asked what they want from this session: left open."]
    assert texts(found, "went_well") == ["Mon Mar 23, 12:00 pm: “I came”"]


def test_what_got_in_the_way_is_told_neutrally(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "daily", at(2), barrier="no bus", urges={"quit_treatment": {"peak": 3}})
    wrote(cast.maya, "pre_session", at(1), coming_in={"quit_treatment": 1})

    told = texts(read(cast.dr_okafor, session_id), "in_the_way")

    assert told[1].endswith(". In the way, Sun Mar 22: “no bus”")
    assert "Urge to stop treatment: at most 3 of 5, Sun Mar 22 (asked 2 times)." in told
    assert told[-1] == "Homework: none is assigned."


def test_no_urge_to_stop_is_an_answer_and_silence_is_none(cast: Cast) -> None:
    session_id = planned(cast)
    before = texts(read(cast.dr_okafor, session_id), "in_the_way")
    wrote(cast.maya, "daily", at(2), urges={"quit_treatment": {"peak": 0}})

    after = texts(read(cast.dr_okafor, session_id), "in_the_way")

    assert before[-1] == ("Not asked: what got in the way, an urge to stop treatment.")
    assert "Urge to stop treatment: 0 of 5 each time asked." in after
    assert after[-1] == "Not asked: what got in the way."


def test_sleep_is_the_median_of_the_nights_that_were_logged(cast: Cast) -> None:
    session_id = planned(cast)
    for day, hours in ((1, 4), (2, 7.5), (3, 6)):
        wrote(cast.maya, "daily", at(day, 9), sleep_hours=hours, sleep_quality=day)
    wrote(cast.maya, "daily", at(4, 9))

    assert texts(read(cast.dr_okafor, session_id), "mood_sleep") == [
        "No mood was logged in this window.",
        "Sleep: median 6 hours (3 nights), quality 2 of 4 (3 nights).",
    ]


def test_sleep_left_open_is_not_sleep_of_zero(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "daily", at(1, 9), pain=3)

    assert texts(read(cast.dr_okafor, session_id), "mood_sleep")[-1] == (
        "Sleep: left open on every diary card."
    )


def test_what_went_well_is_theirs_and_nothing_named_is_said_so(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "daily", at(3, 9))
    open_then = texts(read(cast.dr_okafor, session_id), "went_well")
    wrote(cast.maya, "daily", at(2, 9), pleasant_event="a walk with my sister")

    assert open_then == ["Nothing was named."]
    assert texts(read(cast.dr_okafor, session_id), "went_well") == [
        "Sun Mar 22: “a walk with my sister”"
    ]
