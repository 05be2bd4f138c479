"""Coming in as staff, by a code."""

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from api.addresses import address_of
from api.answers import answer
from api.auth import SignedInOut, signed_in
from api.permissions import Anyone
from api.reading import Input, OneLine, PlainText, Secret, checked
from backend.kit import actors
from care.actions import joining, signin
from care.queries.second_factor import has_second_factor


class EnrollStaffIn(Input):
    """A code of the clinic's administrator, and what its owner chooses."""

    invite_code = Secret(max_length=40)
    #: May be left out where the invitation named it.
    username = PlainText(max_length=150, required=False, allow_blank=True, default="")
    password = Secret(max_length=256)
    device_name = OneLine(max_length=120, required=False, allow_blank=True, default="")


class EnrollStaff(APIView):
    """Turn a code into a member of staff who chose their own password."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(
        operation_id="enroll_staff", request=EnrollStaffIn,
        responses={201: SignedInOut, 204: None},
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """Use the code once; then only a second factor can be enrolled.

        204 for whoever has a second factor from before: they sign in with it and the new password.
        """
        sent = checked(EnrollStaffIn, request)
        now = timezone.now()
        try:
            user = joining.join_staff(
                code=sent["invite_code"], username=sent["username"], password=sent["password"],
                now=now,
            )  # fmt: skip
        except joining.StaffCodeInvalid:
            joining.count_wrong_staff_code(address=address_of(request), now=now)
            raise
        actors.become(actors.person(user.role, user.pk))
        if has_second_factor(user=user):
            return HttpResponse(status=204)
        session = signin.start_session(user=user, device_name=sent["device_name"], now=now)
        return answer(signed_in(user, session), status=201)
