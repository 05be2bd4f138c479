"""How the API describes itself (OpenAPI 3.1)."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from api.support import SupportOut


class ErrorOut(serializers.Serializer[Any]):
    """Why one field was refused."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemOut(serializers.Serializer[Any]):
    """A refusal (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(help_text="Stable and machine-readable.")
    errors = ErrorOut(many=True)  # type: ignore[assignment] # the name is RFC 9457 style, fixed
    support = SupportOut(
        required=False,
        help_text="What helps now, where what a patient sent says that they may need it, and in "
        "every fault of ours. It is to be shown, whatever becomes of the save.",
    )


class LiveSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # it registers itself
    """Describe the bearer token."""

    target_class = "api.authentication.LiveSession"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Name the scheme."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class Schema(AutoSchema):
    """Add the problem answer to every operation."""

    def _get_response_bodies(
        self, direction: Literal["request", "response"] = "response"
    ) -> dict[str, Any]:
        found: dict[str, Any] = super()._get_response_bodies(direction)
        problem = self.resolve_serializer(ProblemOut, "response").ref
        found["default"] = {
            "description": "A problem",
            "content": {"application/problem+json": {"schema": problem}},
        }
        return found
