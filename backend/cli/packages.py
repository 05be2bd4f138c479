"""Install pinned packages by uv or pip, from the index that either of them was told.

pip reads its variables (``PIP_…``) and files (``pip.conf``), uv reads ``UV_…``. People set one of
them, often only the older. What is said to one is handed to the other here; what was said to
a tool itself always wins.

A bare Debian has neither. pip lies as a wheel beside Python's ``ensurepip``, and Python runs it
from there; it fetches uv by its hash, and uv does the rest.
"""

import configparser
import importlib.util
import os
import re
import subprocess
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from backend.cli import subprocesses
from backend.cli.console import CliError, Console, describe_network_error, is_disk_full
from backend.cli.paths import UV_REQUIREMENTS

#: pip's names of what has an equal in uv, with uv's variable.
_AS_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
    "retries": "UV_HTTP_RETRIES",
    "client-cert": "SSL_CLIENT_CERT",
}
_UV_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL")
#: The one file of pip that no variable moves.
_MACHINE_PIP_CONF = Path("/etc/pip.conf")
_TRUE_WORDS = ("1", "true", "yes", "on", "y", "t")


def uv_index_env(env: Mapping[str, str], *, prefix: Path) -> tuple[dict[str, str], list[str]]:
    """Return uv's environment and further arguments, with what pip was told filled in.

    ``prefix`` is the virtual environment, which may have a ``pip.conf`` of its own.
    """
    settings = read_pip_settings(env, prefix=prefix)
    made = dict(env)
    has_index = any(env.get(name) for name in _UV_INDEXES)
    for name, variable in _AS_UV.items():
        if name in settings and not (has_index and variable in _UV_INDEXES):
            made.setdefault(variable, _joined(settings[name], variable))
    # Every pin has its hashes, so it is the same package whichever index has it.
    made.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    if proxy := settings.get("proxy"):
        made.setdefault("HTTPS_PROXY", proxy)
        made.setdefault("HTTP_PROXY", proxy)
    _trust_as_pip_does(made, settings.get("cert", ""))
    if settings.get("no-cache-dir", "").lower() in _TRUE_WORDS:
        made.setdefault("UV_NO_CACHE", "1")
    is_closed = settings.get("no-index", "").lower() in _TRUE_WORDS and not has_index
    return made, ["--no-index"] if is_closed else []


