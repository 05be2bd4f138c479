"""Answers: frozen dataclasses that name each field once, for the JSON and for the schema.

``orjson`` writes them in the order of their fields, and ``api.http.openapi`` describes them: a
class's docstring and the ``Annotated`` parts of its fields are what a phone's author reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True)
class Sparse:
    """An answer that leaves out the fields whose default is None while they are None.

    Such a class has no slots: ``orjson`` writes what is in ``__dict__``.
    """

    #: Of the fields that may be left out, those that may also be there as null.
    may_be_null: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        for name in self.sparse_fields():
            if self.__dict__.get(name, self) is None:
                del self.__dict__[name]

    @classmethod
    def sparse_fields(cls) -> list[str]:
        """Return the names of the fields that may be left out."""
        return [field.name for field in fields(cls) if field.default is None]


@dataclass(frozen=True)
class Component:
    """Says of a mapping in an answer which component of the schema describes it.

    A class whose ``components`` are serializers of the schema makes those components.
    """

    name: str

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.any_schema()

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"x-component": self.name}  # ``api.http.openapi`` makes the reference of it


@dataclass(frozen=True, slots=True)
class Page:
    """Rows with the addresses of the pages around them; null where there is none."""

    results: Sequence[Any]
    next: str | None = None
    previous: str | None = None
