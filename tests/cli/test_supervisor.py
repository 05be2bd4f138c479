"""The service's programs …"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.cli.console import CliError
from backend.cli.supervisor import Process, Supervisor

_ROOT = Path(__file__).resolve().parent.parent.parent


class _House:
    """A family, and all that it said."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.family = Supervisor(self.said.append)
        self.is_stopped = False

    def child(self, code: str, *, name: str = "web", is_restarted: bool = True) -> Process:
        child = Process(
            name=name,
            argv=[sys.executable, "-c", code],
            env=dict(os.environ),
            is_restarted=is_restarted,
        )
        self.family.start(child)
        return child

    def turn_until(self, there: Callable[[], bool]) -> None:
        until = time.monotonic() + 8
        while not there():
            assert time.monotonic() < until, self.said
            self.family.turn(0.02)

    def stop(self, *, grace: float = 5.0, hurried: bool = False) -> float:
        began = time.monotonic()
        self.is_stopped = True
        self.family.stop(grace=grace, is_hurried=lambda: hurried)
        return time.monotonic() - began


@pytest.fixture
def house() -> Iterator[_House]:
    one = _House()
    yield one
    if not one.is_stopped:
        one.stop(hurried=True)


def _is_there(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def _until_gone(*pids: int) -> None:
    """Wait a moment: a killed orphan is gone when the system gets to it."""
    until = time.monotonic() + 5
    while any(_is_there(pid) for pid in pids):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_are_heard_line_by_line_with_their_name(house: _House) -> None:
    house.family.release()
    house.child("print('one\\n\\ntwo', end='')", is_restarted=False)

    house.turn_until(lambda: len(house.said) == 2)
    house.stop()

    assert house.said == ["     web │ one", "     web │ two"]


def test_are_held_back_until_all_is_ready(house: _House) -> None:
    child = house.child("print('early', flush=True); import time; time.sleep(60)")
    house.turn_until(lambda: bool(child.held))
    assert house.said == []

    house.family.release()
    house.stop()

    assert house.said[0] == "     web │ early"


def test_that_cannot_start_say_why_in_one_line(house: _House) -> None:
    house.child("raise ValueError('BETWEEN_SECRET_KEY is missing')")

    with pytest.raises(CliError) as told:
        house.turn_until(lambda: False)

    assert str(told.value) == "Starting the web failed: BETWEEN_SECRET_KEY is missing"
    assert house.said == []
    house.stop()


def test_are_started_again_after_ever_longer_pauses(house: _House) -> None:
    house.family.release()
    child = house.child("raise SystemExit(3)", name="worker")
    began = time.monotonic()

    house.turn_until(lambda: child.restarts == 2)
    took = time.monotonic() - began
    house.stop()

    assert 1.0 <= took < 3.0
    assert house.said == [
        "  worker │ ended (exit code 3); starting it again in 1 s",
        "  worker │ ended (exit code 3); starting it again in 2 s",
    ]


def test_that_were_killed_are_started_again_with_nothing_left_behind(house: _House) -> None:
    house.family.release()
    child = house.child(
        "import subprocess, time;"
        "print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
    )
    house.turn_until(lambda: bool(house.said))
    left_behind = int(house.said[0].split()[-1])
    assert child.process is not None
    first = child.process.pid

    os.kill(first, signal.SIGKILL)
    house.turn_until(lambda: child.process is not None and child.process.pid != first)

    assert "ended (killed by signal 9)" in house.said[1]
    _until_gone(left_behind)
    house.stop()


def test_with_one_job_are_not_started_again(house: _House) -> None:
    house.family.release()
    child = house.child("raise SystemExit(2)", name="reminder", is_restarted=False)

    house.turn_until(lambda: child.process is None)
    house.family.turn(1.2)

    assert house.said == ["reminder │ failed (exit code 2)"]
    assert child.process is None


def test_may_finish_what_they_are_at(house: _House) -> None:
    house.family.release()
    house.child(
        "import signal, time, sys\n"
        "def end(*_): time.sleep(0.3); print('finished', flush=True); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('there', flush=True); time.sleep(60)"
    )
    house.turn_until(lambda: bool(house.said))

    took = house.stop()

    assert house.said[-1] == "     web │ finished"
    assert took < 3


_DEAF = (
    "import signal, time, subprocess; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
)


@pytest.mark.parametrize(("grace", "hurried"), [(0.3, False), (60.0, True)])
def test_that_do_not_listen_are_ended(house: _House, grace: float, hurried: bool) -> None:
    house.family.release()
    child = house.child(_DEAF)
    house.turn_until(lambda: bool(house.said))
    assert child.process is not None
    pids = [child.process.pid, int(house.said[0].split()[-1])]

    took = house.stop(grace=grace, hurried=hurried)

    assert took < 3
    _until_gone(*pids)


def test_die_with_us_even_by_sigkill() -> None:
    code = (
        "import os, sys\n"
        "from backend.cli.supervisor import Process, Supervisor\n"
        "supervisor = Supervisor(print)\n"
        "sleep = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        "child = Process('web', sleep, dict(os.environ))\n"
        "supervisor.start(child)\n"
        "print(child.process.pid, flush=True)\n"
        "while True: supervisor.turn(1)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=_ROOT, stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        said = parent.stdout.readline().decode()
        assert re.fullmatch(r"\d+\n", said)
        # The child must be past its start, or it would end for another reason.
        time.sleep(0.2)
        assert _is_there(int(said))

        parent.kill()
        parent.wait()

    _until_gone(int(said))
