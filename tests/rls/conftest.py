"""One server for all of these tests, since making it takes most of their time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.chaos import cluster
from tests.chaos.cluster import Cluster
from tests.rls import ground


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
    if cluster.binaries() is None or connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL's programs, and SQLite has no row policies")
    with ground.small_space(64) as space, ground.clinic_server(space) as (server, env):
        people = json.loads(ground.run(env, "-m", "tests.rls.people", "6"))
        yield ClinicServer(server, env, people, space)
