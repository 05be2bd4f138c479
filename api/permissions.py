"""Who may enter a view at all; what they may see is decided by the chart."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db import models
    from rest_framework.permissions import BasePermission
    from rest_framework.request import Request
    from rest_framework.views import APIView
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


class IsSignedIn(Closed):
    """Let in whoever is signed in."""

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Ask for a user."""
        return request.user is not None


class _IsRole(Closed):
    role = ""

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        """Ask for a user of the role."""
        return getattr(request.user, "role", None) == self.role


class IsPatient(_IsRole):
    """Let patients in."""

    role = "patient"


class IsClinician(_IsRole):
    """Let clinicians in."""

    role = "clinician"
