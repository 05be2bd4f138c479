"""The checkout's own virtual environment, made again only when its requirements change."""

import fcntl
import importlib.util
import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from backend.launch import installer, places, processes, trouble
from backend.launch.places import DEVELOPMENT, ROOT, RUNTIME
from backend.launch.screen import Screen
from backend.launch.trouble import Trouble

#: Names an environment that somebody else keeps (an image, say): it is used as it is.
READY_MADE = "BETWEEN_VENV"


def python_for(
    screen: Screen, env: Mapping[str, str], *, has_tools: bool = False, folder: Path | None = None
) -> str:
    """Point to the environment's Python, making or renewing the environment where needed.

    With ``has_tools`` it also has what tests and checks need. Two copies may ask at once.

    :raises Trouble: when it cannot be made.
    """
    if ready := env.get(READY_MADE):
        return _usable(Path(ready) / "bin" / "python")
    home = folder or ROOT / ".venv"
    python = home / "bin" / "python"
    # The second file is the first and more: a fresh checkout that is tested needs no third step.
    wanted = DEVELOPMENT if has_tools else RUNTIME
    if _is_installed(home, wanted):
        return str(python)
    _refuse_anothers(home)
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
            stage = "Installing packages" if wanted == RUNTIME else "Installing tools for tests"
            installer.install(python, wanted, stage, screen, env)
            for file in {RUNTIME, wanted}:
                _stamp_of(home, file).write_text(_value(file), encoding="ascii")
    screen.clear()
    return str(python)


def _refuse_anothers(home: Path) -> None:
    """Refuse to install where we may not write, and say whose it is."""
    folder = home if home.exists() else home.parent
    if all(os.access(one, os.W_OK | os.X_OK) for one in (folder, home.parent)):
        return
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        raise Trouble(
            f"{folder} lies on a disk that can only be read, and packages are missing there: "
            f"name a virtual environment that has them in {READY_MADE}."
        )
    owner = trouble.owner_of(folder)
    raise Trouble(
        f"{folder} belongs to {owner}, and packages are missing there: let {owner} run "
        "./between up once, or work in a copy of your own."
    )


def _usable(python: Path) -> str:
    if not python.exists():
        raise Trouble(f"{READY_MADE} names no virtual environment: {python} is missing.")
    return str(python)


def _stamp_of(home: Path, file: Path) -> Path:
    return home / f".installed-{file.stem}"


def _value(file: Path) -> str:
    return places.digest([file.read_bytes(), platform.python_version().encode()])


def _is_installed(home: Path, file: Path) -> bool:
    return (home / "bin" / "python").exists() and places.is_stamped(
        _stamp_of(home, file), _value(file)
    )


def _create(home: Path, screen: Screen, env: Mapping[str, str]) -> None:
    # Debian ships `venv` without what it needs; asking first spares a half-made folder.
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise Trouble("Python's venv module is missing: run apt install python3-venv (as root).")
    screen.progress("Making the virtual environment")
    argv = [sys.executable, "-m", "venv", "--without-pip", "--clear", str(home)]
    processes.run("Making the virtual environment", argv, env=env, is_private=False)
