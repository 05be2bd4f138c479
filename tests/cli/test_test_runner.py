"""``./between test`` …"""

import shutil
import sys
from pathlib import Path

import pytest

from backend.cli import test_runner
from backend.cli.console import Console
from backend.cli.up import open_listener

_GOOD = "print('12 passed in 1s')"
_BAD = "print('E assert 1 == 2'); print('1 failed, 11 passed in 1s'); raise SystemExit(1)"


@pytest.fixture
def runs() -> list[str]:
    """Replace each run by a short program, the variable PROGRAM of its environment."""
    return [sys.executable, "-c", "import os; exec(os.environ['PROGRAM'])"]


@pytest.mark.parametrize(
    ("sqlite", "postgres", "code", "last"),
    [
        pytest.param(_GOOD, _GOOD, 0, "12 passed in 1s", id="both well"),
        pytest.param(_BAD, _GOOD, 1, "1 failed, 11 passed in 1s", id="the first failed"),
        pytest.param(_GOOD, _BAD, 1, "1 failed, 11 passed in 1s", id="the second failed"),
    ],
)
def test_ends_with_pytests_own_line_of_the_worst_run(
    runs: list[str], sqlite: str, postgres: str, code: int, last: str,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:  # fmt: skip
    both = {"SQLite": {"PROGRAM": sqlite}, "PostgreSQL": {"PROGRAM": postgres}}

    ended = test_runner._run_all(runs, both, Console())

    said = capfdbinary.readouterr().out.decode()
    assert ended == code
    assert said.splitlines()[-1] == last
    assert said.index("on SQLite") < said.index("on PostgreSQL")


@pytest.mark.parametrize(
    ("arguments", "workers"),
    [
        ([], test_runner._WORKERS),
        (["-k", "craving"], test_runner._WORKERS),
        (["-n0"], []),
        (["-n", "4"], []),
        (["--pdb", "tests/api"], []),
    ],
)
def test_uses_all_cores_unless_told_otherwise(arguments: list[str], workers: list[str]) -> None:
    assert test_runner._workers(arguments) == workers


def test_of_a_first_look_runs_a_part_once_on_sqlite(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[tuple[list[str], dict[str, str]]] = []

    def stream(argv: list[str], env: dict[str, str]) -> tuple[int, str]:
        ran.append((argv, env))
        return 5, ""

    monkeypatch.setattr(test_runner, "_stream", stream)
    env = {"BETWEEN_VENV": sys.prefix, "BETWEEN_DATABASE_URL": "postgres://clinic/real"}

    assert test_runner.run_tests(["--quick", "-x"], inherited=env) == 5
    assert (
        test_runner.run_tests(["--quick", "tests/api/journal/test_entries_post.py"], inherited=env)
        == 5
    )

    (first, first_env), (second, _) = ran
    assert "--quick" not in first
    assert "-x" in first
    assert {"tests/kit", "tests/care", "tests/house"} <= set(first)
    assert "BETWEEN_DATABASE_URL" not in first_env
    assert [word for word in second if word.startswith("tests/")] == [
        "tests/api/journal/test_entries_post.py"
    ]
    assert "All of it: ./between test" in capsys.readouterr().out


def test_says_plainly_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)

    lines = test_runner._excluded_marks(has_postgres=False, has_redis=False)

    assert ["PostgreSQL" in lines[0], "Redis" in lines[1], "chromium" in lines[2]] == [True] * 3
    *same, both = test_runner._excluded_marks(has_postgres=True, has_redis=True)
    assert (same, both.startswith("All of it on PostgreSQL")) == (lines[2:], True)


@pytest.mark.parametrize(
    ("codes", "expected"), [([5, 0], 0), ([0, 5], 0), ([5, 1], 1), ([1, 5], 1), ([5, 5], 5)]
)
def test_a_suite_without_one_of_the_tests_asked_for_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, codes: list[int], expected: int
) -> None:
    left = list(codes)
    monkeypatch.setattr(test_runner, "_stream", lambda argv, env: (left.pop(0), ""))

    assert test_runner._run_all(["pytest"], {"SQLite": {}, "PostgreSQL": {}}, Console()) == expected


def test_knows_a_server_that_does_not_answer(tmp_path: Path) -> None:
    with open_listener("127.0.0.1", 0) as silent:
        port = silent.getsockname()[1]

    assert not test_runner._answers_as_redis(f"redis://127.0.0.1:{port}/0")
    assert not test_runner._answers_as_redis("redis://127.0.0.1:port/0")
    assert not test_runner._answers_as_postgres(
        sys.executable, f"postgres://127.0.0.1:{port}/postgres", {"PATH": "/bin"}
    )
