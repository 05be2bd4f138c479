"""A small application behind the real door: it tells what it was given."""

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from typing import Any

from backend.serving.thread_lanes import SECRET_PATHS

LARGE = 8 * 1024 * 1024


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answer ``/large`` with 8 MiB, ``/page`` with 1 MiB, ``/fails`` with a fault; echo the rest.

    Below ``/held``, and where passwords are hashed, it takes half a second.

    What it was sent stands in the echo, so that a test sees what the door let through.
    """
    path = environ["PATH_INFO"]
    if path == "/held" or path.encode() in SECRET_PATHS:
        time.sleep(0.5)
    if path == "/fails":
        raise ValueError(f"canary {environ['QUERY_STRING']}")
    if path == "/fails-late":
        start("200 OK", [("Content-Type", "text/plain")])
        return _breaks(environ["QUERY_STRING"])
    if path in {"/large", "/page"}:
        size = LARGE if path == "/large" else 1024 * 1024
        start("200 OK", [("Content-Length", str(size))])
        return (b"x" * 65_536 for _ in range(size // 65_536))
    body = environ["wsgi.input"].read()
    told = {
        "path": path, "method": environ["REQUEST_METHOD"], "length": len(body),
        "digest": hashlib.sha256(body).hexdigest(),
        "headers": sorted(name for name in environ if name.startswith("HTTP_")),
    }  # fmt: skip
    answer = json.dumps(told).encode()
    start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]


def _breaks(query: str) -> Iterable[bytes]:
    yield b"begun"
    raise ValueError(f"canary {query}")
