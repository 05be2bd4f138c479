"""A small world with one patient's things in it, seen by everybody who might knock."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from care.access.admin_acts import record_act
from care.access.data_categories import DataCategory
from care.access.open import open_chart, open_write_only_chart
from care.accounts.device_sessions import start_device_session
from care.consents.restrictions import ask_to_restrict
from care.counselling.edit import write_note
from care.counselling.notebook import open_notebook
from care.handovers.make import MadeHandover
from care.models import (
    AdministrativeAct,
    CareTeamMembership,
    Consent,
    DeviceSession,
    Episode,
    Group,
    TreatmentSession,
    User,
)
from care.people.enrol import revoke_treatment_consents
from care.privacy import break_glass
from care.programme import care_plan
from care.programme.targets import set_targets
from care.sessions.calendar_links import create_calendar_link
from journaling.education.assign import assign_lesson
from journaling.education.record import record_reading
from journaling.entries.record import record_entry
from journaling.models import BriefOpening, ClinicSkill, SafetyEvent
from journaling.safety.safety_plan import write_plan
from journaling.skills import catalogue
from journaling.skills.agreed_plans import agree_plan
from journaling.skills.assign import ASSIGNMENT_SUBSCRIBERS, assign_skill
from journaling.skills.situation_plans import WantedPlan, situation_plans_of
from notifications.models.device import Device
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.push.devices import register_device
from notifications.reminders.default_plan import create_default_reminders
from tests import cast as people
from tests.care.medical.treated import (
    exported,
    family_session,
    handed_over,
    links_of,
    managed,
    scheduled,
    supported,
    treated,
)
from tests.cast import Cast
from tests.followers import unfollowed
from web.access import SIGN_IN_COOKIE_KEY

ROLES = (
    "nobody", "own", "other", "team", "stranger", "former", "unconsented", "admin", "supporter",
)  # fmt: skip
#: What maya means to do in a situation.
SITUATION_PLAN = WantedPlan("canary-situation", "name-it", "canary-words")
#: Nobody without a right to them may read any of these, anywhere.
CLINICAL = (
    "canary-note", "canary-thought", "canary-target", "canary-address", "canary-phone",
    "canary-plan", "canary-situation", "canary-words", "canary-medicine", "canary-dose",
    "canary-screening", "canary-comment",
)  # fmt: skip
CLINICAL_IDS = {
    "export_id",
    "entry_id", "auth/sessions", "reminder_id", "occurrence_id", "device_id", "assignment_id",
    "medication_id", "task_id", "handover_id", "request_id",
    "event_id",
}  # fmt: skip
#: What the originator of a counselling note alone may read, at the doors of these notes alone.
COUNSELLING = "canary-counsel"
PERSONAL = ("Maya", "canary-title", "canary-place")
#: Where maya's support person reads her name.
TO_SUPPORTERS = {
    "GET api/v1/supported", "GET api/v1/supported/<uuid:support_id>", "GET review/shared/",
}  # fmt: skip


@dataclass(frozen=True)
class Programme:
    """Where maya stands in the programme, a group, and the secret of her calendar."""

    group: Group
    episode: Episode
    secret: str


#: Where an administrator is told of patients: emergencies, and attendance.
TOLD_TO_ADMIN = (
    "GET api/v1/emergencies", "GET review/emergencies/",
    "GET review/emergencies/<uuid:emergency_id>/reviewed/",
    "GET api/v1/reports/attendance",
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """Maya's things, and who is who."""

    cast: Cast
    session: TreatmentSession
    group_session: TreatmentSession
    entry_id: UUID
    sign_in: DeviceSession
    occurrence: Occurrence
    device: Device
    programme: "Programme"
    assignment_id: UUID
    medication_id: UUID
    task_id: UUID
    plan_id: UUID
    event_id: UUID
    emergency_id: UUID
    export_id: UUID
    note_id: UUID
    support_id: UUID
    consent_id: UUID
    act_id: UUID
    resource_id: UUID
    handover: MadeHandover
    request_id: UUID
    family_session: TreatmentSession

    def query_of(self, door: str) -> str:
        """Name the patient where a door is told of them by its query."""
        return f"?patient={self.cast.maya.pk}" if door.endswith("care-plan") else ""

    def begin(self) -> None:
        """Let maya's session have begun: nobody can have come to it before."""
        past = timezone.now() - timedelta(hours=1)
        TreatmentSession.objects.filter(pk=self.session.pk).update(
            starts_at=past, ends_at=past + timedelta(minutes=50)
        )

    def ids(self) -> dict[str, UUID | str]:
        """Name the thing that each part of an address stands for."""
        return {
            "group_id": self.programme.group.pk,
            "episode_id": self.programme.episode.pk,
            "clinician_id": self.cast.dr_lind.pk,
            "secret": self.programme.secret,
            "entry_id": self.entry_id,
            "patient_id": self.cast.maya.pk,
            "auth/sessions": self.sign_in.pk,
            "session_id": self.session.pk,
            "reminder_id": self.occurrence.reminder.id,
            "occurrence_id": self.occurrence.pk,
            "device_id": self.device.pk,
            "event_id": self.event_id,
            "support_id": self.support_id,
            "support_person": self.support_id,
            "consent_id": self.consent_id,
            "emergency_id": self.emergency_id,
            "act_id": self.act_id,
            "resource_id": self.resource_id,
            "request_id": self.request_id,
            **links_of(self.handover),
            "instrument": "phq-9",
            "export_id": self.export_id,
            "date": timezone.now().date().isoformat(),
            "assignment_id": self.assignment_id,
            "medication_id": self.medication_id,
            "task_id": self.task_id,
            "rev": "1",
            "level": "intensive_outpatient",
            "plan_id": self.plan_id,
            "skill": "ride-the-urge",
            "lesson": "sleep-habits",
            "note_id": self.note_id,
            "version": "0123456789abcdef",
            "name": "main.js",
        }

    def hidden_from(self, role: str, door: str = "") -> tuple[str, ...]:
        """List what must not stand in any answer to this role at this door."""
        is_originator = role in {"team", "unconsented"} and "counselling-notes" in door
        noted = () if is_originator else (COUNSELLING, str(self.note_id))
        return (*noted, *self._hidden_of_chart(role, door))

    def _hidden_of_chart(self, role: str, door: str) -> tuple[str, ...]:
        if role in {"own", "team"}:
            return ()
        if role == "admin" and door in TOLD_TO_ADMIN:
            return CLINICAL
        theirs = {name: thing for name, thing in self.ids().items() if name in CLINICAL_IDS}
        ids = tuple(map(str, theirs.values()))
        if role == "supporter" and door in TO_SUPPORTERS:
            hidden = (*CLINICAL, *PERSONAL, *ids, str(self.cast.maya.pk), str(self.session.pk))
            return tuple(thing for thing in hidden if thing != "Maya")
        if role == "unconsented":
            return (*CLINICAL, *ids)
        return (*CLINICAL, *PERSONAL, *ids, str(self.cast.maya.pk), str(self.session.pk))

    def who(self, role: str) -> User | None:
        """Find who plays the role, and let happen what makes them so."""
        now = timezone.now()
        if role == "former":
            CareTeamMembership.objects.filter(patient_id=self.cast.maya.pk).update(ends_at=now)
        if role == "unconsented":
            revoke_treatment_consents(patient_id=self.cast.maya.pk, now=now)
        players: dict[str, User | None] = {
            "nobody": None,
            "own": self.cast.maya,
            "other": self.cast.noah,
            "stranger": self.cast.dr_lind,
            "admin": self.cast.ada,
            "supporter": self.cast.sam,
        }
        return players.get(role, self.cast.dr_okafor)


