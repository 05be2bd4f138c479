"""When patients are busy, in versions, and what a plan then conflicts with."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from backend.kit.errors import InvalidInput
from backend.kit.timezones import local_to_utc
from care.access.chart import NoSuchChart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import (
    AccessLogEntry,
    Availability,
    CareTeamMembership,
    Consent,
    GroupMembership,
    TreatmentSession,
    User,
)
from care.sessions.availability import (
    AvailabilityChanged,
    OnlyThePatientSays,
    WeeklySpan,
    availability_of,
    first_overlap,
    write_availability,
)
from care.sessions.conflicts import (
    Conflict,
    change_and_tell,
    conflicts_of_change,
    conflicts_of_plan,
    plan_and_tell,
)
from care.sessions.occurrences import WeeklyRecurrence
from care.sessions.plan import PlannedSession
from tests import cast as people
from tests.cast import Cast, own_chart

pytestmark = pytest.mark.django_db
#: A Monday, ten o'clock in Chicago.
TEN = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
NOW = TEN - timedelta(days=2)
HOUR = timedelta(hours=1)
WORK = WeeklySpan((0, 2), 9 * 60, 12 * 60, "busy", "work")


def says(user: User, *spans: WeeklySpan) -> None:
    """Let a patient write their week anew."""
    chart = own_chart(user)
    rev = availability_of(chart=chart).rev
    write_availability(chart=chart, spans=spans, rev=rev, now=NOW)


def plan(cast: Cast, starts_at: datetime = TEN, **changes: Any) -> PlannedSession:
    fields: dict[str, Any] = {
        "clinician": cast.dr_okafor, "kind": "individual", "patient_id": cast.maya.pk,
        "starts_at": starts_at, "ends_at": starts_at + HOUR,
    }  # fmt: skip
    return PlannedSession(**fields | changes)


def found(planned: PlannedSession, weekly: WeeklyRecurrence | None = None) -> list[Conflict]:
    return conflicts_of_plan(plan=planned, weekly=weekly, now=NOW)


def test_it_is_written_in_versions_and_encrypted(cast: Cast) -> None:
    own = own_chart(cast.maya)
    free = WeeklySpan((5,), 0, 1440, "free")
    write_availability(chart=own, spans=[WORK], rev=0, now=NOW)
    write_availability(chart=own, spans=[WORK, free], rev=1, now=NOW + HOUR)

    with pytest.raises(AvailabilityChanged):
        write_availability(chart=own, spans=[], rev=1, now=NOW)

    team = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.SESSIONS, now=NOW
    )
    week = availability_of(chart=team)
    assert (week.spans, week.rev, week.at) == ((WORK, free), 2, NOW + HOUR)
    assert all(b"work" not in bytes(row.words) for row in Availability.objects.all())
    with pytest.raises(OnlyThePatientSays):
        write_availability(chart=team, spans=[], rev=2, now=NOW)
    with pytest.raises(NoSuchChart):
        open_chart(
            viewer=cast.dr_lind, patient_id=cast.maya.pk, what=DataCategory.SESSIONS, now=NOW
        )


@pytest.mark.parametrize(
    ("spans", "fields"),
    [
        ([WeeklySpan((0,), 600, 600, "busy", "work")], ["spans.0.ends"]),
        ([WeeklySpan((0,), 1320, 360, "busy", "work")], ["spans.0.ends"]),
        ([WeeklySpan((0,), 0, 60, "busy")], ["spans.0.reason"]),
        ([WeeklySpan((0,), 0, 60, "free", "work")], ["spans.0.reason"]),
        ([WORK, WeeklySpan((2, 3), 719, 800, "free")], ["spans.1"]),
        ([WORK, WeeklySpan((2, 3), 720, 800, "free"), WeeklySpan((1,), 540, 800, "free")], []),
    ],
)
def test_a_span_ends_later_says_why_and_lies_over_no_other(
    cast: Cast, spans: list[WeeklySpan], fields: list[str]
) -> None:
    if not fields:
        says(cast.maya, *spans)
        return

    with pytest.raises(InvalidInput) as refusal:
        says(cast.maya, *spans)

    assert [error.field for error in refusal.value.errors] == fields
    assert not Availability.objects.exists()


@pytest.mark.parametrize(
    ("hours", "is_told"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_plan_over_what_is_busy_is_told_and_beside_it_is_not(
    cast: Cast, hours: int, *, is_told: bool
) -> None:
    says(cast.maya, WORK, WeeklySpan((0,), 0, 9 * 60, "free"))

    told = found(plan(cast, TEN + hours * HOUR))

    starts = TEN + hours * HOUR
    busy = Conflict("busy", cast.maya.pk, "Maya", starts, starts + HOUR, "work")
    assert told == ([busy] if is_told else [])
    assert found(plan(cast, TEN + timedelta(days=1))) == []


def test_the_newest_version_alone_counts(cast: Cast) -> None:
    says(cast.maya, WORK)
    says(cast.maya, WeeklySpan((4,), 0, 1440, "busy", "travel"))

    assert found(plan(cast)) == []


def test_the_patients_own_clock_counts(cast: Cast) -> None:
    User.objects.filter(pk=cast.maya.pk).update(time_zone="Europe/Berlin")
    says(cast.maya, WeeklySpan((0,), 17 * 60, 18 * 60, "busy", "school"))

    assert [one.reason for one in found(plan(cast))] == ["school"]
    assert found(plan(cast, TEN + HOUR)) == []


def test_past_midnight_both_days_count(cast: Cast) -> None:
    says(cast.maya, WeeklySpan((1,), 0, 60, "busy", "family"))
    midnight = local_to_utc(date(2026, 5, 5), time(0), "America/Chicago")

    late = plan(cast, midnight - HOUR, ends_at=midnight + timedelta(minutes=1))

    assert [one.reason for one in found(late)] == ["family"]
    assert found(plan(cast, midnight - HOUR)) == []


@pytest.mark.parametrize(
    ("starts", "ends", "begins", "is_over"),
    [
        # 2026-03-08 has no hour from 2:00 to 3:00 in Chicago, which is -6 before and -5 after.
        (120, 180, (8, 0), False),
        (150, 210, (8, 0), True),
        (60, 120, (7, 59), True),
        (60, 120, (8, 0), False),
    ],
)
def test_in_the_spring_night_what_the_clock_skips_is_not_busy(
    starts: int, ends: int, begins: tuple[int, int], *, is_over: bool
) -> None:
    span = WeeklySpan((6,), starts, ends, "busy", "work")
    at = datetime(2026, 3, 8, *begins, tzinfo=UTC)

    assert bool(first_overlap(span, [(at, at + HOUR / 60)], "America/Chicago")) is is_over


@pytest.mark.parametrize(
    ("hour", "is_over"),
    [((5, 59), False), ((6, 0), True), ((6, 40), True), ((7, 0), True), ((7, 29), True),
     ((7, 30), False)],
)  # fmt: skip
def test_in_the_autumn_night_the_hour_that_comes_twice_is_busy_twice(
    hour: tuple[int, int], *, is_over: bool
) -> None:
    span = WeeklySpan((6,), 60, 90, "busy", "work")
    at = datetime(2026, 11, 1, *hour, tzinfo=UTC)

    assert bool(first_overlap(span, [(at, at + HOUR / 60)], "America/Chicago")) is is_over


def test_a_weekly_plan_tells_each_span_once_by_its_first_day(cast: Cast) -> None:
    says(cast.maya, WORK, WeeklySpan((4,), 600, 660, "busy", "school"))
    weekly = WeeklyRecurrence((0, 2, 4))

    told = plan_and_tell(plan=plan(cast), weekly=weekly, now=NOW)
    again = plan_and_tell(plan=plan(cast), weekly=weekly, now=NOW)

    assert [(one.reason, one.starts_at) for one in told.conflicts] == [
        ("work", TEN), ("school", TEN + timedelta(days=4)),
    ]  # fmt: skip
    assert again.conflicts == told.conflicts
    assert (told.is_new, again.is_new) == (True, False)
    assert found(plan(cast), weekly) == []


def test_the_clinics_wall_clock_stays_when_clocks_change_and_so_does_the_conflict(
    cast: Cast,
) -> None:
    # Eight o'clock in Chicago is 15:00 in Berlin, but 14:00 for three weeks in March.
    User.objects.filter(pk=cast.maya.pk).update(time_zone="Europe/Berlin")
    says(cast.maya, WeeklySpan((0,), 14 * 60, 15 * 60, "busy", "work"))
    eight = local_to_utc(date(2026, 3, 2), time(8), "America/Chicago")
    before = eight - timedelta(days=1)

    once = conflicts_of_plan(plan=plan(cast, eight), weekly=None, now=before)
    weekly = conflicts_of_plan(plan=plan(cast, eight), weekly=WeeklyRecurrence(), now=before)

    assert once == []
    assert [one.starts_at for one in weekly] == [
        local_to_utc(date(2026, 3, 9), time(8), "America/Chicago")
    ]


def test_of_a_group_only_those_whom_the_viewer_treats_are_named(cast: Cast) -> None:
    group = people.group(cast.dr_okafor, cast.maya, cast.noah)
    says(cast.maya, WORK)
    says(cast.noah, WORK)
    planned = plan(cast, kind="group", patient_id=None, group_id=group.pk)

    assert [one.whom for one in found(planned)] == ["Maya"]
    GroupMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=TEN - HOUR)
    assert found(planned) == []


def test_without_consent_to_sessions_or_after_the_team_ended_nothing_is_told(cast: Cast) -> None:
    says(cast.maya, WORK)
    Consent.objects.filter(patient_id=cast.maya.pk).update(scope=["shared_entries"])

    assert found(plan(cast)) == []
    Consent.objects.filter(patient_id=cast.maya.pk).update(scope=["sessions"])
    assert len(found(plan(cast))) == 1
    CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=NOW)
    assert found(plan(cast)) == []


def test_who_said_nothing_is_not_read(cast: Cast) -> None:
    group = people.group(cast.dr_okafor, cast.maya, cast.noah)
    people.joins(cast.noah.pk, cast.dr_okafor)
    says(cast.maya, WORK)

    found(plan(cast, kind="group", patient_id=None, group_id=group.pk))

    rows = AccessLogEntry.objects.filter(action="read").values_list("patient_id", "reason")
    assert list(rows) == [(cast.maya.pk, "choosing")]


def test_a_change_tells_its_new_times_alone(cast: Cast) -> None:
    says(cast.maya, WORK)
    session = plan_and_tell(plan=plan(cast, TEN + 3 * HOUR), weekly=None, now=NOW).session
    onto = {"starts_at": TEN, "ends_at": TEN + HOUR}

    asked = conflicts_of_change(
        viewer=cast.dr_okafor, session=session, changes=onto, is_following=False, now=NOW
    )
    renamed = change_and_tell(
        clinician=cast.dr_okafor, session_id=session.pk, rev=1, changes={"title": "New"}, now=NOW,
        is_following=False,
    )  # fmt: skip
    told = change_and_tell(
        clinician=cast.dr_okafor, session_id=session.pk, rev=2, changes=onto, now=NOW,
        is_following=False,
    )  # fmt: skip

    assert renamed.conflicts == ()
    assert told.conflicts == asked
    assert [(one.why, one.starts_at) for one in asked] == [("busy", TEN)]


def test_a_series_that_moves_is_looked_at_in_every_week(cast: Cast) -> None:
    session = plan_and_tell(plan=plan(cast), weekly=WeeklyRecurrence(), now=NOW).session
    people.session(
        cast.dr_okafor, starts_at=TEN + timedelta(weeks=3, days=1), with_patient=cast.maya
    )
    onto = {"starts_at": TEN + timedelta(days=1), "ends_at": TEN + timedelta(days=1) + HOUR}
    session = TreatmentSession.objects.select_related("series").get(pk=session.pk)

    sent: dict[str, Any] = {"changes": onto, "now": NOW}
    one = conflicts_of_change(viewer=cast.dr_okafor, session=session, is_following=False, **sent)
    following = conflicts_of_change(
        viewer=cast.dr_okafor, session=session, is_following=True, **sent
    )
    told = change_and_tell(
        clinician=cast.dr_okafor, session_id=session.pk, rev=1, is_following=True, **sent
    )

    assert one == []
    assert [(one.why, one.starts_at) for one in following] == [
        ("patient", TEN + timedelta(weeks=3, days=1))
    ]
    assert told.conflicts == following
