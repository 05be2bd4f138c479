"""``./between test``: the suite on PostgreSQL where one answers, and again in part on SQLite.

What runs again says ``tests/both_databases.py``; where no PostgreSQL answers, all runs on SQLite.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from backend.cli import data_dir, paths, subprocesses, venv
from backend.cli.console import Console
from backend.cli.paths import ROOT

_POSTGRES_URL = "postgres://root@127.0.0.1:5432/postgres"
_REDIS_URL = "redis://127.0.0.1:6379/0"
#: What pytest answers when no test was selected.
_NOTHING_RAN = 5
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_CONNECT_SCRIPT = "import psycopg, sys; psycopg.connect(sys.argv[1], connect_timeout=3).close()"
#: One more than CI has cores: some test always waits for a browser or a worker. Who has nothing
#: left takes from the others, or the last minutes would be one worker's.
_WORKERS = ["-n", "3", "--dist", "worksteal"]
QUICK_OPTION = "--quick"
#: Each of these is about all of it: the kit, who may see what, sign-in, the rules of the house.
_QUICK_FOLDERS = ("kit", "care", "house", "cli", "web")
_QUICK_MARKS = "not bare and not once and not browser and not redis"
#: A debugger needs the terminal to itself; somebody who chose a number of workers meant it.
_SERIAL_OPTIONS = re.compile(r"^(--pdb|--trace|-n.*|--numprocesses.*|-p|--collect-only|--co|-s)$")


def run_tests(arguments: Sequence[str], *, inherited: Mapping[str, str]) -> int:
    """Run every suite that can run here; the exit code is the worst of them.

    What is left out is said first, so that pytest's own closing line ends the output. With
    ``--quick`` it is a first look: a part of the suite, on SQLite alone, in a minute and a half.
    """
    screen = Console()
    if QUICK_OPTION in arguments:
        return _run_quick([word for word in arguments if word != QUICK_OPTION], screen, inherited)
    python = venv.ensure_venv(screen, inherited, has_tools=True)
    env = data_dir.env_for_tests(inherited)
    postgres = env.setdefault("BETWEEN_TEST_POSTGRES_URL", _POSTGRES_URL)
    redis = env.setdefault("BETWEEN_TEST_REDIS_URL", _REDIS_URL)
    has_postgres = _answers_as_postgres(python, postgres, env)
    for line in _excluded_marks(has_postgres=has_postgres, has_redis=_answers_as_redis(redis)):
        screen.say(line)
    runs: dict[str, Mapping[str, str]] = {"SQLite": env}
    if has_postgres:
        name = f"test_between_{paths.content_stamp([str(ROOT).encode()])[:8]}"
        on_postgres = {"BETWEEN_TEST_NAME": name, **env, "BETWEEN_TEST_DATABASE": "postgres"}
        runs = {"PostgreSQL": on_postgres, "SQLite": {**env, "BETWEEN_TEST_AGAIN": "1"}}
    argv = [python, "-m", "pytest", *_workers(arguments), *arguments]
    return _run_all(argv, runs, screen)


def _run_quick(arguments: Sequence[str], screen: Console, inherited: Mapping[str, str]) -> int:
    python = venv.ensure_venv(screen, inherited, has_tools=True)
    screen.say(f"A first look on SQLite: {', '.join(_QUICK_FOLDERS)}. All of it: ./between test")
    has_own = any((ROOT / word.split("::")[0]).exists() for word in arguments)
    where = [] if has_own else [f"tests/{name}" for name in _QUICK_FOLDERS]
    argv = [python, "-m", "pytest", *_workers(arguments), "-m", _QUICK_MARKS, *arguments, *where]
    return _stream(argv, data_dir.env_for_tests(inherited))[0]


def _run_all(argv: Sequence[str], runs: Mapping[str, Mapping[str, str]], screen: Console) -> int:
    worst, closing, empty = 0, "", 0
    for name, env in runs.items():
        screen.say(f"── The suite on {name} ──")
        code, last = _stream(argv, env)
        if code == _NOTHING_RAN and len(runs) > 1:
            # What was asked for runs in the other suite alone.
            empty += 1
        elif code and not worst:
            worst, closing = code, f"On {name}:\n{last}"
    if empty == len(runs):
        return _NOTHING_RAN
    if worst and len(runs) > 1:
        # The last line must not be the good news of a later run.
        screen.say(closing)
    return worst


def _stream(argv: Sequence[str], env: Mapping[str, str]) -> tuple[int, str]:
    """Show pytest's output as it comes; return its exit code and last line."""
    options = ["--color=yes"] if sys.stdout.isatty() else []
    last = b""
    with subprocesses.terminated_on_error(
        subprocesses.start_process([*argv, *options], env=env, stdout=subprocess.PIPE)
    ) as process:
        assert process.stdout is not None  # noqa: S101 (a pipe was asked for)
        while chunk := os.read(process.stdout.fileno(), 4096):
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            last = (last + chunk)[-4096:]
        code = subprocesses.shell_exit_code(process.wait())
    lines = last.decode(errors="replace").strip().splitlines()
    return code, lines[-1] if lines else ""


def _workers(arguments: Sequence[str]) -> list[str]:
    return [] if any(_SERIAL_OPTIONS.match(argument) for argument in arguments) else _WORKERS


def _excluded_marks(*, has_postgres: bool, has_redis: bool) -> list[str]:
    lines = []
    if not has_postgres:
        lines.append(
            "Skipped: the suite on PostgreSQL, for none answers at BETWEEN_TEST_POSTGRES_URL."
        )
    if not has_redis:
        lines.append("Skipped: tests of Redis, for none answers at BETWEEN_TEST_REDIS_URL.")
    if not any(shutil.which(name) for name in _BROWSERS):
        lines.append("Skipped: tests in a browser, for chromium is missing (apt install chromium).")
    if has_postgres:
        lines.append("All of it on PostgreSQL, then on SQLite what depends on the database.")
    return lines


def _answers_as_postgres(python: str, url: str, env: Mapping[str, str]) -> bool:
    with subprocesses.terminated_on_error(
        subprocesses.start_process(
            [python, "-c", _CONNECT_SCRIPT, url],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    ) as process:
        return process.wait() == 0


def _answers_as_redis(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection(
            (parts.hostname or "127.0.0.1", parts.port or 6379), 2
        ) as one:
            one.sendall(b"PING\r\n")
            # A server that asks for a password answers too.
            return one.recv(16).startswith((b"+PONG", b"-NOAUTH"))
    except (OSError, ValueError):
        return False
