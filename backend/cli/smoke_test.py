"""``./between try``: the main job once, on a running copy, step by step.

The same six calls stand in the README for curl, which a bare machine lacks.
"""

import json
import secrets
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from backend.cli import data_dir, paths
from backend.cli.console import CliError, Console

_ZONE = "America/Chicago"
_TIMEOUT = 30
_THERAPIST = "dr_okafor"


def run_smoke_test(*, data: Path, address: str | None) -> int:
    """Sign in, invite, enrol, log, plan and read, and print what came.

    :raises CliError: when nothing runs there, or a step is refused.
    """
    where = (address or data_dir.running_url(data)).rstrip("/")
    password = next(
        str(login["password"])
        for login in data_dir.read_logins(data)
        if login["username"] == _THERAPIST
    )
    screen = Console()
    screen.say(f"On {where}, whose people are made up:\n")
    _SmokeTest(f"{where}/api/v1", screen).do(password)
    who = paths.command_for_data_dir("logins", data)
    screen.say(f"\nThe same on a page: {where}/review/ ({who} says who can sign in)")
    return 0


class _SmokeTest:
    def __init__(self, api: str, screen: Console) -> None:
        self._api = api
        self._screen = screen
        self._count = 0

    def do(self, password: str) -> None:
        now = datetime.now(UTC)
        sam = f"sam-{secrets.token_hex(3)}"
        therapist = self._post(
            "The therapist signs in", "auth/token",
            {"username": _THERAPIST, "password": password},
        )["access"]  # fmt: skip
        patient = self._post(
            "They invite Sam", "patients", {"display_name": "Sam", "time_zone": _ZONE}, therapist
        )
        self._tell(f"a code for Sam: {patient['invite_code']}")
        phone = self._post(
            "Sam enrols on a phone", "auth/enroll",
            {
                "invite_code": patient["invite_code"], "username": sam,
                "password": secrets.token_urlsafe(18), "time_zone": _ZONE,
                "consent": {"version": "2026-01", "agreed": True},
            },
        )["access"]  # fmt: skip
        self._tell(f"signed in as {sam}")
        entry = self._post("Sam logs a craving", "entries", _craving_body(now), phone)
        self._tell(
            f"kept: {entry['kind']}, intensity {entry['intensity']} of 10, {entry['target']}"
        )
        session = self._post(
            "The therapist plans a session", "sessions",
            {
                "kind": "individual", "patient": patient["id"],
                "starts_at": (now + timedelta(hours=1)).isoformat(timespec="seconds"),
                "ends_at": (now + timedelta(hours=2)).isoformat(timespec="seconds"),
            },
            therapist,
        )  # fmt: skip
        self._tell(f"from {session['starts_at']}")
        brief = self._ask(
            "They read the brief for it", "GET", f"sessions/{session['id']}/brief", None, therapist
        )
        for section in brief["sections"]:
            for line in section["lines"]:
                self._tell(f"{section['title']}: {line['text']}")

    def _post(
        self, step: str, path: str, body: Mapping[str, Any], token: str | None = None
    ) -> dict[str, Any]:
        return self._ask(step, "POST", path, body, token)

    def _ask(
        self, step: str, method: str, path: str, body: Mapping[str, Any] | None, token: str | None
    ) -> dict[str, Any]:
        self._count += 1
        self._screen.say(f"{self._count}. {step:<32} {method} /api/v1/{path}")
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(
            f"{self._api}/{path}", method=method, headers=headers,
            data=None if body is None else json.dumps(body).encode(),
        )  # fmt: skip
        try:
            with direct_opener().open(request, timeout=_TIMEOUT) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as refusal:
            raise CliError(
                f"{step}: refused ({refusal.code}): {_problem_detail(refusal)}"
            ) from None
        except (OSError, ValueError):
            raise CliError(
                f"Nothing answers at {self._api}: start ./between up in another terminal first."
            ) from None

    def _tell(self, text: str) -> None:
        self._screen.say(f"   {text}")


def _craving_body(now: datetime) -> dict[str, Any]:
    at = now.isoformat(timespec="seconds")
    return {
        "id": str(uuid.uuid4()), "kind": "craving", "occurred_at": at, "recorded_at": at,
        "time_zone": _ZONE, "intensity": 7, "target": "alcohol", "triggers": ["lonely"],
        "outcome": "did_not_use",
    }  # fmt: skip


def _problem_detail(refusal: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(refusal)["detail"])
    except (ValueError, KeyError, TypeError):
        return str(refusal.reason)


def direct_opener() -> urllib.request.OpenerDirector:
    """Return a URL opener that uses no proxy."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))
