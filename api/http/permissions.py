"""Who may enter a view at all; what they may see is decided by the chart."""

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.utils import timezone

if TYPE_CHECKING:
    from django.db import models
    from rest_framework.permissions import BasePermission
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from api.http.requests import SignedIn
else:
    # DRF imports this file while importing itself, so it inherits nothing from DRF.
    BasePermission = object


class Closed(BasePermission):
    """Allow nobody: the default of a view that names no permission."""

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Refuse."""
        return False

    def has_object_permission(
        self, request: "Request", view: "APIView", found: "models.Model"
    ) -> bool:
        """Decide as for the view: views get rows through the chart, never by themselves."""
        return self.has_permission(request, view)


class Anyone(Closed):
    """Allow everybody, signed in or not."""

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Allow."""
        return True


class IsAuthenticated(Closed):
    """Allow whoever gave name and password, for what concerns their own account only."""

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Require a user."""
        return request.user is not None


class _RequiresSecondFactor(Closed):
    """Require a second factor of staff, so that no patient is seen without one (SECURITY R8)."""

    message: str | None = None
    code: str | None = None

    def _has_factor(self, request: "SignedIn") -> bool:
        is_staff = request.user.role in {"clinician", "admin"}
        passed = not is_staff or request.auth.mfa_at is not None
        if settings.SECOND_FACTOR_REQUIRED and not passed:
            self.code = "mfa_required"
            self.message = "Enrol an authenticator app, then sign in with its code."
            return False
        return True


class IsOfClinic(_RequiresSecondFactor):
    """Allow everybody of a clinic: patients, support persons, and staff after their second factor.

    For what the clinic tells all of them alike, and nothing of any patient.
    """

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Require a user, and a second factor of staff."""
        return request.user is not None and self._has_factor(cast("SignedIn", request))


class IsPatientOrStaff(_RequiresSecondFactor):
    """Allow patients, and staff after their second factor; not support persons."""

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Require a patient, or staff with a second factor."""
        if getattr(request.user, "role", "supporter") == "supporter":
            return False
        return self._has_factor(cast("SignedIn", request))


class _IsRole(_RequiresSecondFactor):
    role = ""

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Require a user of the role, and a second factor of staff."""
        if getattr(request.user, "role", None) != self.role:
            return False
        return self._has_factor(cast("SignedIn", request))


class IsPatient(_IsRole):
    """Allow patients."""

    role = "patient"


class IsClinician(_IsRole):
    """Allow clinicians."""

    role = "clinician"


class IsAdmin(_IsRole):
    """Allow administrators."""

    role = "admin"


class IsStaff(_RequiresSecondFactor):
    """Allow clinicians and administrators."""

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Require staff with a second factor."""
        is_staff = getattr(request.user, "role", None) in {"clinician", "admin"}
        return is_staff and self._has_factor(cast("SignedIn", request))


class IsSupportPerson(_IsRole):
    """Allow support persons."""

    role = "supporter"


class IsRecentlyAuthenticated(Closed):
    """Allow whoever re-authenticated in the last ten minutes (SECURITY R30); beside another one."""

    code = "step_up_required"
    message = "Prove again who you are: POST auth/step-up, then repeat this."

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Require a recent re-authentication of the sign-in."""
        # Imported late: DRF reads this file before the tables are there.
        from care.accounts.passwords import is_recently_authenticated  # noqa: PLC0415

        session = cast("SignedIn", request).auth
        return bool(session) and is_recently_authenticated(session=session, now=timezone.now())
