"""What a person sees meanwhile …"""

import errno
import io
import os
import pwd
import sys

import pytest

from backend.cli import subprocesses
from backend.cli.console import (
    CliError,
    Console,
    describe_failed_output,
    describe_network_error,
    describe_os_error,
)


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


_TRACE = 'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\n'


@pytest.mark.parametrize(
    ("output", "said"),
    [
        pytest.param(
            _TRACE
            + "django.core.exceptions.ImproperlyConfigured: Refusing to start: A is missing.\n",
            "Refusing to start: A is missing.",
            id="the settings' own words",
        ),
        pytest.param(
            _TRACE + "django.db.utils.OperationalError: connection failed: Connection refused\n"
            "\tIs the server running on that host and accepting TCP/IP connections?\n",
            "Migrating failed: connection failed: Connection refused",
            id="the fault, not the advice below it",
        ),
        pytest.param(
            _TRACE + "sqlite3.OperationalError: database or disk is full\n",
            "The disk is full: Migrating failed.",
            id="a full disk by SQLite",
        ),
        pytest.param(
            "ERROR: Could not install packages: [Errno 28] No space left on device",
            "The disk is full: Migrating failed.",
            id="a full disk by pip",
        ),
        pytest.param(
            _TRACE + "django.db.utils.OperationalError: attempt to write a readonly database\n",
            "Migrating failed: the data folder cannot be written by this user "
            "(attempt to write a readonly database).",
            id="a folder that can only be read",
        ),
        pytest.param(
            _TRACE + "OSError: [Errno 30] Read-only file system: '/data/x'\n",
            "Migrating failed: the disk can only be read "
            "([Errno 30] Read-only file system: '/data/x').",
            id="a disk that can only be read",
        ),
        pytest.param(
            "CommandError: No such clinic.\n", "Migrating failed: No such clinic.", id="a command"
        ),
        pytest.param("a\n\nlast words\n\n", "Migrating failed: last words", id="no known shape"),
        pytest.param("", "Migrating failed: it said nothing", id="silence"),
    ],
)
def test_says_what_a_program_died_of(output: str, said: str) -> None:
    assert describe_failed_output("Migrating", output) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "The disk is full: /nowhere/x could not be written."),
        (errno.EROFS, "/nowhere/x lies on a disk that can only be read."),
        (errno.EACCES, "/nowhere/x belongs to root, and cannot be read or written by {me}."),
        (errno.EPERM, "/nowhere/x belongs to root, and cannot be read or written by {me}."),
        (errno.ENOTDIR, "/nowhere/x: Not a directory."),
    ],
)
def test_says_what_the_system_refused(number: int, said: str) -> None:
    me = pwd.getpwuid(os.geteuid()).pw_name

    told = describe_os_error(OSError(number, os.strerror(number), "/nowhere/x"))

    assert told == said.format(me=me)


def test_says_what_the_system_refused_although_no_file_is_named() -> None:
    told = describe_os_error(OSError(errno.EACCES, os.strerror(errno.EACCES)))

    assert told.startswith("The data folder cannot be read or written by ")


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "PIP_CERT"),
        ("Caused by: invalid peer certificate: UnknownIssuer", "PIP_CERT"),
        ("ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 403", "proxy"),
        ("403 Client Error: Forbidden for url: https://index.example/", "refuses access (403)"),
        ("HTTP status client error (401 Unauthorized) for url", "refuses access (401)"),
        ("Temporary failure in name resolution", "cannot be reached"),
        ("error sending request for url (https://index.example/simple/)", "cannot be reached"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", ""),
    ],
)
def test_says_why_an_index_could_not_be_asked(output: str, said: str) -> None:
    told = describe_network_error("Installing", output)

    assert said in told
    assert bool(told) is bool(said)
    assert "\n" not in told
