"""The raw limit of a read: the token, the recorded statements, the recorded JSON, nothing else."""

import os
import pickle
import sqlite3
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import orjson
from django.db.backends.sqlite3._functions import register  # type: ignore[import-untyped]

from tests.bench.raw import DATABASE, KEY, SQLite, Start

_READS: dict[str, tuple[list[tuple[str, Any]], Any]] = pickle.loads(
    Path(os.environ["BENCH_READS"]).read_bytes()
)


def application(environ: dict[str, Any], start: Start) -> list[bytes]:
    """Replay one read; anything else asks whether the server is up."""
    found = _READS.get(environ["PATH_INFO"])
    if found is None:
        start("200 OK", [])
        return []
    token = environ["HTTP_AUTHORIZATION"].partition(" ")[2]
    jwt.decode(
        token, KEY, algorithms=["HS256"], audience="between-sessions-api", issuer="between-sessions"
    )
    statements, body = found
    DATABASE.record(lambda cursor: _replay(cursor, statements))
    start("200 OK", [("Content-Type", "application/json")])
    return [orjson.dumps(body)]


def _replay(cursor: Any, statements: list[tuple[str, Any]]) -> dict[str, Any]:
    if isinstance(DATABASE, SQLite):
        _teach(DATABASE.local.connection)
    for sql, params in statements:
        is_read = sql.lstrip("( ").upper().startswith(("SELECT", "WITH"))
        with nullcontext() if is_read or not isinstance(DATABASE, SQLite) else DATABASE.turn:
            if _is_of_many(sql, params):
                cursor.cursor.executemany(sql.replace("%s", "?"), params)
            else:
                cursor.execute(sql, params or ())
        if is_read:
            cursor.fetchall()
    return {}


def _is_of_many(sql: str, params: list[Any]) -> bool:
    """Tell whether each parameter is a row: SQLite is given one row after another."""
    return "unnest(" not in sql and bool(params) and isinstance(params[0], list)


@cache
def _teach(made: sqlite3.Connection) -> None:
    """Give a connection the functions that Django's statements name, once."""
    register(made)
