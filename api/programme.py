"""Episodes of care, steps up and down, certifications, and the plan of care."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.views import APIView

from api.answers import answer
from api.paging import whole
from api.permissions import Closed, IsClinician, IsSignedIn
from api.programme_shapes import (
    Asked,
    CertificationIn,
    CertificationOut,
    CertificationsOut,
    EpisodeIn,
    EpisodeOut,
    EpisodesOut,
    LevelChangeIn,
    LevelChangeOut,
    LevelChangesOut,
    PlanIn,
    PlanOut,
)
from api.reading import asked, checked, sent_rev
from api.requests import SignedIn
from backend.kit.errors import InvalidInput
from backend.kit.zones import local_day
from care import access
from care.access import Chart, DataClass, NoSuchChart
from care.actions import careplan, episodes
from care.actions.episodes import Placement
from care.models import Certification, Episode, User
from care.queries import programme as reading

_PATIENT = OpenApiParameter("patient", UUID, description="One patient; without it, all of yours.")
_WHOSE = OpenApiParameter("patient", UUID, description="Clinicians name the patient.")


class _ReadByAll(APIView):
    """Patients read their own; clinicians read and write."""

    permission_classes = [Closed]

    def get_permissions(self) -> list[Any]:
        """Let everybody read what is theirs; let clinicians write."""
        return [IsSignedIn() if self.request.method == "GET" else IsClinician()]


class Episodes(_ReadByAll):
    """Episodes of care."""

    @extend_schema(operation_id="list_episodes", parameters=[_PATIENT], responses=EpisodesOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List the caller's own, or those of the patients whom they treat."""
        patient_id = asked(Asked, request).get("patient")
        found = reading.episodes_of(viewer=request.user, patient_id=patient_id, now=timezone.now())
        return answer(whole([_episode(row) for row in found]))

    @extend_schema(operation_id="admit", request=EpisodeIn, responses={201: EpisodeOut})
    def post(self, request: SignedIn) -> HttpResponse:
        """Admit a patient to a level of care."""
        sent = checked(EpisodeIn, request)
        placement = Placement(
            sent["level_of_care"], sent["admitted_on"], sent["planned_hours_per_week"],
            sent["admission"],
        )  # fmt: skip
        made = episodes.admit(
            clinician=request.user, patient_id=sent["patient"], placement=placement,
            now=timezone.now(),
        )  # fmt: skip
        return answer(_episode(made), status=201)


class LevelChanges(_ReadByAll):
    """Steps up and down of one episode."""

    @extend_schema(operation_id="list_level_changes", responses=LevelChangesOut)
    def get(self, request: SignedIn, episode_id: UUID) -> HttpResponse:
        """List the steps that began and ended it, with their reasons."""
        now = timezone.now()
        episode = Episode.objects.filter(pk=episode_id).first()
        chart = _chart(request.user, episode.patient_id if episode else None, now)
        found = reading.steps_of(chart=chart, episode_id=episode_id)
        return answer({"results": [_step(step) for step in found]})

    @extend_schema(
        operation_id="change_level", request=LevelChangeIn, responses={201: LevelChangeOut}
    )
    def post(self, request: SignedIn, episode_id: UUID) -> HttpResponse:
        """End the episode and open the next level, or discharge."""
        sent = checked(LevelChangeIn, request)
        placement = Placement(
            sent["to"], sent["on"], sent["planned_hours_per_week"], sent["admission"]
        )
        made = episodes.change_level(
            clinician=request.user, episode_id=episode_id, placement=placement,
            reason=sent["reason"], now=timezone.now(),
        )  # fmt: skip
        step = reading.Step(
            made.pk, made.step, made.changed_on, sent["reason"], request.user.display_name,
            made.entered_id,
        )  # fmt: skip
        return answer(_step(step), status=201)


