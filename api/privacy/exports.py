"""Exports of everything that is stored about the signed-in patient."""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.errors import Problem, TooManyAttempted
from api.http.fields import (
    A_FLAG,
    OneOf,
)
from api.http.inputs import Input, validated_body, validated_query
from api.http.openapi import query_parameters
from api.http.permissions import IsPatient, IsRecentlyAuthenticated
from api.http.requests import SignedIn
from api.http.responses import json_response
from backend.kit.errors import InvalidInput
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.consents.consents import record_disclosure
from journaling.exports.formats import NOT_EXPORTED
from journaling.exports.jobs import (
    FORMATS,
    TooManyExports,
    count_exported_rows,
    export_of,
    exports_of,
    read_export_file,
    request_export,
)
from journaling.exports.parts import all_export_parts, csv_file_name
from journaling.models import ExportJob
from notifications.engine.tick import EXPORTS_TASK, notify_worker

JobState = ExportJob.State
RETRY_AFTER_SECONDS = 2
SECONDS_A_DAY = 86_400
CONTENT_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "fhir": "application/fhir+json",
}
FILE_EXTENSIONS = {"json": "json", "csv": "csv", "fhir": "fhir.json"}
EXPORT_PARTS = [part.name for part in all_export_parts()]


class ExportIn(Input):
    """Which file; without one, all three are made."""

    format: Annotated[str | None, OneOf(FORMATS)] = None


class ExportQuery(Input):
    """Which file to fetch; of tables, the entries unless another part is named."""

    format: Annotated[str | None, OneOf(FORMATS)] = None
    part: Annotated[
        str | None, OneOf(EXPORT_PARTS), Field(description="Which table, with format=csv.")
    ] = None
    bom: Annotated[bool, A_FLAG, Field(description="Whether a table begins with U+FEFF.")] = True


@dataclass(frozen=True, slots=True)
class ExportOut:
    """How far an export is. ``parts`` counts the rows of each once it is ready.

    ``not_included`` names what no export holds, whether or not there is any.
    """

    id: UUID
    status: Annotated[str, OneOf(JobState.values)]
    formats: Sequence[str]
    requested_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    parts: Mapping[str, int] | None
    not_included: Sequence[str]

    @classmethod
    def of(cls, job: ExportJob) -> Self:
        """Show an export; of its content only the number of rows of each part."""
        return cls(
            id=job.pk, status=job.state, formats=job.formats, requested_at=job.requested_at,
            ready_at=job.ready_at, expires_at=job.expires_at,
            parts=count_exported_rows(job) if job.state == JobState.READY else None,
            not_included=NOT_EXPORTED,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExportsOut(Page):
    """The patient's exports, newest first."""

    results: Sequence[ExportOut]


class Exports(APIView):
    """The signed-in patient's exports; they ask for a fresh proof (SECURITY R30)."""

    permission_classes = [IsPatient, IsRecentlyAuthenticated]

    @extend_schema(operation_id="request_export", request=ExportIn, responses={202: ExportOut})
    def post(self, request: SignedIn) -> HttpResponse:
        """Ask for everything: entries, their history, reminders, sessions, consents, access log.

        Counselling notes are in no export: they are their originator's, apart from the record.

        It is made in the background. Ask ``GET exports/{id}`` until it answers 200. While one is
        under way, asking again answers that one. Files go after seven days.
        """
        sent = validated_body(ExportIn, request)
        now = timezone.now()
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.EXPORT, now=now, to_write=True
        )
        formats = [sent.format] if sent.format is not None else list(FORMATS)
        try:
            job, _ = request_export(chart=chart, formats=formats, now=now)
        except TooManyExports:
            raise TooManyAttempted(SECONDS_A_DAY) from None
        notify_worker(EXPORTS_TASK)
        return _in_progress_response(request, job)

    @extend_schema(operation_id="list_exports", responses=ExportsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them, newest first."""
        chart = open_own_chart(viewer=request.user, what=DataCategory.EXPORT, now=timezone.now())
        return json_response(ExportsOut(list(map(ExportOut.of, exports_of(chart=chart)))))


class OneExport(APIView):
    """One export, and its files."""

    permission_classes = [IsPatient, IsRecentlyAuthenticated]

    @extend_schema(
        operation_id="fetch_export",
        parameters=query_parameters(ExportQuery),
        responses={
            (200, "application/json"): OpenApiResponse(
                {"type": "object"}, description="Every part as a list, with counts and the notice."
            ),
            (200, "text/csv"): OpenApiResponse(
                {"type": "string"}, description="One part as a table; the entries without `part`."
            ),
            (200, "application/fhir+json"): OpenApiResponse(
                {"type": "object"},
                description="A FHIR R4 Bundle of entries and programme.",
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
        wanted = validated_query(ExportQuery, request)
        now = timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.EXPORT, now=now)
        job = export_of(chart=chart, export_id=export_id)
        name = _wanted_format(job, wanted)
        if job.state in {JobState.WAITING, JobState.MAKING}:
            return _in_progress_response(request, job)
        _require_available(job)
        record_disclosure(
            chart=chart, to="the patient", purpose="own_export", what=f"everything, as {name}",
            consent_id=None, now=now,
        )  # fmt: skip
        part = wanted.part or "entries"
        file = csv_file_name(part) if name == "csv" else name
        content = read_export_file(chart=chart, job=job, file=file)
        if name == "csv" and wanted.bom:
            content = chain([codecs.BOM_UTF8], content)
        response = StreamingHttpResponse(content, content_type=CONTENT_TYPES[name])
        of = f"-{part}" if name == "csv" and part != "entries" else ""
        day = job.requested_at.date().isoformat()
        response["Content-Disposition"] = (
            f'attachment; filename="{day}{of}.{FILE_EXTENSIONS[name]}"'
        )
        return response


def _wanted_format(job: ExportJob, wanted: ExportQuery) -> str:
    name = wanted.format or str(job.formats[0])
    if name not in job.formats:
        raise InvalidInput.of("format", "not_made", "This export was asked for in another format.")
    if wanted.part is not None and name != "csv":
        raise InvalidInput.of("part", "only_csv", "Only tables are fetched part by part.")
    if "bom" in wanted.given() and name != "csv":
        raise InvalidInput.of("bom", "only_csv", "Only tables can have a byte order mark.")
    return name


def _require_available(job: ExportJob) -> None:
    if job.state == JobState.EXPIRED:
        detail = "This export has expired. Ask for a new one."
        raise Problem(status=410, code="export_expired", detail=detail)
    if job.state == JobState.STOPPED:
        detail = "This export could not be made. Ask for a new one."
        raise Problem(status=409, code="export_stopped", detail=detail)


def _in_progress_response(request: SignedIn, job: ExportJob) -> HttpResponse:
    response = json_response(ExportOut.of(job), status=202)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response["Location"] = request.build_absolute_uri(f"/api/v1/exports/{job.pk}")
    return response
