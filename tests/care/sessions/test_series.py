"""Weekly sessions: the same wall clock every week, and changes from one of them on."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from backend.kit.errors import InvalidInput
from care.access.chart import NoSuchChart
from care.constants import SERIES_CREATED_AHEAD
from care.models import AccessLogEntry, SessionSeries, TreatmentSession, User
from care.sessions import attendance, occurrences, series
from care.sessions.attendance import AttendanceMark
from care.sessions.occurrences import WeeklyRecurrence
from care.sessions.plan import NoSuchSession, PlannedSession, SessionChanged, change_session
from tests import cast as people
from tests.cast import ZONE, Cast

HERE = ZoneInfo(ZONE)
#: A Monday, three weeks before the clocks go back in Chicago (Sunday November 1, 2026).
FIRST = datetime(2026, 10, 12, 9, 30, tzinfo=HERE)
NOW = datetime(2026, 10, 9, 15, 0, tzinfo=UTC)


def plan(
    clinician: User, *, weekly: WeeklyRecurrence | None = None, now: datetime = NOW, **changes: Any
) -> TreatmentSession:
    times = {"starts_at": FIRST, "ends_at": FIRST + timedelta(minutes=50)}
    wanted: dict[str, Any] = {"kind": "individual", "place": "Room 2", **times, **changes}
    plan = PlannedSession(clinician, **wanted)
    return series.plan_series(plan=plan, weekly=weekly or WeeklyRecurrence(), now=now)[0]


def change(clinician: User, session: TreatmentSession, **changes: Any) -> TreatmentSession:
    now = changes.pop("now", NOW)
    return series.change_series_from(
        clinician=clinician, session_id=session.pk, rev=session.rev, changes=changes, now=now
    )


def rows() -> list[TreatmentSession]:
    return list(TreatmentSession.objects.order_by("starts_at"))


def clocks(found: list[TreatmentSession]) -> set[str]:
    return {f"{row.starts_at.astimezone(HERE):%a %H:%M}" for row in found}


def faults(refusal: pytest.ExceptionInfo[InvalidInput]) -> dict[str, str]:
    return {error.field: error.code for error in refusal.value.errors}


def test_it_comes_back_at_the_same_wall_clock_across_the_change_of_clocks(cast: Cast) -> None:
    first = plan(cast.dr_okafor, patient_id=cast.maya.pk)

    found = rows()
    assert first.starts_at == FIRST
    assert len(found) == 12
    assert clocks(found) == {"Mon 09:30"}
    steps = {after.starts_at - before.starts_at for before, after in pairwise(found)}
    assert steps == {timedelta(days=7), timedelta(days=7, hours=1)}
    assert {row.ends_at - row.starts_at for row in found} == {timedelta(minutes=50)}


def test_a_time_that_the_spring_change_skips_is_the_first_one_after_it(cast: Cast) -> None:
    sunday = datetime(2026, 3, 1, 2, 30, tzinfo=HERE)

    plan(
        cast.dr_okafor, patient_id=cast.maya.pk, starts_at=sunday,
        ends_at=sunday + timedelta(minutes=30), now=sunday - timedelta(days=1),
    )  # fmt: skip

    assert f"{rows()[1].starts_at.astimezone(HERE):%d %H:%M}" == "08 03:00"
    assert rows()[2].starts_at.astimezone(HERE).hour == 2


def test_each_day_of_the_week_is_a_series_of_its_own(cast: Cast) -> None:
    group = people.group(cast.dr_okafor, cast.maya)

    first = plan(
        cast.dr_okafor, kind="group", group_id=group.pk, weekly=WeeklyRecurrence(days=(0, 2, 4))
    )

    assert clocks(rows()) == {"Mon 09:30", "Wed 09:30", "Fri 09:30"}
    assert SessionSeries.objects.count() == 3
    assert first.starts_at == FIRST


@pytest.mark.parametrize(
    ("weekly", "days"),
    [
        (WeeklyRecurrence(until=date(2026, 10, 26)), ["10-12", "10-19", "10-26"]),
        (WeeklyRecurrence(every_weeks=2, until=date(2026, 11, 10)), ["10-12", "10-26", "11-09"]),
        (WeeklyRecurrence(until=date(2026, 10, 12)), ["10-12"]),
    ],
    ids=["three weeks", "every second", "once"],
)
def test_it_ends_when_asked(cast: Cast, weekly: WeeklyRecurrence, days: list[str]) -> None:
    plan(cast.dr_okafor, patient_id=cast.maya.pk, weekly=weekly)

    assert [f"{row.starts_at.astimezone(HERE):%m-%d}" for row in rows()] == days
    assert occurrences.create_due_occurrences(now=NOW + timedelta(days=400)) == 0


@pytest.mark.parametrize(
    ("weekly", "expected"),
    [
        (WeeklyRecurrence(days=(1,)), {"repeats.days": "not_the_first_day"}),
        (WeeklyRecurrence(until=date(2026, 10, 11)), {"repeats.until": "out_of_range"}),
        (WeeklyRecurrence(until=date(2029, 10, 11)), {"repeats.until": "out_of_range"}),
    ],
)
def test_what_cannot_repeat_names_the_field(
    cast: Cast, weekly: WeeklyRecurrence, expected: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        plan(cast.dr_okafor, patient_id=cast.maya.pk, weekly=weekly)

    assert faults(refusal) == expected
    assert SessionSeries.objects.count() == TreatmentSession.objects.count() == 0


def test_somebody_elses_patient_cannot_be_planned_with(cast: Cast) -> None:
    with pytest.raises(NoSuchChart):
        plan(cast.dr_okafor, patient_id=cast.noah.pk)

    assert SessionSeries.objects.count() == TreatmentSession.objects.count() == 0
    assert AccessLogEntry.objects.get().action == "denied"


def test_more_are_made_as_time_goes_by_and_each_once(cast: Cast) -> None:
    plan(cast.dr_okafor, patient_id=cast.maya.pk)
    later = NOW + timedelta(weeks=10)

    assert occurrences.create_due_occurrences(now=NOW) == 0
    assert occurrences.create_due_occurrences(now=later) == 10
    assert occurrences.create_due_occurrences(now=later) == 0

    found = rows()
    assert len({row.series_day for row in found}) == len(found) == 22
    assert found[-1].starts_at < later + SERIES_CREATED_AHEAD
    assert clocks(found) == {"Mon 09:30"}


def test_a_viewer_makes_only_what_they_will_see(cast: Cast) -> None:
    group = people.group(cast.dr_okafor, cast.maya)
    plan(cast.dr_okafor, kind="group", group_id=group.pk)
    plan(cast.dr_lind, patient_id=cast.noah.pk)
    later = NOW + timedelta(weeks=10)

    assert occurrences.create_due_occurrences(now=later, viewer=cast.maya) == 10
    assert occurrences.create_due_occurrences(now=later, viewer=cast.dr_okafor) == 0
    assert occurrences.create_due_occurrences(now=later, viewer=cast.dr_lind) == 10


def test_one_may_move_and_the_series_makes_it_no_second_time(cast: Cast) -> None:
    plan(cast.dr_okafor, patient_id=cast.maya.pk)
    third = rows()[2]

    moved = change_session(
        clinician=cast.dr_okafor, session_id=third.pk, rev=1, now=NOW,
        changes={
            "starts_at": third.starts_at + timedelta(days=1),
            "ends_at": third.ends_at + timedelta(days=1),
        },
    )  # fmt: skip
    occurrences.create_due_occurrences(now=NOW + timedelta(weeks=10))

    assert moved.is_exception
    assert clocks(rows()) == {"Mon 09:30", "Tue 09:30"}
    assert [row.starts_at for row in rows()].count(third.starts_at) == 0


def test_from_one_on_they_move_and_those_before_stay(cast: Cast) -> None:
    plan(cast.dr_okafor, patient_id=cast.maya.pk)
    third = rows()[2]
    start = datetime(2026, 10, 27, 16, 0, tzinfo=HERE)

    changed = change(
        cast.dr_okafor,
        third,
        starts_at=start,
        ends_at=start + timedelta(minutes=90),
        place="Room 9",
    )
    occurrences.create_due_occurrences(now=NOW + timedelta(weeks=10))

    found = rows()
    assert changed.pk == third.pk
    assert clocks(found[:2]) == {"Mon 09:30"}
    assert clocks(found[2:]) == {"Tue 16:00"}
    assert {row.place for row in found[2:]} == {"Room 9"}
    assert {row.ends_at - row.starts_at for row in found[2:]} == {timedelta(minutes=90)}
    assert len(found) == 22


def test_a_move_by_a_whole_week_leaves_a_week_out(cast: Cast) -> None:
    plan(cast.dr_okafor, patient_id=cast.maya.pk)
    week = timedelta(days=7)
    second = rows()[1]

    change(cast.dr_okafor, second, starts_at=second.starts_at + week, ends_at=second.ends_at + week)

    assert [f"{row.starts_at.astimezone(HERE):%m-%d}" for row in rows()][:3] == [
        "10-12", "10-26", "11-02",
    ]  # fmt: skip


def test_what_was_set_for_one_day_or_attended_stays(cast: Cast) -> None:
    plan(cast.dr_okafor, patient_id=cast.maya.pk)
    first, second, third, fourth, *_ = rows()
    attendance.record_attendance(
        clinician=cast.dr_okafor, session_id=second.pk, now=second.starts_at,
        marks=[AttendanceMark(cast.maya.pk, "present", 50)],
    )  # fmt: skip
    change_session(
        clinician=cast.dr_okafor, session_id=third.pk, rev=1, now=NOW,
        changes={"cancelled": True},
    )  # fmt: skip
    change_session(
        clinician=cast.dr_okafor, session_id=fourth.pk, rev=1, now=NOW,
        changes={"place": "Garden"},
    )  # fmt: skip

    change(cast.dr_okafor, first, place="Room 9")

    places = [row.place for row in rows()]
    assert places[:5] == ["Room 9", "Room 2", "Room 2", "Garden", "Room 9"]
    assert rows()[2].cancelled_at == NOW


def test_from_one_on_they_are_called_off(cast: Cast) -> None:
    plan(cast.dr_okafor, patient_id=cast.maya.pk)
    third = rows()[2]

    change(cast.dr_okafor, third, cancelled=True)

    assert [row.cancelled_at is not None for row in rows()] == [False] * 2 + [True] * 10
    assert occurrences.create_due_occurrences(now=NOW + timedelta(weeks=20)) == 0


def test_only_the_newest_revision_changes_them(cast: Cast) -> None:
    plan(cast.dr_okafor, patient_id=cast.maya.pk)
    third = rows()[2]
    change(cast.dr_okafor, third, place="Room 9")
    before = [(row.place, row.rev) for row in rows()]

    with pytest.raises(SessionChanged):
        change(cast.dr_okafor, third, place="Room 4")

    assert [(row.place, row.rev) for row in rows()] == before
    assert SessionSeries.objects.count() == 2


def test_a_single_session_has_none_that_follow(cast: Cast) -> None:
    single = people.session(cast.dr_okafor, starts_at=FIRST, with_patient=cast.maya)

    with pytest.raises(InvalidInput) as refusal:
        change(cast.dr_okafor, single, place="Room 9")

    assert faults(refusal) == {"scope": "not_repeating"}


def test_they_are_brought_back_one_by_one_only(cast: Cast) -> None:
    first = plan(cast.dr_okafor, patient_id=cast.maya.pk)

    with pytest.raises(InvalidInput) as refusal:
        change(cast.dr_okafor, first, cancelled=False)

    assert faults(refusal) == {"cancelled": "one_by_one"}


@pytest.mark.parametrize("who", ["dr_lind", "ada"])
def test_nobody_else_changes_them(cast: Cast, who: str) -> None:
    first = plan(cast.dr_okafor, patient_id=cast.maya.pk)

    with pytest.raises(NoSuchSession):
        change(getattr(cast, who), first, cancelled=True)

    assert not TreatmentSession.objects.filter(cancelled_at__isnull=False).exists()


def test_planning_and_changing_stand_in_the_access_log(cast: Cast) -> None:
    first = plan(cast.dr_okafor, patient_id=cast.maya.pk)
    change(cast.dr_okafor, first, place="Room 9")

    written = AccessLogEntry.objects.filter(action="write", data_class="sessions")
    assert {row.patient_id for row in written} == {cast.maya.pk}
    assert written.count() == 2


def test_an_unknown_session_is_nobodys(cast: Cast) -> None:
    with pytest.raises(NoSuchSession):
        series.change_series_from(
            clinician=cast.dr_okafor, session_id=UUID(int=3), rev=1, changes={}, now=NOW
        )
