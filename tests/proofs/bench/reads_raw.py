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
from django.db.backends.sqlite3._functions import register  # type: ignore[import-untyped] # no stubs

from tests.proofs.bench.raw import DATABASE, KEY, SQLite, Start

_READS: dict[str, tuple[list[tuple[str, Any]], Any]] = pickle.loads(
    Path(os.environ["BENCH_READS"]).read_bytes()
)


def application(environ: dict[str, Any], start: Start) -> list[bytes]:
    """Replay one read; anything else asks whether the server is up."""
    asked = "?".join(filter(None, (environ["PATH_INFO"], environ["QUERY_STRING"])))
    found = _READS.get(asked)
    if found is None:
        start("200 OK", [])
        return []
    token = environ["HTTP_AUTHORIZATION"].partition(" ")[2]
    jwt.decode(
        token, KEY, algorithms=["HS256"], audience="between-sessions-api", issuer="between-sessions"
    )
    statements, body = found
    is_list = "results" in body and asked != environ["PATH_INFO"]
    told = DATABASE.record(lambda cursor: _replay(cursor, statements, body if is_list else None))
    start("200 OK", [("Content-Type", "application/json")])
    return [orjson.dumps(told or body)]


def _replay(cursor: Any, statements: list[tuple[str, Any]], page: Any) -> dict[str, Any]:
    rows: list[tuple[Any, ...]] = []
    if isinstance(DATABASE, SQLite):
        _teach(DATABASE.local.connection)
    for sql, params in statements:
        is_read = sql.lstrip("( ").upper().startswith(("SELECT", "WITH"))
        with nullcontext() if is_read or not isinstance(DATABASE, SQLite) else DATABASE.turn:
            if _is_of_many(sql, params):
                cursor.cursor.execute("BEGIN IMMEDIATE")
                cursor.cursor.executemany(sql.replace("%s", "?"), params)
                cursor.cursor.execute("COMMIT")
            else:
                cursor.execute(sql, params or ())
        if is_read:
            rows = cursor.fetchall()
    return {} if page is None else {**page, "results": _written(cursor, rows, page["results"])}


def _is_of_many(sql: str, params: list[Any]) -> bool:
    """Whether each parameter is a row: SQLite is given one row after another."""
    return "unnest(" not in sql and bool(params) and isinstance(params[0], list)


@cache
def _teach(made: sqlite3.Connection) -> None:
    """Register the functions that Django's statements name on a connection, once."""
    register(made)


def _written(cursor: Any, rows: list[tuple[Any, ...]], known: list[Any]) -> list[Any]:
    """Write each row under the names of its kind.

    What is no column, or is encrypted, stays as our endpoint once told it.
    """
    names = [column[0] for column in cursor.description]
    kind = names.index("kind")
    samples = {entry["kind"]: entry for entry in known}
    places = {
        name: [(column, place) for place, column in enumerate(names) if column in sample]
        for name, sample in samples.items()
    }
    return [
        samples[row[kind]]
        | {
            name: row[place]
            for name, place in places[row[kind]]
            if not isinstance(row[place], bytes)
        }
        for row in rows[:200]
    ]
