"""What the demo's people take, said of plan and sessions, read, and do beside treatment."""

from datetime import date, datetime, time, timedelta

from backend.demo.people import DemoPeople, PatientProfile
from backend.demo.programme import PHYSICIAN, ZONE
from backend.kit.timezones import local_to_utc
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart, open_own_chart
from care.consents.consents import record_consent
from care.consents.restrictions import ask_to_restrict
from care.consents.texts import text_in_force
from care.medical.medications import add_medication
from care.medical.regimen import Regimen
from care.medical.screenings import note_screening
from care.medical.vital_bounds import Bounds, set_vital_bounds
from care.models import Attendance, User
from care.programme.aftercare_plan import write_aftercare_plan
from care.programme.care_plan import care_plan_of
from care.programme.care_plan_responses import respond_to_plan
from care.programme.case_management import add_task, finish_task, note_need
from care.sessions.feedback import give_feedback
from journaling.education.assign import assign_lesson
from journaling.education.record import record_reading
from journaling.handovers.make import make_handover

_MORNING = 8 * 60
#: What was agreed for each medicine that somebody takes; made up, as the people are.
_DOSES = {
    "Naltrexone": "one tablet in the morning",
    "Sertraline": "one tablet with breakfast",
    "Buprenorphine": "one film under the tongue",
}
#: How the last individual sessions were, the newest first: heard, goals, approach, overall.
_ANSWERS = ((8, 7, 8, 8), (9, 8, 8, 9), (7, 6, 8, 7))
_NEED = "Mornings free for the group"
#: What is to be done, whether by the patient, and in how many days.
_TASKS = (
    ("Ask at work about later shifts", True, 4),
    ("Write the letter for the employer", False, 2),
)
_AFTERCARE = {
    "warning_signs": ["I stop answering messages", "I skip breakfast"],
    "high_risk_situations": ["Payday", "An evening alone after an argument"],
    "skills": ["Ride the urge", "Walk for ten minutes, then decide"],
    "people": ["My sister", "The sponsor from the Tuesday group"],
    "meetings": ["Tuesday, 7 pm"],
    "appointments": ["Outpatient group, every second Thursday"],
}
#: Days after which somebody thinks of what comes next.
_LONG_HERE = 30
_LESSONS = ("sleep-habits", "how-craving-rises-and-falls")


def write_treatment(character: PatientProfile, people: DemoPeople, *, today: date) -> None:
    """Store what was agreed with a patient, and what they answered, at noon of its day."""
    if character.consent_ended is not None:
        return
    user = people.patients[character.username]
    began = max(1, min(character.enrolled - 1, 40))
    _write_medicine(character, people, user, at=_noon(today, began))
    _answer_plan(user, at=_noon(today, min(began, 5)))
    _give_feedback(user)
    _give_lessons(character, people, user, at=_noon(today, min(began, 6)))
    _manage_case(character, people, user, at=_noon(today, min(began, 4)))


def _write_medicine(
    character: PatientProfile, people: DemoPeople, user: User, *, at: datetime
) -> None:
    habits = character.body
    if habits is None or not habits.medicine:
        return
    chart = _team_chart(people.staff[character.therapist], user, DataCategory.MEDICAL, at)
    day = at.date()
    regimen = Regimen(
        habits.medicine, "medicine", _DOSES.get(habits.medicine, "one in the morning"),
        (_MORNING,), starts_on=day,
        prescriber=people.staff[PHYSICIAN].display_name, refill_by=day + timedelta(days=45),
        has_reminder=True,
    )  # fmt: skip
    add_medication(chart=chart, regimen=regimen, now=at)
    note_screening(
        chart=chart, kind="Hepatitis C", asked_on=day, done_on=None, result="", today=day, now=at
    )
    if habits.weight is not None:
        low = round(min(habits.weight) * 0.9)
        bounds = {"weight": Bounds(float(low), None, "kg")}
        set_vital_bounds(chart=chart, bounds=bounds, rev=0, now=at)


