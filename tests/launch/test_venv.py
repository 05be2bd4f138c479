"""The virtual environment …"""

import importlib.util
import io
import re
from pathlib import Path

import pytest

from backend.launch import places, venv
from backend.launch.screen import Screen
from backend.launch.trouble import Trouble

_PIP = """#!/bin/sh
echo "$@" >> {log}
echo "Collecting one==1"
echo "Collecting two==2"
{then}
"""


class _Stage:
    """A made-up environment whose Python only writes down what it is asked."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = folder / ".venv"
        self.log = folder / "log"
        (self.home / "bin").mkdir(parents=True)
        self.runtime = folder / "requirements.txt"
        self.tools = folder / "requirements-dev.txt"
        self.runtime.write_text("one==1\n")
        self.tools.write_text("one==1\ntwo==2\n")
        monkeypatch.setattr(venv, "RUNTIME", self.runtime)
        monkeypatch.setattr(venv, "DEVELOPMENT", self.tools)
        (self.home / "bin" / "pip").touch()
        self.then("")

    def then(self, ending: str) -> None:
        python = self.home / "bin" / "python"
        python.write_text(_PIP.format(log=self.log, then=ending))
        python.chmod(0o755)

    def ask(self, *, has_tools: bool = False, out: io.StringIO | None = None) -> str:
        return venv.python_for(
            Screen(out or io.StringIO()), {"PATH": "/bin:/usr/bin"}, has_tools=has_tools,
            folder=self.home,
        )  # fmt: skip

    @property
    def installs(self) -> list[str]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [Path(line.split()[-1]).name for line in lines]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Stage:
    return _Stage(tmp_path, monkeypatch)


def test_is_installed_once(stage: _Stage) -> None:
    for _ in range(3):
        assert stage.ask() == str(stage.home / "bin" / "python")

    assert stage.installs == ["requirements.txt"]
    assert "--require-hashes" in stage.log.read_text()


def test_is_renewed_when_a_pin_changes(stage: _Stage) -> None:
    stage.ask()
    stage.runtime.write_text("one==2\n")

    stage.ask()

    assert stage.installs == ["requirements.txt"] * 2


def test_gets_tools_when_they_are_first_needed(stage: _Stage) -> None:
    stage.ask()
    stage.ask(has_tools=True)
    stage.ask(has_tools=True)
    stage.ask()

    assert stage.installs == ["requirements.txt", "requirements-dev.txt"]


def test_that_has_tools_has_the_rest_too(stage: _Stage) -> None:
    stage.ask(has_tools=True)
    stage.ask()

    assert stage.installs == ["requirements-dev.txt"]


def test_shows_how_far_it_is(stage: _Stage) -> None:
    out = io.StringIO()

    stage.ask(has_tools=True, out=out)

    assert out.getvalue().splitlines() == [
        "Installing tools for tests 1/2",
        "Installing tools for tests 2/2",
    ]


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        (
            "echo 'WARNING: Retrying: NewConnectionError: Temporary failure in name resolution'\n"
            "echo 'ERROR: No matching distribution found for one==1'; exit 1",
            "Installing packages failed: the package index cannot be reached.",
        ),
        (
            "echo 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES'; exit 1",
            "Installing packages failed: THESE PACKAGES DO NOT MATCH THE HASHES",
        ),
        (
            "echo 'ERROR: Could not install packages: [Errno 28] No space left on device'; exit 1",
            "The disk is full: Installing packages failed.",
        ),
    ],
)
def test_that_cannot_be_made_is_not_taken_for_made(stage: _Stage, ending: str, said: str) -> None:
    stage.then(ending)

    with pytest.raises(Trouble) as told:
        stage.ask()

    assert str(told.value) == said
    stage.then("")
    stage.ask()
    assert stage.installs == ["requirements.txt"] * 2


def test_that_debian_left_out_is_named_with_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ensurepip" else real(name)
    )

    with pytest.raises(Trouble, match="apt install python3-venv"):
        venv.python_for(Screen(io.StringIO()), {}, folder=tmp_path / ".venv")


def test_may_be_kept_by_somebody_else(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="BETWEEN_VENV names no virtual environment"):
        venv.python_for(Screen(io.StringIO()), {"BETWEEN_VENV": str(tmp_path)})

    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    found = venv.python_for(Screen(io.StringIO()), {"BETWEEN_VENV": str(tmp_path)})

    assert found == str(tmp_path / "bin" / "python")


def _pins(file: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.\-]+)==(\S+)", file.read_text(), re.MULTILINE))


def test_of_tests_runs_what_the_service_runs() -> None:
    runtime, tools = _pins(places.RUNTIME), _pins(places.DEVELOPMENT)

    assert len(runtime) > 50
    assert runtime.items() <= tools.items()


@pytest.mark.parametrize("file", [places.RUNTIME, places.DEVELOPMENT], ids=lambda file: file.name)
def test_is_pinned_by_hashes_and_bound_to_no_index(file: Path) -> None:
    text = file.read_text()

    blocks = re.split(r"\n(?=\S)", text.strip())
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", block) for block in blocks)
    assert "://" not in text
    assert "--index" not in text
