"""The virtual environment …"""

import importlib.util
import io
import os
import re
from pathlib import Path

import pytest

from backend.cli import paths, venv
from backend.cli.console import CliError, Console

_PROGRAM = """#!/bin/sh
[ "$1" = --version ] && exit {version}
echo "{name} $@" >> {log}
{then}
"""
_SAID = (
    """echo 'Downloading two (2.5MiB)'; echo ' Downloaded two'; echo 'Prepared 2 packages in 1s'"""
)
_PIP_SAID = """echo 'Collecting one==1'; echo 'Collecting two==2'"""


class _Stage:
    """A made-up environment whose Python and uv only write down what they are asked."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = folder / ".venv"
        self.log = folder / "log"
        (self.home / "bin").mkdir(parents=True)
        self.runtime = folder / "requirements.txt"
        self.tools = folder / "requirements-dev.txt"
        self.runtime.write_text("one==1\n")
        self.tools.write_text("one==1\ntwo==2\n")
        monkeypatch.setattr(venv, "RUNTIME_REQUIREMENTS", self.runtime)
        monkeypatch.setattr(venv, "DEVELOPMENT_REQUIREMENTS", self.tools)
        self.program("python", then=_PIP_SAID)
        self.program("uv", then=_SAID)

    def program(self, name: str, *, then: str = "", version: int = 0) -> None:
        file = self.home / "bin" / name
        file.write_text(_PROGRAM.format(log=self.log, then=then, name=name, version=version))
        file.chmod(0o755)

    def without_uv(self) -> None:
        (self.home / "bin" / "uv").unlink()

    def ask(self, *, has_tools: bool = False, out: io.StringIO | None = None) -> str:
        env = {"PATH": "/bin:/usr/bin", "PIP_CONFIG_FILE": os.devnull}
        return venv.ensure_venv(
            Console(out or io.StringIO()), env, has_tools=has_tools, folder=self.home
        )

    @property
    def asked(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    @property
    def installs(self) -> list[str]:
        return [f"{line.split()[0]} {Path(line.split()[-1]).name}" for line in self.asked]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Stage:
    return _Stage(tmp_path, monkeypatch)


def test_is_installed_once(stage: _Stage) -> None:
    for _ in range(3):
        assert stage.ask() == str(stage.home / "bin" / "python")

    assert stage.installs == ["uv requirements.txt"]
    assert {"--require-hashes", "--no-deps"} <= set(stage.asked[0].split())


def test_is_renewed_when_a_pin_changes(stage: _Stage) -> None:
    stage.ask()
    stage.runtime.write_text("one==2\n")

    stage.ask()

    assert stage.installs == ["uv requirements.txt"] * 2


def test_gets_tools_when_they_are_first_needed(stage: _Stage) -> None:
    stage.ask()
    stage.ask(has_tools=True)
    stage.ask(has_tools=True)
    stage.ask()

    assert stage.installs == ["uv requirements.txt", "uv requirements-dev.txt"]


def test_that_has_tools_has_the_rest_too(stage: _Stage) -> None:
    stage.ask(has_tools=True)
    stage.ask()

    assert stage.installs == ["uv requirements-dev.txt"]


def test_shows_how_far_it_is(stage: _Stage) -> None:
    out = io.StringIO()

    stage.ask(has_tools=True, out=out)

    assert out.getvalue().splitlines() == [
        "Installing tools for tests: 2 packages …",
        "Installing tools for tests: large ones 1/1",
        "Installing tools for tests: unpacking …",
    ]


def test_fetches_its_installer_by_hash_where_it_has_none(stage: _Stage) -> None:
    stage.without_uv()
    uv = stage.home / "bin" / "uv"
    stage.program(
        "python", then=f"printf '#!/bin/sh\\necho uv $@ >> {stage.log}' > {uv}; chmod +x {uv}"
    )

    stage.ask()

    fetched, _, installed = stage.asked
    assert fetched.split()[0] == "python"
    assert fetched.endswith("requirements-uv.txt")
    assert {"--require-hashes", "--no-deps"} <= set(fetched.split())
    assert installed.startswith("uv pip install")


@pytest.mark.parametrize("missing", ["none for this machine", "does not run here"])
def test_is_made_by_pip_where_the_installer_cannot_run(stage: _Stage, missing: str) -> None:
    if missing == "does not run here":
        stage.program("uv", version=126)
    else:
        stage.without_uv()
    failing = f"case $* in *requirements-uv.txt) {_NONE};; esac; {_PIP_SAID}"
    stage.program("python", then=failing)
    out = io.StringIO()

    stage.ask(has_tools=True, out=out)

    assert stage.installs == ["python requirements-uv.txt", "python requirements-dev.txt"]
    assert "--require-hashes" in stage.asked[-1].split()
    assert out.getvalue().splitlines()[-1] == "Installing tools for tests 2/2"
    stage.ask(has_tools=True)
    assert len(stage.asked) == 2


def test_does_without_a_cache_that_cannot_be_used(stage: _Stage) -> None:
    stage.program(
        "uv", then='[ -n "$UV_NO_CACHE" ] || { echo "error: Permission denied"; exit 2; }'
    )

    stage.ask()

    assert stage.installs == ["uv requirements.txt"] * 2


_NONE = "echo 'ERROR: No matching distribution found for uv==0.13.9'; exit 1"
_UNREACHED = "Installing packages failed: the package index cannot be reached."
_ANOTHER = (
    "Installing packages failed: the index offers another package than "
    "the one whose hash is pinned."
)


@pytest.mark.parametrize("by", ["uv", "pip"])
@pytest.mark.parametrize(
    ("ending", "said"),
    [
        (
            "echo 'WARNING: Retrying: NewConnectionError: Temporary failure in name resolution'\n"
            "echo 'ERROR: No matching distribution found for one==1'; exit 1",
            _UNREACHED,
        ),
        ("echo 'error: Failed to fetch'; echo 'Caused by: dns error'; exit 2", _UNREACHED),
        ("echo 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES'; exit 1", _ANOTHER),
        ("echo 'error: Hash mismatch for one==1'; exit 1", _ANOTHER),
        (
            "echo 'ERROR: Could not install packages: [Errno 28] No space left on device'; exit 1",
            "The disk is full: Installing packages failed.",
        ),
        (
            "echo 'HTTP status client error (403 Forbidden) for url'; exit 2",
            "Installing packages failed: the package index refuses access (403).",
        ),
        (
            "echo 'ERROR: ProxyError: Tunnel connection failed: 407'; exit 1",
            "Installing packages failed: the proxy refuses, or isn't there: look at HTTPS_PROXY.",
        ),
    ],
    ids=["no network", "no name", "hashes", "hash", "full", "forbidden", "proxy"],
)
def test_that_cannot_be_made_is_not_taken_for_made(
    stage: _Stage, by: str, ending: str, said: str
) -> None:
    if by == "pip":
        stage.without_uv()
    stage.program("uv" if by == "uv" else "python", then=ending)

    with pytest.raises(CliError) as told:
        stage.ask()

    assert str(told.value) == said
    # Nobody waits for a second way that must fail as well.
    assert len(stage.asked) == 1
    stage.program("uv")
    stage.ask()
    assert stage.installs[-1] == "uv requirements.txt"


def test_that_debian_left_out_is_named_with_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ensurepip" else real(name)
    )

    with pytest.raises(CliError, match="apt install python3-venv"):
        venv.ensure_venv(Console(io.StringIO()), {}, folder=tmp_path / ".venv")


def test_may_be_kept_by_somebody_else(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="BETWEEN_VENV names no virtual environment"):
        venv.ensure_venv(Console(io.StringIO()), {"BETWEEN_VENV": str(tmp_path)})

    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    found = venv.ensure_venv(Console(io.StringIO()), {"BETWEEN_VENV": str(tmp_path)})

    assert found == str(tmp_path / "bin" / "python")


def _pins(file: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.\-]+)==(\S+)", file.read_text(), re.MULTILINE))


def test_of_tests_runs_what_the_service_runs() -> None:
    runtime, tools = _pins(paths.RUNTIME_REQUIREMENTS), _pins(paths.DEVELOPMENT_REQUIREMENTS)

    assert len(runtime) > 50
    assert runtime.items() <= tools.items()


@pytest.mark.parametrize(
    "file",
    [paths.RUNTIME_REQUIREMENTS, paths.DEVELOPMENT_REQUIREMENTS, paths.UV_REQUIREMENTS],
    ids=lambda file: file.name,
)
def test_is_pinned_by_hashes_and_bound_to_no_index(file: Path) -> None:
    text = file.read_text()

    blocks = re.split(r"\n(?=\S)", text.strip())
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", block) for block in blocks)
    assert "://" not in text
    assert "--index" not in text
