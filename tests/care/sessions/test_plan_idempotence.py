"""The same plan twice is one session, one series, one group; a different one is none silently."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from backend.kit.errors import InvalidInput
from care.models import AccessLogEntry, Attendance, Group, SessionSeries, TreatmentSession
from care.programme.groups import get_or_create_group
from care.sessions import attendance, series
from care.sessions.attendance import AttendanceMark
from care.sessions.occurrences import WeeklyRecurrence
from care.sessions.plan import PlannedSession, SessionDiffers, change_session, plan_session
from tests import cast as people
from tests.cast import Cast

TEN = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
NOW = TEN - timedelta(days=2)


def wanted(cast: Cast, *, now: datetime = NOW, **changes: Any) -> dict[str, Any]:
    plan: dict[str, Any] = {
        "clinician": cast.dr_okafor, "kind": "individual", "starts_at": TEN,
        "ends_at": TEN + timedelta(minutes=50), "patient_id": cast.maya.pk, "place": "Room 2",
    }  # fmt: skip
    return {"plan": PlannedSession(**(plan | changes)), "now": now}


def weekly(
    cast: Cast, repeats: WeeklyRecurrence | None = None, **changes: Any
) -> tuple[TreatmentSession, bool]:
    return series.plan_series(weekly=repeats or WeeklyRecurrence(), **wanted(cast, **changes))


def test_the_same_session_again_is_the_one_that_stands(cast: Cast) -> None:
    first, was_new = plan_session(**wanted(cast))

    again, is_new = plan_session(**wanted(cast, now=NOW + timedelta(hours=1)))

    assert (was_new, is_new, again.pk) == (True, False, first.pk)
    assert TreatmentSession.objects.count() == 1
    assert AccessLogEntry.objects.filter(action="write", data_class="sessions").count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "medication"},
        {"starts_at": TEN + timedelta(hours=1), "ends_at": TEN + timedelta(hours=2)},
    ],
)
def test_another_kind_or_time_is_another_session(cast: Cast, changes: dict[str, Any]) -> None:
    plan_session(**wanted(cast))

    _, is_new = plan_session(**wanted(cast, **changes))

    assert is_new
    assert TreatmentSession.objects.count() == 2


def test_another_patient_or_therapist_is_another_session(cast: Cast) -> None:
    people.joins(cast.noah.pk, cast.dr_okafor)
    people.joins(cast.maya.pk, cast.dr_lind)
    plan_session(**wanted(cast))

    plan_session(**wanted(cast, patient_id=cast.noah.pk))
    plan_session(**wanted(cast, clinician=cast.dr_lind))

    assert TreatmentSession.objects.count() == 3


@pytest.mark.parametrize(
    "changes",
    [{"title": "Plan for June"}, {"place": "Room 3"}, {"ends_at": TEN + timedelta(minutes=90)}],
)
def test_the_same_planned_otherwise_is_refused_and_changes_nothing(
    cast: Cast, changes: dict[str, Any]
) -> None:
    plan_session(**wanted(cast))

    with pytest.raises(SessionDiffers):
        plan_session(**wanted(cast, **changes))

    row = TreatmentSession.objects.get()
    assert (row.title, row.place, row.rev) == ("", "Room 2", 1)


def test_after_it_was_cancelled_it_can_be_planned_anew(cast: Cast) -> None:
    first, _ = plan_session(**wanted(cast))
    change_session(
        clinician=cast.dr_okafor, session_id=first.pk, rev=1, changes={"cancelled": True}, now=NOW
    )

    again, is_new = plan_session(**wanted(cast))

    assert is_new
    assert again.pk != first.pk


def test_the_same_weekly_session_again_is_the_series_that_stands(cast: Cast) -> None:
    days = WeeklyRecurrence((0, 2), 1, date(2026, 6, 1))
    first, was_new = weekly(cast, days)
    count = TreatmentSession.objects.count()

    again, is_new = weekly(cast, days)

    assert (was_new, is_new, again.pk) == (True, False, first.pk)
    assert SessionSeries.objects.count() == 2
    assert TreatmentSession.objects.count() == count


@pytest.mark.parametrize(
    ("repeats", "changes"),
    [
        (WeeklyRecurrence((0,), 2), {}),
        (WeeklyRecurrence((0,), 1, date(2026, 6, 1)), {}),
        (WeeklyRecurrence((0,)), {"place": "Room 9"}),
        (WeeklyRecurrence((0,)), {"kind": "medication"}),
    ],
)
def test_a_weekly_session_planned_otherwise_is_another(
    cast: Cast, repeats: WeeklyRecurrence, changes: dict[str, Any]
) -> None:
    weekly(cast, WeeklyRecurrence((0,)))

    _, is_new = weekly(cast, repeats, **changes)

    assert is_new
    assert SessionSeries.objects.count() == 2


def test_a_day_more_makes_that_day_alone(cast: Cast) -> None:
    weekly(cast, WeeklyRecurrence((0,)))

    _, is_new = weekly(cast, WeeklyRecurrence((0, 3)))

    assert is_new
    assert sorted(row.starts_on.weekday() for row in SessionSeries.objects.all()) == [0, 3]


def test_a_series_that_was_ended_can_be_planned_anew(cast: Cast) -> None:
    first, _ = weekly(cast)
    series.change_series_from(
        clinician=cast.dr_okafor, session_id=first.pk, rev=1, changes={"cancelled": True}, now=NOW
    )

    _, is_new = weekly(cast)

    assert is_new


def test_a_leader_has_one_group_of_a_name(cast: Cast) -> None:
    first, was_new = get_or_create_group(clinician=cast.dr_okafor, name="Morning")
    again, is_new = get_or_create_group(clinician=cast.dr_okafor, name="Morning")
    _, is_other = get_or_create_group(clinician=cast.dr_lind, name="Morning")

    assert (was_new, is_new, is_other) == (True, False, True)
    assert first == again
    assert Group.objects.count() == 2


class TestAttendance:
    """Nobody can have come to what has not begun."""

    def test_it_is_refused_before_the_session_begins(self, cast: Cast) -> None:
        session, _ = plan_session(**wanted(cast))

        with pytest.raises(InvalidInput) as refusal:
            attendance.record_attendance(
                clinician=cast.dr_okafor, session_id=session.pk, now=TEN - timedelta(seconds=1),
                marks=[AttendanceMark(cast.maya.pk, "present", 50)],
            )  # fmt: skip

        assert [fault.code for fault in refusal.value.errors] == ["not_begun"]
        assert not Attendance.objects.exists()

    def test_it_is_taken_from_the_first_minute_on(self, cast: Cast) -> None:
        session, _ = plan_session(**wanted(cast))

        attendance.record_attendance(
            clinician=cast.dr_okafor, session_id=session.pk, now=TEN,
            marks=[AttendanceMark(cast.maya.pk, "present", 50)],
        )  # fmt: skip

        assert Attendance.objects.get().status == "present"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["session", "series", "group"])
def test_of_many_at_once_one_is_made(what: str) -> None:
    cast = people.enter()
    tries: dict[str, Callable[[], tuple[Any, bool]]] = {
        "session": lambda: plan_session(**wanted(cast, now=timezone.now())),
        "series": lambda: weekly(cast, now=timezone.now()),
        "group": lambda: get_or_create_group(clinician=cast.dr_okafor, name="Morning"),
    }
    found: list[tuple[Any, bool]] = []
    ready = threading.Barrier(5)

    def acts() -> None:
        ready.wait()
        try:
            made, is_new = tries[what]()
            found.append((made.pk, is_new))
        finally:
            connection.close()

    threads = [threading.Thread(target=acts) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(is_new for _, is_new in found) == [False] * 4 + [True]
    assert len({pk for pk, _ in found}) == 1
