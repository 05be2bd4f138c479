"""What tests of the doors have in common."""

from typing import Any

from django.http import HttpResponse

API = "/api/v1/"


def problem(response: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """Check that this is a refusal of that status and code, in the shape of every refusal."""
    body: dict[str, Any] = response.json()  # type: ignore[attr-defined] # the test client adds it
    assert (response.status_code, body.get("code")) == (status, code), response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    assert set(body) - {"support"} == {"type", "title", "status", "detail", "code", "errors"}
    assert body["status"] == status
    return body


def faults(response: HttpResponse) -> dict[str, str]:
    """Read which fields a 400 names, and why."""
    body: dict[str, Any] = response.json()  # type: ignore[attr-defined] # the test client adds it
    assert response.status_code == 400, response.content
    return {error["field"]: error["code"] for error in body["errors"]}


def refused(response: Any, status: int, code: str, *, level: int = 3) -> dict[str, Any]:
    """Check that this is a refusal with the block of that level; return the block."""
    told: dict[str, Any] = problem(response, status, code)["support"]
    assert told["level"] == level
    assert {line["call"] for line in told["resources"]} >= {"988", "911"}
    if level == 3:
        assert [line["call"] for line in told["resources"][:2]] == ["911", "988"]
    return told
