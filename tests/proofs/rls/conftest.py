"""One server for all of these tests, since making it takes most of their time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.proofs.chaos import postgres_server
from tests.proofs.chaos.postgres_server import Cluster
from tests.proofs.rls import clinic_server as rls_clinic_server
from tests.proofs.rls.clinic_server import run, small_space


@dataclass(frozen=True)
class ClinicServer:
    """A server with a clinic in it; ``space`` is the small file system that it lies on, if any."""

    server: Cluster
    env: dict[str, str]
    people: list[dict[str, Any]]
    space: Path | None


@pytest.fixture(scope="session")
def clinic_server() -> Iterator[ClinicServer]:
    """Make the server, a database on a small disk where that can be had, and people."""
    if postgres_server.binaries() is None or connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL's programs, and SQLite has no row policies")
    with small_space(64) as space, rls_clinic_server.clinic_server(space) as (server, env):
        people = json.loads(run(env, "-m", "tests.proofs.rls.fill_patients", "6"))
        yield ClinicServer(server, env, people, space)
