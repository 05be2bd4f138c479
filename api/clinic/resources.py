"""Community resources: help outside of the clinic, as the caller's clinic knows of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.clinic.profile import HoursIn, HttpsIn, PhoneIn
from api.http.answers import Page
from api.http.fields import Day, ListOf, OneOf, YesNo
from api.http.inputs import Input, if_match_rev, validated_body, validated_query
from api.http.openapi import query_parameters
from api.http.paging import PageQuery, paged
from api.http.permissions import IsAdmin, IsOfClinic
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import LanguageTag, OneLine, Text
from care.clinic.resources import (
    MOST_LANGUAGES,
    Kind,
    ResourceDetails,
    ResourceExists,
    ResourceView,
    find_resources,
    put_resource,
)
from care.models import User


class ResourcesQuery(PageQuery):
    """Which resources."""

    kind: Annotated[str | None, OneOf(Kind)] = None
    q: Annotated[
        str | None,
        Text(100, may_be_blank=True),
        Field(description="Words of the name, the description or the region; each has to stand."),
    ] = None
    region: Annotated[
        str | None, OneLine(120, may_be_blank=True), Field(description="Part of the region's name.")
    ] = None


class CommunityResourceIn(Input):
    """What is said of the resource from now on; what is left out or null nobody knows."""

    kind: Annotated[str, OneOf(Kind)]
    name: Annotated[str, OneLine(120)]
    description: Annotated[str, Text(500)] | None = None
    region: Annotated[str, OneLine(120)] | None = None
    address: Annotated[str, Text(500)] | None = None
    phone: PhoneIn | None = None
    website: HttpsIn | None = None
    #: When it is open: a line each.
    hours: HoursIn = []
    #: Which languages are spoken there: tags such as ``es``.
    languages: Annotated[list[Annotated[str, LanguageTag(35)]], ListOf(MOST_LANGUAGES)] = []
    #: The day on which somebody last checked it; never one to come.
    verified_at: Day | None = None
    withdrawn: YesNo = False

    def details(self) -> ResourceDetails:
        """Return what shall stand."""
        said = self.model_dump(exclude={"withdrawn"})
        lists = {"hours": tuple(self.hours), "languages": tuple(self.languages)}
        return ResourceDetails(**said | lists, is_withdrawn=self.withdrawn)


@dataclass(frozen=True, slots=True)
class CommunityResourceOut:
    """One resource; ``stale`` says that nobody checked it for 180 days, or ever.

    Administrators are shown withdrawn ones as well.
    """

    id: UUID
    kind: Annotated[str, OneOf(Kind)]
    name: str
    description: str | None
    region: str | None
    address: str | None
    phone: str | None
    website: str | None
    hours: Sequence[str]
    languages: Sequence[str]
    verified_at: date | None
    stale: bool
    withdrawn: bool
    rev: int
    changed_at: datetime

    @classmethod
    def of(cls, resource: ResourceView) -> Self:
        """Show one."""
        said: dict[str, Any] = asdict(resource.details)
        return cls(
            id=resource.id, withdrawn=said.pop("is_withdrawn"), stale=resource.is_stale,
            rev=resource.rev, changed_at=resource.changed_at, **said,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CommunityResourcesOut(Page):
    """The resources, the newest first."""

    results: Sequence[CommunityResourceOut]


class CommunityResources(APIView):
    """Help outside of the clinic."""

    permission_classes = [IsOfClinic]

    @extend_schema(
        operation_id="list_resources",
        parameters=query_parameters(ResourcesQuery),
        responses=CommunityResourcesOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List what the caller's clinic knows of, the newest first; 200 are all there can be."""
        query = validated_query(ResourcesQuery, request)
        wanted = query.page(tie=UUID)
        found = find_resources(
            clinic_id=request.user.clinic_id,
            now=timezone.now(),
            text=query.q or "",
            kind=query.kind,
            region=query.region or "",
            with_withdrawn=request.user.role == User.Role.ADMIN,
            limit=wanted.limit + 1,
            position=wanted.position,
            is_backwards=wanted.is_backwards,
        )
        listed = paged(
            request,
            wanted=wanted,
            rows=found,
            place=lambda one: (one.created_at, one.id),
            shape=CommunityResourceOut.of,
            answer=CommunityResourcesOut,
        )
        return json_response(listed)


class OneCommunityResource(APIView):
    """One resource."""

    permission_classes = [IsAdmin]

    @extend_schema(
        operation_id="put_resource",
        request=CommunityResourceIn,
        responses={200: CommunityResourceOut, 201: CommunityResourceOut},
    )
    def put(self, request: SignedIn, resource_id: UUID) -> HttpResponse:
        """Add one under an id of the caller's own, or change it; a change needs ``If-Match``.

        A resource is withdrawn, never deleted. What stands already answers 200.
        """
        sent = validated_body(CommunityResourceIn, request)
        rev = if_match_rev(request) if "If-Match" in request.headers else None
        try:
            resource, is_new = put_resource(
                admin=request.user,
                resource_id=resource_id,
                details=sent.details(),
                rev=rev,
                now=timezone.now(),
            )
        except ResourceExists:
            if_match_rev(request)  # 428: the header is missing
            raise
        status = 201 if is_new else 200
        return json_response(CommunityResourceOut.of(resource), status=status, rev=resource.rev)
