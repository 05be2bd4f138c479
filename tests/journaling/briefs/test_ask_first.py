"""The line "Ask first": which thing it names, in which order, and what it never names."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from care.models import CarePlan, Consent
from care.programme.care_plan_responses import respond_to_plan
from care.sessions.own_session import own_session_ahead
from journaling.briefs.document import Line
from journaling.briefs.edit_mirror import Mirror, MirrorEdit, edit_mirror, read_mirror
from journaling.briefs.review import mark_reviewed
from journaling.models import SafetyEvent
from journaling.safety.events import acknowledge_event
from journaling.safety.respond import safety_response_for
from notifications.briefs import prompt_counter_of
from tests import cast as people
from tests.cast import Cast, own_chart
from tests.journaling.briefs.brief_scenario import NOW, SESSION_AT, at, read, section, wrote
from tests.journaling.briefs.test_brief_matches_entries import given
from tests.journaling.skills.homework import team_chart

SLOW = "slow-breathing"


@pytest.fixture
def planned(cast: Cast) -> UUID:
    people.admitted(cast.maya, on=at(22).date(), hours=9)
    people.session(cast.dr_okafor, starts_at=at(7, 10), with_patient=cast.maya, status="present")
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk


def ask_first(cast: Cast, session_id: UUID) -> Line:
    (line,) = (
        line
        for line in section(read(cast.dr_okafor, session_id), "header").lines
        if line.name == "ask_first"
    )
    return line


def reads_mirror(cast: Cast, session_id: UUID, **edit: Any) -> Mirror:
    """Let maya read the coming brief, and change it."""
    session, clinician = own_session_ahead(viewer=cast.maya, session_id=session_id, now=NOW)
    assert clinician == cast.dr_okafor
    chart = own_chart(cast.maya)
    prompts = prompt_counter_of(chart)
    if edit:
        changes = MirrorEdit(**edit)
        return edit_mirror(chart=chart, session=session, prompts=prompts, edit=changes, now=NOW)
    return read_mirror(chart=chart, session=session, prompts=prompts, now=NOW)


def opens_event(cast: Cast, *, days_ago: int = 2) -> UUID:
    opened = at(days_ago, 21)
    return SafetyEvent.objects.create(
        patient_id=cast.maya.pk, level=2, opened_at=opened, last_sign_at=opened,
        audience="care_team",
    ).pk  # fmt: skip


# --- The order ---------------------------------------------------------------------------------


def silence(cast: Cast) -> None:
    wrote(cast.maya, "mood", at(6))


def homework_not_done(cast: Cast) -> None:
    given(cast, SLOW)
    wrote(cast.maya, "mood", at(1))


def homework_wanted(cast: Cast) -> None:
    wrote(cast.maya, "skill_practice", at(2), skill=SLOW, attempted=False, able=False,
          wanted_to=True)  # fmt: skip


def urge_on_the_card(cast: Cast) -> None:
    wrote(cast.maya, "daily", at(1, 22), urges={"use": {"peak": 4}, "quit_treatment": {"peak": 1}})


def use(cast: Cast) -> None:
    wrote(cast.maya, "use", at(3, 22), substance="alcohol")


def marked(cast: Cast) -> None:
    wrote(cast.maya, "mood", at(4, 9), valence=-2, note="my sister called", discuss=True)


def own_agenda(cast: Cast) -> None:
    wrote(cast.maya, "pre_session", at(0, 8), agenda="Fewer hours scare me")


def grave_answer(cast: Cast) -> None:
    wrote(cast.maya, "daily", at(2, 22), urges={"suicide": {"peak": 4}})


def open_event(cast: Cast) -> None:
    opens_event(cast)


#: From the last to the first: each is done after those before it, and takes the line from them.
IN_ORDER: tuple[tuple[Callable[[Cast], None], str], ...] = (
    (homework_not_done, "homework Slow breathing (3 a week agreed), not practised."),
    (homework_wanted, "homework Slow breathing (3 a week agreed): wanted to and did not, Sun"),
    (urge_on_the_card, "Mon Mar 23: urge to use 4 of 5."),
    (use, "the use, Sat Mar 21, 10:00 pm: use of alcohol, amount not given."),
    (marked, "what they marked to bring: Fri Mar 20, 9:00 am: mood "),
    (own_agenda, "what they want from this session, written Tue Mar 24, 8:00 am."),
    (grave_answer, "the answer about safety of Sun Mar 22."),
    (open_event, "the open safety event of Sun Mar 22."),
)


def test_each_thing_takes_the_line_from_what_is_less_pressing(cast: Cast, planned: UUID) -> None:
    said = []
    for happens, _ in IN_ORDER:
        happens(cast)
        said.append(ask_first(cast, planned).text)

    for text, (_, words) in zip(said, IN_ORDER, strict=True):
        assert text.startswith(f"Ask first: {words}"), text


def test_the_same_things_in_another_order_give_the_same_line(cast: Cast, planned: UUID) -> None:
    for happens, _ in reversed(IN_ORDER[:6]):
        happens(cast)

    assert ask_first(cast, planned).text.startswith("Ask first: what they want from this session,")


def test_it_carries_the_entry_it_is_about_and_quotes_no_words(cast: Cast, planned: UUID) -> None:
    entry = wrote(cast.maya, "mood", at(4), note="my sister called", discuss=True)

    line = ask_first(cast, planned)

    assert line.entries == (entry.id,)
    assert "sister" not in line.text


def test_where_no_rule_applies_it_is_what_they_want(cast: Cast, planned: UUID) -> None:
    wrote(cast.maya, "mood", at(1))

    assert ask_first(cast, planned).text == (
        "Ask first: what they want from this session; no other rule applies."
    )


# --- Each rule's edges -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "fields", "is_asked"),
    [
        ("daily", {"urges": {"use": {"peak": 3}}}, False),
        ("daily", {"urges": {"gambling": {"peak": 5}}}, True),
        ("pre_session", {"coming_in": {"quit_treatment": 4}}, True),
        ("pre_session", {"coming_in": {"quit_treatment": 3}}, False),
        ("craving", {"intensity": 6, "outcome": "did_not_use"}, False),
        ("craving", {"intensity": 7, "outcome": "did_not_use"}, True),
    ],
)
def test_an_urge_is_asked_about_from_4_of_5_and_a_craving_from_7_of_10(
    cast: Cast, planned: UUID, kind: str, fields: dict[str, Any], is_asked: bool
) -> None:
    entry = wrote(cast.maya, kind, at(1, 20), **fields)

    assert (ask_first(cast, planned).entries == (entry.id,)) is is_asked


def test_the_strongest_urge_of_its_scale_is_asked_about_and_of_equals_the_newest(
    cast: Cast, planned: UUID
) -> None:
    wrote(cast.maya, "craving", at(2, 20), intensity=9, outcome="did_not_use")
    older = wrote(cast.maya, "craving", at(3, 20), intensity=10, outcome="did_not_use")
    first = ask_first(cast, planned).entries
    card = wrote(cast.maya, "daily", at(1, 20), urges={"use": {"peak": 5}})

    assert first == (older.id,)
    assert ask_first(cast, planned).entries == (card.id,)


def test_three_days_of_silence_are_asked_about_two_are_not(cast: Cast, planned: UUID) -> None:
    wrote(cast.maya, "mood", at(3))
    two = ask_first(cast, planned).text

    assert two.endswith("no other rule applies.")


def test_silence_is_counted_from_the_last_day_with_an_entry(cast: Cast, planned: UUID) -> None:
    silence(cast)

    line = ask_first(cast, planned)

    assert line.text == "Ask first: how the last 5 days were: nothing is logged of them."
    assert line.entries == ()


def test_an_entry_of_today_ends_the_silence(cast: Cast, planned: UUID) -> None:
    silence(cast)
    wrote(cast.maya, "mood", at(0, 8))

    assert ask_first(cast, planned).text.endswith("no other rule applies.")


def test_of_who_is_silent_nobody_says_that_homework_was_not_done(cast: Cast, planned: UUID) -> None:
    given(cast, SLOW)

    assert ask_first(cast, planned).text.startswith("Ask first: how the last 7 days were")


def test_homework_used_in_a_craving_was_done(cast: Cast, planned: UUID) -> None:
    given(cast, SLOW)
    wrote(cast.maya, "craving", at(1), intensity=3, skills=[SLOW], outcome="did_not_use")

    assert ask_first(cast, planned).text.endswith("no other rule applies.")


def test_what_was_given_today_could_not_be_done(cast: Cast, planned: UUID) -> None:
    given(cast, SLOW, days_ago=0)
    wrote(cast.maya, "mood", at(1))

    assert ask_first(cast, planned).text.endswith("no other rule applies.")


def test_an_answer_about_safety_whose_event_was_cleared_was_asked_about(
    cast: Cast, planned: UUID
) -> None:
    entry = wrote(cast.maya, "daily", at(2, 22), urges={"suicide": {"peak": 5}})
    safety_response_for(chart=own_chart(cast.maya), entries=[entry], now=at(2, 22))
    event_id = SafetyEvent.objects.get(patient_id=cast.maya.pk).pk
    before = ask_first(cast, planned)
    acknowledge_event(chart=team_chart(cast), event_id=event_id, reason="reached_safe", now=at(1))
    after = ask_first(cast, planned)

    assert before.text == "Ask first: the open safety event of Sun Mar 22."
    assert before.entries == (entry.id,)
    assert after.entries == ()
    assert after.text.endswith("no other rule applies.")


def test_a_no_to_the_plan_of_care_is_asked_about_last(cast: Cast, planned: UUID) -> None:
    CarePlan.objects.create(
        patient_id=cast.maya.pk, rev=1, hours_per_week=9, words=b"", written_at=at(20),
        reviewed_on=at(20).date(), written_by=cast.dr_okafor,
    )  # fmt: skip
    respond_to_plan(chart=own_chart(cast.maya), plan_rev=1, agreed=False, comment="", now=at(15))
    wrote(cast.maya, "mood", at(1))

    assert ask_first(cast, planned).text == (
        "Ask first: what they would change in version 1 of the plan of care."
    )


# --- Reviews, consent, and what the patient struck ---------------------------------------------


@pytest.mark.parametrize("happens", [use, marked, urge_on_the_card, grave_answer])
def test_a_review_changes_no_question(
    cast: Cast, planned: UUID, happens: Callable[[Cast], None]
) -> None:
    happens(cast)
    before = read(cast.dr_okafor, planned)
    mark_reviewed(chart=team_chart(cast), session_id=planned, digest=before.digest,
                  now=NOW + timedelta(minutes=1))  # fmt: skip

    (first,) = (line for line in section(before, "header").lines if line.name == "ask_first")
    after = ask_first(cast, planned)
    assert (after.text, after.entries) == (first.text, first.entries)


def test_the_patient_reads_it_said_to_them(cast: Cast, planned: UUID) -> None:
    marked(cast)

    (line,) = (
        line
        for part in reads_mirror(cast, planned).sections
        for line in part.lines
        if line.id == "header.ask_first"
    )

    assert line.text.startswith("Asked first: what you marked to bring: Fri Mar 20, 9:00 am: mood")
    assert line.fixed == "frame"


def test_what_they_struck_is_not_asked_about(cast: Cast, planned: UUID) -> None:
    entry = wrote(cast.maya, "mood", at(4), note="my sister called", discuss=True)
    event = wrote(cast.maya, "use", at(3, 22))
    before = ask_first(cast, planned)
    mirror = reads_mirror(cast, planned, strike=[f"agenda.marked.{entry.id}"])
    after = ask_first(cast, planned)
    reads_mirror(cast, planned, strike=[f"use.event.{event.id}", f"moment.scene.{event.id}"])

    assert before.entries == (entry.id,)
    assert after.entries == (event.id,)
    [own] = [x for part in mirror.sections for x in part.lines if x.id == "header.ask_first"]
    assert own.text.startswith("Asked first: the use, Sat Mar 21, 10:00 pm")
    assert ask_first(cast, planned).entries == ()


def test_a_line_they_added_is_asked_about(cast: Cast, planned: UUID) -> None:
    use(cast)
    reads_mirror(cast, planned, add=[(None, "the letter from my landlord")])

    assert ask_first(cast, planned).text == "Ask first: what they added for this session."


def test_no_event_is_named_that_consent_does_not_cover(cast: Cast, planned: UUID) -> None:
    opens_event(cast)
    wrote(cast.maya, "mood", at(1))
    Consent.objects.filter(patient_id=cast.maya.pk, purpose="treatment").update(
        scope=["shared_entries", "sessions", "reminders"]
    )

    line = ask_first(cast, planned)

    assert "safety" not in line.text
