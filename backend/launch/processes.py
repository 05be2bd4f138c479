"""Starting programs that never outlive us."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backend.launch import trouble
from backend.launch.places import ROOT
from backend.launch.trouble import Trouble

#: Data, logs and broker messages are for the owner alone.
PRIVATE = 0o077
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_libc = ctypes.CDLL(None, use_errno=True)


def start(
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
        env=_compiling_once(env),
        preexec_fn=tie,  # noqa: PLW1509 (we start no threads, and nothing else ties a child to us)
        **{"umask": PRIVATE, "cwd": ROOT, **options},
    )


def _compiling_once(env: Mapping[str, str]) -> dict[str, str]:
    """Let Python keep what it compiles, or each of our programs would do it anew at every start.

    Somebody who forbids that wants clean folders of source: it is kept in the environment's.
    """
    made = dict(env)
    cache = ROOT / ".venv" / "pycache"
    if made.get("PYTHONDONTWRITEBYTECODE") and cache.parent.exists():
        del made["PYTHONDONTWRITEBYTECODE"]
        made.setdefault("PYTHONPYCACHEPREFIX", str(cache))
    return made


@contextmanager
def ended(process: "subprocess.Popen[bytes]") -> Iterator["subprocess.Popen[bytes]"]:
    """Leave no program running when we are interrupted while waiting for it."""
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


def run(
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

    :raises Trouble: in one line, when it fails.
    """
    said = []
    with ended(
        start(
            argv,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            umask=PRIVATE if is_private else -1,
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
        raise Trouble(trouble.of_output(what, output))
    return output


def show(argv: Sequence[str], *, env: Mapping[str, str], cwd: Path = ROOT) -> int:
    """Run a program on our own terminal and return its exit code."""
    with ended(start(argv, env=env, cwd=cwd)) as process:
        return as_exit(process.wait())


def as_exit(code: int) -> int:
    """Name an ending the way shells do."""
    return code if code >= 0 else 128 - code
