"""Whether the broker answers; what it carries is of no importance."""

import os
from pathlib import Path

#: Whoever asks is waiting.
TIMEOUT_SECONDS = 2


def is_broker_reachable(url: str, *, folder: Path) -> bool:
    """Whether the broker takes messages now; a folder must be writable."""
    if url.startswith("filesystem"):
        return os.access(folder if folder.exists() else folder.parent, os.W_OK)
    # A web process on one machine never needs it.
    from kombu import Connection  # noqa: PLC0415 (only where there is a broker to ask)

    try:
        with Connection(url, connect_timeout=TIMEOUT_SECONDS) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=TIMEOUT_SECONDS)
    except Exception:  # whatever is wrong with it, it doesn't answer
        return False
    return True
