"""A fault in one line …"""

import errno
import os

import pytest

from backend.launch import trouble

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
            "CommandError: No such clinic.\n", "Migrating failed: No such clinic.", id="a command"
        ),
        pytest.param("a\n\nlast words\n\n", "Migrating failed: last words", id="no known shape"),
        pytest.param("", "Migrating failed: it said nothing", id="silence"),
    ],
)
def test_says_what_a_program_died_of(output: str, said: str) -> None:
    assert trouble.of_output("Migrating", output) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "The disk is full: /data/x could not be written."),
        (errno.EROFS, "/data/x cannot be read or written by this user."),
        (errno.EACCES, "/data/x cannot be read or written by this user."),
        (errno.ENOTDIR, "/data/x: Not a directory."),
    ],
)
def test_says_what_the_system_refused(number: int, said: str) -> None:
    assert trouble.of_os_error(OSError(number, os.strerror(number), "/data/x")) == said
