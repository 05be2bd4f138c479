"""The caller's patients at a glance."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.permissions import IsClinician
from api.requests import SignedIn
from care import roster
from care.queries.caseload import Upcoming
from care.queries.namesakes import apart
from journaling import queries
from journaling.queries import Case


class UpcomingOut(serializers.Serializer[Any]):
    """The caller's next session with the patient, alone or in a group."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    starts_at = serializers.DateTimeField()


class CaseOut(serializers.Serializer[Any]):
    """One patient, as far as consent and sharing let the caller see."""

    patient = serializers.UUIDField()
    name = serializers.CharField()
    told_apart_by = serializers.CharField(
        required=False, help_text="What tells them from another of this name on the list."
    )
    level_of_care = serializers.CharField(allow_null=True)
    next_session = UpcomingOut(allow_null=True, help_text="Within four weeks.")
    last_entry_at = serializers.DateTimeField(allow_null=True)
    entries_since_last_session = serializers.IntegerField(
        help_text="Since the last attended session, and heard of since though it was before."
    )
    days_without_entries = serializers.IntegerField(
        help_text="The patient's own days since the last entry, or since enrolment."
    )
    open_safety_events = serializers.IntegerField()
    craving_spark = serializers.ListField(
        child=serializers.IntegerField(allow_null=True),
        min_length=14,
        max_length=14,
        help_text="Strongest craving 0-10 of each of the last 14 days, today last; null is a gap.",
    )


class CaseloadOut(serializers.Serializer[Any]):
    """The caller's patients, most urgent first."""

    results = CaseOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="Always null: it is one page.")
    previous = serializers.CharField(allow_null=True)


class Caseload(APIView):
    """The caller's patients."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_caseload", responses=CaseloadOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List everybody whom the caller treats and who consents, most urgent first."""
        now = timezone.now()
        people = roster.open_caseload(viewer=request.user, now=now)
        found = queries.caseload(roster=people, now=now)
        names = [(case.patient_id, case.name) for case in found]
        marks = apart(names, viewer=request.user, now=now)
        results = [shape(case, marks) for case in found]
        return answer({"results": results, "next": None, "previous": None})


def shape(case: Case, marks: Mapping[UUID, str] | None = None) -> dict[str, Any]:
    """Shape one patient of a caseload; ``marks`` tells namesakes apart."""
    mark = (marks or {}).get(case.patient_id)
    return {
        "patient": case.patient_id,
        "name": case.name,
        **({"told_apart_by": mark} if mark else {}),
        "level_of_care": case.level_of_care,
        "next_session": _upcoming(case.next_session),
        "last_entry_at": case.last_entry_at,
        "entries_since_last_session": case.entries_since_last_session,
        "days_without_entries": case.days_without_entries,
        "open_safety_events": case.open_safety_events,
        "craving_spark": case.craving_spark,
    }


def _upcoming(session: Upcoming | None) -> dict[str, Any] | None:
    if session is None:
        return None
    return {"id": session.id, "kind": session.kind, "starts_at": session.starts_at}
