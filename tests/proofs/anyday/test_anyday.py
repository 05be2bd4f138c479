"""A small part of the suite at other moments; all: ``python -m tests.proofs.anyday``."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from tests.proofs.anyday import faketime
from tests.proofs.anyday.moments import ZONE, moments

#: What counts days, ages and lateness from the real clock; each was wrong on some day, or nearly.
PART = (
    "tests/api/journal/test_day_get.py",
    "tests/api/reminders/test_reminder_history_get.py",
    "tests/api/journal/test_summary_get.py",
    "tests/house/test_demo.py",
)
#: What has a clock of its own, and compares it with the real one.
OWN_CLOCK = "tests/proofs/chaos/test_reminders.py::test_no_reminder_is_lost_or_shown_twice"
pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(
        faketime.library() is None, reason="libfaketime is missing: apt install faketime"
    ),
]


@pytest.mark.parametrize(
    ("moment", "part"),
    [("in-400-days", (*PART, OWN_CLOCK)), ("clocks-forward", PART)],
    ids=["in-400-days", "clocks-forward"],
)
def test_a_part_passes_then_too(moment: str, part: tuple[str, ...]) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.proofs.anyday",
        "--moment",
        moment,
        "--database",
        "sqlite",
    ]

    told = subprocess.run(
        [*command, "--", "-q", "-n0", *part], check=False, capture_output=True, text=True
    )

    assert told.returncode == 0, told.stdout[-4000:]
    assert " passed" in told.stdout


@pytest.mark.skipif(bool(faketime.inherited()), reason="the clock is moved already")
def test_a_moved_clock_is_seen_by_children_and_sleeps_for_as_long() -> None:
    code = (
        "import time; began = time.monotonic(); time.sleep(.05);"
        "print(time.time(), time.monotonic() - began)"
    )
    env = faketime.clock_moved(timedelta(days=400))

    told = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True)

    at, slept = map(float, told.stdout.split())
    assert abs(at - datetime.now(UTC).timestamp() - 400 * 86_400) < 60
    assert slept >= 0.05


def test_moments_are_the_next_of_their_kind() -> None:
    now = datetime(2026, 11, 29, 8, 30, tzinfo=UTC)

    found = {name: f"{at:%Y-%m-%d %H:%M}" for name, at in moments(now).items()}

    assert found == {
        "tomorrow": "2026-11-30 08:30",
        "in-100-days": "2027-03-09 08:30",
        "in-400-days": "2028-01-03 08:30",
        "leap-day": "2028-02-29 15:00",
        "clocks-forward": "2027-03-14 07:58",
        "clocks-back": "2027-11-07 06:58",
        "new-year": "2026-12-31 23:58",
        "new-year-at-home": "2027-01-01 05:58",
        "evening-at-home": "2026-11-30 04:00",
    }
    before = moments(now)["clocks-forward"].astimezone(ZONE).utcoffset()
    after = (moments(now)["clocks-forward"] + timedelta(minutes=5)).astimezone(ZONE).utcoffset()
    assert before != after
