"""Everything that is kept about the signed-in patient, to take with them."""

import codecs
from itertools import chain
from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.paging import whole
from api.permissions import IsPatient, IsProved
from api.reading import ChoiceOf, Input, asked, checked
from api.refusals import Problem, TooMany
from api.requests import SignedIn
from backend.kit.errors import InvalidInput
from care import access
from care.access import DataClass
from care.actions.disclosing import record_disclosure
from care.exporting import NOT_INCLUDED
from journaling.exporting import jobs
from journaling.exporting.plan import csv_name
from journaling.models import ExportJob
from notifications.exporting import every_part
from notifications.waking import EXPORTS, wake

State = ExportJob.State
ASK_AGAIN_SECONDS = 2
A_DAY_SECONDS = 86_400
TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "fhir": "application/fhir+json",
}
ENDINGS = {"json": "json", "csv": "csv", "fhir": "fhir.json"}
PARTS = [part.name for part in every_part()]


class ExportIn(Input):
    """Which file; without one, all three are made."""

    format = ChoiceOf(choices=jobs.FORMATS, required=False)


class ExportAsked(Input):
    """Which file to fetch; of tables, the entries unless another part is named."""

    format = ChoiceOf(choices=jobs.FORMATS, required=False)
    part = ChoiceOf(choices=PARTS, required=False)
    bom = serializers.BooleanField(required=False)


class ExportOut(serializers.Serializer[Any]):
    """How far an export is. ``parts`` counts the rows of each once it is ready.

    ``not_included`` names what no export holds, whether or not there is any.
    """

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=[state.value for state in State])
    formats = serializers.ListField(child=serializers.CharField())
    requested_at = serializers.DateTimeField()
    ready_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    parts = serializers.DictField(child=serializers.IntegerField(), allow_null=True)
    not_included = serializers.ListField(child=serializers.CharField())


class ExportsOut(serializers.Serializer[Any]):
    """The patient's exports, newest first."""

    results = ExportOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class Exports(APIView):
    """The signed-in patient's exports; they ask for a fresh proof (SECURITY R30)."""

    permission_classes = [IsPatient, IsProved]

    @extend_schema(operation_id="request_export", request=ExportIn, responses={202: ExportOut})
    def post(self, request: SignedIn) -> HttpResponse:
        """Ask for everything: entries, their history, reminders, sessions, consents, access log.

        Counselling notes are in no export: they are their originator's, apart from the record.

        It is made in the background. Ask ``GET exports/{id}`` until it answers 200. While one is
        under way, asking again answers that one. Files go after seven days.
        """
        sent = checked(ExportIn, request)
        now = timezone.now()
        chart = access.open_own_chart(
            viewer=request.user, what=DataClass.EXPORT, now=now, to_write=True
        )
        formats = [sent["format"]] if "format" in sent else list(jobs.FORMATS)
        try:
            job, _ = jobs.request_export(chart=chart, formats=formats, now=now)
        except jobs.TooManyExports:
            raise TooMany(A_DAY_SECONDS) from None
        wake(EXPORTS)
        return _on_its_way(request, job)

    @extend_schema(operation_id="list_exports", responses=ExportsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them, newest first."""
        chart = access.open_own_chart(
            viewer=request.user, what=DataClass.EXPORT, now=timezone.now()
        )
        return answer(whole(list(map(shape, jobs.exports_of(chart=chart)))))


class OneExport(APIView):
    """One export, and its files."""

    permission_classes = [IsPatient, IsProved]

    @extend_schema(
        operation_id="fetch_export",
        parameters=[
            OpenApiParameter("format", str, enum=list(jobs.FORMATS)),
            OpenApiParameter("part", str, enum=PARTS, description="Which table, with format=csv."),
            OpenApiParameter(
                "bom", bool, default=True, description="Whether a table begins with U+FEFF."
            ),
        ],
        responses={
            (200, "application/json"): OpenApiResponse(
                {"type": "object"}, description="Every part as a list, with counts and the notice."
            ),
            (200, "text/csv"): OpenApiResponse(
                {"type": "string"}, description="One part as a table; the entries without `part`."
            ),
            (200, "application/fhir+json"): OpenApiResponse(
                {"type": "object"}, description="A FHIR R4 Bundle of the entries."
            ),
            202: ExportOut,
        },
    )
    def get(self, request: SignedIn, export_id: UUID) -> HttpResponseBase:
        """Fetch a file: 200 with it once it is ready, until then 202 and how far it is.

        410 once it has expired, 409 where it could not be made. Without ``format`` it is the one
        that was asked for, or JSON. In tables, text that a spreadsheet would run is led by an
        apostrophe, and a byte order mark tells spreadsheets that the file is UTF-8; ``bom=false``
        leaves it out, for programs that would take it for a part of the first column's name.
        """
        wanted = asked(ExportAsked, request)
        now = timezone.now()
        chart = access.open_own_chart(viewer=request.user, what=DataClass.EXPORT, now=now)
        job = jobs.export_of(chart=chart, export_id=export_id)
        name = _wanted_format(job, wanted)
        if job.state in {State.WAITING, State.MAKING}:
            return _on_its_way(request, job)
        _refuse_what_is_gone(job)
        record_disclosure(
            chart=chart, to="the patient", purpose="own_export", what=f"everything, as {name}",
            consent_id=None, now=now,
        )  # fmt: skip
        part = wanted.get("part", "entries")
        file = csv_name(part) if name == "csv" else name
        content = jobs.content(chart=chart, job=job, file=file)
        if name == "csv" and wanted.get("bom", True):
            content = chain([codecs.BOM_UTF8], content)
        response = StreamingHttpResponse(content, content_type=TYPES[name])
        of = f"-{part}" if name == "csv" and part != "entries" else ""
        day = job.requested_at.date().isoformat()
        response["Content-Disposition"] = f'attachment; filename="{day}{of}.{ENDINGS[name]}"'
        return response


def _wanted_format(job: ExportJob, wanted: dict[str, Any]) -> str:
    name: str = wanted.get("format", job.formats[0])
    if name not in job.formats:
        raise InvalidInput.of("format", "not_made", "This export was asked for in another format.")
    if "part" in wanted and name != "csv":
        raise InvalidInput.of("part", "only_csv", "Only tables are fetched part by part.")
    if "bom" in wanted and name != "csv":
        raise InvalidInput.of("bom", "only_csv", "Only tables can have a byte order mark.")
    return name


def _refuse_what_is_gone(job: ExportJob) -> None:
    if job.state == State.EXPIRED:
        detail = "This export has expired. Ask for a new one."
        raise Problem(status=410, code="export_expired", detail=detail)
    if job.state == State.STOPPED:
        detail = "This export could not be made. Ask for a new one."
        raise Problem(status=409, code="export_stopped", detail=detail)


def _on_its_way(request: SignedIn, job: ExportJob) -> HttpResponse:
    response = answer(shape(job), status=202)
    response["Retry-After"] = str(ASK_AGAIN_SECONDS)
    response["Location"] = request.build_absolute_uri(f"/api/v1/exports/{job.pk}")
    return response


def shape(job: ExportJob) -> dict[str, Any]:
    """Shape an export; it says nothing of its content but how many rows each part has."""
    return {
        "id": job.pk,
        "status": job.state,
        "formats": job.formats,
        "requested_at": job.requested_at,
        "ready_at": job.ready_at,
        "expires_at": job.expires_at,
        "parts": jobs.counted(job) if job.state == State.READY else None,
        "not_included": NOT_INCLUDED,
    }
