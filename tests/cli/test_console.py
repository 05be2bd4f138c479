"""What a person sees meanwhile …"""

import io
import os
import sys

import pytest

from backend.cli import subprocesses
from backend.cli.console import Console
from backend.cli.errors import CliError


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(params=[io.StringIO, _Terminal], ids=["a pipe", "a terminal"])
def out(request: pytest.FixtureRequest) -> io.StringIO:
    made: io.StringIO = request.param()
    return made


def _run(code: str, out: io.StringIO) -> None:
    argv = [sys.executable, "-c", code]
    subprocesses.run_with_progress("Loading", argv, env=dict(os.environ), screen=Console(out))


def test_is_what_the_program_says(out: io.StringIO) -> None:
    _run("print('twelve patients')", out)

    assert out.getvalue().split() == ["twelve", "patients"]


def test_is_never_a_trace(out: io.StringIO) -> None:
    with pytest.raises(CliError) as told:
        _run("print('begun', flush=True); raise OSError('disk is full, by Maya')", out)

    assert out.getvalue().strip() == "begun"
    assert str(told.value) == "The disk is full: Loading failed."


def test_has_a_bar_on_a_terminal_only() -> None:
    ask = "import sys, os; print(sys.stderr.isatty(), os.get_terminal_size(2).columns)"
    wide = _Terminal()
    _run(ask, wide)

    assert wide.getvalue().split()[0] == "True"
    assert int(wide.getvalue().split()[1]) > 0
    with pytest.raises(CliError):
        _run(ask, io.StringIO())


def test_is_one_live_line_on_a_terminal() -> None:
    out = _Terminal()
    screen = Console(out)

    screen.progress("Installing packages", 1, 8)
    screen.progress("Installing packages", 2, 8)
    screen.say("Done.")

    assert "\n" not in out.getvalue().removesuffix("Done.\n")
    assert out.getvalue().endswith("\r\033[KDone.\n")


def test_is_a_line_for_each_quarter_in_a_log() -> None:
    out = io.StringIO()
    screen = Console(out)

    for done in range(1, 81):
        screen.progress("Installing packages", done, 80)
    screen.progress("Starting")
    screen.progress("Starting")

    assert out.getvalue().splitlines() == [
        "Installing packages 1/80",
        "Installing packages 20/80",
        "Installing packages 40/80",
        "Installing packages 60/80",
        "Installing packages 80/80",
        "Starting …",
    ]
