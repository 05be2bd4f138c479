"""Installing pinned packages: by uv, which takes seconds, or by pip where uv cannot run.

A bare Debian has neither. pip lies as a wheel beside Python's ``ensurepip``, and Python runs it
from there; it fetches uv by its hash, and uv does the rest.
"""

import importlib.util
import re
import subprocess
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path

from backend.launch import indexes, processes, trouble
from backend.launch.places import UV
from backend.launch.screen import Screen
from backend.launch.trouble import Trouble

_WHEELS = "pip-*.whl"
#: Another try changes nothing about these.
_FINAL = re.compile(r"hash(es)? mismatch|DO NOT MATCH THE HASHES", re.IGNORECASE)


def install(python: Path, file: Path, stage: str, screen: Screen, env: Mapping[str, str]) -> None:
    """Install what a file pins, each package by its hash.

    :raises Trouble: in one line, when neither uv nor pip can.
    """
    total = len(re.findall(r"^[\w.\-]+==", file.read_text(encoding="utf-8"), re.MULTILINE))
    home = python.parent.parent
    if (uv := uv_beside(python)) or (uv := _fetched_uv(python, stage, screen, env)):
        wanted, more = indexes.for_uv(env, prefix=home)
        argv = [str(uv), "pip", "install", "--python", str(python), "--require-hashes",
                "--no-deps", "--no-progress", *more, "-r", str(file)]  # fmt: skip
        # A cache that somebody else left unreadable or damaged is done without.
        for way in (wanted, {**wanted, "UV_NO_CACHE": "1"}):
            screen.progress(f"{stage}: {total} packages")
            if _ran(argv, stage, way, each=_by_uv(stage, screen)):
                return
    argv = [*pip(python), "install", "--require-hashes", "--progress-bar", "off", "-r", str(file)]
    _ran(argv, stage, indexes.for_pip(env), each=_by_pip(stage, total, screen), is_last=True)


def uv_beside(python: str | Path) -> Path | None:
    """Find the uv of a virtual environment, if it has one that runs here."""
    uv = Path(python).with_name("uv")
    if not uv.exists():
        return None
    try:
        asked = subprocess.run([uv, "--version"], capture_output=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return uv if asked.returncode == 0 else None


def pip(python: str | Path) -> list[str]:
    """Begin a command of pip: the environment's own, or the one that ``ensurepip`` would install.

    :raises Trouble: where there is none.
    """
    if Path(python).with_name("pip").exists():
        return [str(python), "-m", "pip"]
    found = importlib.util.find_spec("ensurepip")
    beside = Path((found and found.origin) or "/").parent / "_bundled"
    # Debian keeps its wheels in a folder of their own.
    for place in (sysconfig.get_config_var("WHEEL_PKG_DIR"), beside, "/usr/share/python-wheels"):
        for wheel in sorted(Path(place or beside).glob(_WHEELS)):
            return [str(python), str(wheel / "pip")]
    raise Trouble("pip is missing: run apt install python3-venv (as root).")


def _fetched_uv(python: Path, stage: str, screen: Screen, env: Mapping[str, str]) -> Path | None:
    """Fetch uv into the environment; None where there is none for this kind of machine."""
    screen.progress("Fetching the installer (uv)")
    argv = [*pip(python), "install", "--require-hashes", "--no-deps", "--only-binary", ":all:",
            "--no-compile", "--progress-bar", "off", "-r", str(UV)]  # fmt: skip
    return uv_beside(python) if _ran(argv, stage, indexes.for_pip(env)) else None


def _ran(
    argv: list[str],
    stage: str,
    env: Mapping[str, str],
    *,
    each: Callable[[str], None] | None = None,
    is_last: bool = False,
) -> bool:
    """Run it; False where another way may still work.

    :raises Trouble: where none would: no network, no trust, no space, another package than pinned;
        or when it was the last way.
    """
    log: list[str] = []

    def keep(line: str) -> None:
        log.append(line)
        if each is not None:
            each(line)

    try:
        processes.run(stage, argv, env=env, each=keep, is_private=False)
    except Trouble:
        said = "".join(log)
        if found := trouble.of_network(stage, said) or _hash_fault(stage, said):
            raise Trouble(found) from None
        if is_last or trouble.is_full(said):
            raise
        return False
    return True


def _hash_fault(stage: str, said: str) -> str:
    if not _FINAL.search(said):
        return ""
    return f"{stage} failed: the index offers another package than the one whose hash is pinned."


def _by_uv(stage: str, screen: Screen) -> Callable[[str], None]:
    """Follow uv's lines: it names the large packages as they come and go."""
    begun, done = 0, 0

    def each(line: str) -> None:
        nonlocal begun, done
        words = line.split()
        begun += words[:1] == ["Downloading"]
        done += words[:1] == ["Downloaded"]
        if words[:1] == ["Downloaded"]:
            screen.progress(f"{stage}: large ones", done, begun)
        elif words[:1] == ["Prepared"]:
            screen.progress(f"{stage}: unpacking")

    return each


def _by_pip(stage: str, total: int, screen: Screen) -> Callable[[str], None]:
    seen = 0

    def each(line: str) -> None:
        nonlocal seen
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            seen = min(seen + 1, total)
            screen.progress(stage, seen, total)
        elif line.startswith("Installing collected packages"):
            screen.progress(f"{stage}: unpacking {total}")

    return each
