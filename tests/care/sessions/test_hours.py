"""Hours of treatment by day, against a count by hand over random weeks and both nights of DST."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import AccessLogEntry, Attendance, GroupMembership, TreatmentSession, User
from care.people.enrol import revoke_treatment_consents
from care.sessions.attendance_report import attendance_report
from care.sessions.hours import DayHours, hours_of_patient, hours_of_patients, weeks_of
from tests import cast as people
from tests.cast import ZONE, Cast

pytestmark = pytest.mark.django_db
CHICAGO = ZoneInfo(ZONE)
NOW = datetime(2026, 5, 6, 17, 0, tzinfo=UTC)
#: Clocks go forward on 8 March 2026 and back on 2 November 2025.
WEEKS = [date(2026, 3, 2), date(2025, 10, 27), date(2026, 4, 13), date(2025, 12, 29)]
ATTENDED = ("present", "late", "left_early")


def held(
    cast: Cast, at: datetime, *, minutes: int = 50, status: str | None = "present",
    noted: int | None = 50, **changes: Any,
) -> TreatmentSession:  # fmt: skip
    session = people.session(
        cast.dr_okafor, starts_at=at, minutes=minutes, **({"with_patient": cast.maya} | changes)
    )
    if status is not None:
        mark(cast, session, cast.maya, status, noted)
    return session


def mark(
    cast: Cast, session: TreatmentSession, user: User, status: str, minutes: int | None
) -> None:
    Attendance.objects.create(
        session=session, patient_id=user.pk, status=status, minutes=minutes,
        recorded_by=cast.dr_okafor, recorded_at=NOW,
    )  # fmt: skip


def found(cast: Cast, first: date, last: date) -> list[DayHours]:
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.ATTENDANCE, now=NOW
    )
    return list(hours_of_patient(chart=chart, first=first, last=last, zone=ZONE, now=NOW).days)


@pytest.mark.parametrize("seed", range(8))
def test_every_day_is_as_a_count_by_hand_has_it(cast: Cast, seed: int) -> None:
    roll, monday = random.Random(seed), WEEKS[seed % len(WEEKS)]
    group = people.group(cast.dr_okafor, cast.maya)
    GroupMembership.objects.update(starts_at=datetime(2025, 1, 1, tzinfo=UTC))
    expected: dict[date, list[tuple[str, int, str, int | None]]] = defaultdict(list)
    for _ in range(14):
        day = monday + timedelta(days=roll.randrange(7))
        clock = datetime(day.year, day.month, day.day, roll.randrange(24), roll.choice((0, 30)),
                         tzinfo=CHICAGO)  # fmt: skip
        kind, minutes = roll.choice(("individual", "group", "family")), roll.choice((50, 90, 180))
        status = roll.choice((*ATTENDED, "excused", "no_show", None))
        noted = None if status is None or roll.random() < 0.2 else roll.randrange(1, minutes + 1)
        whom: dict[str, Any] = (
            {"with_group": group, "with_patient": None} if kind == "group" else {}
        )
        at = clock.astimezone(UTC)
        held(cast, at, minutes=minutes, status=status, noted=noted, kind=kind, **whom)
        # Where clocks go forward an hour of the wall does not exist: the day is the instant's.
        expected[at.astimezone(CHICAGO).date()].append((kind, minutes, status or "", noted))

    days = {one.day: one for one in found(cast, monday, monday + timedelta(days=6))}

    within = {day for day in expected if monday <= day <= monday + timedelta(days=6)}
    assert set(days) == within
    for day in within:
        rows, one = expected[day], days[day]
        there = [row for row in rows if row[2] in ATTENDED]
        short = {
            status or "not_recorded": 0
            for _, minutes, status, noted in rows
            if status not in ATTENDED or (noted is not None and noted < minutes)
        }
        assert one.minutes == sum(noted or 0 for *_, noted in there)
        assert one.services == len(there) == sum(one.kinds.values())
        assert one.planned_minutes == sum(row[1] for row in rows)
        assert one.unknown == sum(noted is None for *_, noted in there)
        assert one.shortfall == sum(
            minutes if status not in ATTENDED else max(0, minutes - (minutes if noted is None
                                                                     else noted))
            for _, minutes, status, noted in rows
        )  # fmt: skip
        assert set(one.reasons) == set(short)


def test_what_is_to_come_or_cancelled_is_no_hour(cast: Cast) -> None:
    held(cast, NOW + timedelta(hours=1), status=None)
    gone = held(cast, NOW - timedelta(hours=3), status=None)
    TreatmentSession.objects.filter(pk=gone.pk).update(cancelled_at=NOW)

    assert found(cast, NOW.date(), NOW.date() + timedelta(days=2)) == []


def test_a_group_is_of_who_was_in_it_when_it_began(cast: Cast) -> None:
    group = people.group(cast.dr_okafor, cast.maya, cast.noah)
    GroupMembership.objects.update(starts_at=NOW - timedelta(days=30))
    GroupMembership.objects.filter(patient_id=cast.noah.pk).update(ends_at=NOW - timedelta(days=4))
    for days_ago in (3, 5):
        people.session(
            cast.dr_okafor, starts_at=NOW - timedelta(days=days_ago), with_group=group,
            kind="group", minutes=180,
        )  # fmt: skip

    both = hours_of_patients(
        patient_ids=[cast.maya.pk, cast.noah.pk], first=date(2026, 5, 1), last=date(2026, 5, 6),
        zone=ZONE, now=NOW,
    )  # fmt: skip

    assert [one.day.day for one in both[cast.maya.pk]] == [1, 3]
    assert [one.day.day for one in both[cast.noah.pk]] == [1]
    assert both[cast.noah.pk][0].reasons == ("not_recorded",)


def test_a_week_counts_days_of_three_hours(cast: Cast) -> None:
    for day, noted in ((4, 180), (5, 179), (6, 90)):
        at = datetime(2026, 5, day, 9, tzinfo=CHICAGO)
        held(cast, at, minutes=180, noted=noted)
    held(cast, datetime(2026, 5, 6, 11, tzinfo=CHICAGO), minutes=90, noted=90)

    (week,) = weeks_of(found(cast, date(2026, 5, 4), date(2026, 5, 6)))

    assert (week.monday, week.minutes, week.service_days, week.long_days) == (
        date(2026, 5, 4), 539, 3, 2,
    )  # fmt: skip


def test_the_report_names_whom_consent_covers_and_logs_each(cast: Cast) -> None:
    held(cast, NOW - timedelta(hours=3))
    people.session(
        cast.dr_lind, starts_at=NOW - timedelta(hours=3), with_patient=cast.noah, status="present"
    )
    revoke_treatment_consents(patient_id=cast.noah.pk, now=NOW - timedelta(days=1))

    report = attendance_report(
        viewer=cast.ada, first=date(2026, 5, 1), last=date(2026, 5, 6), now=NOW
    )

    assert [(row.patient_id, row.hours.minutes) for row in report.rows] == [(cast.maya.pk, 50)]
    assert report.not_covered == 1
    rows = AccessLogEntry.objects.filter(actor_id=cast.ada.pk, data_class="attendance")
    assert {row.patient_id for row in rows} == {cast.maya.pk}
