"""The checkout's own virtual environment, made again only when its requirements change."""

import fcntl
import importlib.util
import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from backend.cli import packages, paths, subprocesses
from backend.cli.console import CliError, Console, file_owner
from backend.cli.paths import DEVELOPMENT_REQUIREMENTS, ROOT, RUNTIME_REQUIREMENTS

#: Names an environment that somebody else keeps (an image, say): it is used as it is.
READY_MADE_VENV = "BETWEEN_VENV"
DEFAULT_VENV = ROOT / ".venv"


def ensure_venv(
    screen: Console, env: Mapping[str, str], *, has_tools: bool = False, folder: Path | None = None
) -> str:
    """Return the environment's Python; make or renew the environment where needed.

    With ``has_tools`` it also has what tests and checks need. Two copies may ask at once.

    :raises CliError: when it cannot be made.
    """
    if ready := env.get(READY_MADE_VENV):
        return _usable(Path(ready) / "bin" / "python")
    home = folder or DEFAULT_VENV
    python = home / "bin" / "python"
    # The second file is the first and more: a fresh checkout that is tested needs no third step.
    wanted = DEVELOPMENT_REQUIREMENTS if has_tools else RUNTIME_REQUIREMENTS
    if _is_installed(home, wanted):
        return str(python)
    _require_writable(home)
    home.mkdir(exist_ok=True)
    with (home.parent / f"{home.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            screen.progress("Waiting for another copy that installs")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if not python.exists():
            _create(home, screen, env)
        if not _is_installed(home, wanted):
            stage = (
                "Installing packages"
                if wanted == RUNTIME_REQUIREMENTS
                else "Installing tools for tests"
            )
            packages.install_requirements(python, wanted, stage, screen, env)
            for file in {RUNTIME_REQUIREMENTS, wanted}:
                _stamp_of(home, file).write_text(_value(file), encoding="ascii")
    screen.clear()
    return str(python)


def _require_writable(home: Path) -> None:
    """Refuse to install where we may not write; the error names the owner."""
    folder = home if home.exists() else home.parent
    if all(os.access(directory, os.W_OK | os.X_OK) for directory in (folder, home.parent)):
        return
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        raise CliError(
            f"{folder} lies on a disk that can only be read, and packages are missing there: "
            f"name a virtual environment that has them in {READY_MADE_VENV}."
        )
    owner = file_owner(folder)
    raise CliError(
        f"{folder} belongs to {owner}, and packages are missing there: let {owner} run "
        "./between up once, or work in a copy of your own."
    )


def _usable(python: Path) -> str:
    if not python.exists():
        raise CliError(f"{READY_MADE_VENV} names no virtual environment: {python} is missing.")
    return str(python)


def _stamp_of(home: Path, file: Path) -> Path:
    return home / f".installed-{file.stem}"


def _value(file: Path) -> str:
    return paths.content_stamp([file.read_bytes(), platform.python_version().encode()])


def _is_installed(home: Path, file: Path) -> bool:
    return (home / "bin" / "python").exists() and paths.is_stamped(
        _stamp_of(home, file), _value(file)
    )


def _create(home: Path, screen: Console, env: Mapping[str, str]) -> None:
    # Debian ships `venv` without what it needs; asking first spares a half-made folder.
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise CliError("Python's venv module is missing: run apt install python3-venv (as root).")
    screen.progress("Making the virtual environment")
    argv = [sys.executable, "-m", "venv", "--without-pip", "--clear", str(home)]
    subprocesses.run_captured("Making the virtual environment", argv, env=env, is_private=False)
