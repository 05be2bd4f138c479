"""A clinic in the middle of a day, so that every page has something to show."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from backend.kit.timezones import local_day
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.medical.medications import add_medication
from care.medical.regimen import Regimen
from care.medical.screenings import note_screening
from care.models import CareTeamMembership
from care.programme import episodes
from care.programme.aftercare_plan import PARTS, write_aftercare_plan
from care.programme.case_management import add_task, finish_task, note_need
from care.sessions import series
from care.sessions.occurrences import WeeklyRecurrence
from care.sessions.plan import PlannedSession
from journaling.education.assign import assign_lesson
from journaling.education.record import record_reading
from journaling.models import SafetyEvent
from journaling.safety.respond import safety_response_for
from journaling.skills import catalogue
from journaling.skills.agreed_plans import agree_plan, plans_in_session
from journaling.skills.assign import assign_skill
from journaling.skills.situation_plans import WantedPlan
from tests import cast as people
from tests.cast import ZONE, Cast
from tests.counselling_note import add_note
from tests.journaling.briefs.brief_scenario import wrote
from tests.web.page_client import page_of, week_of_maya


@dataclass(frozen=True)
class Day:
    """The addresses of what happens on it."""

    event: SafetyEvent
    pages: dict[str, str]


def working_day(cast: Cast) -> Day:
    """Give dr_okafor a session with maya, a group of six, a safety event and what is due."""
    now = timezone.now()
    session_id = week_of_maya(cast)
    members = [
        people.patient(cast.clinic, f"p{n}", f"Person {n}", treated_by=cast.dr_okafor)
        for n in range(5)
    ]
    for n, who in enumerate(members):
        for days in (1, 2, 4):
            wrote(
                who, "skill_practice", now - timedelta(days=days, hours=n),
                skill="slow-breathing", attempted=True, able=True, helped=n % 2 == 0,
            )  # fmt: skip
    group = people.group(cast.dr_okafor, cast.maya, *members)
    assign_skill(
        chart=open_chart(
            viewer=cast.dr_okafor, patient_id=members[0].pk, what=DataCategory.SKILLS, now=now,
            to_write=True,
        ),
        skill="slow-breathing", per_week=4, until=None, note="", skills=catalogue.shipped_skills(),
        today=(now - timedelta(days=9)).date(), now=now,
    )  # fmt: skip
    held = people.session(
        cast.dr_okafor, starts_at=now + timedelta(minutes=30), with_group=group, kind="group",
        minutes=180,
    )  # fmt: skip
    plan = PlannedSession(
        clinician=cast.dr_okafor, kind="family", starts_at=now + timedelta(days=2),
        ends_at=now + timedelta(days=2, minutes=50), patient_id=cast.maya.pk,
        title="With her sister", place="Room 2",
    )  # fmt: skip
    series.plan_series(plan=plan, weekly=WeeklyRecurrence(), now=now)
    people.joins(cast.maya.pk, cast.dr_lind, role=CareTeamMembership.Role.PHYSICIAN)
    episodes.certify_episode(
        physician=cast.dr_lind, patient_id=cast.maya.pk,
        certified_on=now.date() - timedelta(days=20), now=now,
    )  # fmt: skip
    # A namesake, and names and words that run from right to left.
    layla = people.patient(cast.clinic, "layla", "ليلى", treated_by=cast.dr_okafor)
    people.patient(cast.clinic, "p5", "Person  1", treated_by=cast.dr_okafor)
    wrote(layla, "craving", now - timedelta(days=1), target="هيروين", place="البيت")
    wrote(cast.maya, "craving", now - timedelta(days=6), place="בבית", note="עברית 7, and English")
    wrote(cast.maya, "mood", now - timedelta(days=4), later=timedelta(days=3), valence=-2)
    day = local_day(now - timedelta(minutes=5), ZONE).isoformat()
    card = wrote(cast.maya, "daily", now - timedelta(minutes=5), date=day,
                 urges={"suicide": {"peak": 4, "acted": False}})  # fmt: skip
    safety_response_for(chart=people.own_chart(cast.maya), entries=[card], now=now)
    note_id = add_note(cast.dr_okafor, cast.maya, "She spoke of her sister.", session_id=held.pk)
    plan_id = _agreed_plan(cast)
    _managed(cast)
    patient, brief = f"/review/patients/{cast.maya.pk}/", page_of(session_id)
    return Day(
        SafetyEvent.objects.get(),
        {
            "today": "/review/",
            "caseload": "/review/caseload/",
            "groups": "/review/groups/",
            "group": f"/review/groups/{group.pk}/",
            "leader": page_of(held.pk),
            "room": f"{page_of(held.pk)}room/",
            "attendance": f"{page_of(held.pk)}attendance/",
            "brief": brief,
            "change": f"{brief}change/",
            "plan": "/review/plan/",
            "invite": "/review/invite/",
            "calendar": "/review/calendar/",
            "patient": patient,
            "present brief": f"{patient}brief/",
            "leaving the team": f"{patient}team/{cast.dr_lind.pk}/leave/",
            "cancelling": f"{brief}change/?cancel=this",
            "skills found": f"{patient}homework/?q=breath",
            "homework": f"{patient}homework/",
            "situation plans": f"{patient}situations/",
            "situation plan": f"{patient}situations/{plan_id}/",
            "medicine": f"{patient}medicine/",
            "a medicine": f"{patient}medicine/{_treated(cast)}/",
            "screenings": f"{patient}screenings/",
            "bounds": f"{patient}bounds/",
            "needs": f"{patient}needs/",
            "tasks": f"{patient}tasks/",
            "aftercare": f"{patient}aftercare/",
            "lessons": f"{patient}lessons/",
            "ending a lesson": f"{patient}lessons/sleep-habits/end/",
            "hours": f"{patient}hours/",
            "diary week": f"{patient}diary-week/",
            "week": f"{patient}week/",
            "care plan": f"{patient}care-plan/",
            "level": f"{patient}level/",
            "counselling notes": f"{patient}counselling-notes/",
            "counselling note": f"{patient}counselling-notes/{note_id}/",
            "team": f"{patient}team/",
        },
    )


def _treated(cast: Cast) -> UUID:
    """Let maya take a medicine that reminds her, and have a screening due; return its id."""
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.MEDICAL,
        now=timezone.now(), to_write=True,
    )  # fmt: skip
    today = (timezone.now() - timedelta(days=1)).date()
    note_screening(
        chart=chart, kind="Hepatitis C", asked_on=today, done_on=None, result="", today=today,
        now=timezone.now(),
    )  # fmt: skip
    regimen = Regimen(
        "Sertraline", "medicine", "50 mg with food", (480,), starts_on=today, has_reminder=True,
        prescriber="Dr. Hale", refill_by=today + timedelta(days=20),
    )  # fmt: skip
    return add_medication(chart=chart, regimen=regimen, now=timezone.now()).id


def _managed(cast: Cast) -> None:
    """Give maya a need, tasks of both sides, a plan for aftercare, lessons and bounds."""
    now = timezone.now()
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.PROGRAMME, now=now,
        to_write=True,
    )  # fmt: skip
    need, _ = note_need(chart=chart, kind="housing", text="חדר שקט", is_met=False, now=now)
    note_need(chart=chart, kind="work", text="Fewer late shifts", is_met=True, now=now)
    yesterday = now.date() - timedelta(days=2)
    for owner_id, due_on in ((None, yesterday), (cast.dr_okafor.pk, None)):
        task = add_task(
            chart=chart, text="Call the landlord about the room", owner_id=owner_id,
            need_id=need.id, due_on=due_on, now=now,
        )  # fmt: skip
    finish_task(chart=chart, task_id=task.id, now=now)
    said = {name: [f"Line {n} of {name.replace('_', ' ')}" for n in range(4)] for name in PARTS}
    write_aftercare_plan(chart=chart, parts=said, rev=0, now=now)
    assign_lesson(chart=chart, slug="sleep-habits", until=None, now=now)
    record_reading(chart=people.own_chart(cast.maya), slug="regular-meals", answer=0, now=now)


def _agreed_plan(cast: Cast) -> UUID:
    """Agree a situation plan with maya, beside one of her own; return its id."""
    now = timezone.now()
    agree_plan(chart=people.own_chart(cast.maya), wanted=WantedPlan("בערב", "name-it"), now=now)
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.SITUATION_PLANS, now=now,
        to_write=True,
    )  # fmt: skip
    wanted = WantedPlan("walking past the bar", "slow-breathing", "I cross.", cast.dr_okafor.pk)
    agree_plan(chart=chart, wanted=wanted, now=now)
    return plans_in_session(chart=chart, now=now).plans[-1].plan.id
