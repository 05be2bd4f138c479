"""What is known to be vulnerable fails the check; what could not be looked up is said."""

import subprocess
from typing import Any

import pytest

from backend.cli import dev_commands

CLEAN = {"name": "django", "version": "5.2.19", "vulns": []}
UNKNOWN = {"name": "vine", "skip_reason": "not found"}
VULNERABLE = {
    "name": "kombu",
    "version": "5.6.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["5.6.1"]}, {"id": "GHSA-2", "fix_versions": []}],
}


@pytest.mark.parametrize(
    ("packages", "lines", "code"),
    [
        ([CLEAN], [], 0),
        ([CLEAN, UNKNOWN], ["Not known to the service: vine."], 0),
        ([UNKNOWN], ["Not looked: no advisory service answers."], 0),
        (
            [CLEAN, VULNERABLE],
            [
                "kombu 5.6.0: PYSEC-1, mended in 5.6.1",
                "kombu 5.6.0: GHSA-2, mended in no version yet",
            ],
            1,
        ),
    ],
    ids=["clean", "partly-unknown", "nobody-answers", "vulnerable"],
)  # fmt: skip
def test_the_answer_is_judged(packages: list[dict[str, Any]], lines: list[str], code: int) -> None:
    assert dev_commands.summarize_advisories(packages) == (lines, code)


@pytest.mark.parametrize("said", [b"", b"Traceback", b"{}"])
def test_no_answer_is_no_good_news(
    said: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = subprocess.CompletedProcess([], 1, stdout=said)
    monkeypatch.setattr(subprocess, "run", lambda *args, **options: done)

    assert dev_commands.audit_pins() == 0
    assert capsys.readouterr().out == "Not looked: no advisory service answers.\n"


def test_a_vulnerable_pin_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = (
        b'{"dependencies": [{"name": "a", "version": "1", '
        b'"vulns": [{"id": "X", "fix_versions": []}]}]}'
    )
    done = subprocess.CompletedProcess([], 1, stdout=said)
    monkeypatch.setattr(subprocess, "run", lambda *args, **options: done)

    assert dev_commands.audit_pins() == 1
    assert "a 1: X" in capsys.readouterr().out
