"""Run subprocesses that never outlive us.

Their output is captured, or goes to our terminal, or shows as their own progress bar.
"""

import ctypes
import fcntl
import os
import signal
import struct
import subprocess
import termios
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backend.cli.console import CliError, Console, describe_failed_output
from backend.cli.paths import ROOT

#: Data, logs and broker messages are for the owner alone.
PRIVATE_UMASK = 0o077
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_TRACEBACK = b"Traceback (most recent call last)"
_libc = ctypes.CDLL(None, use_errno=True)


def start_process(
    argv: Sequence[str], *, env: Mapping[str, str], **options: Any
) -> "subprocess.Popen[bytes]":
    """Start a program in this checkout that is told to end when we die, even by SIGKILL."""
    parent = os.getpid()

    def tie() -> None:
        _libc.prctl(_DIE_WITH_PARENT, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return subprocess.Popen(
        list(argv),
        env=_with_bytecode_cache(env),
        preexec_fn=tie,  # noqa: PLW1509 (we start no threads, and nothing else ties a child to us)
        **{"umask": PRIVATE_UMASK, "cwd": ROOT, **options},
    )


def _with_bytecode_cache(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with a folder for bytecode, so that starts don't compile anew.

    Somebody who forbids that wants clean folders of source: it is kept in the environment's.
    """
    made = dict(env)
    cache = ROOT / ".venv" / "pycache"
    if made.get("PYTHONDONTWRITEBYTECODE") and cache.parent.exists():
        del made["PYTHONDONTWRITEBYTECODE"]
        made.setdefault("PYTHONPYCACHEPREFIX", str(cache))
    return made


@contextmanager
def terminated_on_error(process: "subprocess.Popen[bytes]") -> Iterator["subprocess.Popen[bytes]"]:
    """Terminate a program when we are interrupted while waiting for it."""
    with process:
        try:
            yield process
        except BaseException:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
            raise


def run_captured(
    what: str,
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    each: Callable[[str], None] | None = None,
    is_private: bool = True,
) -> str:
    """Run a program to its end and return what it said, line by line to ``each`` on the way.

    What it writes is for the owner alone, unless it is ``is_private=False``: packages may be read
    by the user whom the service runs as.

    :raises CliError: in one line, when it fails.
    """
    said = []
    with terminated_on_error(
        start_process(
            argv,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            umask=PRIVATE_UMASK if is_private else -1,
        )
    ) as process:
        assert process.stdout is not None  # noqa: S101 (a pipe was asked for)
        for raw in process.stdout:
            line = raw.decode(errors="replace")
            said.append(line)
            if each is not None:
                each(line)
        code = process.wait()
    output = "".join(said)
    if code:
        raise CliError(describe_failed_output(what, output))
    return output


def run_on_terminal(argv: Sequence[str], *, env: Mapping[str, str], cwd: Path = ROOT) -> int:
    """Run a program on our own terminal and return its exit code."""
    with terminated_on_error(start_process(argv, env=env, cwd=cwd)) as process:
        return shell_exit_code(process.wait())


def shell_exit_code(code: int) -> int:
    """Return an exit code as shells write it."""
    return code if code >= 0 else 128 - code


def run_with_progress(
    what: str, argv: Sequence[str], *, env: Mapping[str, str], screen: Console
) -> None:
    """Run a program to its end, letting what it writes through as it comes.

    On a terminal it gets a terminal of its own, since a bar is drawn on nothing else.

    :raises CliError: in one line, when it fails.
    """
    if not screen.is_live:
        run_captured(what, argv, env=env, each=_say_until_traceback(screen))
        return
    screen.clear()
    ours, theirs = os.openpty()
    width = screen.width()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    said = b""
    with (
        os.fdopen(ours, "rb", buffering=0) as source,
        terminated_on_error(
            start_process(argv, env=env, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
        ) as process,
    ):
        os.close(theirs)
        for chunk in _read_chunks(source.fileno()):
            before = len(said.split(_TRACEBACK)[0])
            said += chunk
            screen.draw(said.split(_TRACEBACK)[0][before:].decode(errors="replace"))
        code = process.wait()
    if code:
        raise CliError(describe_failed_output(what, said.decode(errors="replace")))


def _say_until_traceback(screen: Console) -> Callable[[str], None]:
    has_trace = False

    def each(line: str) -> None:
        nonlocal has_trace
        has_trace = has_trace or line.encode().startswith(_TRACEBACK)
        if not has_trace:
            screen.say(line.rstrip())

    return each


def _read_chunks(source: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(source, 4096)
        except OSError:  # Linux ends a terminal whose other side is closed with EIO
            return
        if not chunk:
            return
        yield chunk
