"""``./between test``: the suite on SQLite, and again on PostgreSQL where one answers."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from backend.launch import environment, places, processes, venv
from backend.launch.places import ROOT
from backend.launch.screen import Screen

_POSTGRES = "postgres://root@127.0.0.1:5432/postgres"
_REDIS = "redis://127.0.0.1:6379/0"
#: What pytest answers when no test was selected.
_NOTHING_RAN = 5
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_ASK = "import psycopg, sys; psycopg.connect(sys.argv[1], connect_timeout=3).close()"
#: One more than CI has cores: some test always waits for a browser or a worker. Who has nothing
#: left takes from the others, or the last minutes would be one worker's.
_WORKERS = ["-n", "3", "--dist", "worksteal"]
QUICK = "--quick"
#: Each of these is about all of it: the kit, who may see what, sign-in, the rules of the house.
_FIRST = ("kit", "care", "house", "launch", "web")
_SWIFT = "not bare and not once and not browser and not redis"
#: A debugger needs the terminal to itself; somebody who chose a number of workers meant it.
_ALONE = re.compile(r"^(--pdb|--trace|-n.*|--numprocesses.*|-p|--collect-only|--co|-s)$")


def test(arguments: Sequence[str], *, inherited: Mapping[str, str]) -> int:
    """Run every suite that can run here; the exit code is the worst of them.

    What is left out is said first, so that pytest's own closing line ends the output. With
    ``--quick`` it is a first look: a part of the suite, on SQLite alone, in a minute and a half.
    """
    screen = Screen()
    if QUICK in arguments:
        return _quick([word for word in arguments if word != QUICK], screen, inherited)
    python = venv.python_for(screen, inherited, has_tools=True)
    env = environment.of_tests(inherited)
    postgres = env.setdefault("BETWEEN_TEST_POSTGRES_URL", _POSTGRES)
    redis = env.setdefault("BETWEEN_TEST_REDIS_URL", _REDIS)
    has_postgres = _answers_as_postgres(python, postgres, env)
    for line in _left_out(has_postgres=has_postgres, has_redis=_answers_as_redis(redis)):
        screen.say(line)
    runs = {"SQLite": env}
    if has_postgres:
        name = f"test_between_{places.digest([str(ROOT).encode()])[:8]}"
        again = {"BETWEEN_TEST_DATABASE": "postgres", "BETWEEN_TEST_AGAIN": "1"}
        runs["SQLite"] = {**env, "BETWEEN_TEST_FOLLOWED": "1"}
        runs["PostgreSQL"] = {"BETWEEN_TEST_NAME": name, **env, **again}
    argv = [python, "-m", "pytest", *_workers(arguments), *arguments]
    return _run_all(argv, runs, screen)


def _quick(arguments: Sequence[str], screen: Screen, inherited: Mapping[str, str]) -> int:
    python = venv.python_for(screen, inherited, has_tools=True)
    screen.say(f"A first look on SQLite: {', '.join(_FIRST)}. All of it: ./between test")
    has_own = any((ROOT / word.split("::")[0]).exists() for word in arguments)
    where = [] if has_own else [f"tests/{name}" for name in _FIRST]
    argv = [python, "-m", "pytest", *_workers(arguments), "-m", _SWIFT, *arguments, *where]
    return _stream(argv, environment.of_tests(inherited))[0]


def _run_all(argv: Sequence[str], runs: Mapping[str, Mapping[str, str]], screen: Screen) -> int:
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
    with processes.ended(
        processes.start([*argv, *options], env=env, stdout=subprocess.PIPE)
    ) as process:
        assert process.stdout is not None  # noqa: S101 (a pipe was asked for)
        while chunk := os.read(process.stdout.fileno(), 4096):
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            last = (last + chunk)[-4096:]
        code = processes.as_exit(process.wait())
    lines = last.decode(errors="replace").strip().splitlines()
    return code, lines[-1] if lines else ""


def _workers(arguments: Sequence[str]) -> list[str]:
    return [] if any(_ALONE.match(argument) for argument in arguments) else _WORKERS


def _left_out(*, has_postgres: bool, has_redis: bool) -> list[str]:
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
        lines.append("Once, on SQLite: what starts ./between itself, browsers, and mutants.")
        lines.append("Once, on PostgreSQL: sweeps of odd input over every door.")
    return lines


def _answers_as_postgres(python: str, url: str, env: Mapping[str, str]) -> bool:
    with processes.ended(
        processes.start(
            [python, "-c", _ASK, url],
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
