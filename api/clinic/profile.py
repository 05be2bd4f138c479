"""What the clinic tells its people of itself."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any, Self

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.fields import ListOf
from api.http.inputs import Input, if_match_rev, validated_body
from api.http.permissions import Closed, IsAdmin, IsOfClinic
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import OneLine, Text
from care.clinic.contact import LONGEST_HOURS, MOST_HOURS
from care.clinic.profile import (
    ClinicDetails,
    ProfileVersion,
    clinic_profile,
    clinic_profile_history,
    write_clinic_profile,
)

HoursIn = Annotated[list[Annotated[str, OneLine(LONGEST_HOURS)]], ListOf(MOST_HOURS)]
HttpsIn = Annotated[str, OneLine(300), Field(description="A whole address, with https:// alone.")]
PhoneIn = Annotated[str, OneLine(40), Field(description="Digits, spaces, ( ) . - and one + first.")]


class ClinicIn(Input):
    """What the clinic says of itself from now on; what is left out or null it does not say."""

    name: Annotated[str, OneLine(200)]
    address: Annotated[str, Text(500)] | None = None
    phone: PhoneIn | None = None
    #: When it is open: a line each.
    hours: HoursIn = []
    cost_page: HttpsIn | None = None
    website: HttpsIn | None = None
    #: Which insurance it takes, in its own words.
    insurance: Annotated[str, Text(500)] | None = None
    #: Whom to ask about a scholarship or a lower fee.
    scholarship_contact: Annotated[str, OneLine(200)] | None = None
    crisis_phone: (
        Annotated[str, OneLine(20), Field(description="Digits alone, with a + in front or not.")]
        | None
    ) = None

    def details(self) -> ClinicDetails:
        """Return what shall stand."""
        return ClinicDetails(**self.model_dump() | {"hours": tuple(self.hours)})


@dataclass(frozen=True, slots=True)
class ClinicOut:
    """What the clinic says of itself; null is what it does not say.

    ``crisis_phone`` is shown with the national crisis lines, never instead of them. ``rev`` is 0
    before the first version.
    """

    name: str
    address: str | None
    phone: str | None
    hours: Sequence[str]
    cost_page: str | None
    website: str | None
    insurance: str | None
    scholarship_contact: str | None
    crisis_phone: str | None
    rev: int
    updated_at: datetime | None

    @classmethod
    def of(cls, version: ProfileVersion) -> Self:
        """Show a version."""
        return cls(**_fields(version))


@dataclass(frozen=True, slots=True)
class ClinicVersionOut(ClinicOut):
    """One version of what the clinic said of itself, and who wrote it."""

    updated_by: str

    @classmethod
    def of(cls, version: ProfileVersion) -> Self:
        """Show a version with its writer."""
        return cls(**_fields(version), updated_by=version.written_by)


@dataclass(frozen=True, slots=True)
class ClinicVersionsOut(Page):
    """Every version, the newest first."""

    results: Sequence[ClinicVersionOut]


class ClinicProfile(APIView):
    """What the caller's clinic tells its people of itself."""

    permission_classes = [Closed]

    def get_permissions(self) -> list[Any]:
        """Return the permissions: everybody of the clinic may read, administrators may write."""
        return [IsAdmin() if self.request.method == "PUT" else IsOfClinic()]

    @extend_schema(operation_id="read_clinic", responses=ClinicOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Read it as it stands."""
        version = clinic_profile(clinic_id=request.user.clinic_id)
        return json_response(ClinicOut.of(version), rev=version.rev)

    @extend_schema(operation_id="write_clinic", request=ClinicIn, responses=ClinicOut)
    def put(self, request: SignedIn) -> HttpResponse:
        """Replace it as a whole; what stood before stays in the history. Needs ``If-Match``."""
        sent, rev = validated_body(ClinicIn, request), if_match_rev(request)
        version = write_clinic_profile(
            admin=request.user, rev=rev, details=sent.details(), now=timezone.now()
        )
        return json_response(ClinicOut.of(version), rev=version.rev)


class ClinicProfileHistory(APIView):
    """How it came to be as it is."""

    permission_classes = [IsAdmin]

    @extend_schema(operation_id="list_clinic_history", responses=ClinicVersionsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List every version with who wrote it, the newest first."""
        versions = clinic_profile_history(clinic_id=request.user.clinic_id)
        return json_response(ClinicVersionsOut(list(map(ClinicVersionOut.of, versions))))


def _fields(version: ProfileVersion) -> dict[str, Any]:
    return asdict(version.details) | {"rev": version.rev, "updated_at": version.at}
