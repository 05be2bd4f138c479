"""Where a copy runs: its address lies in its data folder for as long as it does."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.launch import places
from backend.launch.trouble import Trouble

_FILE = "address"


def address(host: str, port: int) -> str:
    """Make the address that somebody on this machine opens."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (opened, not bound)
    return f"http://{f'[{here}]' if ':' in here else here}:{port}"


@contextmanager
def told(data: Path, where: str) -> Iterator[None]:
    """Write the address down, and take it away at the end."""
    file = data / _FILE
    file.write_text(f"{where}\n", encoding="utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def address_of(data: Path) -> str:
    """Find the copy of a data folder.

    :raises Trouble: when none runs, as far as the folder knows.
    """
    try:
        return (data / _FILE).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        up = places.with_data("up", data)
        raise Trouble(f"Nothing runs on {data}: start {up} in another terminal first.") from None


def opener() -> urllib.request.OpenerDirector:
    """Ask this machine directly, whatever proxy stands between it and the rest of the world."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))
