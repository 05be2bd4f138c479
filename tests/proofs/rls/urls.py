"""The service with one more door: everything that a connection shows, without any condition."""

from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse, JsonResponse
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.views import APIView

from api.http.permissions import Anyone

#: Tables, and the column that says whose row it is.
TABLES = {
    "care_patient": "user_id", "care_consent": "patient_id",
    "care_careteammembership": "patient_id",
    "care_accesslogentry": "patient_id", "journaling_journal": "patient_id",
    "journaling_entry": "patient_id", "notifications_recipient": "patient_id",
}  # fmt: skip


class Crash(BaseException):
    """What no handler of ours catches."""


class Everything(APIView):
    """All ids of patients that the caller's connection shows."""

    permission_classes = [Anyone]

    def get(self, request: Request) -> HttpResponse:
        """Select from every table, in a transaction or outside; crash half-way if asked to."""
        crash = request.query_params.get("crash", "")
        if request.query_params.get("atomic"):
            with transaction.atomic():
                return self._selected(crash)
        return self._selected(crash)

    def _selected(self, crash: str) -> HttpResponse:
        found: dict[str, list[str]] = {}
        for name, column in TABLES.items():
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {column} FROM {name}")
                found[name] = [str(row[0]) for row in cursor.fetchall() if row[0]]
            if crash == "fault" and name == "journaling_journal":
                raise RuntimeError("asked to")
            if crash == "statement" and name == "journaling_journal":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1 / 0")
            if crash == "hard" and name == "journaling_journal":
                raise Crash
        return JsonResponse(found)


class SignedOut(Everything):
    """The same for somebody who shows no token."""

    authentication_classes: Any = []


urlpatterns = [
    path("rls/everything", Everything.as_view()),
    path("rls/signed-out", SignedOut.as_view()),
    path("", include("backend.urls")),
]