def build(cast: Cast) -> World:
    """Give maya a session, an entry and a sign-in."""
    now = timezone.now()
    session = people.session(
        cast.dr_okafor, starts_at=now + timedelta(hours=1), with_patient=cast.maya
    )
    session.title, session.place = "canary-title", "canary-place"
    session.save(update_fields=["title", "place"])
    entry, _ = record_entry(
        chart=people.own_chart(cast.maya),
        sent=people.craving(
            note="canary-note", thought="canary-thought", target="canary-target", discuss=True
        ),
        now=now,
    )
    BriefOpening.objects.create(
        session=session, patient_id=cast.maya.pk, clinician_id=cast.dr_okafor.pk, digest="0" * 64,
        opened_at=now, shown={str(entry.id): 1},
    )  # fmt: skip
    sign_in = start_device_session(user=cast.maya, device_name="canary-phone", now=now)
    record_act(
        clinic_id=cast.clinic.pk, kind="shut_out", actor=cast.ada, about=cast.dr_lind, now=now
    )
    group = people.group(cast.dr_okafor, cast.maya, name="Evening group")
    group_session = people.session(cast.dr_okafor, starts_at=now, kind="group", with_group=group)
    scheduled(cast, session, now)
    return World(
        cast, session, group_session, entry.id, sign_in, *_reminded(cast, now),
        _programme(cast, now), _practising(cast, now), treated(cast, now), managed(cast, now),
        _agreed_plan(cast, now), _in_need(cast, now).pk,
        _emergency(cast, now), exported(cast, now), _noted(cast, session, now),
        supported(cast, now),
        Consent.objects.filter(patient_id=cast.maya.pk).latest("agreed_at").pk,
        AdministrativeAct.objects.get().pk, people.introduce(cast), handed_over(cast, now),
        ask_to_restrict(chart=people.own_chart(cast.maya), text="canary-words", now=now)[0].id,
        family_session(cast, now),
    )  # fmt: skip


