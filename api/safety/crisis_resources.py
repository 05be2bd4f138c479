"""Crisis lines, for everybody, signed in or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.views import APIView

from api.http import error_support
from api.http.answers import Page
from api.http.fields import AN_ID, OneOf
from api.http.inputs import Input, validated_query
from api.http.openapi import query_parameters
from api.http.permissions import Anyone
from api.http.responses import public_json_response
from api.http.support_answer import ResourceOut
from backend.kit.languages import ENGLISH, LANGUAGES
from journaling.safety.support import list_crisis_resources


class CrisisQuery(Input):
    """Whose own lines are wanted besides the shipped ones."""

    clinic: Annotated[
        UUID | None,
        AN_ID,
        Field(
            description="Add this clinic's own lines; a single clinic's are added without asking."
        ),
    ] = None
    language: Annotated[
        str,
        OneOf(LANGUAGES),
        Field(description="In which language the lines are named; those that answer in it lead."),
    ] = ENGLISH


@dataclass(frozen=True, slots=True)
class CrisisResourcesOut(Page):
    """The lines, the shipped ones first."""

    results: Sequence[ResourceOut]


class CrisisResources(APIView):
    """Who answers at any hour."""

    permission_classes = [Anyone]
    # Not authenticated: an expired token must not keep anybody from a number.
    authentication_classes = []

    @extend_schema(
        operation_id="list_crisis_resources",
        parameters=query_parameters(CrisisQuery),
        responses={200: CrisisResourcesOut, 304: None},
        auth=[],
    )
    def get(self, request: Request) -> HttpResponse:
        """List them with region, language and the day on which each was last checked.

        It waits for no database: without one, what ships and what was last read is told.
        """
        wanted = validated_query(CrisisQuery, request)
        own = error_support.clinic_crisis_lines(wanted.clinic)
        body = CrisisResourcesOut(
            list(map(ResourceOut.of, list_crisis_resources(own, language=wanted.language)))
        )
        return public_json_response(request, body)
