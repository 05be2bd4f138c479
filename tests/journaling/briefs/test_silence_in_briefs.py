"""Silence in a brief: told of days on which a reminder was opened, and never in words of blame."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.test.utils import CaptureQueriesContext

from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.sessions import for_brief
from journaling.briefs import limits
from journaling.briefs.document import fit_page
from journaling.briefs.individual import read_facts, write_sections
from journaling.insights.confidence import Confidence
from journaling.insights.silence import PresentSilence, Silence, WeekdaySilence
from notifications.briefs import prompt_counter_of
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import (
    NOW,
    SESSION_AT,
    at,
    header_text,
    read,
    texts,
    wrote,
)
from tests.journaling.briefs.heaviest_patient import heaviest
from tests.journaling.briefs.test_brief_sections import FORBIDDEN
from tests.notifications.test_prompt_counts import became, reminder

State = Occurrence.State
SUNDAY = 6


def planned(cast: Cast) -> UUID:
    people.session(cast.dr_okafor, starts_at=at(7, 10), with_patient=cast.maya, status="present")
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk


def opened(series: Reminder, days_ago: int) -> None:
    became(series, days_ago, State.SENT, opened_at=at(days_ago, 9))


def said(cast: Cast, session_id: UUID) -> str:
    found = texts(read(cast.dr_okafor, session_id), "in_the_way")
    return next((text for text in found if text.startswith("Silence:")), "")


def silent_sundays(cast: Cast, *, state: str = State.SENT, is_opened: bool = True) -> UUID:
    """Let five weeks go by with an entry on every day but Sundays."""
    session_id, series = planned(cast), reminder(cast)
    for day in range(1, 36):
        receipt = {"opened_at": at(day, 9)} if is_opened else {}
        became(series, day, state, **receipt)
        if at(day).weekday() != SUNDAY:
            wrote(cast.maya, "mood", at(day, 10))
    return session_id


def test_sundays_without_an_entry_are_told_with_their_numbers(cast: Cast) -> None:
    found = said(cast, silent_sundays(cast))

    assert found == (
        "Silence: No shared entry on 5 of 5 Sundays, and on none of 30 other days, over 12 weeks; "
        "a reminder was opened on each of these days."
    )
    assert FORBIDDEN.findall(found) == []


def test_what_a_push_service_took_claims_no_weekday(cast: Cast) -> None:
    assert said(cast, silent_sundays(cast, is_opened=False)) == ""


def test_what_nobody_knows_to_have_arrived_claims_no_weekday(cast: Cast) -> None:
    assert said(cast, silent_sundays(cast, state=State.UNKNOWN, is_opened=False)) == ""


def test_days_since_the_last_entry_are_told_with_how_far_reminders_came(cast: Cast) -> None:
    session_id, series = planned(cast), reminder(cast)
    wrote(cast.maya, "mood", at(6))
    for day in (5, 4):
        opened(series, day)
    became(series, 3, State.SENT)
    became(series, 2, State.UNKNOWN)

    assert said(cast, session_id) == (
        "Silence: no shared entry on 5 whole days since Wed Mar 18; a reminder was opened on 2, "
        "delivered and not opened on 1, not known to have arrived on 2."
    )


def test_two_silent_days_are_not_told(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "mood", at(3))

    assert said(cast, session_id) == ""


def test_a_reminder_answered_by_a_private_entry_is_no_silence(cast: Cast) -> None:
    session_id, series = planned(cast), reminder(cast)
    for day in (5, 4, 3, 2, 1):
        became(series, day, State.SENT, answered_at=at(day, 10), opened_at=at(day, 10))
    wrote(cast.maya, "mood", at(2), share="private")

    assert said(cast, session_id) == ""


def test_the_fact_is_there_for_who_asks_first(cast: Cast) -> None:
    session_id = silent_sundays(cast)
    session = for_brief.individual_session(viewer=cast.dr_okafor, session_id=session_id, now=NOW)
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.BRIEF, now=NOW
    )

    facts = read_facts(chart=chart, session=session, prompts=prompt_counter_of(chart), now=NOW)

    assert facts.silence.weekday.is_claim
    assert (facts.silence.weekday.weekday, facts.silence.weekday.silent) == (SUNDAY, 5)
    assert facts.silence.present is None


def test_a_silent_weekday_is_asked_about_first_where_nothing_else_is(cast: Cast) -> None:
    found = read(cast.dr_okafor, silent_sundays(cast))

    assert header_text(found, "ask_first") == (
        "Ask first: how Sundays are: mostly nothing is logged on them."
    )


def test_it_costs_no_statement_where_there_is_nothing_to_find(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "mood", at(1))
    with CaptureQueriesContext(connection) as before:
        read(cast.dr_okafor, session_id)
    became(reminder(cast), 1, State.SENT, opened_at=at(1, 9))

    with CaptureQueriesContext(connection) as after:
        read(cast.dr_okafor, session_id)

    assert len(after) == len(before)


def test_the_fullest_page_holds_it_too(cast: Cast) -> None:
    session_id = heaviest(cast)
    session = for_brief.individual_session(viewer=cast.dr_okafor, session_id=session_id, now=NOW)
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.BRIEF, now=NOW
    )
    facts = read_facts(chart=chart, session=session, prompts=prompt_counter_of(chart), now=NOW)
    last = NOW.date() - timedelta(days=9)
    silence = Silence(
        WeekdaySilence(Confidence.FAIRLY_SURE, SUNDAY, 10, 12, 10, 72),
        PresentSilence(last, 8, 2, 3),
    )

    sections = fit_page(write_sections(replace(facts, silence=silence)))

    lines = [line.text for part in sections for line in part.lines]
    assert len(lines) <= limits.MAX_LINES
    assert any("Silence: no shared entry on 8 whole days since" in line for line in lines)