def _programme(cast: Cast, now: datetime) -> Programme:
    """Let maya be in care with a plan, and let there be a group that she may join."""
    episode = people.admitted(cast.maya, on=now.date() - timedelta(days=3))
    care_plan.write_care_plan(
        chart=open_write_only_chart(
            viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.PROGRAMME, now=now
        ),
        clinician=cast.dr_okafor,
        rev=0,
        hours_per_week=Decimal(10),
        problems=care_plan.without_problem(["canary-note"]),
        reviewed_on=now.date() - timedelta(days=1),
        now=now,
    )
    return Programme(
        people.group(cast.dr_okafor), episode, create_calendar_link(user=cast.maya, now=now)
    )


def _practising(cast: Cast, now: datetime) -> UUID:
    """Let maya have homework, a target and a lesson, and her clinic word a skill anew."""
    ClinicSkill.objects.create(
        clinic=cast.clinic, slug="ride-the-urge", name="Ride it out", changed_at=now,
        changed_by=cast.ada.pk,
    )  # fmt: skip
    own = people.own_chart(cast.maya)
    set_targets(chart=own, names=["canary-target"], rev=0, now=now)
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.SKILLS, now=now,
        to_write=True,
    )  # fmt: skip
    assign_lesson(chart=chart, slug="sleep-habits", until=None, now=now)
    record_reading(chart=own, slug="sleep-habits", answer=None, now=now)
    with unfollowed(ASSIGNMENT_SUBSCRIBERS):
        return assign_skill(
            chart=chart, skill="ride-the-urge", per_week=3, until=None, note="canary-note",
            skills=catalogue.shipped_skills(), today=now.date(), now=now,
        )  # fmt: skip


def _agreed_plan(cast: Cast, now: datetime) -> UUID:
    """Let maya's therapist write down the plan that they agreed."""
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.SITUATION_PLANS, now=now,
        to_write=True,
    )  # fmt: skip
    agreed = replace(SITUATION_PLAN, agreed_with=cast.dr_okafor.pk)
    agree_plan(chart=chart, wanted=agreed, now=now)
    (plan,) = situation_plans_of(chart=chart).plans
    return plan.id


def _in_need(cast: Cast, now: datetime) -> SafetyEvent:
    """Let maya have a safety plan, and an event that nobody cleared yet."""
    chart = people.own_chart(cast.maya)
    write_plan(chart=chart, rev=0, sent={"what_i_do": ["canary-plan"]}, now=now)
    return SafetyEvent.objects.create(
        patient_id=cast.maya.pk, audience="care_team", level=2, opened_at=now, last_sign_at=now
    )


def _noted(cast: Cast, session: TreatmentSession, now: datetime) -> UUID:
    """Let maya's therapist keep a counselling note about a session."""
    book = open_notebook(viewer=cast.dr_okafor, patient_id=cast.maya.pk, now=now)
    return write_note(book=book, text=COUNSELLING, session_id=session.pk, now=now)


def _reminded(cast: Cast, now: datetime) -> tuple[Occurrence, Device]:
    """Let maya have a phone, a plan, and a reminder that was just sent."""
    create_default_reminders(patient_id=cast.maya.pk, now=now)
    device, _ = register_device(
        chart=people.own_chart(cast.maya),
        provider="fcm_token",
        address="canary-address",
        platform="android",
        app_version="1.0",
        device_name="canary-phone",
        covered_until=None,
        now=now,
    )
    occurrence = Occurrence.objects.create(
        id=uuid4(),
        reminder=Reminder.objects.filter(patient_id=cast.maya.pk, purpose="checkin")[0],
        patient_id=cast.maya.pk,
        purpose="checkin",
        local_day=now.date(),
        slot=0,
        due_at=now - timedelta(minutes=1),
        not_after=now + timedelta(minutes=59),
        state=Occurrence.State.SENT,
        sent_at=now,
        tag="checkin",
        created_at=now,
    )
    return occurrence, device


def _emergency(cast: Cast, now: datetime) -> UUID:
    """Let a stranger have opened maya's chart in an emergency, long over, that nobody looked at."""
    at = now - timedelta(days=2)
    made = break_glass.break_glass(
        clinician=cast.dr_lind, patient_id=cast.maya.pk, reason="found unconscious in the hall",
        now=at,
    )  # fmt: skip
    return made.pk


def browser(user: User | None) -> Client:
    """Open the pages as somebody, in a browser that is signed in."""
    client = Client()
    if user is not None:
        now = timezone.now()
        passed_at = people.second_factor_of(user, now)
        row = start_device_session(
            user=user, device_name="Web browser", now=now, passed_at=passed_at
        )
        kept = client.session
        kept[SIGN_IN_COOKIE_KEY] = str(row.pk)
        kept.save()
        client.cookies[settings.SESSION_COOKIE_NAME] = kept.session_key or ""
    return client


def ask(client: APIClient | Client, method: str, address: str, body: Any) -> Any:
    """Send one request as a phone or a browser does."""
    headers = {"If-Match": '"1"'}
    if isinstance(client, APIClient):
        sent = None if method in {"GET", "DELETE"} else body
        return client.generic(
            method, address, people.as_json(sent), content_type="application/json", headers=headers
        )
    return getattr(client, method.lower())(address, body or None)
