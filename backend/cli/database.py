"""Are servers there, is the database migrated, is the demo loaded: each done only where needed.

``python -m backend.cli.database`` asks once before a start whether the servers that the environment
names answer at all, so that a wrong address is told in one line with its setting. A server that
goes away later stops nobody (docs/operations.md).
"""

import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from backend.cli import data_dir, paths, subprocesses, venv
from backend.cli.console import CliError, Console
from backend.cli.data_dir import DATABASE_FILE, DataDir
from backend.cli.paths import ROOT, RUNTIME_REQUIREMENTS

_URL_VARIABLE = "BETWEEN_DATABASE_URL"
_SQLITE = "sqlite:///"
#: Lies in a folder whose secrets no database was made with yet.
_UNUSED_SUFFIX = ".unused"


def migrate_if_needed(
    python: str,
    folder: DataDir,
    screen: Console,
    *,
    env: Mapping[str, str],
    is_afresh: bool = False,
) -> bool:
    """Migrate the database; return whether it is new.

    A file that vanished is no new one (``require_existing_database``), unless somebody begins
    afresh.

    A SQLite file that has every migration is left alone, which a warm start owes its speed to.
    A database server is always asked: somebody may have restored another copy there.

    :raises CliError: in one line, settings that refuse included.
    """
    file = _file_of(folder, env)
    stamp = folder.path / ".migrated"
    value = _migrations_stamp(env)
    is_new = file is not None and _is_gone(file)
    if folder.is_new:
        (folder.path / _UNUSED_SUFFIX).touch()
    if not is_afresh:
        require_existing_database(folder, env=env)
    if file is None or not (paths.is_stamped(stamp, value) and _has_every_migration(file)):
        screen.progress("Preparing the database")
        subprocesses.run_captured(
            "Preparing the database", [python, "-m", "django", "migrate", "--noinput"], env=env
        )
        stamp.write_text(value, encoding="ascii")
    (folder.path / _UNUSED_SUFFIX).unlink(missing_ok=True)
    return is_new


def require_existing_database(folder: DataDir, *, env: Mapping[str, str]) -> None:
    """Refuse to go on where the secrets are, but the database that they opened is not.

    SQLite would make a new one without a word, and everybody's data would seem never to have been.

    :raises CliError: saying how it is put back, and how one begins afresh on purpose.
    """
    file = _file_of(folder, env)
    if file is None or not _is_gone(file) or (folder.path / _UNUSED_SUFFIX).exists():
        return
    gone = "is empty" if file.exists() else "is missing"
    first = f"move {file} away, then " if file.exists() else ""
    afresh = (
        f"run ./between demo --fresh --data {folder.path}"
        if folder.is_demo
        else f"choose an empty folder with --data, or take {folder.path} away"
    )
    raise CliError(
        f"{file} {gone}, but {folder.path} has the secrets of a database: put the file back, or "
        f"{first}run ./between restore BACKUP --data {folder.path}. "
        f"To begin afresh on purpose, {afresh}."
    )


def _is_gone(file: Path) -> bool:
    return not file.exists() or file.stat().st_size == 0


def prepare_demo(*, data: Path, is_fresh: bool, inherited: Mapping[str, str]) -> None:
    """Load the demo clinic into a folder, or load it anew as of today."""
    screen = Console()
    python = venv.ensure_venv(screen, inherited)
    folder = data_dir.prepare_data_dir(data, is_demo=True)
    env = data_dir.env_for_service(folder, inherited)
    is_new = migrate_if_needed(python, folder, screen, env=env, is_afresh=is_fresh)
    load_demo_once(python, folder, screen, env=env, is_new=is_new)
    if is_fresh:
        load_demo(python, screen, env=env, is_fresh=True)
    screen.clear()


def run_django(arguments: Sequence[str], *, data: Path, inherited: Mapping[str, str]) -> int:
    """Run any Django command with the settings and secrets of a data folder.

    It runs where the caller stands, so that files are named from there.
    """
    folder = data_dir.open_data_dir(data)
    python = venv.ensure_venv(Console(), inherited)
    env = data_dir.env_for_command(folder, inherited)
    if arguments[:1] != ["migrate"] and arguments[:2] != ["backup", "restore"]:
        require_existing_database(folder, env=env)
    return subprocesses.run_on_terminal(
        [python, "-m", "django", *arguments], env=env, cwd=Path.cwd()
    )


