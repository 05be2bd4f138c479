"""Every field of every request, wrong: of another sort, out of bounds, missing, unheard of.

The requests are made from the schema as recorded, so that every refusal's words and their order
stand in the record.
"""

from typing import Any

from tests.api.sample_entries import full
from tests.contract.described import Operation, bodies, operations, recorded, resolved
from tests.contract.naming import chosen
from tests.contract.stage import Speaker, Stage

DEPTH = 3
#: These are right in every entry, since no more than twenty faults are told.
_OF_EVERY_KIND = (
    "kind", "occurred_at", "recorded_at", "time_zone", "share", "discuss", "origin",
)  # fmt: skip


def play(on: Stage) -> None:
    """Send to each operation what its schema does not allow."""
    schema = recorded()
    for operation in operations(schema):
        if operation.body is not None:
            _wrongly(on, schema, operation)


def _wrongly(on: Stage, schema: dict[str, Any], operation: Operation) -> None:
    who, path = caller(on, operation), address(on, operation)
    for name, shape in bodies(schema, operation):
        makes = (
            [_of_another_sort, _out_of_bounds] if shape.get("properties") else [_of_another_sort]
        )
        for make in makes:
            who.send(operation.method, path, _as_sent(name, make(schema, shape, DEPTH)), rev=1)
    who.send(operation.method, path, {}, rev=1)
    who.send(operation.method, path, {"unheard_of": 1, "also": None}, rev=1)
    who.send(operation.method, path, None, rev=1)


def _as_sent(name: str, body: Any) -> Any:
    """Keep of an entry what tells its kind, so that its own fields are read."""
    kind = {"PreSessionInRequest": "pre_session", "SkillPracticeInRequest": "skill_practice"}
    if not name.endswith("InRequest") or not isinstance(body, dict) or "occurred_at" not in body:
        return body
    told = kind.get(name, name.removesuffix("InRequest").lower())
    whole = full(told)
    kept = {name: whole[name] for name in _OF_EVERY_KIND}
    return body | kept | {"id": chosen(1)}


def _of_another_sort(schema: dict[str, Any], shape: dict[str, Any], depth: int) -> Any:
    shape = _one(schema, shape)
    if "properties" in shape and depth:
        return {
            name: _of_another_sort(schema, part, depth - 1)
            for name, part in shape["properties"].items()
        }
    if _sort(shape) == "array" and depth == DEPTH:
        return [_of_another_sort(schema, shape["items"], depth - 1)]
    return {"string": 7, "integer": "seven", "number": "much", "boolean": "perhaps"}.get(
        _sort(shape), "none"
    )


def _out_of_bounds(schema: dict[str, Any], shape: dict[str, Any], depth: int) -> Any:
    shape = _one(schema, shape)
    sort = _sort(shape)
    if "properties" in shape and depth:
        return {
            name: _out_of_bounds(schema, part, depth - 1)
            for name, part in shape["properties"].items()
        }
    if sort == "array":
        many = min(shape.get("maxItems", 1) + 1, 40)
        return [_out_of_bounds(schema, shape.get("items", {}), depth - 1)] * many
    if sort in {"integer", "number"}:
        return shape.get("maximum", 10**9) + 1
    if sort == "string":
        return "nonsense" if "enum" in shape or "format" in shape else _text_beyond(shape)
    return True if sort == "boolean" else {"nonsense": 1}


def _text_beyond(shape: dict[str, Any]) -> str:
    longest = shape.get("maxLength", 10)
    return "x" * (longest + 1) if longest <= 500 else ""


def _one(schema: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    """Choose the first shape of several that is not null."""
    shape = resolved(schema, shape)
    for part in shape.get("oneOf", shape.get("anyOf", [])):
        found = resolved(schema, part)
        if found.get("type") != "null":
            return found
    return shape


def _sort(shape: dict[str, Any]) -> str:
    sort = shape.get("type", "string" if "enum" in shape else "object")
    return next(one for one in sort if one != "null") if isinstance(sort, list) else str(sort)


def caller(on: Stage, operation: Operation) -> Speaker:
    """Find who may ask for this."""
    path = operation.path.removeprefix("/api/v1/")
    if path.startswith("auth/") and path.split("/")[1] in {"enroll", "enroll-staff", "token"}:
        return on.nobody
    if path.startswith(("clinic/", "default-reminders", "emergencies")):
        return on.ada
    staff = ("patients", "sessions", "groups", "care-plan", "certifications", "episodes",
             "safety-events", "caseload")  # fmt: skip
    return on.dr_okafor if path.startswith(staff) else on.maya


def address(on: Stage, operation: Operation) -> str:
    """Fill in what the world has."""
    ids = {name: str(value) for name, value in on.world.ids().items()}
    if "auth/sessions" in operation.path:
        ids["session_id"] = ids["auth/sessions"]
    path = operation.path
    for name, value in ids.items():
        path = path.replace("{" + name + "}", value)
    return path + on.world.query_of(operation.path.removeprefix("/"))
