"""Three misses in a row halve a series and ask once; what wasn't delivered is no miss."""

from datetime import datetime, timedelta

import pytest

from journaling.entries.record import record_entry
from notifications.engine.policy import ReminderContext, is_skipped_at_half_frequency
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Recipient, Reminder
from notifications.reminders.receipts import record_answered
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import DUE, FakePush, drain, phone, planned, told

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def push(cast: Cast) -> FakePush:
    """Give maya a phone and a check-in every morning."""
    phone(cast.maya)
    planned(cast.maya)
    return FakePush()


def morning(day: int, push: FakePush, *, is_alive: bool = True) -> str:
    """Let one morning pass; who does something about other things isn't silent."""
    at = Reminder.objects.get().next_due_at or DUE + day * DAY
    if is_alive:
        Recipient.objects.update(last_active_at=at)
    drain(at, push)
    found = Occurrence.objects.filter(slot__lt=2000).order_by("-due_at")[0]
    return found.reason if found.state == "skipped" else found.state


def mornings(days: int, push: FakePush) -> list[str]:
    return [morning(day, push) for day in range(days)]


def test_after_three_misses_every_second_one_is_left_out(cast: Cast, push: FakePush) -> None:
    became = mornings(8, push)

    assert became == ["sent"] * 3 + ["halved", "sent", "halved", "sent", "halved"]
    found = Reminder.objects.get()
    assert found.halved_at == DUE + 3 * DAY
    assert found.asked_at == DUE + 3 * DAY


def test_the_question_is_asked_once(cast: Cast, push: FakePush) -> None:
    mornings(4, push)
    Reminder.objects.update(asked_at=None)

    mornings(6, push)

    assert Reminder.objects.get().asked_at is None


@pytest.mark.parametrize(
    "how",
    ["receipt", "entry in its window", "written in it", "recalled in it", "a wrong clock in it"],
)
def test_an_answer_breaks_the_row(cast: Cast, push: FakePush, how: str) -> None:
    mornings(2, push)
    answer(cast, how)

    became = mornings(3, push)

    # Two, an answer, and then three misses: only these are a row.
    assert became == ["sent", "sent", "sent"]
    assert morning(5, push) == "halved"


def answer(cast: Cast, how: str) -> None:
    newest = Occurrence.objects.order_by("-due_at")[0]
    chart = people.own_chart(cast.maya)
    if how == "receipt":
        record_answered(chart=chart, occurrence_id=newest.pk, now=newest.due_at + MINUTE)
        return
    before, wrong = {
        "entry in its window": (timedelta(), timedelta()),
        "written in it": (timedelta(hours=3), timedelta()),
        "recalled in it": (timedelta(days=5), timedelta()),
        "a wrong clock in it": (timedelta(minutes=50), timedelta(hours=5)),
    }[how]
    at = newest.due_at + 20 * MINUTE
    sent = people.craving(at=at - before, recorded_at=(at + wrong).isoformat())
    record_entry(chart=chart, sent=sent, now=at)


@pytest.mark.parametrize("what", ["nobody to send to", "quiet", "failed", "unknown"])
def test_what_was_not_delivered_is_no_miss(cast: Cast, push: FakePush, what: str) -> None:
    mornings(3, push)
    changes: dict[str, dict[str, object]] = {
        "nobody to send to": {"state": "skipped", "reason": "no_device"},
        "quiet": {"state": "skipped", "reason": "quiet_hours"},
        "failed": {"state": "failed", "reason": "x"},
        "unknown": {"state": "unknown", "reason": "x"},
    }
    Occurrence.objects.filter(due_at=DUE + DAY).update(**changes[what])

    assert morning(3, push) == "sent"
    assert Reminder.objects.get().halved_at is None


def test_a_window_that_is_still_open_is_no_miss(cast: Cast, push: FakePush) -> None:
    mornings(3, push)
    Occurrence.objects.filter(due_at=DUE + 2 * DAY).update(not_after=DUE + 4 * DAY)

    assert morning(3, push) == "sent"


def test_an_answered_nudge_answers_its_reminder(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya, nudge=True, expires_minutes=120)
    drain(DUE, push)
    drain(DUE + 45 * MINUTE, push)

    record_answered(
        chart=people.own_chart(cast.maya), occurrence_id=push.sent[1].occurrence,
        now=DUE + 50 * MINUTE,
    )  # fmt: skip

    assert [found.answered_at for found in Occurrence.objects.all()] == [DUE + 50 * MINUTE] * 2


def test_a_sessions_own_reminder_asks_for_no_answer(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya, purpose="session")

    became = mornings(5, push)

    assert became == ["sent"] * 5


def test_the_nudge_of_what_was_left_out_is_silent(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya, nudge=True, expires_minutes=120)
    for day in range(4):
        Recipient.objects.update(last_active_at=DUE + day * DAY)
        drain(DUE + day * DAY, push)
        drain(DUE + day * DAY + 45 * MINUTE, push)

    assert told()[-2:] == [("skipped", "halved"), ("skipped", "nothing_to_repeat")]
    assert len(push.sent) == 6


@pytest.mark.parametrize(
    ("is_missed", "is_halved", "was_left_out", "left_out"),
    [
        (False, False, False, False),
        (True, False, False, True),
        (False, True, True, False),
        (False, True, False, True),
        (True, True, True, False),
    ],
)
def test_every_second_one_of_a_halved_series(
    is_missed: bool, is_halved: bool, was_left_out: bool, left_out: bool
) -> None:
    wish = ReminderContext(
        is_active=True, is_missed=is_missed, is_halved=is_halved, was_left_out=was_left_out
    )

    assert is_skipped_at_half_frequency(wish) is left_out


def test_what_was_snoozed_was_asked_for() -> None:
    assert not is_skipped_at_half_frequency(
        ReminderContext(is_active=True, is_snoozed=True, is_missed=True)
    )


def test_nothing_is_halved_of_somebody_who_only_just_began(cast: Cast, push: FakePush) -> None:
    start: datetime = DUE

    assert mornings(3, push) == ["sent"] * 3
    assert Reminder.objects.get().created_at < start
    assert Reminder.objects.get().halved_at is None