def load_demo_once(
    python: str, folder: DataDir, screen: Console, *, env: Mapping[str, str], is_new: bool
) -> None:
    """Load the demo clinic once for each database; loading again would change nothing.

    :raises CliError: in one line, when it fails.
    """
    stamp = folder.path / ".demo-loaded"
    value = paths.content_stamp([env.get(_URL_VARIABLE, "").encode()])
    if is_new or not paths.is_stamped(stamp, value):
        screen.progress("Loading the demo clinic")
        load_demo(python, screen, env=env)
        stamp.write_text(value, encoding="ascii")


def load_demo(
    python: str, screen: Console, *, env: Mapping[str, str], is_fresh: bool = False
) -> None:
    """Load the demo clinic; its own progress bar shows on a terminal.

    :raises CliError: in one line, when it fails.
    """
    argv = [python, "-m", "django", "demo", *(["--fresh"] if is_fresh else [])]
    subprocesses.run_with_progress("Loading the demo clinic", argv, env=env, screen=screen)


def _file_of(folder: DataDir, env: Mapping[str, str]) -> Path | None:
    """Return the SQLite file; None means a database server."""
    url = env.get(_URL_VARIABLE)
    if url is None:
        return folder.path / DATABASE_FILE
    return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None


def _migrations() -> list[Path]:
    return sorted(ROOT.glob("*/migrations/[0-9]*.py"))


def _migrations_stamp(env: Mapping[str, str]) -> str:
    """Compute a stamp of what decides about tables: migrations, packages, and which database."""
    files = [*_migrations(), RUNTIME_REQUIREMENTS]
    names = " ".join(file.name for file in files).encode()
    return paths.content_stamp(
        [names, *(file.read_bytes() for file in files), env.get(_URL_VARIABLE, "").encode()]
    )


def _has_every_migration(file: Path) -> bool:
    """Whether the file itself has every migration; a stamp misses a file put back from a copy."""
    wanted = {(path.parent.parent.name, path.stem) for path in _migrations()}
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)) as database:
            applied = set(database.execute("SELECT app, name FROM django_migrations"))
    except sqlite3.Error:
        return False
    return wanted <= applied


_TIMEOUT_SECONDS = 5
_DATABASES = ("BETWEEN_DATABASE_URL", "BETWEEN_OWNER_DATABASE_URL")
_BROKER = "BETWEEN_BROKER_URL"


def check_servers() -> int:
    """Check each server; return 1 when one does not answer."""
    faults = list(unreachable_servers(os.environ))
    if faults:
        sys.stdout.write(f"Refusing to start: {'; '.join(faults)}.\n")
    return 1 if faults else 0


def unreachable_servers(env: Mapping[str, str]) -> Iterator[str]:
    """Return each server that does not answer, by its setting's name, without its password."""
    for name in _DATABASES:
        url = env.get(name, "")
        if url.startswith(("postgres://", "postgresql://")) and (fault := _connection_error(url)):
            yield f"{name}: {fault}"
    url = env.get(_BROKER, "")
    if urlsplit(url).scheme not in ("", "filesystem") and not _is_broker_reachable(url):
        yield f"{_BROKER}: no broker answers at {_server_of_url(url)}"


def _is_broker_reachable(url: str) -> bool:
    from backend.kit import broker_health  # noqa: PLC0415 (only where there is a broker to ask)

    return broker_health.is_broker_reachable(url, folder=Path())


def _connection_error(url: str) -> str:
    import psycopg  # noqa: PLC0415 (only where there is a server to ask)

    try:
        psycopg.connect(url, connect_timeout=_TIMEOUT_SECONDS).close()
    except psycopg.Error as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return lines[0].removeprefix("connection failed: ").rstrip(".")
    return ""


def _server_of_url(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


if __name__ == "__main__":
    raise SystemExit(check_servers())
