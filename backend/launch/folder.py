"""The data folder: its secrets, its kind (demo or clinic) and its lock."""

import base64
import fcntl
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from backend.launch import places
from backend.launch.trouble import Trouble

DATABASE = "between.sqlite3"
_SECRETS = "secrets.json"
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


@dataclass(frozen=True)
class Folder:
    """A data folder that is ready for use."""

    path: Path
    is_demo: bool
    secrets: dict[str, str] = field(repr=False)
    #: Its secrets were made just now, so no database of theirs can be missing.
    is_new: bool = field(default=False, compare=False)


def prepare(path: Path, *, is_demo: bool) -> Folder:
    """Open a data folder, making it and its secrets where they are missing.

    Two copies may do so at once: one makes the secrets, both read the same.

    :raises Trouble: when the folder is of the other kind, or its secrets are lost or exposed.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_new = not (path / _SECRETS).exists()
    if is_new:
        if (path / DATABASE).exists():
            raise Trouble(
                f"{path} has a database but no {_SECRETS}: put it back, or nothing can be read."
            )
        _write_once(path, _all_secrets(is_demo=is_demo))
    folder = existing(path)
    if folder.is_demo != is_demo:
        kinds = ("a demo", "--no-demo") if folder.is_demo else ("real data", "the demo")
        raise Trouble(f"{path} holds {kinds[0]}: choose another folder with --data for {kinds[1]}.")
    return replace(folder, is_new=is_new)


def existing(path: Path) -> Folder:
    """Open a data folder that ``up`` made before.

    :raises Trouble: when it is not there, damaged, or open to others.
    """
    file = path / _SECRETS
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Trouble(
            f"Nothing is in {path} yet: run {places.with_data('up', path)} first."
        ) from None
    if mode & 0o077:
        raise Trouble(f"{file} is open to others: run chmod 600 {file}")
    try:
        known = json.loads(text)
        kind = known.pop("kind")
        values = {str(name): str(value) for name, value in known.items()}
    except (ValueError, KeyError, AttributeError, TypeError):
        raise Trouble(f"{file} is damaged: put a good copy back.") from None
    return Folder(path=path, is_demo=kind == "demo", secrets=values)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep a folder to ourselves until we end, however we end.

    :raises Trouble: when another copy has it.
    """
    # No "w": it would wipe the holder's number before we know whether we may.
    with (path / "lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise Trouble(
                f"{path} is in use by another copy (process {holder}): "
                "stop it, or choose another folder with --data."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def passphrase() -> str:
    """Make a passphrase that can be read out and typed: 72 bits in four spoken groups."""
    syllables = [secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(12)]
    return "-".join("".join(syllables[at : at + 3]) for at in range(0, 12, 3))


def new_secrets() -> dict[str, str]:
    """Make what signs and encrypts, under the names that the settings read."""
    return {
        "BETWEEN_SECRET_KEY": secrets.token_urlsafe(48),
        "BETWEEN_TOKEN_KEYS": f"t1:{_key()}",
        "BETWEEN_MASTER_KEYS": f"m1:{_key()}",
    }


def _all_secrets(*, is_demo: bool) -> dict[str, str]:
    made = {"kind": "demo" if is_demo else "clinic", **new_secrets()}
    if is_demo:
        made["BETWEEN_DEMO_PASSWORD"] = passphrase()
    return made


def _key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def _write_once(path: Path, made: dict[str, str]) -> None:
    """Put the secrets in place whole and durable, or leave those that another copy just made."""
    handle, name = tempfile.mkstemp(dir=path, prefix=".secrets-")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(made, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, path / _SECRETS)
        except FileExistsError:
            return
    finally:
        Path(name).unlink()
