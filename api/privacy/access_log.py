"""The access log of the signed-in patient: who looked at their data, when and why."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.paging import PageQuery, page_params, paged
from api.http.permissions import IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.serializer_fields import validated_query
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.privacy import access_log
from care.privacy.access_log import AccessLogLine


class LookOut(serializers.Serializer[Any]):
    """Who reached for what, when and why, in plain words."""

    at = serializers.DateTimeField()
    who = serializers.CharField()
    role = serializers.CharField()
    action = serializers.CharField()
    what = serializers.CharField()
    why = serializers.CharField()


class LooksOut(serializers.Serializer[Any]):
    """A page of the patient's access log."""

    results = LookOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class AccessLog(APIView):
    """Who looked at the signed-in patient's data."""

    permission_classes = [IsPatient]

    @extend_schema(
        operation_id="list_looks",
        parameters=[
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}),
            OpenApiParameter("cursor", str),
        ],
        responses=LooksOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List it, the newest first, refusals included; it is never behind."""
        validated_query(PageQuery, request)
        wanted = page_params(request, tie=int)
        chart = open_own_chart(
            viewer=request.user, what=DataCategory.ACCESS_LOG, now=timezone.now()
        )
        found = access_log.access_log_page(
            chart=chart, limit=wanted.limit + 1, position=wanted.position,
            is_backwards=wanted.is_backwards,
        )  # fmt: skip
        return json_response(
            paged(
                request,
                wanted=wanted,
                rows=found,
                place=lambda look: (look.at, look.row),
                shape=_look_to_json,
            )
        )


def _look_to_json(look: AccessLogLine) -> dict[str, Any]:
    names = ("at", "who", "role", "action", "what", "why")
    return {name: getattr(look, name) for name in names}
