"""Copies that are really started, and the database that they are started on."""

import os
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from tests.cli.running_copy import Up


@pytest.fixture
def start() -> Iterator[Callable[..., Up]]:
    """Start copies, and leave none behind."""
    copies: list[Up] = []

    def start_one(*arguments: str, **env: str) -> Up:
        copies.append(Up(*arguments, **env))
        return copies[-1]

    yield start_one
    for copy in copies:
        copy.close()


@pytest.fixture
def server() -> Iterator[dict[str, str]]:
    """Return the address of a fresh database of the server; SQLite needs none."""
    if os.environ.get("BETWEEN_TEST_DATABASE") != "postgres":
        yield {}
        return
    url = os.environ["BETWEEN_DATABASE_URL"]
    name = f"{os.environ.get('BETWEEN_TEST_NAME', 'test_between')}_up_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield {"BETWEEN_DATABASE_URL": urlsplit(url)._replace(path=f"/{name}").geturl()}
        connection.execute(sql.SQL("DROP DATABASE {} (FORCE)").format(sql.Identifier(name)))
