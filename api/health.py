"""Whether the service lives, and whether it is ready for people."""

from django.db import DatabaseError, connection
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from api.answers import answer
from api.permissions import Anyone


class Alive(APIView):
    """Whether the process answers."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """Answer at once, asking nobody."""
        return answer({"status": "alive"})


class Ready(APIView):
    """Whether the database answers; 503 until it does."""

    permission_classes = [Anyone]
    authentication_classes = []

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """Ask the database one question."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError:
            response = answer({"status": "not_ready", "database": False}, status=503)
            response["Retry-After"] = "5"
            return response
        return answer({"status": "ready", "database": True})
