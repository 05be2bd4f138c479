"""The smaller verbs: what one does now and then to a folder or to the code."""

import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from backend.launch import (
    database,
    environment,
    folder,
    indexes,
    installer,
    logins,
    processes,
    venv,
)
from backend.launch.screen import Screen
from backend.launch.trouble import Trouble

RUNTIME, TOOLS = "requirements.in", "requirements-dev.in"
INSTALLER = "requirements-uv.in"
_TELLING = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")


def show_logins(*, data: Path, is_json: bool) -> int:
    """Print who can sign in to the demo."""
    people = logins.known(data)
    screen = Screen()
    if is_json:
        screen.say(json.dumps(people, indent=2))
    else:
        for line in logins.as_lines(people):
            screen.say(line)
    return 0


def show_secrets(output: str | None) -> int:
    """Make secrets for services that one starts oneself: printed, or in a file for its owner.

    :raises Trouble: when the file is there already; nobody could read again what it opened.
    """
    lines = "".join(f"{name}={value}\n" for name, value in folder.new_secrets().items())
    if output is None:
        Screen().draw(lines)
        return 0
    try:
        handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Trouble(f"{output} is there already, and stays as it is.") from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    Screen().say(f"{output} has new secrets. Keep a copy away from the database and its backups.")
    return 0


def demo(*, data: Path, is_fresh: bool, inherited: Mapping[str, str]) -> int:
    """Load the demo clinic into a folder, or load it anew as of today."""
    screen = Screen()
    python = venv.python_for(screen, inherited)
    here = folder.prepare(data, is_demo=True)
    env = environment.of_service(here, inherited)
    is_new = database.make_current(python, here, screen, env=env, is_afresh=is_fresh)
    database.fill(python, here, screen, env=env, is_new=is_new)
    if is_fresh:
        database.load_demo(python, screen, env=env, is_fresh=True)
    screen.clear()
    return show_logins(data=data, is_json=False)


def manage(arguments: Sequence[str], *, data: Path, inherited: Mapping[str, str]) -> int:
    """Run any Django command with the settings and secrets of a data folder.

    It runs where the caller stands, so that files are named from there.
    """
    here = folder.existing(data)
    python = venv.python_for(Screen(), inherited)
    env = environment.of_command(here, inherited)
    if arguments[:1] not in (["restore"], ["migrate"]):
        database.refuse_vanished(here, env=env)
    return processes.show([python, "-m", "django", *arguments], env=env, cwd=Path.cwd())


def migration(app: str, name: str, *, inherited: Mapping[str, str]) -> int:
    """Write the migration that the models of a room are missing.

    :raises Trouble: when the name does not tell what changes.
    """
    if not _TELLING.fullmatch(name) or "auto" in name.split("_"):
        raise Trouble(f"{name} tells nothing: name what changes, such as add_sleep_quality.")
    python = venv.python_for(Screen(), inherited, has_tools=True)
    with tempfile.TemporaryDirectory(prefix="between-migration-") as data:
        env = environment.of_clinic(Path(data), inherited)
        argv = [python, "-m", "django", "makemigrations", app, "--name", name]
        return processes.show(argv, env=env)


def bench(arguments: Sequence[str], *, inherited: Mapping[str, str]) -> int:
    """Measure the paths that people wait for, as a share of what the machine can do."""
    python = venv.python_for(Screen(), inherited, has_tools=True)
    env = environment.of_tests(inherited)
    return processes.show([python, "-m", "tests.bench", *arguments], env=env)


def fake_fcm(arguments: Sequence[str], *, inherited: Mapping[str, str]) -> int:
    """Stand in for Firebase Cloud Messaging, true to its protocol."""
    python = venv.python_for(Screen(), inherited, has_tools=True)
    env = environment.of_tests(inherited)
    return processes.show([python, "-m", "tests.fcm", *arguments], env=env)


def lock(arguments: Sequence[str], *, inherited: Mapping[str, str]) -> int:
    """Write requirements*.txt anew from requirements*.in, exact and with hashes.

    Pins that still fit stay; ``--upgrade`` or ``--upgrade-package NAME`` moves them.

    :raises Trouble: where uv, which makes them, does not run.
    """
    python = venv.python_for(Screen(), inherited, has_tools=True)
    uv = installer.uv_beside(python)
    if uv is None:
        raise Trouble(f"uv, which makes the pins, is not beside {python} or does not run here.")
    env, more = indexes.for_uv(inherited, prefix=Path(python).parent.parent)
    compiled = [str(uv), "pip", "compile", "--generate-hashes", "--python-version", "3.11",
                "--no-emit-index-url", "--no-emit-find-links", "--no-header",
                "--no-annotate", "--quiet", *more]  # fmt: skip
    # The tools are locked together with what runs, so that one file installs both.
    for name, sources in (
        ("requirements", [RUNTIME]),
        ("requirements-dev", [RUNTIME, TOOLS]),
        ("requirements-uv", [INSTALLER]),
    ):
        files = [*sources, "--output-file", f"{name}.txt"]
        if code := processes.show([*compiled, *arguments, *files], env=env):
            return code
        Screen().say(f"{name}.txt fits.")
    return 0


def sbom(arguments: Sequence[str], *, inherited: Mapping[str, str]) -> int:
    """List what runs in production as a CycloneDX bill of materials, by default as JSON."""
    python = venv.python_for(Screen(), inherited, has_tools=True)
    listed = [python, "-m", "cyclonedx_py", "requirements", "requirements.txt",
              "--output-reproducible"]  # fmt: skip
    return processes.show([*listed, *arguments], env=inherited)
