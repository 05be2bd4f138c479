"""A PostgreSQL server of one's own with the two roles of a clinic, and PgBouncer before it."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.proofs.chaos.postgres_server import OWNERS, Cluster, cluster

SECRETS = {
    "BETWEEN_DEMO": "0",
    "BETWEEN_SECRET_KEY": "leaks-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "BETWEEN_TOKEN_KEYS": "t1:" + "dG9rZW4ta2V5LW9mLXRoZS10ZXN0cy0wMTIzNDU2Nzg",
    "BETWEEN_MASTER_KEYS": "m1:" + "bWFzdGVyLWtleS1vZi10aGUtdGVzdHMtMDEyMzQ1Njc",
    "BETWEEN_ALLOWED_HOSTS": "127.0.0.1,localhost",
    "DJANGO_SETTINGS_MODULE": "tests.proofs.rls.settings",
}
#: As docs/operations.md has them made.
ROLES = (
    "CREATE ROLE between_owner LOGIN",
    "CREATE ROLE between_serving LOGIN",
    "ALTER ROLE between_serving SET statement_timeout = '10s'",
)
BOUNCER = """[databases]
between = host=127.0.0.1 port={server} dbname=between
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 3
logfile = {folder}/log
pidfile = {folder}/pid
"""


def bouncer_program() -> str | None:
    """Find PgBouncer; None where it isn't installed."""
    return shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")


@contextmanager
def clinic_server(space: Path | None = None) -> Iterator[tuple[Cluster, dict[str, str]]]:
    """Make a server, its roles and tables; give it and the environment of the service.

    With a ``space``, the database lies there.
    """
    with cluster("synchronous_commit=off") as server, tempfile.TemporaryDirectory() as data:
        with psycopg.connect(server.url, autocommit=True) as connection:
            if space is not None:
                if server.user:
                    shutil.chown(space, server.user)
                connection.execute(f"CREATE TABLESPACE small LOCATION '{space}'")
            for statement in ROLES:
                connection.execute(statement)
            at = "" if space is None else " TABLESPACE small"
            connection.execute(f"CREATE DATABASE between OWNER between_owner{at}")
        kept = {name: v for name, v in os.environ.items() if not name.startswith("BETWEEN_")}
        env = kept | SECRETS | {
            "BETWEEN_DATA": data,
            "BETWEEN_DATABASE_URL": url(server.port, "between_serving"),
            "BETWEEN_OWNER_DATABASE_URL": url(server.port, "between_owner"),
            "BETWEEN_TEST_WAY": "pool",
        }  # fmt: skip
        run(env, "-m", "django", "migrate", "--verbosity", "0")
        yield server, env


@contextmanager
def small_space(mebibytes: int) -> Iterator[Path | None]:
    """Make a file system of a size; None where this process may not."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "none", folder]
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            yield None
            return
        try:
            yield place
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def url(port: int, role: str) -> str:
    """Name the database as one of its roles."""
    return f"postgres://{role}@127.0.0.1:{port}/between"


def run(env: Mapping[str, str], *args: str) -> str:
    """Run a Python program on this ground and return what it printed."""
    done = subprocess.run(
        [sys.executable, *args], env=dict(env), check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout


@contextmanager
def bouncer(server: Cluster) -> Iterator[int]:
    """Put PgBouncer with transaction pooling before a server; give its port."""
    program = bouncer_program()
    if program is None:
        raise RuntimeError("PgBouncer is not installed")
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        place = Path(folder)
        place.joinpath("conf").write_text(
            BOUNCER.format(server=server.port, port=port, folder=folder)
        )
        place.joinpath("users").write_text('"between_serving" ""\n')
        user = _nobody(place) if os.geteuid() == 0 else None
        with subprocess.Popen(
            [program, str(place / "conf")], user=user,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as child:  # fmt: skip
            try:
                _wait_for(port)
                yield port
            finally:
                child.terminate()


def _nobody(place: Path) -> str:
    """Give the folder to somebody else than root, as whom PgBouncer refuses to run."""
    name = next(one for one in OWNERS if _exists(one))
    for path in (place, *place.iterdir()):
        shutil.chown(path, name)
    return name


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("PgBouncer did not start")
