"""Who can sign in to a demo."""

import json
from pathlib import Path

from backend.launch import places
from backend.launch.trouble import Trouble

_FILE = "logins.json"
_ROLES = ("clinician", "admin", "patient")


def known(data: Path) -> list[dict[str, str | None]]:
    """Read the demo's logins.

    :raises Trouble: when the folder has none.
    """
    try:
        people = json.loads((data / _FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Trouble(f"No demo is in {data}: run {places.with_data('up', data)} first.") from None
    except ValueError:
        again = places.with_data("demo --fresh", data)
        raise Trouble(f"{data / _FILE} is damaged: run {again}") from None
    return [dict(person) for person in people]


def as_lines(people: list[dict[str, str | None]]) -> list[str]:
    """Put them in words, one line for each role where all share a password."""
    passwords = {person["password"] for person in people}
    if len(passwords) != 1:
        return [f"{one['role']:<10} {one['username']:<16} {one['password']}" for one in people]
    lines = [
        f"{role:<10} {', '.join(names)}"
        for role in _ROLES
        if (names := [str(one["username"]) for one in people if one["role"] == role])
    ]
    return [*lines, f"{'password':<10} {passwords.pop()}   (the same for all)"]
