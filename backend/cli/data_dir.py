"""The data folder: secrets, kind (demo or clinic), lock, logins, address, and environment."""

import base64
import fcntl
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from backend.cli import paths
from backend.cli.console import CliError, Console
from backend.cli.paths import ROOT

DATABASE_FILE = "between.sqlite3"
_SECRETS_FILE = "secrets.json"
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


@dataclass(frozen=True)
class DataDir:
    """A data folder that is ready for use."""

    path: Path
    is_demo: bool
    secrets: dict[str, str] = field(repr=False)
    #: Its secrets were made just now, so no database of theirs can be missing.
    is_new: bool = field(default=False, compare=False)


def prepare_data_dir(path: Path, *, is_demo: bool) -> DataDir:
    """Open a data folder, making it and its secrets where they are missing.

    Two copies may do so at once: one makes the secrets, both read the same.

    :raises CliError: when the folder is of the other kind, or its secrets are lost or exposed.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_new = not (path / _SECRETS_FILE).exists()
    if is_new:
        if (path / DATABASE_FILE).exists():
            raise CliError(
                f"{path} has a database but no {_SECRETS_FILE}:"
                " put it back, or nothing can be read."
            )
        _write_secrets_once(path, _generate_all_secrets(is_demo=is_demo))
    folder = open_data_dir(path)
    if folder.is_demo != is_demo:
        kinds = ("a demo", "--no-demo") if folder.is_demo else ("real data", "the demo")
        raise CliError(
            f"{path} holds {kinds[0]}: choose another folder with --data for {kinds[1]}."
        )
    return replace(folder, is_new=is_new)


def open_data_dir(path: Path) -> DataDir:
    """Open a data folder that ``up`` made before.

    :raises CliError: when it is not there, damaged, or open to others.
    """
    file = path / _SECRETS_FILE
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CliError(
            f"Nothing is in {path} yet: run {paths.command_for_data_dir('up', path)} first."
        ) from None
    if mode & 0o077:
        raise CliError(f"{file} is open to others: run chmod 600 {file}")
    try:
        known = json.loads(text)
        kind = known.pop("kind")
        values = {str(name): str(value) for name, value in known.items()}
    except (ValueError, KeyError, AttributeError, TypeError):
        raise CliError(f"{file} is damaged: put a good copy back.") from None
    return DataDir(path=path, is_demo=kind == "demo", secrets=values)


@contextmanager
def lock_data_dir(path: Path) -> Iterator[None]:
    """Lock a data folder until this process ends, however it ends.

    :raises CliError: when another copy has it.
    """
    # No "w": it would wipe the holder's number before we know whether we may.
    with (path / "lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise CliError(
                f"{path} is in use by another copy (process {holder}): "
                "stop it, or choose another folder with --data."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def generate_passphrase() -> str:
    """Return a passphrase that can be read out and typed: 72 bits in four spoken groups."""
    syllables = [secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(12)]
    return "-".join("".join(syllables[at : at + 3]) for at in range(0, 12, 3))


def generate_secrets() -> dict[str, str]:
    """Return new keys to sign and encrypt with, under the names that the settings read."""
    return {
        "BETWEEN_SECRET_KEY": secrets.token_urlsafe(48),
        "BETWEEN_TOKEN_KEYS": f"t1:{_random_key()}",
        "BETWEEN_MASTER_KEYS": f"m1:{_random_key()}",
        "BETWEEN_VAPID_KEYS": f"v1:{_random_key()}",
    }


def write_secrets(output: str | None) -> int:
    """Write secrets for services that one starts oneself: printed, or in a file for its owner.

    :raises CliError: when the file is there already; nobody could read again what it opened.
    """
    lines = "".join(f"{name}={value}\n" for name, value in generate_secrets().items())
    if output is None:
        Console().draw(lines)
        return 0
    try:
        handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CliError(f"{output} is there already, and stays as it is.") from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    Console().say(f"{output} has new secrets. Keep a copy away from the database and its backups.")
    return 0


def _generate_all_secrets(*, is_demo: bool) -> dict[str, str]:
    made = {"kind": "demo" if is_demo else "clinic", **generate_secrets()}
    if is_demo:
        made["BETWEEN_DEMO_PASSWORD"] = generate_passphrase()
    return made


def _random_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def _write_secrets_once(path: Path, made: dict[str, str]) -> None:
    """Put the secrets in place whole and durable, or leave those that another copy just made."""
    handle, name = tempfile.mkstemp(dir=path, prefix=".secrets-")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(made, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, path / _SECRETS_FILE)
        except FileExistsError:
            return
    finally:
        Path(name).unlink()


_LOGINS_FILE = "logins.json"
_LOGIN_ROLES = ("clinician", "admin", "patient")


def read_logins(data: Path) -> list[dict[str, str | None]]:
    """Read the demo's logins.

    :raises CliError: when the folder has none.
    """
    try:
        people = json.loads((data / _LOGINS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CliError(
            f"No demo is in {data}: run {paths.command_for_data_dir('up', data)} first."
        ) from None
    except ValueError:
        again = paths.command_for_data_dir("demo --fresh", data)
        raise CliError(f"{data / _LOGINS_FILE} is damaged: run {again}") from None
    return [dict(person) for person in people]


def format_logins(people: list[dict[str, str | None]]) -> list[str]:
    """Format logins, one line for each role where all share a password."""
    passwords = {person["password"] for person in people}
    if len(passwords) != 1:
        return [f"{one['role']:<10} {one['username']:<16} {one['password']}" for one in people]
    lines = [
        f"{role:<10} {', '.join(names)}"
        for role in _LOGIN_ROLES
        if (names := [str(one["username"]) for one in people if one["role"] == role])
    ]
    return [*lines, f"{'password':<10} {passwords.pop()}   (the same for all)"]


def env_for_service(
    folder: DataDir, inherited: Mapping[str, str], *, host: str = "127.0.0.1", port: int = 8000
) -> dict[str, str]:
    """Return the service's environment: folder, secrets, kind. What is set wins, except the kind.

    Without the demo no host is assumed: the settings refuse until somebody names one.
    """
    env = dict(inherited)
    env.update(
        DJANGO_SETTINGS_MODULE="backend.settings",
        PYTHONUNBUFFERED="1",
        BETWEEN_DATA=str(folder.path),
        BETWEEN_DEMO="1" if folder.is_demo else "0",
    )
    for name, value in folder.secrets.items():
        if f"{name}_FILE" not in env:
            env.setdefault(name, value)
    if folder.is_demo:
        names = ["localhost", "127.0.0.1", "[::1]"]
        if host.strip("[]") not in ("0.0.0.0", "::", "::1", *names):  # noqa: S104 (compared, not bound)
            names.append(f"[{host}]" if ":" in host else host)
        env.setdefault("BETWEEN_ALLOWED_HOSTS", ",".join(names))
        env.setdefault("BETWEEN_PUSH_GATEWAY", "console")
        env.setdefault("BETWEEN_PUBLIC_URL", f"http://localhost:{port}")
    return env


def env_for_command(folder: DataDir, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return a command's environment: the service's, with no need to name a host.

    It runs where its caller stands, and finds the code all the same.
    """
    env = env_for_service(folder, inherited)
    env.setdefault("BETWEEN_ALLOWED_HOSTS", "localhost")
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))
    return env


