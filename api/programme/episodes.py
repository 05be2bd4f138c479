"""Episodes of care: admission, level changes and discharge."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.paging import unpaged
from api.http.permissions import Closed, IsClinician, IsPatientOrStaff
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.serializer_fields import (
    ChoiceOf,
    DayField,
    IdField,
    StrictInput,
    StringField,
    YesNoField,
    validated_body,
    validated_query,
)
from care.access.chart import Chart, NoSuchChart
from care.access.data_categories import DataCategory
from care.access.log import log_denial
from care.access.open import open_chart
from care.models import Admission, Episode, User
from care.programme import episodes
from care.programme.episodes import Placement
from care.programme.read import LevelChangeView, episodes_of, level_changes_of

LEVEL_CHOICES = list(episodes.LEVELS)


class HoursField(serializers.DecimalField):
    """Hours a week, in steps of a tenth, as a JSON number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=4, decimal_places=1, min_value=0, max_value=100, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Take numbers only."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data) + 0  # minus zero is zero


class AdmissionIn(StrictInput):
    """What admission to intensive outpatient care asks; every one must be met."""

    physician = IdField(help_text="The physician who certifies; of the care team.")
    symptoms = ChoiceOf(choices=[one.value for one in Admission.Symptoms])
    lower_level_insufficient = YesNoField()
    tolerates_intensity = YesNoField()
    co_occurring_manageable = YesNoField()
    not_at_imminent_risk = YesNoField()
    complies = ChoiceOf(choices=[one.value for one in Admission.Compliance])


class EpisodeIn(StrictInput):
    """An admission; ``admission`` is asked for ``intensive_outpatient`` only."""

    patient = IdField()
    level_of_care = ChoiceOf(choices=LEVEL_CHOICES)
    admitted_on = DayField()
    planned_hours_per_week = HoursField(required=False, allow_null=True, default=None)
    admission = AdmissionIn(required=False, allow_null=True, default=None)


class LevelChangeIn(StrictInput):
    """A step to another level, or the discharge, with its reason."""

    to = ChoiceOf(choices=[*LEVEL_CHOICES, episodes.DISCHARGE])
    on = DayField()
    reason = StringField(max_length=1000)
    planned_hours_per_week = HoursField(required=False, allow_null=True, default=None)
    admission = AdmissionIn(required=False, allow_null=True, default=None)


class PatientQuery(StrictInput):
    """Whose."""

    patient = IdField(required=False)


class EpisodeOut(serializers.Serializer[Any]):
    """One episode of care; dates are days of the clinic's calendar."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField()
    level_of_care = serializers.ChoiceField(choices=LEVEL_CHOICES)
    admitted_on = serializers.DateField()
    discharged_on = serializers.DateField(allow_null=True)
    planned_hours_per_week = serializers.FloatField(allow_null=True)
    admission_asked_at = serializers.DateTimeField(allow_null=True)


class EpisodesOut(serializers.Serializer[Any]):
    """Episodes, newest first."""

    results = EpisodeOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class LevelChangeOut(serializers.Serializer[Any]):
    """One step; ``entered`` is the episode that it opened, null for a discharge."""

    id = serializers.UUIDField()
    step = serializers.ChoiceField(choices=["up", "down", "discharge"])
    on = serializers.DateField()
    reason = serializers.CharField()
    decided_by = serializers.CharField()
    entered = serializers.UUIDField(allow_null=True)


class LevelChangesOut(serializers.Serializer[Any]):
    """The steps that ended or began an episode."""

    results = LevelChangeOut(many=True)


PATIENT_PARAMETER = OpenApiParameter(
    "patient", UUID, description="One patient; without it, all of yours."
)


class ReadableByPatients(APIView):
    """Patients read their own; clinicians read and write."""

    permission_classes = [Closed]

    def get_permissions(self) -> list[Any]:
        """Return the permissions: patients and staff may read, clinicians may write."""
        return [IsPatientOrStaff() if self.request.method == "GET" else IsClinician()]


class Episodes(ReadableByPatients):
    """Episodes of care."""

    @extend_schema(
        operation_id="list_episodes", parameters=[PATIENT_PARAMETER], responses=EpisodesOut
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List the caller's own, or those of the patients whom they treat."""
        patient_id = validated_query(PatientQuery, request).get("patient")
        rows = episodes_of(viewer=request.user, patient_id=patient_id, now=timezone.now())
        return json_response(unpaged([_episode_to_json(row) for row in rows]))

    @extend_schema(operation_id="admit", request=EpisodeIn, responses={201: EpisodeOut})
    def post(self, request: SignedIn) -> HttpResponse:
        """Admit a patient to a level of care."""
        sent = validated_body(EpisodeIn, request)
        placement = Placement(
            sent["level_of_care"], sent["admitted_on"], sent["planned_hours_per_week"],
            sent["admission"],
        )  # fmt: skip
        episode = episodes.admit_patient(
            clinician=request.user, patient_id=sent["patient"], placement=placement,
            now=timezone.now(),
        )  # fmt: skip
        return json_response(_episode_to_json(episode), status=201)


class LevelChanges(ReadableByPatients):
    """Steps up and down of one episode."""

    @extend_schema(operation_id="list_level_changes", responses=LevelChangesOut)
    def get(self, request: SignedIn, episode_id: UUID) -> HttpResponse:
        """List the steps that began and ended it, with their reasons."""
        now = timezone.now()
        episode = Episode.objects.filter(pk=episode_id).first()
        chart = open_programme_chart(request.user, episode.patient_id if episode else None, now)
        steps = level_changes_of(chart=chart, episode_id=episode_id)
        return json_response({"results": [_step_to_json(step) for step in steps]})

    @extend_schema(
        operation_id="change_level", request=LevelChangeIn, responses={201: LevelChangeOut}
    )
    def post(self, request: SignedIn, episode_id: UUID) -> HttpResponse:
        """End the episode and open the next level, or discharge."""
        sent = validated_body(LevelChangeIn, request)
        placement = Placement(
            sent["to"], sent["on"], sent["planned_hours_per_week"], sent["admission"]
        )
        change = episodes.change_level(
            clinician=request.user, episode_id=episode_id, placement=placement,
            reason=sent["reason"], now=timezone.now(),
        )  # fmt: skip
        step = LevelChangeView(
            change.pk, change.step, change.changed_on, sent["reason"], request.user.display_name,
            change.entered_id,
        )  # fmt: skip
        return json_response(_step_to_json(step), status=201)


def open_programme_chart(viewer: User, patient_id: UUID | None, now: Any) -> Chart:
    if patient_id is None:
        log_denial(viewer=viewer, what=DataCategory.PROGRAMME, reason="unknown", now=now)
        raise NoSuchChart
    return open_chart(viewer=viewer, patient_id=patient_id, what=DataCategory.PROGRAMME, now=now)


def _episode_to_json(row: Episode) -> dict[str, Any]:
    admission = getattr(row, "admission", None)
    return {
        "id": row.pk,
        "patient": row.patient_id,
        "level_of_care": row.level_of_care,
        "admitted_on": row.admitted_on,
        "discharged_on": row.discharged_on,
        "planned_hours_per_week": float_or_none(row.planned_hours_per_week),
        "admission_asked_at": admission.asked_at if admission is not None else None,
    }


def _step_to_json(step: LevelChangeView) -> dict[str, Any]:
    return {
        "id": step.id,
        "step": step.step,
        "on": step.changed_on,
        "reason": step.reason,
        "decided_by": step.decided_by,
        "entered": step.entered_id,
    }


def float_or_none(value: Any) -> float | None:
    return None if value is None else float(value)
