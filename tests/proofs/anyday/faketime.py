"""Programs whose wall clock is moved by libfaketime (Debian's package ``faketime``)."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

_PLACES = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime")
_LIBRARY = "libfaketimeMT.so.1"
_OURS = ("LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC", "PYTHONPATH")
_SITE = Path(__file__).parent / "site"


def library() -> Path | None:
    """Return where libfaketime is, or None where it isn't installed."""
    found = (
        path for place in _PLACES for path in sorted(Path("/").glob(f"{place[1:]}/{_LIBRARY}"))
    )
    return next(found, None)


def clock_moved(by: timedelta) -> dict[str, str]:
    """Return the environment under which a program and its children see another wall clock.

    Waits and timeouts stay true: the monotonic clock isn't moved.

    :raises FileNotFoundError: when libfaketime is not installed.
    """
    at = library()
    if at is None:
        raise FileNotFoundError(_LIBRARY)
    return {
        "LD_PRELOAD": str(at),
        "FAKETIME": f"{by.total_seconds():+.0f}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": str(_SITE),
    }


def inherited(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what a child with an environment of its own needs to see the clock that we see."""
    if "FAKETIME" not in environment:
        return {}
    return {name: environment[name] for name in _OURS if name in environment}