def env_without_owner(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the connection of the tables' owner."""
    return {name: value for name, value in env.items() if name != "BETWEEN_OWNER_DATABASE_URL"}


def env_for_clinic_checks(data: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return production settings of a made-up clinic, for checks that store nothing."""
    env = {name: value for name, value in inherited.items() if not name.startswith("BETWEEN_")}
    made = prepare_data_dir(data, is_demo=False)
    env.update(env_for_service(made, env), BETWEEN_ALLOWED_HOSTS="clinic.example")
    return env


def env_for_tests(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that tests may see; a clinic's own never reach them."""
    kept = ("BETWEEN_TEST_", "BETWEEN_VENV")
    env = {
        name: value
        for name, value in inherited.items()
        if not name.startswith("BETWEEN_") or name.startswith(kept)
    }
    env["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    return env


_ADDRESS_FILE = "address"


@contextmanager
def advertised_url(data: Path, where: str) -> Iterator[None]:
    """Keep the address in a file of the data folder while the service runs."""
    file = data / _ADDRESS_FILE
    file.write_text(f"{where}\n", encoding="utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def running_url(data: Path) -> str:
    """Return the address of the service that runs on a data folder.

    :raises CliError: when none runs, as far as the folder knows.
    """
    try:
        return (data / _ADDRESS_FILE).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        up = paths.command_for_data_dir("up", data)
        raise CliError(f"Nothing runs on {data}: start {up} in another terminal first.") from None