def pip_index_env(env: Mapping[str, str]) -> dict[str, str]:
    """Return pip's environment, with the index that uv was told filled in."""
    made = dict(env)
    main = env.get("UV_DEFAULT_INDEX") or env.get("UV_INDEX_URL")
    more = env.get("UV_INDEX") or env.get("UV_EXTRA_INDEX_URL")
    for name, value in (
        ("PIP_INDEX_URL", main),
        ("PIP_EXTRA_INDEX_URL", more),
        ("PIP_FIND_LINKS", (env.get("UV_FIND_LINKS") or "").replace(",", " ")),
        ("PIP_CERT", env.get("SSL_CERT_FILE")),
    ):
        if value:
            made.setdefault(name, value)
    # A person's own settings for --user or --target would contradict the environment.
    made.update(PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1")
    made.pop("PIP_TARGET", None)
    made.pop("PIP_PREFIX", None)
    return made


def read_pip_settings(env: Mapping[str, str], *, prefix: Path) -> dict[str, str]:
    """Read what pip would: its files from the widest to the nearest, then its variables."""
    settings: dict[str, str] = {}
    for file in _pip_conf_files(env, prefix):
        settings.update(_read_pip_conf(file))
    for name, value in env.items():
        if name.startswith("PIP_") and value.strip():
            settings[name.removeprefix("PIP_").lower().replace("_", "-")] = value
    return settings


def _pip_conf_files(env: Mapping[str, str], prefix: Path) -> Iterator[Path]:
    home = Path(env.get("HOME") or os.devnull)
    own = env.get("PIP_CONFIG_FILE", "")
    if own == os.devnull:
        return
    for folder in (env.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":"):
        yield Path(folder, "pip", "pip.conf")
    yield _MACHINE_PIP_CONF
    if not (own and Path(own).exists()):
        yield home / ".pip" / "pip.conf"
        yield Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    yield prefix / "pip.conf"
    if own:
        yield Path(own)


def _read_pip_conf(file: Path) -> dict[str, str]:
    """Read one file; what cannot be read tells nothing, and pip itself will say so."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, configparser.Error):
        return {}
    settings: dict[str, str] = {}
    for section in ("global", "install"):
        if parser.has_section(section):
            for name, value in parser.items(section):
                settings[name.lower().replace("_", "-").removeprefix("--")] = value
    return settings


def _joined(value: str, variable: str) -> str:
    return ("," if variable == "UV_FIND_LINKS" else " ").join(value.split())


def _trust_as_pip_does(env: dict[str, str], cert: str) -> None:
    """Make uv trust what pip trusts: a named file, or the machine's store."""
    chosen = cert or env.get("REQUESTS_CA_BUNDLE") or env.get("CURL_CA_BUNDLE") or ""
    if chosen and not env.get("SSL_CERT_FILE"):
        env["SSL_CERT_DIR" if Path(chosen).is_dir() else "SSL_CERT_FILE"] = chosen
    if not env.get("SSL_CERT_FILE") and not env.get("SSL_CERT_DIR"):
        env.setdefault("UV_SYSTEM_CERTS", "1")


_PIP_WHEELS = "pip-*.whl"
#: Another try changes nothing about these.
_HASH_MISMATCH = re.compile(r"hash(es)? mismatch|DO NOT MATCH THE HASHES", re.IGNORECASE)


def install_requirements(
    python: Path, file: Path, stage: str, screen: Console, env: Mapping[str, str]
) -> None:
    """Install what a file pins, each package by its hash.

    :raises CliError: in one line, when neither uv nor pip can.
    """
    total = len(re.findall(r"^[\w.\-]+==", file.read_text(encoding="utf-8"), re.MULTILINE))
    home = python.parent.parent
    if (uv := find_uv(python)) or (uv := _fetch_uv(python, stage, screen, env)):
        wanted, more = uv_index_env(env, prefix=home)
        argv = [str(uv), "pip", "install", "--python", str(python), "--require-hashes",
                "--no-deps", "--no-progress", *more, "-r", str(file)]  # fmt: skip
        # A cache that somebody else left unreadable or damaged is done without.
        for way in (wanted, {**wanted, "UV_NO_CACHE": "1"}):
            screen.progress(f"{stage}: {total} packages")
            if _run_stage(argv, stage, way, each=_uv_progress(stage, screen)):
                return
    argv = [
        *pip_command(python),
        "install",
        "--require-hashes",
        "--progress-bar",
        "off",
        "-r",
        str(file),
    ]
    _run_stage(
        argv, stage, pip_index_env(env), each=_pip_progress(stage, total, screen), is_last=True
    )


def find_uv(python: str | Path) -> Path | None:
    """Return the uv of a virtual environment, if it has one that runs here."""
    uv = Path(python).with_name("uv")
    if not uv.exists():
        return None
    try:
        asked = subprocess.run([uv, "--version"], capture_output=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return uv if asked.returncode == 0 else None


def pip_command(python: str | Path) -> list[str]:
    """Return the command for pip: the environment's own, or the one that ``ensurepip`` has.

    :raises CliError: where there is none.
    """
    if Path(python).with_name("pip").exists():
        return [str(python), "-m", "pip"]
    spec = importlib.util.find_spec("ensurepip")
    beside = Path((spec and spec.origin) or "/").parent / "_bundled"
    # Debian keeps its wheels in a folder of their own.
    for place in (sysconfig.get_config_var("WHEEL_PKG_DIR"), beside, "/usr/share/python-wheels"):
        for wheel in sorted(Path(place or beside).glob(_PIP_WHEELS)):
            return [str(python), str(wheel / "pip")]
    raise CliError("pip is missing: run apt install python3-venv (as root).")


def _fetch_uv(python: Path, stage: str, screen: Console, env: Mapping[str, str]) -> Path | None:
    """Fetch uv into the environment; None where there is none for this kind of machine."""
    screen.progress("Fetching the installer (uv)")
    argv = [*pip_command(python), "install", "--require-hashes", "--no-deps", "--only-binary",
    ":all:",
            "--no-compile", "--progress-bar", "off", "-r", str(UV_REQUIREMENTS)]  # fmt: skip
    return find_uv(python) if _run_stage(argv, stage, pip_index_env(env)) else None


def _run_stage(
    argv: list[str],
    stage: str,
    env: Mapping[str, str],
    *,
    each: Callable[[str], None] | None = None,
    is_last: bool = False,
) -> bool:
    """Run one stage of an installation; False where another way may still work.

    :raises CliError: where none would: no network, no trust, no space, another package than pinned;
        or when it was the last way.
    """
    log: list[str] = []

    def keep(line: str) -> None:
        log.append(line)
        if each is not None:
            each(line)

    try:
        subprocesses.run_captured(stage, argv, env=env, each=keep, is_private=False)
    except CliError:
        said = "".join(log)
        if fault := describe_network_error(stage, said) or _hash_fault(stage, said):
            raise CliError(fault) from None
        if is_last or is_disk_full(said):
            raise
        return False
    return True


def _hash_fault(stage: str, said: str) -> str:
    if not _HASH_MISMATCH.search(said):
        return ""
    return f"{stage} failed: the index offers another package than the one whose hash is pinned."


def _uv_progress(stage: str, screen: Console) -> Callable[[str], None]:
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


def _pip_progress(stage: str, total: int, screen: Console) -> Callable[[str], None]:
    seen = 0

    def each(line: str) -> None:
        nonlocal seen
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            seen = min(seen + 1, total)
            screen.progress(stage, seen, total)
        elif line.startswith("Installing collected packages"):
            screen.progress(f"{stage}: unpacking {total}")

    return each
