"""What every operation has in the OpenAPI schema.

That is: problems, the bearer token, idempotency keys and safety support.
"""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from api.http.requests import IDEMPOTENCY_HEADER, PATHS_WITHOUT_IDEMPOTENCY


class ResourceOut(serializers.Serializer[Any]):
    """One way to reach somebody at any hour."""

    name = serializers.CharField()
    call = serializers.CharField(allow_null=True)
    text = serializers.CharField(allow_null=True)
    chat = serializers.CharField(allow_null=True)
    url = serializers.CharField(allow_null=True)
    region = serializers.CharField()
    language = serializers.CharField()
    verified_at = serializers.DateField()
    source = serializers.CharField()  # type: ignore[assignment] # the name that says it


class PersonOut(serializers.Serializer[Any]):
    """Somebody whom the patient wants to ask for help."""

    name = serializers.CharField()
    contact = serializers.CharField(allow_null=True)


class PlanWordsOut(serializers.Serializer[Any]):
    """The patient's own safety plan, in order and in their own words."""

    warning_signs = serializers.ListField(child=serializers.CharField())
    what_i_do = serializers.ListField(child=serializers.CharField())
    distractions = serializers.ListField(child=serializers.CharField())
    people_i_ask = PersonOut(many=True)
    professionals = PersonOut(many=True)
    safer_surroundings = serializers.ListField(child=serializers.CharField())


class SupportOut(serializers.Serializer[Any]):
    """What helps now: at levels 1 and 2 the own plan first, at level 3 911 and 988 first.

    ``staff_notified`` is true only when staff on duty were called; ``not_monitored`` says so in
    words, and is to be shown.
    """

    level = serializers.ChoiceField(choices=[1, 2, 3])
    message = serializers.CharField()
    plan = PlanWordsOut(allow_null=True)
    people = PersonOut(many=True)
    resources = ResourceOut(many=True)
    not_monitored = serializers.CharField()
    staff_notified = serializers.BooleanField()


def nullable_support_schema(auto_schema: AutoSchema) -> dict[str, Any]:
    """Return the schema of the support block, which is null where no rule fired."""
    component = auto_schema.resolve_serializer(SupportOut, "response")
    return {"oneOf": [component.ref, {"type": "null"}]}


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


class SignInScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # it registers itself
    """Describe the bearer token."""

    target_class = "api.http.authentication.SignInAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Return the definition of the scheme."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class ApiSchema(AutoSchema):
    """Add the problem response to every operation, and the idempotency key to POST."""

    def get_override_parameters(self) -> list[Any]:
        """Describe the header under which a POST may be sent again."""
        parameters = list(super().get_override_parameters())
        if self.method != "POST" or self.path.startswith(PATHS_WITHOUT_IDEMPOTENCY):
            return parameters
        return [
            *parameters,
            OpenApiParameter(
                IDEMPOTENCY_HEADER,
                {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
                OpenApiParameter.HEADER,
                description="A key of the caller's, such as a UUID. Sent again within 24 hours "
                "with the same request it is answered as before and nothing is made twice; with "
                "another request it is refused (422 `idempotency_key_reused`).",
            ),
        ]

    def _get_response_bodies(
        self, direction: Literal["request", "response"] = "response"
    ) -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        problem = self.resolve_serializer(ProblemOut, "response").ref
        bodies["default"] = {
            "description": "A problem",
            "content": {"application/problem+json": {"schema": problem}},
        }
        return bodies
