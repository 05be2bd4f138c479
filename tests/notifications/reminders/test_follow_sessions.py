"""Reminders that follow sessions: before each, moved and cancelled with it, one for a row."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.kit.errors import InvalidInput
from backend.kit.ids import new_id
from care.models import TreatmentSession, User
from notifications.engine.forecast import upcoming
from notifications.engine.sweep import sweep
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.reminders.edit import change_reminder, create_reminder
from notifications.reminders.follow import follow_session, follow_time_zone, sweep_sessions
from notifications.reminders.sessions import PatientSession, find_next_announced
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import (
    MORNING,
    FakePush,
    drain,
    only,
    phone,
    planned,
    told,
)

HOUR = timedelta(hours=1)
#: Monday 2 March 2026, 14:00 in Chicago.
AFTERNOON = MORNING + 6 * HOUR


def follows(user: User, purpose: str = "session", **more: object) -> Reminder:
    sent = {"purpose": purpose, **more}
    reminder, _ = create_reminder(
        chart=people.own_chart(user), reminder_id=new_id(), sent=sent, now=MORNING
    )
    return reminder


def moved(session: TreatmentSession, to: datetime, *, at: datetime = MORNING) -> None:
    TreatmentSession.objects.filter(pk=session.pk).update(starts_at=to, ends_at=to + HOUR)
    follow_session(session_id=session.pk, now=at)


def due() -> datetime | None:
    return Reminder.objects.get().next_due_at


def test_a_session_is_announced_an_hour_before(cast: Cast) -> None:
    people.session(cast.dr_okafor, starts_at=AFTERNOON, with_patient=cast.maya)
    follows(cast.maya)

    assert drain(AFTERNOON - HOUR - timedelta(seconds=1)) == {}
    assert drain(AFTERNOON - HOUR) == {"sent": 1}
    assert only().not_after == AFTERNOON


def test_a_session_planned_later_is_announced_too(cast: Cast) -> None:
    follows(cast.maya)
    assert due() is None

    session = people.session(cast.dr_okafor, starts_at=AFTERNOON, with_patient=cast.maya)
    follow_session(session_id=session.pk, now=MORNING)

    assert due() == AFTERNOON - HOUR


def test_the_sweep_finds_a_session_that_nobody_told_of(cast: Cast) -> None:
    follows(cast.maya)
    group = people.group(cast.dr_lind, cast.maya)
    people.session(cast.dr_lind, starts_at=AFTERNOON, with_group=group, kind="group")

    assert sweep_sessions(now=MORNING) == 1
    assert due() == AFTERNOON - HOUR
    assert sweep_sessions(now=MORNING) == 0


def test_the_sweep_finds_a_session_that_is_gone(cast: Cast) -> None:
    people.session(cast.dr_okafor, starts_at=AFTERNOON, with_patient=cast.maya)
    follows(cast.maya)
    TreatmentSession.objects.all().delete()

    assert sweep_sessions(now=MORNING) == 1
    assert due() is None


@pytest.mark.parametrize("shift", [-2 * HOUR, 2 * HOUR, 24 * HOUR], ids=str)
def test_a_moved_session_takes_its_reminder_along(cast: Cast, shift: timedelta) -> None:
    session = people.session(cast.dr_okafor, starts_at=AFTERNOON, with_patient=cast.maya)
    follows(cast.maya)

    moved(session, AFTERNOON + shift)

    assert due() == AFTERNOON + shift - HOUR


def test_a_cancelled_session_is_not_announced(cast: Cast) -> None:
    session = people.session(cast.dr_okafor, starts_at=AFTERNOON, with_patient=cast.maya)
    follows(cast.maya)
    TreatmentSession.objects.update(cancelled_at=MORNING)

    follow_session(session_id=session.pk, now=MORNING)

    assert due() is None
    assert drain(AFTERNOON - HOUR) == {}


def test_moved_within_the_day_after_it_was_announced_it_is_not_announced_again(
    cast: Cast,
) -> None:
    push = FakePush()
    phone(cast.maya)
    session = people.session(cast.dr_okafor, starts_at=AFTERNOON, with_patient=cast.maya)
    follows(cast.maya)
    drain(AFTERNOON - HOUR, push)

    moved(session, AFTERNOON + HOUR, at=AFTERNOON - HOUR)
    drain(AFTERNOON, push)

    assert len(push.sent) == 1


def test_moved_to_another_day_it_is_announced_there(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    session = people.session(cast.dr_okafor, starts_at=AFTERNOON, with_patient=cast.maya)
    follows(cast.maya)
    drain(AFTERNOON - HOUR, push)

    moved(session, AFTERNOON + 24 * HOUR, at=AFTERNOON - HOUR)
    drain(AFTERNOON + 23 * HOUR, push)

    assert len(push.sent) == 2


def test_of_sessions_in_a_row_the_first_is_announced(cast: Cast) -> None:
    group = people.group(cast.dr_lind, cast.maya)
    for place in range(3):
        people.session(
            cast.dr_lind, starts_at=AFTERNOON + place * HOUR, with_group=group, kind="group"
        )
    follows(cast.maya)

    for place in range(4):
        drain(AFTERNOON + (place - 1) * HOUR)

    assert only().due_at == AFTERNOON - HOUR


def test_a_session_of_a_group_that_they_left_is_not_theirs(cast: Cast) -> None:
    group = people.group(cast.dr_lind, cast.maya)
    group.memberships.update(ends_at=MORNING)
    people.session(cast.dr_lind, starts_at=AFTERNOON, with_group=group, kind="group")

    follows(cast.maya)

    assert due() is None


def test_what_comes_names_the_session_as_it_will_be_sent(cast: Cast) -> None:
    people.session(cast.dr_okafor, starts_at=AFTERNOON, with_patient=cast.maya)
    people.session(cast.dr_okafor, starts_at=AFTERNOON + 24 * HOUR, with_patient=cast.maya)
    follows(cast.maya)
    coming = upcoming(chart=people.own_chart(cast.maya), hours=48, now=MORNING)

    drain(AFTERNOON - HOUR)

    assert [item.due_at for item in coming] == [AFTERNOON - HOUR, AFTERNOON + 23 * HOUR]
    assert (coming[0].id, coming[0].tag, coming[0].expires_at) == (
        only().pk, only().tag, only().not_after,
    )  # fmt: skip


def test_travel_moves_no_session(cast: Cast) -> None:
    people.session(cast.dr_okafor, starts_at=AFTERNOON, with_patient=cast.maya)
    follows(cast.maya)
    User.objects.filter(pk=cast.maya.pk).update(time_zone="Asia/Tokyo")

    follow_time_zone(patient_id=cast.maya.pk, now=MORNING)

    assert due() == AFTERNOON - HOUR


def test_the_next_session_follows_at_once(cast: Cast) -> None:
    for day in (0, 2):
        people.session(
            cast.dr_okafor, starts_at=AFTERNOON + day * 24 * HOUR, with_patient=cast.maya
        )
    follows(cast.maya)

    drain(AFTERNOON - HOUR)

    assert due() == AFTERNOON + 47 * HOUR
    assert told() == [("sent", "inbox")]


def test_the_next_session_of_a_group_follows_at_once(cast: Cast) -> None:
    """Who dispatches is nobody of the clinic, and still sees when its groups meet."""
    group = people.group(cast.dr_lind, cast.maya)
    for days in range(2):
        people.session(
            cast.dr_lind, starts_at=AFTERNOON + timedelta(days=days), with_group=group,
            kind="group",
        )  # fmt: skip
    follows(cast.maya)

    assert drain(AFTERNOON - HOUR) == {"sent": 1}

    assert due() == AFTERNOON - HOUR + timedelta(days=1)
    sweep(now=AFTERNOON)
    assert due() == AFTERNOON - HOUR + timedelta(days=1)


@pytest.mark.parametrize(
    ("sent", "field", "code"),
    [
        ({"purpose": "checkin"}, "times", "required"),
        ({"purpose": "checkin", "before_minutes": 60}, "before_minutes", "not_about_sessions"),
        ({"purpose": "pre_session", "before_minutes": 119}, "before_minutes", "out_of_range"),
        ({"purpose": "pre_session", "before_minutes": 181}, "before_minutes", "out_of_range"),
    ],
)
def test_a_plan_that_follows_nothing_is_refused(
    cast: Cast, sent: dict[str, object], field: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        follows(cast.maya, **sent)  # type: ignore[arg-type] # a table of cases

    assert [(fault.field, fault.code) for fault in refusal.value.errors] == [(field, code)]
    assert not Reminder.objects.exists()


def test_a_prompt_may_follow_the_clock_if_its_patient_wishes(cast: Cast) -> None:
    reminder = planned(cast.maya, "08:30", purpose="pre_session")

    changed = change_reminder(
        chart=people.own_chart(cast.maya), reminder_id=reminder.id, rev=1,
        changes={"before_minutes": 120}, now=MORNING,
    )  # fmt: skip

    assert reminder.before_minutes is None
    assert (changed.before_minutes, changed.minutes, changed.next_due_at) == (120, [], None)
    assert not Occurrence.objects.exists()


def meeting(hour: int, *, minutes: int = 60, day: int = 2) -> PatientSession:
    at = datetime(2026, 3, day, hour, tzinfo=UTC)
    return PatientSession(new_id(), at, at + timedelta(minutes=minutes), at.date(), hour * 60)


def test_nothing_is_announced_whose_moment_has_passed() -> None:
    late, later = meeting(9), meeting(15)

    found = find_next_announced(
        [late, later], before=HOUR, after=datetime(2026, 3, 2, 8, 30, tzinfo=UTC), handled=None
    )

    assert found == later
