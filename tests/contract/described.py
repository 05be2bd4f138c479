"""The schema as recorded, read for what it says of requests."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).with_name("schema.json")
METHODS = ("get", "post", "put", "patch", "delete")


class Operation(NamedTuple):
    """One operation: what it is called, and where."""

    name: str
    method: str
    path: str
    body: dict[str, Any] | None

    def is_at(self, method: str, path: str) -> bool:
        """Tell whether a request went here."""
        pattern = re.sub(r"\\{\w+\\}", r"[^/]+", re.escape(self.path))
        asked = path.split("?", maxsplit=1)[0]
        return method == self.method and re.fullmatch(pattern, asked) is not None


def recorded() -> dict[str, Any]:
    """Read the schema that was recorded."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def operations(schema: dict[str, Any]) -> list[Operation]:
    """List every operation, in the order of its address."""
    return [
        Operation(told["operationId"], method.upper(), path, _body(schema, told))
        for path, item in sorted(schema["paths"].items())
        for method, told in sorted(item.items())
        if method in METHODS
    ]


def resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Follow references, and the one part of an ``allOf``."""
    while "$ref" in part or "allOf" in part:
        part = part["allOf"][0] if "allOf" in part else _at(schema, part["$ref"])
    return part


def bodies(schema: dict[str, Any], operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Go through the shapes that a body may have, each by its name."""
    whole = resolved(schema, operation.body or {})
    for part in whole.get("oneOf", whole.get("anyOf", [whole])):
        yield part.get("$ref", operation.name).rsplit("/", 1)[-1], resolved(schema, part)


def _at(schema: dict[str, Any], reference: str) -> dict[str, Any]:
    found = schema
    for word in reference.removeprefix("#/").split("/"):
        found = found[word]
    return found


def _body(schema: dict[str, Any], told: dict[str, Any]) -> dict[str, Any] | None:
    content = told.get("requestBody", {}).get("content", {})
    shape: dict[str, Any] | None = content.get("application/json", {}).get("schema")
    return shape
