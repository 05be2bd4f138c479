"""Crisis lines, for everybody, signed in or not."""

import hashlib

import orjson
from django.http import HttpResponse
from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from api.http import error_support
from api.http.openapi import ResourceOut
from api.http.paging import unpaged
from api.http.permissions import Anyone
from api.http.responses import json_response
from api.http.serializer_fields import IdField, StrictInput, validated_query
from journaling.safety.support import list_crisis_resources


class CrisisQuery(StrictInput):
    """Whose own lines are wanted besides the shipped ones."""

    clinic = IdField(required=False)


class CrisisResourcesOut(serializers.Serializer[object]):
    """The lines, the shipped ones first."""

    results = ResourceOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class CrisisResources(APIView):
    """Who answers at any hour."""

    permission_classes = [Anyone]
    # Not authenticated: an expired token must not keep anybody from a number.
    authentication_classes = []

    @extend_schema(
        operation_id="list_crisis_resources",
        parameters=[
            OpenApiParameter("clinic", {"type": "string", "format": "uuid"},
                             description="Add this clinic's own lines; a single clinic's are added "
                             "without asking."),
        ],
        responses={200: CrisisResourcesOut, 304: None},
        auth=[],
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """List them with region, language and the day on which each was last checked.

        It waits for no database: without one, what ships and what was last read is told.
        """
        wanted = validated_query(CrisisQuery, request)
        own = error_support.clinic_crisis_lines(wanted.get("clinic"))
        body = unpaged([resource.to_json() for resource in list_crisis_resources(own)])
        etag = f'"{hashlib.sha256(orjson.dumps(body)).hexdigest()[:32]}"'
        known = parse_etags(request.headers.get("If-None-Match", ""))
        is_known = etag in {tag.removeprefix("W/") for tag in known} or "*" in known
        response = HttpResponse(status=304) if is_known else json_response(body)
        response["ETag"] = etag
        response["Cache-Control"] = "public, no-cache"
        return response
