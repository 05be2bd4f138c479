"""Where packages come from: one choice of index for pip and uv, whichever of them it was made for.

pip reads its variables (``PIP_…``) and files (``pip.conf``), uv reads ``UV_…``. People set one of
them, often only the older. What is said to one is handed to the other here; what was said to
a tool itself always wins.
"""

import configparser
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

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
_MACHINE = Path("/etc/pip.conf")
_YES = ("1", "true", "yes", "on", "y", "t")


def for_uv(env: Mapping[str, str], *, prefix: Path) -> tuple[dict[str, str], list[str]]:
    """Return uv's environment and further arguments, with what pip was told filled in.

    ``prefix`` is the virtual environment, which may have a ``pip.conf`` of its own.
    """
    told = pip_settings(env, prefix=prefix)
    made = dict(env)
    has_index = any(env.get(name) for name in _UV_INDEXES)
    for name, variable in _AS_UV.items():
        if name in told and not (has_index and variable in _UV_INDEXES):
            made.setdefault(variable, _joined(told[name], variable))
    # Every pin has its hashes, so it is the same package whichever index has it.
    made.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    if proxy := told.get("proxy"):
        made.setdefault("HTTPS_PROXY", proxy)
        made.setdefault("HTTP_PROXY", proxy)
    _trust_as_pip_does(made, told.get("cert", ""))
    if told.get("no-cache-dir", "").lower() in _YES:
        made.setdefault("UV_NO_CACHE", "1")
    is_closed = told.get("no-index", "").lower() in _YES and not has_index
    return made, ["--no-index"] if is_closed else []


def for_pip(env: Mapping[str, str]) -> dict[str, str]:
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


def pip_settings(env: Mapping[str, str], *, prefix: Path) -> dict[str, str]:
    """Read what pip would: its files from the widest to the nearest, then its variables."""
    told: dict[str, str] = {}
    for file in _files(env, prefix):
        told.update(_read(file))
    for name, value in env.items():
        if name.startswith("PIP_") and value.strip():
            told[name.removeprefix("PIP_").lower().replace("_", "-")] = value
    return told


def _files(env: Mapping[str, str], prefix: Path) -> Iterator[Path]:
    home = Path(env.get("HOME") or os.devnull)
    own = env.get("PIP_CONFIG_FILE", "")
    if own == os.devnull:
        return
    for folder in (env.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":"):
        yield Path(folder, "pip", "pip.conf")
    yield _MACHINE
    if not (own and Path(own).exists()):
        yield home / ".pip" / "pip.conf"
        yield Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    yield prefix / "pip.conf"
    if own:
        yield Path(own)


def _read(file: Path) -> dict[str, str]:
    """Read one file; what cannot be read tells nothing, and pip itself will say so."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, configparser.Error):
        return {}
    told: dict[str, str] = {}
    for section in ("global", "install"):
        if parser.has_section(section):
            for name, value in parser.items(section):
                told[name.lower().replace("_", "-").removeprefix("--")] = value
    return told


def _joined(value: str, variable: str) -> str:
    return ("," if variable == "UV_FIND_LINKS" else " ").join(value.split())


def _trust_as_pip_does(env: dict[str, str], cert: str) -> None:
    """Let uv trust what pip trusts: a file that was named, or what the machine itself trusts."""
    chosen = cert or env.get("REQUESTS_CA_BUNDLE") or env.get("CURL_CA_BUNDLE") or ""
    if chosen and not env.get("SSL_CERT_FILE"):
        env["SSL_CERT_DIR" if Path(chosen).is_dir() else "SSL_CERT_FILE"] = chosen
    if not env.get("SSL_CERT_FILE") and not env.get("SSL_CERT_DIR"):
        env.setdefault("UV_SYSTEM_CERTS", "1")
