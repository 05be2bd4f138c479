"""What a week lacks of the hours of a level, told while it can still be made up for."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import Attendance, Episode, TreatmentSession, User
from care.sessions.week_outlook import WeekOutlook, missing_minutes_of, read_week
from tests import cast as people
from tests.cast import ZONE, Cast

pytestmark = pytest.mark.django_db
#: A Monday, ten o'clock in Chicago; and the Wednesday of that week.
MONDAY = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
WEDNESDAY = MONDAY + timedelta(days=2)
DAY = timedelta(days=1)
ADMITTED = date(2026, 4, 20)


def planned(
    cast: Cast, days: tuple[int, ...], *, minutes: int = 180, status: str | None = None
) -> None:
    for day in days:
        people.session(
            cast.dr_okafor, starts_at=MONDAY + day * DAY, with_patient=cast.maya, minutes=minutes,
            status=status,
        )  # fmt: skip


def missing(cast: Cast, now: datetime = WEDNESDAY) -> int:
    found = missing_minutes_of(patient_ids=[cast.maya.pk, cast.noah.pk], zone=ZONE, now=now)
    assert cast.noah.pk not in found
    return found.get(cast.maya.pk, 0)


def weeks(cast: Cast, now: datetime = WEDNESDAY) -> tuple[WeekOutlook, ...]:
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.PROGRAMME, now=now
    )
    return tuple(read_week(chart=chart, zone=ZONE, now=now).weeks)


def test_what_was_attended_and_what_can_still_be_counts(cast: Cast) -> None:
    people.admitted(cast.maya, on=ADMITTED)
    planned(cast, (0,), status="present")
    planned(cast, (1,), status="no_show")
    planned(cast, (2, 4))

    assert missing(cast) == 0
    Attendance.objects.filter(status="present").update(minutes=120)
    assert missing(cast) == 60
    Attendance.objects.filter(status="present").update(minutes=None)
    assert missing(cast) == 0
    TreatmentSession.objects.filter(starts_at=MONDAY + 4 * DAY).update(cancelled_at=MONDAY)
    assert missing(cast) == 180


def test_what_nobody_recorded_is_not_missing_yet(cast: Cast) -> None:
    people.admitted(cast.maya, on=ADMITTED)
    planned(cast, (0, 1, 4))

    (this, _) = weeks(cast)

    assert missing(cast) == 0
    assert (this.attended_minutes, this.open_minutes) == (0, 540)


def test_groups_count_for_who_is_in_them(cast: Cast) -> None:
    people.admitted(cast.maya, on=ADMITTED)
    group = people.group(cast.dr_lind, cast.maya)
    for day in (2, 3, 4):
        people.session(
            cast.dr_lind, starts_at=MONDAY + day * DAY, with_group=group, kind="group", minutes=170
        )

    assert missing(cast) == 30


@pytest.mark.parametrize(
    ("now", "is_told"),
    [
        (MONDAY, False),
        (MONDAY + DAY, False),
        # Wednesday begins at 5:00 UTC in Chicago.
        (datetime(2026, 5, 6, 4, 59, tzinfo=UTC), False),
        (datetime(2026, 5, 6, 5, 0, tzinfo=UTC), True),
        (datetime(2026, 5, 11, 4, 59, tzinfo=UTC), True),
        (datetime(2026, 5, 11, 5, 0, tzinfo=UTC), False),
    ],
)
def test_it_is_told_from_the_middle_of_the_clinics_week_to_its_end(
    cast: Cast, now: datetime, *, is_told: bool
) -> None:
    people.admitted(cast.maya, on=ADMITTED)

    assert missing(cast, now) == (540 if is_told else 0)


@pytest.mark.parametrize(
    ("level", "hours", "since", "asked"),
    [
        ("intensive_outpatient", 12, ADMITTED, 720),
        ("intensive_outpatient", None, ADMITTED, 540),
        ("outpatient", 2, ADMITTED, 120),
        ("outpatient", None, ADMITTED, 0),
        ("partial_hospitalization", 20, date(2026, 5, 4), 1200),
        ("intensive_outpatient", 12, date(2026, 5, 5), 0),
    ],
)
def test_a_level_asks_for_its_hours_in_whole_weeks(
    cast: Cast, level: str, hours: int | None, since: date, asked: int
) -> None:
    Episode.objects.create(
        patient_id=cast.maya.pk, level_of_care=level, admitted_on=since,
        planned_hours_per_week=hours,
    )  # fmt: skip

    assert missing(cast) == asked


@pytest.mark.parametrize(
    ("days", "minutes", "findings"),
    [
        ((0, 2, 4), 180, ()),
        ((0, 2, 4), 175, ("too_few_hours", "too_few_long_days")),
        ((0, 1, 2, 4), 135, ("too_few_long_days",)),
        ((0, 2), 300, ("too_few_days",)),
        ((0, 1, 2, 3, 4, 5), 180, ("too_many_days",)),
        ((), 180, ("too_few_hours", "too_few_days")),
    ],
)
def test_a_planned_week_of_intensive_outpatient_care_is_checked(
    cast: Cast, days: tuple[int, ...], minutes: int, findings: Any
) -> None:
    people.admitted(cast.maya, on=ADMITTED)
    planned(cast, tuple(day + 7 for day in days), minutes=minutes)

    (_, following) = weeks(cast)

    assert following.findings == findings
    assert list(following.days.values()) == [minutes] * len(days)


def test_another_level_is_not_asked_for_days(cast: Cast) -> None:
    people.admitted(cast.maya, on=ADMITTED, hours=2)
    Episode.objects.update(level_of_care="outpatient")
    planned(cast, (9,), minutes=120)

    assert weeks(cast)[1].findings == ()


def test_many_patients_cost_the_same_few_statements(cast: Cast) -> None:
    everybody: list[User] = [
        people.patient(cast.clinic, f"p{n}", f"P {n}", treated_by=cast.dr_okafor) for n in range(9)
    ]
    for user in everybody:
        people.admitted(user, on=ADMITTED)

    with CaptureQueriesContext(connection) as seen:
        found = missing_minutes_of(
            patient_ids=[user.pk for user in everybody], zone=ZONE, now=WEDNESDAY
        )

    assert set(found.values()) == {540}
    assert len(seen) <= 6
