"""The demo's programme: groups as full as groups are, weekly sessions, and little that is due."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from backend.demo.discharged import DISCHARGED
from backend.demo.loader import CLINIC_ID
from backend.demo.people import PATIENTS
from backend.demo.programme import ZONE
from backend.kit.timezones import local_day, start_of_day
from care.access import roster
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.clinic.level_plans import level_plans
from care.constants import MOST_IN_A_GROUP
from care.due import due_report
from care.models import (
    Admission,
    Attendance,
    CarePlan,
    GroupMembership,
    LevelChange,
    SessionSeries,
    TreatmentSession,
    User,
)
from care.programme.read import programme_status
from care.sessions import for_brief
from care.sessions.occurrences import create_due_occurrences
from care.sessions.read import sessions_page
from journaling.briefs.caseload import caseload_of
from journaling.briefs.group_display import make_group_display
from journaling.models import Entry, SafetyEvent, SafetySign
from journaling.reports.read_outcomes import outcomes_report
from notifications.briefs import open_present_brief
from tests.house.demo_snapshot import NOW


def test_nobody_is_marked_at_a_session_that_they_had_no_part_in(loaded: int) -> None:
    marks = Attendance.objects.select_related("session__group", "session__clinician")

    for mark in marks:
        session = mark.session
        assert session.ends_at <= start_of_day(local_day(NOW, ZONE), ZONE)
        if session.patient_id is not None:
            assert session.patient_id == mark.patient_id
        else:
            member = session.group.memberships.get(patient_id=mark.patient_id)  # type: ignore[union-attr] # the other of the two
            assert member.starts_at <= session.starts_at
            assert member.ends_at is None or member.ends_at >= session.ends_at
    statuses = set(marks.values_list("status", flat=True))
    assert statuses == {"present", "late", "left_early", "excused", "no_show"}


def test_its_pages_have_something_to_show(loaded: int) -> None:
    today = local_day(NOW, ZONE)
    since, until = start_of_day(today, ZONE), start_of_day(today + timedelta(days=1), ZONE)
    okafor, lind = (User.objects.get(username=name) for name in ("dr_okafor", "dr_lind"))

    found = sessions_page(viewer=okafor, now=NOW, limit=60, since=since, until=until)
    session = next(row for row in found if row.group and row.group.name == "Community hour")
    shown = roster.open_group_roster(
        viewer=okafor, now=NOW, what=DataCategory.BRIEF,
        session=for_brief.group_session(viewer=okafor, session_id=session.pk, now=NOW),
    )  # fmt: skip

    assert 8 <= len(shown.people) <= 12
    noah = User.objects.get(username="noah")
    event = SafetyEvent.objects.get(acknowledged_at__isnull=True)
    assert (event.patient_id, event.level) == (noah.pk, 2)
    cases = caseload_of(roster=roster.open_caseload_roster(viewer=lind, now=NOW), now=NOW)
    assert cases[0].open_safety_events == 1
    # Whoever took their consent back has no plan that anybody could read.
    assert CarePlan.objects.values("patient").distinct().count() == 18


def test_what_called_for_a_person_arrived_when_its_entry_did(loaded: int) -> None:
    arrived = dict(Entry.objects.values_list("id", "received_at"))

    signs = SafetySign.objects.filter(event__acknowledged_at__isnull=True)

    assert signs
    assert all(sign.at == arrived[sign.entry_id] for sign in signs if sign.entry_id)


def test_nobody_is_in_two_sessions_at_once(loaded: int) -> None:
    for clinician in User.objects.filter(role="clinician"):
        planned = TreatmentSession.objects.filter(clinician=clinician).order_by("starts_at")
        times = list(planned.values_list("starts_at", "ends_at"))

        assert all(end <= start for (_, end), (start, _) in pairwise(times))


@pytest.mark.parametrize("viewer", ["dr_okafor", "dr_lind"])
def test_every_group_of_the_day_is_full_enough_for_the_room(loaded: int, viewer: str) -> None:
    today = local_day(NOW, ZONE)
    since, until = start_of_day(today, ZONE), start_of_day(today + timedelta(days=1), ZONE)
    leader = User.objects.get(username=viewer)
    found = sessions_page(viewer=leader, now=NOW, limit=60, since=since, until=until)

    sessions = [
        for_brief.group_session(viewer=leader, session_id=row.pk, now=NOW)
        for row in found
        if row.group_id is not None
    ]

    assert len(sessions) == {"dr_okafor": 2, "dr_lind": 1}[viewer]
    for session in sessions:
        here = GroupMembership.objects.filter(group_id=session.group_id, ends_at__isnull=True)
        assert 8 <= here.count() <= MOST_IN_A_GROUP
        shown = roster.open_group_roster(
            viewer=leader, session=session, what=DataCategory.ROOM, now=NOW
        )
        assert len(shown.people) >= 8
        seen = make_group_display(roster=shown, session=session, now=NOW)
        assert seen.logging is not None
        assert seen.skills


def test_what_is_due_is_told_of_few(loaded: int) -> None:
    due: Counter[str] = Counter()
    for who in PATIENTS:
        if who.consent_ended is None:
            chart = open_chart(
                viewer=User.objects.get(username=who.therapist), what=DataCategory.PROGRAMME,
                now=NOW,
                patient_id=User.objects.get(username=who.username).pk,
            )  # fmt: skip
            due.update(
                one.code for one in programme_status(chart=chart, zone_name=ZONE, now=NOW).due
            )

    assert set(due) == {"certification_due"}
    assert 1 <= due["certification_due"] <= 4
    assert Admission.objects.count() == 19 + len(DISCHARGED)
    assert set(LevelChange.objects.values_list("step", flat=True)) == {"down", "discharge"}


def test_a_refill_and_a_screening_are_due(loaded: int) -> None:
    kinds: set[str] = set()
    for name in ("dr_okafor", "dr_lind"):
        viewer = User.objects.get(username=name)
        own = roster.open_caseload_roster(viewer=viewer, now=NOW)
        kinds |= {one.kind for one in due_report(viewer=viewer, roster=own, now=NOW).items}

    assert {"refill", "screening"} <= kinds


def test_a_month_of_outcomes_is_shown_and_another_is_hidden(loaded: int) -> None:
    ada = User.objects.get(username="ada")
    report = outcomes_report(viewer=ada, first=NOW.date(), last=NOW.date(), now=NOW)

    months = {row.month: row.counts for row in report.years[0].months}
    october, september = months[10], months[9]
    assert (october["discharged"], october["completed"], october["phq-9.both"]) == (12, 12, 12)
    assert october["phq-9.improved"] is None
    assert september["discharged"] is None
    assert report.not_covered == 0
    for name in ("dr_okafor", "dr_lind"):
        viewer = User.objects.get(username=name)
        people = roster.open_caseload_roster(viewer=viewer, now=NOW).people
        assert not {one.name for one in people} & {one.name for one in DISCHARGED}


def test_sundays_of_one_patient_are_silent_although_reminders_were_opened(loaded: int) -> None:
    jun = User.objects.get(username="jun")
    lind = User.objects.get(username="dr_lind")

    brief = open_present_brief(viewer=lind, patient_id=jun.pk, now=NOW)

    said = " ".join(line.text for section in brief.sections for line in section.lines)
    assert "No shared entry on 7 of 7 Sundays" in said
    assert "a reminder was opened on each of these days" in said


def test_one_level_has_a_plan(loaded: int) -> None:
    plans = level_plans(clinic_id=CLINIC_ID)

    assert [plan.level for plan in plans if plan.rev] == ["intensive_outpatient"]


def test_sessions_of_other_kinds_are_there_too(loaded: int) -> None:
    kinds = set(TreatmentSession.objects.values_list("kind", flat=True))
    family = TreatmentSession.objects.filter(kind="family")

    assert kinds == {"individual", "group", "medication", "family", "case_management"}
    assert family.filter(series__isnull=True, starts_at__gt=NOW).exists()
    assert Attendance.objects.filter(session__in=family).exists()


def test_its_weekly_sessions_go_on_and_none_comes_twice(loaded: int) -> None:
    create_due_occurrences(now=NOW + timedelta(weeks=6))

    weekly = TreatmentSession.objects.filter(series__isnull=False).order_by("starts_at")
    sessions = weekly.values_list("series", "series_day", "starts_at")
    days = [day for _, day, _ in sessions if day is not None]
    assert len({(series, day) for series, day, _ in sessions}) == len(days) == len(sessions)
    assert max(days) > NOW.date() + timedelta(weeks=8)
    assert {local_day(at, ZONE) for _, _, at in sessions} == set(days)
    clocks = {(series, at.astimezone(ZoneInfo(ZONE)).time()) for series, _, at in sessions}
    assert len(clocks) == SessionSeries.objects.count()  # the same hour, on both sides of DST
