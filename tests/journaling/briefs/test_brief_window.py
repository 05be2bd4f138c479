"""The window: since the last attended session of this kind, in the patient's own days."""

from datetime import UTC, date, datetime, timedelta

import pytest

from backend.kit.timezones import LocalCalendar
from care.models import Patient
from journaling.briefs import facts
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import (
    NOW,
    SESSION_AT,
    at,
    header_text,
    read,
    texts,
    wrote,
)

CHICAGO = LocalCalendar("America/Chicago")
UTC_NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def test_it_begins_at_the_last_attended_session_of_the_same_kind(cast: Cast) -> None:
    attended = people.session(
        cast.dr_okafor, starts_at=at(7, 10), with_patient=cast.maya, status="late"
    )
    people.session(cast.dr_okafor, starts_at=at(3, 10), with_patient=cast.maya, status="no_show")
    people.session(cast.dr_okafor, starts_at=at(2, 10), with_patient=cast.maya, status="excused")
    people.session(
        cast.dr_okafor, starts_at=at(1, 10), with_patient=cast.maya, status="present", kind="family"
    )
    people.session(cast.dr_okafor, starts_at=at(4, 10), with_patient=cast.maya)
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)

    found = read(cast.dr_okafor, session.pk)

    assert found.since == attended.starts_at
    assert found.until == NOW
    assert header_text(found, "window") == (
        "Since the last attended individual session, Tue Mar 17, 10:00 am: 7 days and today."
    )


def test_another_patients_session_does_not_begin_it(cast: Cast) -> None:
    people.session(cast.dr_lind, starts_at=at(2, 10), with_patient=cast.noah, status="present")
    people.admitted(cast.maya, on=at(9).date())
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)

    assert read(cast.dr_okafor, session.pk).since == at(9, 0)


def test_a_past_sessions_brief_ends_at_its_start_whenever_it_is_read(cast: Cast) -> None:
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)
    wrote(cast.maya, "mood", at(1))
    wrote(cast.maya, "mood", SESSION_AT + timedelta(minutes=5))

    soon = read(cast.dr_okafor, session.pk, now=SESSION_AT + timedelta(hours=1))
    late = read(cast.dr_okafor, session.pk, now=SESSION_AT + timedelta(days=30))

    assert soon.until == late.until == SESSION_AT
    assert soon.digest == late.digest
    assert header_text(soon, "entries").startswith("1 entry, the last on Mon Mar 23, 12:00 pm.")


@pytest.mark.parametrize(
    ("admitted_days_ago", "entry_days_ago", "begins"),
    [
        pytest.param(9, None, "Since admission, Sun Mar 15", id="admission, nothing logged"),
        pytest.param(9, 4, "Since admission, Sun Mar 15", id="admission before the first entry"),
        pytest.param(3, 12, "Since the first entry, Thu Mar 12", id="entries from before"),
        pytest.param(None, 5, "Since the first entry, Thu Mar 19", id="no episode"),
        pytest.param(None, None, "Since enrolment, Sun Mar 22", id="enrolled, nothing else"),
    ],
)
def test_without_a_session_before_it_begins_with_the_patients_story(
    cast: Cast, admitted_days_ago: int | None, entry_days_ago: int | None, begins: str
) -> None:
    ivy = people.patient(
        cast.clinic, "ivy", "Ivy", treated_by=cast.dr_okafor, since=at(2, 9).astimezone(UTC)
    )
    if admitted_days_ago is not None:
        people.admitted(ivy, on=at(admitted_days_ago).date())
    if entry_days_ago is not None:
        wrote(ivy, "mood", at(entry_days_ago, 20))
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=ivy)

    said = header_text(read(cast.dr_okafor, session.pk), "window")

    assert said.startswith(f"{begins} (no individual session was attended before):")


