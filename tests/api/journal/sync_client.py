"""A phone's side of an exchange, for tests."""

from typing import Any

from rest_framework.test import APIClient

from tests.api.responses import API
from tests.cast import craving

DOOR = API + "sync"


def op(base_rev: Any = None, **fields: Any) -> dict[str, Any]:
    """Make an operation on a craving; an ``id`` among the fields names an entry that is there."""
    return craving(**fields) | {"base_rev": base_rev, "deleted": False}


def changed(before: dict[str, Any], base_rev: int | None, **fields: Any) -> dict[str, Any]:
    """Make the operation that changes what another one said."""
    return before | fields | {"base_rev": base_rev}


def deletion(of: dict[str, Any], base_rev: int | None) -> dict[str, Any]:
    """Make the operation that deletes an entry."""
    return {"id": of["id"], "kind": of["kind"], "base_rev": base_rev, "deleted": True}


def card(date: str, base_rev: int | None = None, **fields: Any) -> dict[str, Any]:
    """Make an operation on a diary card."""
    body = op(base_rev)
    kept = {name: body[name] for name in ("id", "occurred_at", "recorded_at", "time_zone")}
    return {**kept, "kind": "daily", "date": date, "base_rev": base_rev, "deleted": False, **fields}


def sync(client: APIClient, *ops: Any, cursor: str | None = None) -> dict[str, Any]:
    """Exchange, and read what came back."""
    response = client.post(DOOR, {"cursor": cursor, "ops": list(ops)})
    assert response.status_code == 200, response.content
    told: dict[str, Any] = response.json()
    assert set(told) == {"results", "changes", "cursor", "more", "support"}
    assert all(r["id"] in {None, _id(sent)} for r, sent in zip(told["results"], ops, strict=True))
    return told


def statuses(told: dict[str, Any]) -> list[str]:
    """Read what became of each operation."""
    return [result["status"] for result in told["results"]]


def pull(client: APIClient, cursor: str | None = None) -> tuple[list[dict[str, Any]], str]:
    """Read every page from a cursor on."""
    found: list[dict[str, Any]] = []
    while True:
        told = sync(client, cursor=cursor)
        found += told["changes"]
        cursor = told["cursor"]
        if not told["more"]:
            return found, cursor


def _id(sent: Any) -> Any:
    return sent.get("id") if isinstance(sent, dict) else None
