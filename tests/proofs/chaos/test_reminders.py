"""Dispatchers die, the database crashes, clocks step: small here, full size by command."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.proofs.chaos import postgres_server
from tests.proofs.chaos.reminders.outcome_counts import Accepted, count

ROOT = Path(__file__).resolve().parents[3]
HERE = os.environ.get("BETWEEN_TEST_DATABASE", "sqlite")
needs_its_own_server = pytest.mark.skipif(
    HERE == "postgres" and postgres_server.binaries() is None, reason="no initdb here"
)


def ran(*args: str) -> dict[str, Any]:
    """Run the program in a process of its own and read its figures."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.proofs.chaos.reminders", *args],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
        env={name: value for name, value in os.environ.items() if not name.startswith("BETWEEN_")},
    )  # fmt: skip
    assert told.stdout, told.stderr[-2000:]
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found


@needs_its_own_server
def test_no_reminder_is_lost_or_shown_twice() -> None:
    found = ran("--reminders", "50", "--kills", "6", "--crashes", "1", "--steps", "1",
                "--database", HERE)  # fmt: skip

    assert found["holds"], found
    assert (found["lost"], found["shown_twice"], found["double_occurrences"]) == (0, 0, 0)
    assert found["states"] == {"sent": 50}
    assert found["kills"] >= 6


@pytest.mark.once
def test_no_reminder_to_a_browser_is_lost_or_shown_twice() -> None:
    found = ran("--reminders", "50", "--kills", "6", "--gateway", "webpush")

    assert found["holds"], found
    assert (found["states"], found["reasons"]) == ({"sent": 50}, {"webpush": 50})


@pytest.mark.once
@pytest.mark.parametrize(
    ("safeguard", "fault", "gateway"),
    [("lease", "repeated_for_no_reason", "fcm"), ("tag", "shown_twice", "webpush")],
)
def test_the_program_finds_fault_when_a_safeguard_is_missing(
    safeguard: str, fault: str, gateway: str
) -> None:
    found = ran("--reminders", "50", "--kills", "6", "--without", safeguard, "--gateway", gateway)

    assert not found["holds"]
    assert found[fault] > 0


@pytest.mark.parametrize(
    ("accepted", "fault"),
    [
        ([], "lost"),
        ([Accepted(1, "a", "x"), Accepted(40, "a", "y")], "shown_twice"),
        ([Accepted(1, "a", "x"), Accepted(2, "a", "x")], "repeated_for_no_reason"),
    ],
    ids=["lost", "two tags", "too soon"],
)
def test_the_tally_sees_each_fault(accepted: list[Accepted], fault: str) -> None:
    found = count(accepted=accepted, deaths=[1.5], steps=[], lease_seconds=20, states={"a": "sent"})

    assert getattr(found, fault) == 1
    assert not found.holds


def test_a_repeat_after_the_lease_is_a_repeated_call_and_no_fault() -> None:
    found = count(
        accepted=[Accepted(1, "a", "x"), Accepted(22, "a", "x")],
        deaths=[1.5], steps=[], lease_seconds=20, states={"a": "sent"},
    )  # fmt: skip

    assert found.holds
    assert (found.repeated_calls, found.most_per_death) == (1, 1)
    assert found.told()["bound_3_n"] == 3