def test_who_enrols_after_the_session_has_nothing_to_look_back_on(cast: Cast) -> None:
    ivy = people.patient(
        cast.clinic, "ivy", "Ivy", treated_by=cast.dr_okafor, since=at(0, 18).astimezone(UTC)
    )
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=ivy)

    found = read(cast.dr_okafor, session.pk, now=SESSION_AT + timedelta(days=1))

    assert found.since == found.until == SESSION_AT
    assert header_text(found, "window").startswith("Nothing to look back on")
    assert texts(found, "use") == ["Use: not asked; nothing was logged."]
    assert texts(found, "in_the_way")[1] == "Logging: the window holds no day yet."


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        pytest.param(
            datetime(2026, 3, 7, 16, tzinfo=UTC), datetime(2026, 3, 10, 15, tzinfo=UTC),
            [7, 8, 9], id="the night that loses an hour",
        ),
        pytest.param(
            datetime(2026, 3, 8, 5, 59, tzinfo=UTC), datetime(2026, 3, 9, 5, 0, tzinfo=UTC),
            [7, 8], id="a 23-hour day ends at its own midnight",
        ),
        pytest.param(
            datetime(2026, 3, 10, 4, 0, tzinfo=UTC), datetime(2026, 3, 10, 4, 30, tzinfo=UTC),
            [], id="UTC's Tuesday is still their Monday, and not over",
        ),
        pytest.param(UTC_NOON, UTC_NOON, [], id="no time at all"),
    ],
)  # fmt: skip
def test_days_are_the_patients_own(since: datetime, until: datetime, days: list[int]) -> None:
    found = facts.window_after_session(since=since, until=until, calendar=CHICAGO)

    assert [day.day for day in found.days] == days


def test_the_autumn_day_of_25_hours_is_one_day() -> None:
    found = facts.window_after_session(
        since=datetime(2026, 10, 31, 17, tzinfo=UTC),
        until=datetime(2026, 11, 2, 5, 30, tzinfo=UTC),  # 23:30 on November 1
        calendar=CHICAGO,
    )

    assert found.days == (date(2026, 10, 31),)
    assert found.today == date(2026, 11, 1)
    assert found.context_first_day == date(2026, 10, 17)
    assert found.context_since == datetime(2026, 10, 17, 5, tzinfo=UTC)


def test_in_a_week_with_a_clock_change_each_day_counts_once(cast: Cast) -> None:
    ends = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
    people.session(
        cast.dr_okafor, starts_at=ends - timedelta(days=4), with_patient=cast.maya, status="present"
    )
    session = people.session(cast.dr_okafor, starts_at=ends, with_patient=cast.maya)
    for day in (7, 8, 9):
        # 23:30 on their wall clock, on both sides of the change.
        hour = {7: (8, 5), 8: (9, 4), 9: (10, 4)}[day]
        wrote(
            cast.maya, "craving", datetime(2026, 3, hour[0], hour[1], 30, tzinfo=UTC), intensity=4
        )

    found = read(cast.dr_okafor, session.pk, now=ends)

    assert texts(found, "craving")[0].startswith("3 episodes on 3 of 4 days; median daily peak 4")
    assert texts(found, "in_the_way")[1] == ("Logging: no shared entry on 1 of 4 days: Fri Mar 6.")


def test_days_of_a_journey_keep_x_of_y_possible(cast: Cast) -> None:
    people.session(cast.dr_okafor, starts_at=at(2, 10), with_patient=cast.maya, status="present")
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)
    # 9 am in Chicago is already the 25th on Kiritimati.
    wrote(cast.maya, "mood", at(0, 9), time_zone="Pacific/Kiritimati")

    found = read(cast.dr_okafor, session.pk)

    assert header_text(found, "window").endswith(": 2 days and today.")
    assert texts(found, "mood_sleep")[0].startswith("Mood on 0 of 2 days and today")


def test_its_days_begin_when_the_patients_do(cast: Cast) -> None:
    people.session(cast.dr_okafor, starts_at=at(3, 10), with_patient=cast.maya, status="present")
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)
    Patient.objects.filter(pk=cast.maya.pk).update(day_starts_hour=3)
    wrote(cast.maya, "mood", at(1, 22), valence=1)
    wrote(cast.maya, "mood", at(0, 1, 30), valence=1)

    found = read(cast.dr_okafor, session.pk, now=at(0, 2))

    assert header_text(found, "window") == (
        "Since the last attended individual session, Sat Mar 21, 10:00 am: 2 days and today. "
        "Days are the patient's own, from 3 am."
    )


def test_its_first_day_is_the_evening_where_it_begins_in_the_night() -> None:
    found = facts.window_after_session(
        since=datetime(2026, 3, 8, 7, 30, tzinfo=UTC),  # 01:30 of the night without a 2 o'clock
        until=datetime(2026, 3, 10, 7, 30, tzinfo=UTC),  # 02:30
        calendar=LocalCalendar("America/Chicago", 3),
    )

    assert [day.day for day in found.days] == [7, 8]
    assert (found.today.day, found.context_since.hour) == (9, 9)
