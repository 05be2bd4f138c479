"""The wire's types for the client's checker, made from the recorded schema.

``python -m tests.app.api_types`` writes them anew after a change of the contract.
"""

import json
from pathlib import Path
from typing import Any

from tests.house.tree import ROOT

SCHEMA = ROOT / "tests" / "contract" / "schema.json"
WRITTEN = ROOT / "web" / "app" / "types" / "api.d.ts"
_HEAD = "// Written by `python -m tests.app.api_types` from tests/contract/schema.json.\n\n"
_PLAIN = {
    "string": "string", "integer": "number", "number": "number", "boolean": "boolean",
    "null": "null",
}  # fmt: skip


def type_of(schema: Any) -> str:
    """Return the TypeScript type of a JSON Schema; what it does not say is ``any``."""
    if not isinstance(schema, dict):
        return "any"
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return " | ".join(map(type_of, schema[several]))
    return _type_by_name(schema)


def _type_by_name(schema: dict[str, Any]) -> str:
    names = schema.get("type", [])
    names = names if isinstance(names, list) else [names]
    types = [_of_name(name, schema) for name in names]
    return " | ".join(types) or "any"


def _of_name(name: str, schema: dict[str, Any]) -> str:
    if name == "array":
        return f"({type_of(schema.get('items'))})[]"
    if name == "object":
        return _object(schema)
    return _PLAIN[name]


def _object(schema: dict[str, Any]) -> str:
    required = set(schema.get("required", []))
    fields = [
        f"{json.dumps(name)}{'' if name in required else '?'}: {type_of(field)}"
        for name, field in schema.get("properties", {}).items()
    ]
    if fields:
        return "{ " + "; ".join(fields) + " }"
    more = schema.get("additionalProperties")
    return f"Record<string, {type_of(more)}>"


def written(schema: dict[str, Any]) -> str:
    """Return the whole file."""
    components = schema["components"]["schemas"]
    lines = [f"export type {name} = {type_of(one)};" for name, one in sorted(components.items())]
    return _HEAD + "\n".join(lines) + "\n"


def current() -> str:
    """Return the file as the recorded schema asks for it."""
    return written(json.loads(SCHEMA.read_text(encoding="utf-8")))


def main(target: Path = WRITTEN) -> None:
    """Write the file."""
    target.write_text(current(), encoding="utf-8")


if __name__ == "__main__":
    main()
