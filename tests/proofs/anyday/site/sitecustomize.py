"""What every Python under a moved clock starts with; its folder stands in ``PYTHONPATH``.

``time.sleep`` sleeps until an instant of the monotonic clock, and libfaketime 0.9.10 takes its
offset from that instant although that clock is not moved: "Invalid argument". ``select`` waits for
a length of time instead.
"""

import select
import time


def _sleep(seconds: float, /) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    until = time.monotonic() + seconds
    while seconds >= 0:
        select.select([], [], [], seconds)
        seconds = until - time.monotonic()


time.sleep = _sleep  # type: ignore[assignment] # floats are what is asked of it
