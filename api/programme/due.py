"""What is due of a clinician's patients, and what is stale of the clinic's resources."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.fields import OneOf
from api.http.permissions import IsStaff
from api.http.requests import SignedIn
from api.http.responses import json_response
from care.access.roster import open_caseload_roster
from care.due import DUE_KINDS, DuePatientItem, StaleResource, due_report
from care.models import User


@dataclass(frozen=True, slots=True)
class DueItemOut:
    """One thing that is due of one patient; `on` is since or by when, null where no day is set."""

    patient: UUID
    name: str
    kind: Annotated[str, OneOf(DUE_KINDS)]
    on: date | None

    @classmethod
    def of(cls, item: DuePatientItem) -> Self:
        """Show one."""
        return cls(item.patient_id, item.name, item.kind, item.on)


@dataclass(frozen=True, slots=True)
class StaleResourceOut:
    """A resource of the clinic that nobody checked for 180 days, or ever."""

    id: UUID
    name: str
    verified_at: date | None

    @classmethod
    def of(cls, resource: StaleResource) -> Self:
        """Show one."""
        return cls(resource.id, resource.name, resource.verified_at)


@dataclass(frozen=True, slots=True)
class DueReportOut:
    """What is due, the soonest first. An administrator is told of resources alone."""

    items: Sequence[DueItemOut]
    stale_resources: Sequence[StaleResourceOut]


class DueOfClinic(APIView):
    """What is due."""

    permission_classes = [IsStaff]

    @extend_schema(operation_id="report_due", responses=DueReportOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List it of the caller's own patients; the access log of each says that it was shown."""
        now, viewer = timezone.now(), request.user
        roster = None
        if viewer.role == User.Role.CLINICIAN:
            roster = open_caseload_roster(viewer=viewer, now=now)
        report = due_report(viewer=viewer, roster=roster, now=now)
        return json_response(
            DueReportOut(
                list(map(DueItemOut.of, report.items)),
                list(map(StaleResourceOut.of, report.stale)),
            )
        )
