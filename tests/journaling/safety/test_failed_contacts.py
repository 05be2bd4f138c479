"""Tried and not reached: the event stays open, calling goes on, and words stay with the team."""

from datetime import datetime, timedelta

import pytest

from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.oncall.chart import open_on_call_chart
from journaling.models import SafetyTry
from journaling.safety.escalation import escalate_due
from journaling.safety.events import acknowledge_event, is_failed_contact, record_failed_contact
from journaling.safety.read_events import NoSuchEvent, event_of
from tests.cast import Cast, own_chart
from tests.on_call_clinic import (
    CLOSED,
    MINUTE,
    OPEN,
    OPENS_AGAIN,
    reyes,
    say,
    set_up,
    the_event,
    unsafe,
    urge,
)


def team_chart(cast: Cast) -> Chart:
    return open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.SAFETY_EVENTS, now=OPEN,
        to_write=True,
    )  # fmt: skip


def tried(cast: Cast, *, now: datetime = OPEN, note: str = "") -> None:
    record_failed_contact(chart=team_chart(cast), event_id=the_event().pk, note=note, now=now)


def test_a_try_leaves_the_event_open(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, urge(3), now=OPEN)

    tried(cast)

    event = the_event()
    assert (event.acknowledged_at, event.acknowledged_by_id, event.reason) == (None, None, "")
    assert event.next_call_at is not None
    assert SafetyTry.objects.get().by_id == cast.dr_okafor.pk


def test_a_try_never_puts_off_a_call_that_is_due_sooner(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, urge(3), now=OPEN)

    tried(cast, now=OPEN + 14 * MINUTE)

    assert the_event().next_call_at == OPEN + 15 * MINUTE


def test_after_the_second_call_a_try_brings_the_next_one_forward(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, urge(3), now=OPEN)
    escalate_due(now=OPEN + 15 * MINUTE)

    tried(cast, now=OPEN + 20 * MINUTE)

    assert the_event().next_call_at == OPEN + 35 * MINUTE


def test_in_an_emergency_it_repeats_as_ever(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, unsafe(), now=OPEN)

    tried(cast, now=OPEN + MINUTE)

    assert the_event().next_call_at == OPEN + 5 * MINUTE


def test_outside_the_hours_the_next_call_is_when_they_open(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, urge(3, at=CLOSED), now=CLOSED)

    tried(cast, now=CLOSED + MINUTE)

    assert the_event().next_call_at == OPENS_AGAIN


def test_of_a_cleared_event_nothing_is_kept(cast: Cast) -> None:
    say(cast.maya, urge(3), now=OPEN)
    acknowledge_event(
        chart=team_chart(cast), event_id=the_event().pk, reason="reached_safe", now=OPEN
    )  # fmt: skip

    tried(cast, now=OPEN + timedelta(hours=1))

    assert SafetyTry.objects.count() == 0


def test_who_is_on_duty_alone_reads_no_words_of_staff(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, urge(3), now=OPEN)
    tried(cast, note="Her sister did not answer either.")
    acknowledge_event(chart=team_chart(cast), event_id=the_event().pk, reason="Met her.", now=OPEN)
    duty = open_on_call_chart(
        viewer=reyes(), patient_id=cast.maya.pk, what=DataCategory.SAFETY_EVENTS, now=OPEN
    )

    theirs = event_of(chart=duty, event_id=the_event().pk)
    ours = event_of(chart=team_chart(cast), event_id=the_event().pk)

    assert (theirs.words, [one.words for one in theirs.tries]) == (None, [None])
    assert [one.name for one in theirs.tries] == ["Dr. Okafor"]
    assert (ours.words, [one.words for one in ours.tries]) == (
        "Met her.", ["Her sister did not answer either."],
    )  # fmt: skip


def test_a_patient_notes_none(cast: Cast) -> None:
    say(cast.maya, urge(3), now=OPEN)

    with pytest.raises(NoSuchEvent):
        record_failed_contact(
            chart=own_chart(cast.maya), event_id=the_event().pk, note="", now=OPEN
        )

    assert SafetyTry.objects.count() == 0


@pytest.mark.parametrize("reason", ["tried_not_reached", "Tried, not reached.", "not reached"])
def test_what_says_only_that_nobody_was_reached_is_a_try(reason: str) -> None:
    assert is_failed_contact(reason)


@pytest.mark.parametrize("reason", ["reached_safe", "other", "Tried twice, then reached her", ""])
def test_everything_else_is_a_reason(reason: str) -> None:
    assert not is_failed_contact(reason)
