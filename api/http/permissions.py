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
    """Let nobody in: the default of a view that names no permission."""

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Refuse."""
        return False

    def has_object_permission(
        self, request: "Request", view: "APIView", found: "models.Model"
    ) -> bool:
        """Leave rows to the chart; this storey never fetches one by itself."""
        return self.has_permission(request, view)


class Anyone(Closed):
    """Let everybody in, signed in or not."""

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Allow."""
        return True


class IsAuthenticated(Closed):
    """Let in whoever gave name and password, for what concerns their own account only."""

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Ask for a user."""
        return request.user is not None


class _RequiresSecondFactor(Closed):
    """Ask staff for a second factor, so that no patient is seen without one (SECURITY R8)."""

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


class IsPatientOrStaff(_RequiresSecondFactor):
    """Let in patients and staff, those after their second factor; support persons have no part."""

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Ask for a user who is treated or treats, and for staff's second factor."""
        if getattr(request.user, "role", "supporter") == "supporter":
            return False
        return self._has_factor(cast("SignedIn", request))


class _IsRole(_RequiresSecondFactor):
    role = ""

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Ask for a user of the role, and for staff's second factor."""
        if getattr(request.user, "role", None) != self.role:
            return False
        return self._has_factor(cast("SignedIn", request))


class IsPatient(_IsRole):
    """Let patients in."""

    role = "patient"


class IsClinician(_IsRole):
    """Let clinicians in."""

    role = "clinician"


class IsAdmin(_IsRole):
    """Let administrators in."""

    role = "admin"


class IsSupportPerson(_IsRole):
    """Let support persons in."""

    role = "supporter"


class IsRecentlyAuthenticated(Closed):
    """Let in who gave their secrets in the last ten minutes (SECURITY R30); beside another one."""

    code = "step_up_required"
    message = "Prove again who you are: POST auth/step-up, then repeat this."

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Ask the sign-in's row."""
        # Imported late: DRF reads this file before the tables are there.
        from care.accounts.passwords import is_recently_authenticated  # noqa: PLC0415

        session = cast("SignedIn", request).auth
        return bool(session) and is_recently_authenticated(session=session, now=timezone.now())
