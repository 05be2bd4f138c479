"""One message at a time: an hour apart, four a day, one after a long silence, none twice."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest

from journaling.entries.record import record_entry
from notifications.engine.policy import (
    MOST_A_DAY,
    Candidate,
    PatientContext,
    SendHistory,
    daily_limit,
    decide_spacing,
)
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Recipient, Reminder
from notifications.reminders.receipts import record_opened
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import (
    DUE,
    MORNING,
    FakePush,
    drain,
    phone,
    planned,
    told,
)

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NOON = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
MINE, OTHER = UUID(int=1), UUID(int=2)


def facts(
    *, zone: str = "America/Chicago", last_active_at: datetime | None = NOON
) -> PatientContext:
    return PatientContext(
        zone_name=zone, quiet_start=time(22), quiet_end=time(7), is_enrolled=True,
        has_consent=True, paused_until=None, is_in_session=False, last_active_at=last_active_at,
    )  # fmt: skip


def asking(*, due: datetime = NOON, ends: datetime = NOON + HOUR, **more: object) -> Candidate:
    return Candidate(MINE, due, ends, **more)  # type: ignore[arg-type] # a table of cases


def verdict(
    history: SendHistory, wish: Candidate | None = None, *, now: datetime = NOON
) -> tuple[bool, str]:
    found = decide_spacing(wish or asking(), history=history, patient_context=facts(), now=now)
    return found.may, found.reason


def history(at: datetime, *, of: UUID = OTHER) -> SendHistory:
    return SendHistory(at, of, (at,))


@pytest.mark.parametrize(
    ("before", "may", "reason"),
    [
        (60 * MINUTE, True, ""),
        (59 * MINUTE, False, "apart"),
        (5 * MINUTE, False, "apart"),
        (4 * MINUTE, False, "bundled"),
    ],
    ids=["an hour", "just under", "minutes", "together"],
)
def test_messages_keep_their_distance(before: timedelta, may: bool, reason: str) -> None:
    assert verdict(history(NOON - before)) == (may, reason)


def test_what_waits_comes_when_the_hour_is_over() -> None:
    found = decide_spacing(
        asking(), history=history(NOON - 20 * MINUTE), patient_context=facts(), now=NOON
    )

    assert found.next_attempt_at == NOON + 40 * MINUTE


def test_what_would_be_too_late_then_is_left_out() -> None:
    brief = asking(ends=NOON + 40 * MINUTE)

    assert verdict(history(NOON - 20 * MINUTE), brief) == (False, "too_close")


def test_what_fell_due_before_the_newest_message_was_bundled_into_it() -> None:
    late = asking(due=NOON - 2 * HOUR)

    assert verdict(history(NOON - 90 * MINUTE), late) == (False, "bundled")


def test_a_retry_keeps_its_turn_and_a_snooze_was_asked_for() -> None:
    crowded = SendHistory(NOON - MINUTE, MINE, (NOON - MINUTE,) * MOST_A_DAY)

    assert verdict(crowded) == (True, "")
    snoozed = asking(is_snoozed=True)
    assert verdict(SendHistory(NOON - MINUTE, OTHER, crowded.recent), snoozed) == (True, "")


@pytest.mark.parametrize(
    ("newest", "may"),
    [
        (history(NOON - 45 * MINUTE, of=UUID(int=9)), True),
        (history(NOON - 45 * MINUTE), True),
        (history(NOON - 20 * MINUTE), False),
        (history(NOON - 60 * MINUTE), True),
        (SendHistory(NOON - 45 * MINUTE, OTHER, (NOON - 45 * MINUTE,), is_nudge=True), False),
    ],
    ids=[
        "its own",
        "the one that carried it",
        "one that came since",
        "long ago",
        "another nudge that carried it",
    ],
)
def test_a_nudge_follows_its_reminder_and_ends_with_the_next(
    newest: SendHistory, may: bool
) -> None:
    nudge = asking(repeats=UUID(int=9))

    assert verdict(newest, nudge) == ((True, "") if may else (False, "overtaken"))


def test_four_a_day_and_a_new_day_begins_at_local_midnight() -> None:
    full = SendHistory(NOON - 2 * HOUR, OTHER, tuple(NOON - hours * HOUR for hours in (8, 6, 4, 2)))
    yesterday = SendHistory(
        NOON - 13 * HOUR, OTHER, tuple(NOON - hours * HOUR for hours in (16, 15, 14, 13))
    )

    assert verdict(full) == (False, "day_full")
    assert verdict(yesterday) == (True, "")


def test_who_travels_takes_the_messages_of_that_day_along() -> None:
    recent = tuple(NOON - hours * HOUR for hours in (8, 6, 4, 2))
    tokyo = facts(zone="Asia/Tokyo")  # 03:00 on Tuesday: 01:00 was the last one of today
    found = decide_spacing(
        asking(),
        history=SendHistory(NOON - 2 * HOUR, OTHER, recent),
        patient_context=tokyo,
        now=NOON,
    )
    back = decide_spacing(
        asking(),
        history=SendHistory(NOON - 2 * HOUR, OTHER, recent),
        patient_context=facts(),
        now=NOON,
    )

    assert (found.may, back.may) == (True, False)


@pytest.mark.parametrize(
    ("silent_for", "most"),
    [(timedelta(hours=72), 4), (timedelta(hours=72, minutes=1), 1), (timedelta(days=30), 1)],
    ids=str,
)
def test_after_a_long_silence_there_is_one_a_day(silent_for: timedelta, most: int) -> None:
    assert daily_limit(facts(last_active_at=NOON - silent_for), now=NOON) == most


def test_the_turns_that_are_kept_are_those_that_count() -> None:
    kept = SendHistory()
    for number in range(6):
        kept = kept.after_sending(UUID(int=number), at=NOON + number * HOUR)
    again = kept.after_sending(UUID(int=5), at=NOON + 6 * HOUR)

    assert kept.recent == tuple(NOON + number * HOUR for number in (2, 3, 4, 5))
    assert again.recent == tuple(NOON + number * HOUR for number in (2, 3, 4, 6))


def clocks(push: FakePush) -> list[int]:
    return [message.minute for message in push.sent]


@pytest.fixture
def push(cast: Cast) -> FakePush:
    """Give maya a phone."""
    phone(cast.maya)
    return FakePush()


def every_five_minutes(push: FakePush, *, hours: int, start: datetime = MORNING) -> None:
    for step in range(hours * 12):
        drain(start + step * 5 * MINUTE, push)


def test_a_day_of_many_series_has_four_messages_an_hour_apart_in_order(
    cast: Cast, push: FakePush
) -> None:
    for clock in ("08:30", "08:50", "09:45", "11:00", "12:10", "15:00"):
        planned(cast.maya, clock, expires_minutes=120)

    every_five_minutes(push, hours=10)

    sent = list(Occurrence.objects.filter(state="sent").order_by("sent_at"))
    times = [found.sent_at for found in sent if found.sent_at is not None]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert clocks(push) == [510, 530, 585, 660]
    assert min(gaps) >= HOUR
    assert [found.due_at for found in sent] == sorted(found.due_at for found in sent)
    assert ("skipped", "day_full") in told()


def test_what_waited_does_not_make_its_series_drift(cast: Cast, push: FakePush) -> None:
    planned(cast.maya, "08:30")
    second = planned(cast.maya, "08:50", expires_minutes=120)

    every_five_minutes(push, hours=3)
    drain(DUE + timedelta(days=1), push)

    second.refresh_from_db()
    assert second.next_due_at == DUE + timedelta(days=1, minutes=20)
    assert Occurrence.objects.get(reminder=second).due_at == DUE + 20 * MINUTE


def test_a_nudge_counts_and_ends_when_the_next_is_near(cast: Cast, push: FakePush) -> None:
    planned(cast.maya, "08:30", "09:45", nudge=True, expires_minutes=60)

    every_five_minutes(push, hours=4)

    # The nudge of 08:30 would come at 09:15, half an hour before the next of its series.
    assert clocks(push) == [510, 585, 585]
    assert Occurrence.objects.filter(reason="next_is_near").count() == 1


def test_follow_ups_of_several_reminders_come_at_instants_of_their_own(
    cast: Cast, push: FakePush
) -> None:
    planned(cast.maya, "08:30", "12:00", nudge=True, expires_minutes=60)

    every_five_minutes(push, hours=6)

    sent = Occurrence.objects.filter(state="sent").order_by("sent_at")
    assert [(found.sent_at or NOON) - DUE for found in sent] == [
        timedelta(), 45 * MINUTE, 210 * MINUTE, 255 * MINUTE,
    ]  # fmt: skip


def test_silent_for_days_there_is_one_a_day_until_something_is_heard(
    cast: Cast, push: FakePush
) -> None:
    planned(cast.maya, "08:30", "12:00", "18:00")
    fourth = DUE + timedelta(days=4)
    Reminder.objects.update(next_due_at=fourth, next_day=fourth.date(), next_slot=510)

    drain(fourth, push)
    drain(fourth + timedelta(hours=3, minutes=30), push)
    assert clocks(push) == [510]
    assert told()[-1] == ("skipped", "long_silence")

    body = people.craving(at=fourth + 4 * HOUR)
    record_entry(chart=people.own_chart(cast.maya), sent=body, now=fourth + 4 * HOUR)
    drain(fourth + timedelta(hours=9, minutes=30), push)
    assert clocks(push) == [510, 1080]


def test_a_receipt_is_a_sign_of_life(cast: Cast, push: FakePush) -> None:
    planned(cast.maya)
    drain(DUE, push)
    Recipient.objects.update(last_active_at=DUE - timedelta(days=30))

    record_opened(
        chart=people.own_chart(cast.maya), occurrence_id=push.sent[0].occurrence, now=DUE + HOUR
    )

    assert Recipient.objects.get().last_active_at == DUE + HOUR


def test_an_outage_over_several_claims_still_ends_in_one_message(
    cast: Cast, push: FakePush, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.engine.claim.claim_due.__kwdefaults__", {"limit": 1})
    for clock in ("04:00", "05:30", "07:00", "08:00"):
        planned(cast.maya, clock, expires_minutes=900, at=MORNING - 10 * HOUR, reminder_id=uuid4())

    for step in range(40):
        drain(DUE + step * 5 * MINUTE, push)

    assert len(push.sent) == 1
