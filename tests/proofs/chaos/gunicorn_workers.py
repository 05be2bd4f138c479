"""The real application in real gunicorn workers, to be killed one by one."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Service:
    """A gunicorn head and where it listens."""

    port: int
    head: int

    def workers(self) -> list[int]:
        """List the processes that answer."""
        told = Path(f"/proc/{self.head}/task/{self.head}/children").read_text()
        return [int(pid) for pid in told.split()]

    def kill_one(self, dice: random.Random) -> bool:
        """Kill a worker as the kernel does when memory runs out; false when there was none."""
        living = self.workers()
        if not living:
            return False
        os.kill(dice.choice(living), signal.SIGKILL)
        return True


@contextmanager
def service(
    application: str, env: Mapping[str, str], *, log: Path, workers: int = 2, threads: int = 4
) -> Iterator[Service]:
    """Serve an application; its code is loaded once, so that a new worker is there at once."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with log.open("ab") as told:
        head = subprocess.Popen(
            [
                sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}",
                "--config", "python:backend.serving.gunicorn_config",
                "--workers", str(workers), "--threads", str(threads),
                "--preload", "--keep-alive", "30", "--log-level", "critical",
            ],
            env=dict(env), stdout=told, stderr=told,
        )  # fmt: skip
    try:
        _wait_for(port)
        yield Service(port, head.pid)
    finally:
        head.terminate()
        try:
            head.wait(timeout=20)
        except subprocess.TimeoutExpired:
            head.kill()
            head.wait()


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the service did not start")
