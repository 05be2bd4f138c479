"""The raw limit of a read: the token, the recorded statements, the recorded JSON, nothing else."""

import os
import pickle
from pathlib import Path
from typing import Any

import jwt
import orjson

from tests.bench.raw import DATABASE, KEY, Start

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
    for sql, params in statements:
        cursor.execute(sql, params or ())
        if sql.lstrip("( ").upper().startswith(("SELECT", "WITH")):
            cursor.fetchall()
    return {}
