"""Patients: invite them, read one, and list the caller's caseload."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.answers import Page, Sparse
from api.http.errors import NotFound
from api.http.fields import AN_ID, ListOf
from api.http.inputs import Input, validated_body
from api.http.permissions import IsClinician
from api.http.requests import SignedIn, open_patient_chart
from api.http.responses import json_response
from api.http.text_fields import OneLine, ZoneName
from care.access import roster
from care.access.data_categories import DataCategory
from care.access.open import check_team
from care.accounts.names import namesake_labels_in
from care.people.enrol import invite_patient, renew_invitation
from care.people.patients import PatientCard, patient_card
from journaling.briefs.caseload import CaseloadPatient, caseload_of
from journaling.entries.read import last_entry_at


class PatientIn(Input):
    """Who is invited. The clinic is the caller's; another clinic's id is refused as unknown."""

    display_name: Annotated[str, OneLine(120)]
    time_zone: Annotated[str, ZoneName()]
    clinic: Annotated[UUID | None, AN_ID] = None


@dataclass(frozen=True, slots=True)
class InvitedOut:
    """The patient and the code that lets them enrol once, within 72 hours; it is shown only now."""

    id: UUID
    invite_code: str


class Patients(APIView):
    """Patients of the caller's clinic."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="invite_patient", request=PatientIn, responses={201: InvitedOut})
    def post(self, request: SignedIn) -> HttpResponse:
        """Add a patient; the caller joins the care team as their primary therapist."""
        sent = validated_body(PatientIn, request)
        if sent.clinic not in (None, request.user.clinic_id):
            raise NotFound
        patient, code = invite_patient(
            clinician=request.user,
            display_name=sent.display_name,
            time_zone=sent.time_zone,
            now=timezone.now(),
        )
        return json_response(InvitedOut(patient.pk, code), status=201)


@dataclass(frozen=True, slots=True)
class StayOut:
    """The episode of care that covers today, and which day of it today is."""

    level_of_care: str
    admitted_on: date
    day: int
    planned_hours_per_week: float | None


@dataclass(frozen=True, slots=True)
class CareTeamMemberOut:
    """One of those who treat the patient now."""

    clinician: UUID
    display_name: str
    role: str


@dataclass(frozen=True, slots=True)
class NextSessionOut:
    """The patient's next session."""

    id: UUID
    kind: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class PatientOut:
    """Who a patient is, where they stand, and who treats them."""

    id: UUID
    display_name: str
    time_zone: str
    language: str
    day_starts_hour: int
    enrolled_at: datetime | None
    discharged_at: datetime | None
    stay: StayOut | None
    care_team: Sequence[CareTeamMemberOut]
    next_session: NextSessionOut | None
    last_entry_at: datetime | None

    @classmethod
    def of(cls, card: PatientCard, last: datetime | None) -> Self:
        stay, coming = (card.stay, card.next_session)
        return cls(
            id=card.id,
            display_name=card.name,
            time_zone=card.time_zone,
            language=card.language,
            day_starts_hour=card.day_starts_hour,
            enrolled_at=card.enrolled_at,
            discharged_at=card.discharged_at,
            stay=None
            if stay is None
            else StayOut(
                level_of_care=stay.level_of_care,
                admitted_on=stay.admitted_on,
                day=(card.today - stay.admitted_on).days + 1,
                planned_hours_per_week=None
                if stay.planned_hours_per_week is None
                else float(stay.planned_hours_per_week),
            ),
            care_team=[
                CareTeamMemberOut(
                    clinician=member.clinician_id, display_name=member.name, role=member.role
                )
                for member in card.care_team
            ],
            next_session=None
            if coming is None
            else NextSessionOut(id=coming.id, kind=coming.kind, starts_at=coming.starts_at),
            last_entry_at=last,
        )


class OnePatient(APIView):
    """One patient of the caller."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_patient", responses=PatientOut)
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Read who they are; the last entry is the last that they share."""
        now = timezone.now()
        chart = open_patient_chart(request, patient_id, what=DataCategory.PROFILE)
        card = patient_card(chart=chart, now=now)
        return json_response(PatientOut.of(card, last_entry_at(chart=chart)))


class InviteAgain(APIView):
    """The invitation of one patient."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="invite_again", request=None, responses={201: InvitedOut})
    def post(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """Make a new code; codes made before stop working."""
        now = timezone.now()
        check_team(
            viewer=request.user, patient_id=patient_id, what=DataCategory.INVITATION, now=now
        )
        code = renew_invitation(patient_id=patient_id, clinician=request.user, now=now)
        return json_response(InvitedOut(patient_id, code), status=201)


@dataclass(frozen=True, slots=True)
class UpcomingOut:
    """The caller's next session with the patient, alone or in a group."""

    id: UUID
    kind: str
    starts_at: datetime


@dataclass(frozen=True, kw_only=True)
class CaseOut(Sparse):
    """One patient, as far as consent and sharing let the caller see."""

    patient: UUID
    name: str
    told_apart_by: (
        Annotated[str, Field(description="What tells them from another of this name on the list.")]
        | None
    ) = None
    level_of_care: str | None
    next_session: Annotated[UpcomingOut | None, Field(description="Within four weeks.")]
    last_entry_at: datetime | None
    entries_since_last_session: Annotated[
        int,
        Field(
            description="Since the last attended session, and heard of since though it was before."
        ),
    ]
    days_without_entries: Annotated[
        int, Field(description="The patient's own days since the last entry, or since enrolment.")
    ]
    open_safety_events: int
    craving_spark: Annotated[
        Sequence[int | None],
        ListOf(14, least=14),
        Field(
            description="Strongest craving 0-10 of each of the last 14 days, today last; "
            "null is a gap."
        ),
    ]

    @classmethod
    def of(cls, case: CaseloadPatient, marks: Mapping[UUID, str] | None = None) -> Self:
        """Show one patient of a caseload; ``marks`` distinguishes namesakes."""
        coming = case.next_session
        return cls(
            patient=case.patient_id,
            name=case.name,
            told_apart_by=(marks or {}).get(case.patient_id) or None,
            level_of_care=case.level_of_care,
            next_session=None
            if coming is None
            else UpcomingOut(id=coming.id, kind=coming.kind, starts_at=coming.starts_at),
            last_entry_at=case.last_entry_at,
            entries_since_last_session=case.entries_since_last_session,
            days_without_entries=case.days_without_entries,
            open_safety_events=case.open_safety_events,
            craving_spark=case.craving_spark,
        )


@dataclass(frozen=True, slots=True)
class CaseloadOut(Page):
    """The caller's patients, most urgent first."""

    results: Sequence[CaseOut]
    next: Annotated[str | None, Field(description="Always null: it is one page.")] = None


class Caseload(APIView):
    """The caller's patients."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_caseload", responses=CaseloadOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List everybody whom the caller treats and who consents, most urgent first."""
        now = timezone.now()
        people = roster.open_caseload_roster(viewer=request.user, now=now)
        cases = caseload_of(roster=people, now=now)
        names = [(case.patient_id, case.name) for case in cases]
        marks = namesake_labels_in(names, viewer=request.user, now=now)
        return json_response(CaseloadOut([CaseOut.of(case, marks) for case in cases]))