def write_handover(character: PatientProfile, people: DemoPeople, *, today: date) -> None:
    """Let who is here long agree to a handover, which is made, and ask for a restriction."""
    if character.consent_ended is not None or character.enrolled <= _LONG_HERE:
        return
    user, at = people.patients[character.username], _noon(today, 1)
    own = open_own_chart(viewer=user, what=DataCategory.CONSENT, now=at, to_write=True)
    version = text_in_force(purpose="handover", now=at).version
    record_consent(
        chart=own, purpose="handover", version=version, recipient="North Shore Day Programme",
        scope=["level", "plan", "skills", "measures", "medicines", "aftercare"],
        signed_name=user.display_name, expires_at=at + timedelta(days=60), expires_event=None,
        now=at,
    )  # fmt: skip
    later = at + timedelta(hours=2)
    therapist = people.staff[character.therapist]
    chart = _team_chart(therapist, user, DataCategory.HANDOVER, later)
    make_handover(chart=chart, consent_id=None, now=later)
    ask_to_restrict(chart=own, text="Please send no letters to my home.", now=later)


def _answer_plan(user: User, *, at: datetime) -> None:
    chart = open_own_chart(viewer=user, what=DataCategory.PROGRAMME, now=at, to_write=True)
    plan = care_plan_of(chart=chart)
    if plan.rev:
        respond_to_plan(chart=chart, plan_rev=plan.rev, agreed=True, comment="", now=at)


def _give_feedback(user: User) -> None:
    """Store feedback on the last individual sessions that the patient came to."""
    came = Attendance.objects.filter(
        patient_id=user.pk, status__in=Attendance.ATTENDED, session__kind="individual"
    ).order_by("-session__starts_at", "session_id")
    sessions = came.values_list("session_id", "session__ends_at")[: len(_ANSWERS)]
    for (session_id, ends_at), answers in zip(sessions, _ANSWERS, strict=False):
        at = ends_at + timedelta(hours=2)
        chart = open_own_chart(viewer=user, what=DataCategory.SESSIONS, now=at, to_write=True)
        ratings = dict(zip(("heard", "goals", "approach", "overall"), answers, strict=True))
        give_feedback(chart=chart, session_id=session_id, ratings=ratings, comment="", now=at)


def _give_lessons(
    character: PatientProfile, people: DemoPeople, user: User, *, at: datetime
) -> None:
    """Give two lessons; the first is read two days later, and its question answered."""
    chart = _team_chart(people.staff[character.therapist], user, DataCategory.SKILLS, at)
    for slug in _LESSONS:
        assign_lesson(chart=chart, slug=slug, until=None, now=at)
    later = at + timedelta(days=2)
    own = open_own_chart(viewer=user, what=DataCategory.SKILLS, now=later, to_write=True)
    record_reading(chart=own, slug=_LESSONS[0], answer=0, now=later)


def _manage_case(
    character: PatientProfile, people: DemoPeople, user: User, *, at: datetime
) -> None:
    """Note a need with a task of each side, of which one is done, and write the aftercare plan."""
    therapist = people.staff[character.therapist]
    chart = _team_chart(therapist, user, DataCategory.PROGRAMME, at)
    need, _ = note_need(chart=chart, kind="work", text=_NEED, is_met=False, now=at)
    for text, is_own, days in _TASKS:
        task = add_task(
            chart=chart, text=text, owner_id=None if is_own else therapist.pk,
            need_id=need.id, due_on=at.date() + timedelta(days=days), now=at,
        )  # fmt: skip
    finish_task(chart=chart, task_id=task.id, now=at + timedelta(days=1))
    write_aftercare_plan(chart=chart, parts=_AFTERCARE, rev=0, now=at)


def _team_chart(therapist: User, user: User, what: DataCategory, at: datetime) -> Chart:
    return open_chart(viewer=therapist, patient_id=user.pk, what=what, now=at, to_write=True)


def _noon(today: date, days_ago: int) -> datetime:
    return local_to_utc(today - timedelta(days=days_ago), time(12, 0), ZONE)