class Certifications(_ReadByAll):
    """A physician's certifications."""

    @extend_schema(
        operation_id="list_certifications", parameters=[_PATIENT], responses=CertificationsOut
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List the caller's own, or those of the patients whom they treat."""
        patient_id = asked(Asked, request).get("patient")
        found = reading.certifications_of(
            viewer=request.user, patient_id=patient_id, now=timezone.now()
        )
        return answer(whole([_certification(row) for row in found]))

    @extend_schema(
        operation_id="certify", request=CertificationIn, responses={201: CertificationOut}
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Certify the need for the open episode, as a physician of the care team."""
        sent = checked(CertificationIn, request)
        now = timezone.now()
        today = local_day(now, request.user.clinic.time_zone)
        made, is_new = episodes.certify(
            physician=request.user, patient_id=sent["patient"],
            certified_on=sent.get("certified_on", today), now=now,
        )  # fmt: skip
        return answer(_certification(made), status=201 if is_new else 200)


class CarePlan(_ReadByAll):
    """A patient's plan of care."""

    @extend_schema(operation_id="read_care_plan", parameters=[_WHOSE], responses=PlanOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Read the newest version, and what is due."""
        now = timezone.now()
        chart = _chart(request.user, _whose(request), now)
        return _plan(chart, request.user, now)

    @extend_schema(
        operation_id="write_care_plan", parameters=[_WHOSE], request=PlanIn, responses=PlanOut
    )
    def put(self, request: SignedIn) -> HttpResponse:
        """Write the next version; ``If-Match`` names the newest that was read, "0" for none."""
        sent = checked(PlanIn, request)
        rev, now, patient_id = sent_rev(request), timezone.now(), _whose(request)
        chart = access.open_chart(
            viewer=request.user, patient_id=patient_id, what=DataClass.PROGRAMME, now=now,
            to_write=True,
        )  # fmt: skip
        careplan.write_plan(
            chart=chart, clinician=request.user, rev=rev,
            hours_per_week=sent["hours_per_week"], goals=sent["goals"],
            reviewed_on=sent.get("reviewed_on")
            or local_day(now, request.user.clinic.time_zone),
            now=now,
        )  # fmt: skip
        return _plan(chart, request.user, now)


def _whose(request: SignedIn) -> UUID:
    patient_id: UUID | None = asked(Asked, request).get("patient")
    if patient_id is not None:
        return patient_id
    if request.user.role != User.Role.PATIENT:
        raise InvalidInput.of("patient", "required", "Name the patient.")
    return request.user.pk


def _chart(viewer: User, patient_id: UUID | None, now: Any) -> Chart:
    if patient_id is None:
        access.log_denial(viewer=viewer, what=DataClass.PROGRAMME, reason="unknown", now=now)
        raise NoSuchChart
    return access.open_chart(
        viewer=viewer, patient_id=patient_id, what=DataClass.PROGRAMME, now=now
    )


def _plan(chart: Chart, viewer: User, now: Any) -> HttpResponse:
    standing = reading.standing_of(chart=chart, zone_name=viewer.clinic.time_zone, now=now)
    plan = standing.plan
    shown = {
        "rev": plan.rev,
        "hours_per_week": _number(plan.hours_per_week),
        "goals": list(plan.goals),
        "reviewed_on": plan.reviewed_on,
        "review_due_on": plan.review_due_on,
        "written_by": plan.written_by,
        "written_at": plan.written_at,
        "hours_next_seven_days": standing.hours_ahead,
        "due": [{"code": one.code, "on": one.on, "text": one.text} for one in standing.due],
    }
    return answer(shown, rev=plan.rev)


def _episode(row: Episode) -> dict[str, Any]:
    asks = getattr(row, "admission", None)
    return {
        "id": row.pk,
        "patient": row.patient_id,
        "level_of_care": row.level_of_care,
        "admitted_on": row.admitted_on,
        "discharged_on": row.discharged_on,
        "planned_hours_per_week": _number(row.planned_hours_per_week),
        "admission_asked_at": asks.asked_at if asks is not None else None,
    }


def _step(step: reading.Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "step": step.step,
        "on": step.changed_on,
        "reason": step.reason,
        "decided_by": step.decided_by,
        "entered": step.entered_id,
    }


def _certification(row: Certification) -> dict[str, Any]:
    return {
        "id": row.pk,
        "patient": row.patient_id,
        "episode": row.episode_id,
        "physician": row.physician.display_name,
        "certified_on": row.certified_on,
        "renew_by": row.renew_by,
    }


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
