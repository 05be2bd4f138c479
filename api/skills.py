"""The catalogue of coping skills."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.caching import answer_unless_known
from api.paging import whole
from api.permissions import IsSignedIn
from api.reading import Input, asked
from api.requests import SignedIn
from journaling import catalogue
from journaling.catalogue import Skill


class SkillsAsked(Input):
    """Which skills."""

    q = serializers.CharField(required=False, allow_blank=True, max_length=100)
    module = serializers.CharField(required=False, max_length=60)
    assigned = serializers.BooleanField(required=False)


class SkillOut(serializers.Serializer[Any]):
    """One coping skill; its caution is shown before the practice starts."""

    slug = serializers.CharField()
    name = serializers.CharField()
    also_known_as = serializers.CharField()
    module = serializers.CharField()
    description = serializers.CharField()
    minutes = serializers.IntegerField()
    ratings = serializers.ListField(child=serializers.CharField())
    caution = serializers.CharField()
    taught = serializers.BooleanField()
    assigned = serializers.BooleanField()


class SkillsOut(serializers.Serializer[Any]):
    """The catalogue."""

    results = SkillOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class Skills(APIView):
    """The catalogue of coping skills."""

    permission_classes = [IsSignedIn]

    @extend_schema(
        operation_id="list_skills",
        parameters=[
            OpenApiParameter("q", str, description="Part of a name or of another name."),
            OpenApiParameter("module", str),
            OpenApiParameter("assigned", bool),
        ],
        responses={200: SkillsOut, 304: None},
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List the skills; with If-None-Match an unchanged list answers 304."""
        wanted = asked(SkillsAsked, request)
        found = catalogue.found(
            text=wanted.get("q", ""),
            module=wanted.get("module"),
            only_assigned=wanted.get("assigned", False),
        )
        return answer_unless_known(request, whole([_shape(skill) for skill in found]))


def _shape(skill: Skill) -> dict[str, Any]:
    return {
        "slug": skill.slug,
        "name": skill.name,
        "also_known_as": skill.also_known_as,
        "module": skill.module,
        "description": skill.description,
        "minutes": skill.minutes,
        "ratings": skill.ratings,
        "caution": skill.caution,
        # Nobody assigns skills yet: no patient has been taught or given one.
        "taught": False,
        "assigned": False,
    }
