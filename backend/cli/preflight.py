"""``python -m backend.cli.preflight``: do the servers that the environment names answer at all?

Asked once before a start, so that a wrong address is told in one line with its setting. A server
that goes away later stops nobody (docs/operations.md).
"""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from backend.kit import broker_health

_TIMEOUT_SECONDS = 5
_DATABASES = ("BETWEEN_DATABASE_URL", "BETWEEN_OWNER_DATABASE_URL")
_BROKER = "BETWEEN_BROKER_URL"


def main() -> int:
    """Check each server; return 1 when one does not answer."""
    faults = list(unreachable_servers(os.environ))
    if faults:
        sys.stdout.write(f"Refusing to start: {'; '.join(faults)}.\n")
    return 1 if faults else 0


def unreachable_servers(env: Mapping[str, str]) -> Iterator[str]:
    """Return each server that does not answer, by its setting's name, without its password."""
    for name in _DATABASES:
        url = env.get(name, "")
        if url.startswith(("postgres://", "postgresql://")) and (fault := _connection_error(url)):
            yield f"{name}: {fault}"
    url = env.get(_BROKER, "")
    if urlsplit(url).scheme not in ("", "filesystem") and not broker_health.is_broker_reachable(
        url, folder=Path()
    ):
        yield f"{_BROKER}: no broker answers at {_server_of_url(url)}"


def _connection_error(url: str) -> str:
    import psycopg  # noqa: PLC0415 (only where there is a server to ask)

    try:
        psycopg.connect(url, connect_timeout=_TIMEOUT_SECONDS).close()
    except psycopg.Error as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return lines[0].removeprefix("connection failed: ").rstrip(".")
    return ""


def _server_of_url(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


if __name__ == "__main__":
    raise SystemExit(main())
