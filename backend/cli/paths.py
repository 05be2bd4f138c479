"""Paths of the checkout and of the data folder, and stamps of contents."""

import hashlib
import shlex
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
RUNTIME_REQUIREMENTS = ROOT / "requirements.txt"
DEVELOPMENT_REQUIREMENTS = ROOT / "requirements-dev.txt"
#: The installer itself, which pip fetches.
UV_REQUIREMENTS = ROOT / "requirements-uv.txt"


def default_data_dir() -> Path:
    """Return the data folder of this checkout."""
    return ROOT / "data"


def command_for_data_dir(command: str, data: Path) -> str:
    """Return a ``./between`` command that means this data folder from any terminal."""
    option = "" if data == default_data_dir() else f" --data {shlex.quote(str(data))}"
    return f"./between {command}{option}"


def content_stamp(parts: Iterable[bytes]) -> str:
    """Compute a stamp that changes with any of the contents."""
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()


def is_stamped(stamp: Path, value: str) -> bool:
    """Whether the stamp file holds this value."""
    try:
        return stamp.read_text(encoding="ascii") == value
    except (OSError, UnicodeDecodeError):
        return False
