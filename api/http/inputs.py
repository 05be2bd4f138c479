"""Bodies and query strings as typed values: every field at fault is named, at once.

An input is a model whose fields name their rules (``api.http.fields``). A refusal names each field
by its dotted path, with a stable code, and never repeats what was sent.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeVar, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError
from rest_framework.request import Request

from api.http.errors import PreconditionFailed, Problem
from api.http.fields import ListOf, NotNull, Rule
from backend.kit import parsing
from backend.kit.errors import MAX_ERRORS, FieldError, InvalidInput, safe_field_name
from backend.kit.strict_json import Json

InputModel = TypeVar("InputModel", bound="Input")
Body = TypeVar("Body")
_NOT_AN_OBJECT = frozenset({"model_type", "model_attributes_type"})


class Input(BaseModel):
    """What a client sends as one JSON object, or as a query string; unknown fields are refused.

    A field that is left out has its default. Null in one that may be left out and knows no null is
    read as left out, for phones send an empty field either way; not so in a change, where it would
    clear what can't be cleared.
    """

    model_config = ConfigDict(frozen=True)
    #: The names on the wire: of all fields, and of those in which null is read as left out.
    _names: ClassVar[frozenset[str]] = frozenset()
    _droppable_nulls: ClassVar[frozenset[str]] = frozenset()
    #: What a refusal says of a field that is not there.
    _unknown_detail: ClassVar[str] = "No such field."

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        fields = {field.alias or name: field for name, field in cls.model_fields.items()}
        cls._names = frozenset(fields)
        cls._droppable_nulls = frozenset(
            name
            for name, field in fields.items()
            if not field.is_required() and not _is_nullable(field)
        )

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, sent: Any, info: ValidationInfo) -> Any:
        if not isinstance(sent, Mapping):
            return sent
        unknown = [name for name in sent if name not in cls._names][:MAX_ERRORS]
        if unknown:
            fault = PydanticCustomError("unknown_field", cls._unknown_detail)
            raise ValidationError.from_exception_data(
                "",
                [
                    {"type": fault, "loc": (safe_field_name(name),), "input": None}
                    for name in unknown
                ],
            )
        if info.context and info.context["is_change"]:
            return sent
        return {
            name: value
            for name, value in sent.items()
            if value is not None or name not in cls._droppable_nulls
        }

    def given(self) -> dict[str, Any]:
        """Return what was sent, by field: null is there, what was left out is not."""
        return self.model_dump(exclude_unset=True, by_alias=True)


class Change(Input):
    """What changes about something that is there, by PATCH: a field that is left out stays."""

    #: drf-spectacular names the component of a part so (``Patched…``).
    partial: ClassVar[bool] = True


def _is_nullable(field: FieldInfo) -> bool:
    """Whether null is an answer of its own; a rule beside the whole type refuses it."""
    has_rule = any(isinstance(part, Rule | ListOf | NotNull) for part in field.metadata)
    return type(None) in get_args(field.annotation) and not has_rule


def require_object(sent: Json) -> dict[str, Json]:
    """Return a body as a JSON object whose fields are still to be read.

    :raises InvalidInput: where it is none.
    """
    if not isinstance(sent, dict):
        raise InvalidInput.of("", "not_an_object", "Must be a JSON object.")
    return sent


def validated_body(shape: type[InputModel], request: Request) -> InputModel:
    """Return the body as this input.

    :raises InvalidInput: naming every field at fault.
    """
    return _validated(TypeAdapter(shape), request.data, is_change=request.method == "PATCH")


def validated_list(shape: type[InputModel], request: Request) -> list[InputModel]:
    """Return the body as a list of these inputs.

    :raises InvalidInput: naming every field at fault by its place.
    """
    return _validated(TypeAdapter(list[shape]), request.data, is_change=False)  # type: ignore[valid-type]


def validated_query(shape: type[InputModel], request: Request) -> InputModel:
    """Return the query string as this input; of a name that is there twice the last value counts.

    :raises InvalidInput: naming every field at fault.
    """
    return _validated(TypeAdapter(shape), request.query_params.dict(), is_change=False)


def _validated(shape: TypeAdapter[Body], sent: Any, *, is_change: bool) -> Body:
    try:
        return shape.validate_python(sent, context={"is_change": is_change})
    except ValidationError as refusal:
        raise InvalidInput(_field_errors(refusal)) from None


def _field_errors(refusal: ValidationError) -> Iterator[FieldError]:
    """Yield the faults: those of the outermost fields first."""
    faults = sorted(refusal.errors(include_url=False), key=lambda fault: len(fault["loc"]))
    for fault in faults:
        name = ".".join(map(str, fault["loc"]))
        if fault["type"] in _NOT_AN_OBJECT and fault["input"] is not None:
            yield FieldError(name, "not_an_object", "Must be a JSON object.")
            if not fault["loc"]:
                return
            continue
        if fault["type"] == "missing":
            yield FieldError(name, "required", "This field is required.")
        elif fault["type"] in _NOT_AN_OBJECT:
            is_field = bool(fault["loc"])
            detail = "This field may not be null." if is_field else "No data provided"
            yield FieldError(name if is_field else "non_field_errors", "null", detail)
        else:
            yield FieldError(name, fault["type"], fault["msg"])


def if_match_rev(request: Request) -> int:
    """Return the revision that the caller edits, from ``If-Match: "<rev>"``.

    :raises Problem: 428 without the header, 412 where it is not a revision.
    """
    header = request.headers.get("If-Match")
    if header is None:
        detail = 'Send If-Match with the rev that you read, such as If-Match: "3".'
        raise Problem(status=428, code="precondition_required", detail=detail)
    rev = parsing.parse_count(header.strip().removeprefix("W/").strip('"'))
    if rev is None:
        raise PreconditionFailed
    return rev
