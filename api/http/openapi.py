"""What every operation has in the OpenAPI schema.

That is: problems, the bearer token, idempotency keys and safety support.
"""

import dataclasses
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, cast

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import Direction, OpenApiParameter
from pydantic import Field, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode
from pydantic_core import CoreSchema, core_schema

from api.http.answers import Sparse
from api.http.inputs import Input
from api.http.requests import IDEMPOTENCY_HEADER, is_idempotency_key_read
from api.http.support_answer import SupportOut


def nullable_support_schema(auto_schema: AutoSchema) -> dict[str, Any]:
    """Return the schema of the support block, which is null where no rule fired."""
    component = auto_schema.resolve_serializer(cast("Any", SupportOut), "response")
    return {"oneOf": [component.ref, {"type": "null"}]}


@dataclass(frozen=True, slots=True)
class ErrorOut:
    """Why one field was refused."""

    field: str
    code: str
    detail: str


@dataclass(frozen=True)
class ProblemOut(Sparse):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: Annotated[str, Field(description="Stable and machine-readable.")]
    errors: Sequence[ErrorOut]
    support: (
        Annotated[
            SupportOut,
            Field(
                description="What helps now, where what a patient sent says that they may need it, "
                "and in every fault of ours. It is to be shown, whatever becomes of the save."
            ),
        ]
        | None
    ) = None


class AnswerOrInput(OpenApiSerializerExtension):  # type: ignore[no-untyped-call] # it registers itself
    """Describe the dataclass of an answer, or the model of an input, and what lies in it."""

    #: Before drf-spectacular's own for pydantic, which writes null and titles otherwise.
    priority = 1

    @classmethod
    def _matches(cls, target: Any) -> bool:
        return inspect.isclass(target) and (
            dataclasses.is_dataclass(target) or issubclass(target, Input)
        )

    def get_name(self, auto_schema: AutoSchema, direction: Direction) -> str:
        """Return the name of the component: the class's own."""
        return str(self.target.__name__)

    def get_identity(self, auto_schema: AutoSchema, direction: Direction) -> str:
        """Return what equal components share, also those that were met inside another."""
        return str(self.target.__name__)

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """Return the schema of the class; those inside it become components of their own."""
        suffix = "Request" if direction == "request" else ""
        mode: JsonSchemaMode = "validation" if direction == "request" else "serialization"
        schema = _schema_of(self.target, mode, suffix)
        inner: dict[str, Any] = schema.pop("$defs", {})
        for name, part in inner.items():
            auto_schema.registry.register_on_missing(
                ResolvedComponent(f"{name}{suffix}", ResolvedComponent.SCHEMA, part, name)  # type: ignore[no-untyped-call]
            )
        for component in getattr(self.target, "components", ()):
            auto_schema.resolve_serializer(component, direction)
        whole: dict[str, Any] = inner[self.target.__name__] if "$ref" in schema else schema
        return whole


def query_parameters(query: type[Input]) -> list[OpenApiParameter]:
    """Describe each field of a query string."""
    parameters = []
    for name, schema in _schema_of(query, "validation", "")["properties"].items():
        description = schema.pop("description", "")
        if "enum" in schema:
            schema["enum"].sort()
            description = "" if description.startswith("*") else description
        parameters.append(OpenApiParameter(name, schema, description=description))
    return parameters


def _schema_of(shape: type, mode: JsonSchemaMode, suffix: str) -> dict[str, Any]:
    return TypeAdapter(shape).json_schema(
        ref_template=f"#/components/schemas/{{model}}{suffix}",
        schema_generator=_PlainSchema,
        mode=mode,
    )


class _PlainSchema(GenerateJsonSchema):
    """JSON schemas as drf-spectacular writes them: without titles, null as a type of its own."""

    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> dict[str, Any]:
        """Return the schema with its definitions, sorted as components are."""
        return dict(_tidied(super().generate(schema, mode)))

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Give no field a title: it would say the name again."""
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        """Return the schema of a value or null."""
        inner = self.generate_inner(schema["schema"])
        if "$ref" in inner or "x-component" in inner:
            return {"oneOf": [inner, {"type": "null"}]}
        nullable = inner | {"type": [inner["type"], "null"]}
        return nullable | {"enum": [*inner["enum"], None]} if "enum" in inner else nullable

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """Leave out a default of null: left out and null may differ."""
        if schema.get("default") is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def float_schema(self, schema: core_schema.FloatSchema) -> dict[str, Any]:
        """Return the schema of a number."""
        return {"type": "number", "format": "double"}

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> dict[str, Any]:
        """Return the schema of an answer: all of it is there, but for what a sparse one leaves."""
        described = super().dataclass_schema(schema)
        answer, properties = schema["cls"], described["properties"]
        sparse = answer.sparse_fields() if issubclass(answer, Sparse) else []
        for name in set(sparse) - getattr(answer, "may_be_null", frozenset()):
            properties[name] = _without_null(properties[name])
        described["required"] = [name for name in properties if name not in sparse]
        return described


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    schema = {name: part for name, part in schema.items() if name != "default"}
    if "oneOf" in schema:
        [ref, _] = schema.pop("oneOf")
        return {**ref, **schema}
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    return schema | {"type": schema["type"][0]} if isinstance(schema["type"], list) else schema


def _tidied(part: Any) -> Any:
    """Return a part of a schema without what says nothing, its lists of names sorted."""
    if isinstance(part, list):
        return [_tidied(item) for item in part]
    if not isinstance(part, dict):
        return part
    tidy = {name: _tidied(value) for name, value in part.items()}
    if isinstance(tidy.get("title"), str):
        del tidy["title"]
    if isinstance(tidy.get("required"), list):
        tidy["required"].sort()
    if "x-component" in tidy:
        return {"$ref": f"#/components/schemas/{tidy['x-component']}"}
    if "$ref" in tidy and len(tidy) > 1:
        return {"allOf": [{"$ref": tidy.pop("$ref")}], **tidy}
    return tidy


class SignInScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # it registers itself
    """Describe the bearer token."""

    target_class = "api.http.authentication.SignInAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Return the definition of the scheme."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


#: The ``extensions`` of an operation whose body is a list of the input that it names.
A_LIST: dict[str, Any] = {"x-list": True}


class ApiSchema(AutoSchema):
    """Add the problem response to every operation, and the idempotency key to POST."""

    def get_override_parameters(self) -> list[Any]:
        """Describe the header under which a POST may be sent again."""
        parameters = list(super().get_override_parameters())
        if self.method != "POST" or not is_idempotency_key_read(self.path):
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

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Describe one operation, and the problem that any may answer."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        problem = self.resolve_serializer(cast("Any", ProblemOut), "response").ref
        operation["responses"]["default"] = {
            "description": "A problem",
            "content": {"application/problem+json": {"schema": problem}},
        }
        if operation.pop("x-list", False):
            for body in operation["requestBody"]["content"].values():
                body["schema"] = {"type": "array", "items": body["schema"]}
        return operation
