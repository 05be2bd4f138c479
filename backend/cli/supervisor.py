"""The programs of the service and their supervisor: start, restart, and stop together."""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from backend.cli import subprocesses
from backend.cli.console import CliError, describe_failed_output
from backend.cli.data_dir import DataDir

#: A program that lived so long is well: its next fall is its first.
_STABLE_AFTER = 60.0
_MAX_PAUSE = 30.0


@dataclass(eq=False)
class Process:
    """One program: how it is started, and how it fares."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    is_restarted: bool = True
    fds: Sequence[int] = ()
    process: "subprocess.Popen[bytes] | None" = None
    restarts: int = 0
    started_at: float = 0.0
    start_again_at: float | None = None
    unfinished: bytes = b""
    held: list[str] = field(default_factory=list)


class Supervisor:
    """Start processes, pass on their output, restart them and stop them.

    Until ``release`` their words are held back: a program that cannot start says why in one line,
    and not in a trace. Everything happens in one thread, which must call ``turn``.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._selector = selectors.DefaultSelector()
        self.children: list[Process] = []
        self._is_released = False

    def start(self, child: Process) -> None:
        """Start a process and watch it."""
        self.children.append(child)
        self._spawn(child)

    def release(self) -> None:
        """Print output from now on, beginning with what was held back."""
        self._is_released = True
        for child in self.children:
            for line in child.held:
                self._tell(child, line)
            child.held.clear()

    def turn(self, seconds: float) -> None:
        """Pass on output that comes within that time, and restart what has ended.

        :raises CliError: when a program fell before the release.
        """
        until = time.monotonic() + seconds
        left = seconds
        while left > 0:
            for key, _ in self._selector.select(left):
                self._read(key.data)
            for child in self.children:
                self._look_after(child)
            left = until - time.monotonic()

    def stop(self, *, grace: float, is_hurried: Callable[[], bool]) -> None:
        """Stop all processes: terminate them, and kill those that remain after the grace."""
        running = [child for child in self.children if child.process is not None]
        for child in running:
            # Its head alone: it tells its own workers, in its own order.
            if child.process is not None:
                child.process.terminate()
        until = time.monotonic() + grace
        while any(_is_alive(child) for child in running):
            if time.monotonic() > until or is_hurried():
                break
            for key, _ in self._selector.select(0.05):
                self._read(key.data)
        for child in running:
            _kill_group(child)
            if child.process is not None:
                child.process.wait()
            self._let_go(child)
        self._selector.close()

    def _spawn(self, child: Process) -> None:
        child.process = subprocesses.start_process(
            child.argv,
            env=child.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=tuple(child.fds),
            start_new_session=True,  # Ctrl-C is ours to pass on, once
        )
        child.started_at = time.monotonic()
        child.start_again_at = None
        child.unfinished = b""
        assert child.process.stdout is not None  # noqa: S101 (a pipe was asked for)
        os.set_blocking(child.process.stdout.fileno(), False)
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _read(self, child: Process) -> bool:
        """Read a process's output; return whether there may be more."""
        if child.process is None or child.process.stdout is None:
            return False
        pipe = child.process.stdout
        try:
            chunk = os.read(pipe.fileno(), 65_536)
        except BlockingIOError:
            return False
        if not chunk:
            self._selector.unregister(pipe)
            pipe.close()
            child.process.stdout = None
        *lines, child.unfinished = (child.unfinished + (chunk or b"\n")).split(b"\n")
        for line in filter(None, (raw.decode(errors="replace").rstrip() for raw in lines)):
            if self._is_released:
                self._tell(child, line)
            else:
                child.held.append(line)
        return bool(chunk)

    def _tell(self, child: Process, line: str) -> None:
        self._say(f"{child.name:>8} │ {line}")

    def _look_after(self, child: Process) -> None:
        now = time.monotonic()
        if child.process is None:
            if child.start_again_at is not None and now >= child.start_again_at:
                self._spawn(child)
            return
        code = child.process.poll()
        if code is None:
            return
        self._let_go(child)
        if not self._is_released and (child.is_restarted or code):
            raise CliError(
                describe_failed_output(f"Starting the {child.name}", "\n".join(child.held))
            )
        if child.is_restarted:
            child.restarts = 1 if now - child.started_at > _STABLE_AFTER else child.restarts + 1
            pause = min(_MAX_PAUSE, 2.0 ** (child.restarts - 1))
            child.start_again_at = now + pause
            self._say(
                f"{child.name:>8} │ ended ({_describe_exit(code)});"
                f" starting it again in {pause:.0f} s"
            )
        elif code:
            self._say(f"{child.name:>8} │ failed ({_describe_exit(code)})")

    def _let_go(self, child: Process) -> None:
        """Read the last output of a process that ended, and kill what it left running."""
        _kill_group(child)
        while self._read(child):
            pass
        if child.process is not None and child.process.stdout is not None:
            self._selector.unregister(child.process.stdout)
            child.process.stdout.close()
        child.process = None


def _kill_group(child: Process) -> None:
    """Kill a process with all that it started."""
    if child.process is not None:
        try:
            os.killpg(child.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def _is_alive(child: Process) -> bool:
    return child.process is not None and child.process.poll() is None


def _describe_exit(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by signal {-code}"


_CELERY = ("-m", "celery", "--quiet", "--no-color", "--app", "backend.celery")


def web_process(python: str, env: Mapping[str, str], *, listener: int) -> Process:
    """Return the web server's process, which serves a socket that is open already."""
    argv = [
        python, "-m", "gunicorn", "backend.wsgi:application",
        "--bind", f"fd://{listener}",
        "--config", "python:backend.serving.gunicorn_config", "--workers", "1", "--threads", "8",
        # Its heartbeat must not wait for a slow disk.
        "--worker-tmp-dir", "/dev/shm",  # noqa: S108 (gunicorn makes a file of its own there)
        "--no-control-socket",
        "--log-level", "warning",
    ]  # fmt: skip
    return Process(name="web", argv=argv, env=env, fds=(listener,))


def worker_process(python: str, env: Mapping[str, str]) -> Process:
    """Return the process of the Celery worker, which sends reminders."""
    argv = [
        python, *_CELERY, "worker", "--pool", "prefork", "--concurrency", "1",
        # One worker has nobody to gossip or mingle with; asking costs a second of every start.
        "--without-gossip", "--without-mingle", "--without-heartbeat",
        "--loglevel", "WARNING",
    ]  # fmt: skip
    # In a container everybody is root; Celery's ten lines about that hide what matters.
    return Process(name="worker", argv=argv, env={**env, "PYTHONWARNINGS": "ignore"})


def beat_process(python: str, env: Mapping[str, str], folder: DataDir) -> Process:
    """Return the process of Celery's beat, which wakes the worker every few seconds."""
    schedule = folder.path / "beat-schedule"
    argv = [
        python, *_CELERY, "beat", "--schedule", str(schedule), "--pidfile", "",
        "--loglevel", "WARNING",
    ]  # fmt: skip
    return Process(name="beat", argv=argv, env=env)


def first_reminder_process(python: str, env: Mapping[str, str]) -> Process:
    """Return the process that plans a first reminder for a visitor of the demo."""
    argv = [python, "-m", "django", "demo", "--remind"]
    return Process(name="reminder", argv=argv, env=env, is_restarted=False)
