"""The file that tells how to sign in to the demo; readable by its owner only."""

import os
from pathlib import Path

import orjson

from backend.demo.clinic import STAFF
from backend.demo.patients import PATIENTS
from care.models import User

NAME = "logins.json"


def write_logins(*, folder: Path, password: str) -> Path:
    """Write the names, roles and password of everybody in the demo; the file appears whole."""
    people = [(username, role) for username, _, role in STAFF]
    people += [(character.username, User.Role.PATIENT) for character in PATIENTS]
    logins = [
        {"username": username, "password": password, "role": str(role), "totp_secret": None}
        for username, role in people
    ]
    path, half = folder / NAME, folder / f".{NAME}.{os.getpid()}"
    half.unlink(missing_ok=True)
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(orjson.dumps(logins, option=orjson.OPT_INDENT_2))
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    return path
