"""Opened, answered, not now, and silence for a while."""

from datetime import timedelta

import pytest

from backend.kit.errors import InvalidInput
from notifications.engine.forecast import upcoming
from notifications.models.occurrence import Occurrence
from notifications.reminders.read import inbox, paused_until
from notifications.reminders.receipts import (
    NoSuchOccurrence,
    pause,
    record_answered,
    record_opened,
    resume,
    snooze,
)
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import (
    DUE,
    MORNING,
    FakePush,
    drain,
    only,
    phone,
    planned,
    told,
)

MINUTE = timedelta(minutes=1)


@pytest.fixture
def push(cast: Cast) -> FakePush:
    """Send maya her check-in of 08:30."""
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya)
    drain(DUE, push)
    return push


def test_the_first_opening_counts(cast: Cast, push: FakePush) -> None:
    chart = people.own_chart(cast.maya)

    record_opened(chart=chart, occurrence_id=only().pk, now=DUE + MINUTE)
    record_opened(chart=chart, occurrence_id=only().pk, now=DUE + 9 * MINUTE)

    assert only().opened_at == DUE + MINUTE
    assert only().state == "sent"


def test_an_answer_counts_as_opened_and_leaves_the_inbox(cast: Cast, push: FakePush) -> None:
    chart = people.own_chart(cast.maya)
    assert len(inbox(chart=chart, now=DUE)) == 1

    record_answered(chart=chart, occurrence_id=only().pk, now=DUE + MINUTE)

    assert (only().opened_at, only().answered_at) == (DUE + MINUTE, DUE + MINUTE)
    assert inbox(chart=chart, now=DUE + MINUTE) == []


def test_a_snooze_comes_again_once_under_the_same_tag(cast: Cast, push: FakePush) -> None:
    chart = people.own_chart(cast.maya)

    snooze(chart=chart, occurrence_id=only().pk, minutes=10, now=DUE + MINUTE)
    for minutes in (5, 10, 11, 12, 60):
        drain(DUE + minutes * MINUTE, push)

    assert len(push.sent) == 2
    assert push.sent[0].tag == push.sent[1].tag
    assert push.sent[1].not_after == DUE + 71 * MINUTE
    assert told() == [("sent", "fcm")]


def test_a_snooze_beats_the_worker_that_holds_it(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya)

    def while_sending(message: object) -> object:
        snooze(chart=people.own_chart(cast.maya), occurrence_id=only().pk, minutes=5, now=DUE)
        push.says = None
        return push._result(message)  # type: ignore[arg-type] # whatever it was given

    push.says = while_sending  # type: ignore[assignment] # a fake that does more than say
    drain(DUE, push)

    assert told() == [("pending", "snoozed")]


def test_what_was_answered_cannot_be_snoozed(cast: Cast, push: FakePush) -> None:
    chart = people.own_chart(cast.maya)
    record_answered(chart=chart, occurrence_id=only().pk, now=DUE)

    with pytest.raises(InvalidInput):
        snooze(chart=chart, occurrence_id=only().pk, minutes=10, now=DUE)

    assert only().state == "sent"


def test_nobody_gives_receipts_for_another(cast: Cast, push: FakePush) -> None:
    chart = people.own_chart(cast.noah)
    name = only().pk

    with pytest.raises(NoSuchOccurrence):
        record_opened(chart=chart, occurrence_id=name, now=DUE)
    with pytest.raises(NoSuchOccurrence):
        record_answered(chart=chart, occurrence_id=name, now=DUE)
    with pytest.raises(NoSuchOccurrence):
        snooze(chart=chart, occurrence_id=name, minutes=5, now=DUE)

    assert (only().opened_at, only().answered_at, only().state) == (None, None, "sent")


def test_a_pause_is_silent_and_is_not_made_up_for(cast: Cast) -> None:
    planned(cast.maya)
    chart = people.own_chart(cast.maya)

    pause(chart=chart, until=DUE + timedelta(hours=1), now=MORNING)
    drain(DUE)
    drain(DUE + timedelta(hours=2))

    assert told() == [("skipped", "paused")]


def test_a_pause_ends_when_the_patient_says_so(cast: Cast) -> None:
    planned(cast.maya)
    chart = people.own_chart(cast.maya)
    pause(chart=chart, until=DUE + timedelta(hours=1), now=MORNING)

    resume(chart=chart, now=MORNING)

    assert drain(DUE) == {"sent": 1}
    assert paused_until(chart=chart, now=DUE) is None


@pytest.mark.parametrize("until", [MORNING, MORNING - MINUTE, MORNING + timedelta(days=400)])
def test_a_pause_has_an_end_within_a_year(cast: Cast, until: object) -> None:
    with pytest.raises(InvalidInput):
        pause(chart=people.own_chart(cast.maya), until=until, now=MORNING)  # type: ignore[arg-type] # a table of cases


def test_what_comes_is_named_as_it_will_be_when_due(cast: Cast) -> None:
    planned(cast.maya, "08:30", "20:00")
    coming = upcoming(chart=people.own_chart(cast.maya), hours=36, now=MORNING)

    drain(DUE)

    assert len(coming) == 3
    assert [item.due_at for item in coming] == sorted(item.due_at for item in coming)
    assert (coming[0].id, coming[0].tag, coming[0].expires_at) == (
        only().pk, only().tag, only().not_after,
    )  # fmt: skip


def test_what_falls_in_a_pause_does_not_come(cast: Cast) -> None:
    planned(cast.maya, "08:30", "20:00")
    chart = people.own_chart(cast.maya)

    pause(chart=chart, until=DUE + timedelta(hours=1), now=MORNING)

    assert len(upcoming(chart=chart, hours=24, now=MORNING)) == 1


def test_the_inbox_shows_what_no_phone_could_and_nothing_that_is_over(cast: Cast) -> None:
    push = FakePush()
    planned(cast.noah)
    drain(DUE, push)
    chart = people.own_chart(cast.noah)

    assert [item.reason for item in inbox(chart=chart, now=DUE)] == ["no_device"]
    assert inbox(chart=chart, now=DUE + timedelta(hours=1)) == []
    assert inbox(chart=people.own_chart(cast.maya), now=DUE) == []
    assert Occurrence.objects.count() == 1
