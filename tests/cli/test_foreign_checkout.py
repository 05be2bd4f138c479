"""Somebody else's checkout, and folders that may not be written …"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from backend.cli.paths import ROOT

_PYTHON = "/usr/bin/python3.11"
_STRANGER = 65_534
pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as somebody else"),
    pytest.mark.skipif(not Path(_PYTHON).exists(), reason=f"{_PYTHON} is not here"),
]


@pytest.fixture
def checkout() -> Iterator[Path]:
    """Copy what ``./between`` needs to where a stranger may read it."""
    with tempfile.TemporaryDirectory(prefix="between-strangers-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        shutil.copy(ROOT / "between", place)
        for file in ROOT.glob("requirements*.txt"):
            shutil.copy(file, place)
        shutil.copytree(
            ROOT / "backend" / "cli", place / "backend" / "cli",
            ignore=shutil.ignore_patterns("__pycache__"),
        )  # fmt: skip
        shutil.copy(ROOT / "backend" / "__init__.py", place / "backend")
        subprocess.run(["chmod", "-R", "u=rwX,go=rX", place], check=True)
        yield place


def _as_stranger(checkout: Path, *words: str, **env: str) -> str:
    """Run it as nobody; return the one line that it says."""
    done = subprocess.run(
        [_PYTHON, checkout / "between", *words],
        user=_STRANGER, group=_STRANGER, extra_groups=[], cwd="/", capture_output=True, text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **env}, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1, done
    (line,) = done.stderr.splitlines()
    return line


def _open_folder(folder: Path) -> None:
    """Create a folder that strangers can read, whatever umask the suite runs with."""
    folder.mkdir()
    folder.chmod(0o755)


def _ready_made(checkout: Path) -> str:
    """Make an environment that has what ``./between`` needs itself, and a Python of that name."""
    home = checkout / "ready"
    packages = home / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    shutil.copytree(Path(click.__file__).parent, packages / "click")
    (home / "bin").mkdir()
    (home / "bin" / "python").symlink_to(_PYTHON)
    subprocess.run(["chmod", "-R", "u=rwX,go=rX", home], check=True)
    return str(home)


def test_are_told_whose_they_are(checkout: Path) -> None:
    said = _as_stranger(checkout, "up", "--port", "0", "--data", "/tmp/none-of-yours")

    assert said == (
        f"between: {checkout} belongs to root, and packages are missing there: let root run "
        "./between up once, or work in a copy of your own."
    )


def test_are_told_when_it_is_the_environment(checkout: Path) -> None:
    _open_folder(checkout / ".venv")

    said = _as_stranger(checkout, "up", "--port", "0", "--data", "/tmp/none-of-yours")

    assert said.startswith(f"between: {checkout / '.venv'} belongs to root, and packages")


def test_are_told_when_it_is_the_data(checkout: Path) -> None:
    data = checkout / "data"
    data.mkdir(mode=0o700)
    (data / "secrets.json").write_text("{}")

    ready = _ready_made(checkout)

    for verb in (["logins"], ["manage", "check"], ["try"]):
        said = _as_stranger(checkout, *verb, BETWEEN_VENV=ready)
        assert "belongs to root, and cannot be read or written by nobody." in said


def test_are_told_what_their_own_environment_lacks(checkout: Path) -> None:
    ready = _ready_made(checkout)
    shutil.rmtree(Path(ready, "lib"))

    said = _as_stranger(checkout, "logins", BETWEEN_VENV=ready)

    assert said == (f"between: {ready} lacks the packages of requirements.txt: install them there.")


def test_are_told_when_a_folder_cannot_be_made(checkout: Path) -> None:
    ready = _ready_made(checkout)

    said = _as_stranger(
        checkout, "up", "--port", "0", "--data", str(checkout / "data"), BETWEEN_VENV=ready
    )

    assert said == (
        f"between: {checkout / 'data'} belongs to root, and cannot be read or written by nobody."
    )
