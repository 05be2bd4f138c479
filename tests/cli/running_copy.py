"""A copy of ``./between up``, really started."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from backend.cli.paths import ROOT


class Up:
    """One running copy, and all that it said."""

    def __init__(self, *arguments: str, **env: str) -> None:
        clean = {name: value for name, value in os.environ.items() if "BETWEEN_" not in name}
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "between"), "up", *arguments],
            # The interpreter of the tests has everything: nothing is installed again.
            env={**clean, "BETWEEN_VENV": sys.prefix, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line

    def wait_for(self, there: Callable[[], object], seconds: float = 240) -> None:
        """Wait until it is so, and fail with all that was said when it never is."""
        until = time.monotonic() + seconds
        while not there():
            assert time.monotonic() < until, self.said
            time.sleep(0.05)

    def until_ready(self) -> int:
        """Wait until it serves; return its port."""
        self.wait_for(lambda: "Ready in" in self.said or self.process.poll() is not None)
        found = re.search(r"http://127\.0\.0\.1:(\d+)/review/", self.said)
        assert found, self.said
        return int(found[1])

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send it a signal; return its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(timeout=90)
        self._reader.join()
        return code

    def refused(self) -> str:
        """Wait for its end without a start; return its one line."""
        assert self.process.wait(timeout=90) == 1
        self._reader.join()
        (line,) = (line for line in self.said.splitlines() if not line.endswith("…"))
        return line.removeprefix("between: ")

    def close(self) -> None:
        """Leave nothing of it behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
