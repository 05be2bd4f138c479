"""A PostgreSQL server of one's own, which may be killed and started again."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.proofs.anyday import faketime

OWNERS = ("postgres", "nobody")


def binaries() -> Path | None:
    """Find where PostgreSQL's programs are; None where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    usual = shutil.which("initdb")
    return Path(usual).resolve().parent if usual else None


class Cluster:
    """One server with one database; its data is gone when it is left."""

    def __init__(self, folder: Path, programs: Path, settings: Sequence[str] = ()) -> None:
        self.data, self.programs, self.settings = folder / "data", programs, settings
        # It refuses to run as root.
        self.user = _owner() if os.geteuid() == 0 else None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    @property
    def url(self) -> str:
        """The address of its database."""
        return f"postgres://between@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        """Make the files of the server."""
        self._run("initdb", "--auth=trust", "--username=between", "--no-sync", "-E", "UTF8")

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.data}"
            " -c max_connections=60 -c shared_buffers=64MB"
        ) + "".join(f" -c {setting}" for setting in self.settings)
        self._run("pg_ctl", "start", "-w", "-t", "60", "-o", options,
                  "-l", str(self.data / "log"))  # fmt: skip

    def stop(self, *, mode: str = "immediate") -> None:
        """Stop it; ``immediate`` is what a crash looks like."""
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    def crash_and_start(self) -> None:
        """Kill it, leave it down for a moment, and let it recover."""
        self.stop()
        time.sleep(0.3)
        self.start()

    def _run(self, program: str, *args: str) -> None:
        env = {"PATH": "/usr/bin:/bin", **faketime.inherited()}
        told = subprocess.run(
            [str(self.programs / program), *args, "-D", str(self.data)],
            user=self.user, cwd=self.data.parent, check=False, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env,
        )  # fmt: skip
        if told.returncode:
            raise RuntimeError(f"{program} ended with {told.returncode}")


def _owner() -> str:
    for name in OWNERS:
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise RuntimeError("nobody here may own a database server")


@contextmanager
def cluster(*settings: str) -> Iterator[Cluster]:
    """Make a server in a folder of its own, and take both away afterwards.

    ``settings`` are PostgreSQL's own, such as ``synchronous_commit=off``.
    """
    programs = binaries()
    if programs is None:
        raise RuntimeError("PostgreSQL's initdb is not installed")
    with tempfile.TemporaryDirectory(prefix="between-cluster-") as folder:
        made = Cluster(Path(folder), programs, settings)
        if made.user:
            shutil.chown(folder, made.user)
        made.make()
        made.start()
        try:
            yield made
        finally:
            made.stop()
