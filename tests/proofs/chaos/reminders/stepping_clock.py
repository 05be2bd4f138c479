"""A clock that the program turns and every dispatcher reads: faster than ours, and it may step."""

import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

#: The day on which it all happens.
BEGIN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_SHAPE = struct.Struct("ddd")


class SharedClock:
    """So many seconds of the clinic's day pass in one of ours, plus what it was stepped by."""

    def __init__(self, file: Path, *, speed: float | None = None) -> None:
        if speed is not None:
            file.write_bytes(_SHAPE.pack(time.monotonic(), speed, 0.0))
        with file.open("r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), _SHAPE.size)

    def now(self) -> datetime:
        """Tell the time of the day."""
        began, speed, step = _SHAPE.unpack(self._memory[:])
        return BEGIN + timedelta(seconds=(time.monotonic() - began) * speed + step)

    def step(self, seconds: float) -> None:
        """Set the clock forward or back."""
        began, speed, step = _SHAPE.unpack(self._memory[:])
        self._memory[:] = _SHAPE.pack(began, speed, step + seconds)
