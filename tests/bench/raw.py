"""The raw limit of recording an entry: a bare WSGI function without our house around it.

It verifies the same token, runs the same statements on the same tables and writes the same JSON, by
hand and with nothing else: no checks of input, no framework, no encryption of the note. What our
own door reaches is told as a share of this.
"""

import base64
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import jwt
import orjson
import psycopg_pool

from backend.kit.cipher import parse_ring

Start = Callable[[str, list[tuple[str, str]]], object]
KEY_ID, _RAW = next(iter(parse_ring(os.environ["BETWEEN_TOKEN_KEYS"]).items()))
KEY = base64.urlsafe_b64encode(_RAW).decode()
SESSION = """
SELECT s.id, s.user_id, s.expires_at, s.last_used_at, u.role, u.is_active, p.wrapped_key,
       p.quiet_start, p.quiet_end, u.username, u.display_name, u.time_zone
FROM care_devicesession s JOIN care_user u ON u.id = s.user_id
LEFT JOIN care_patient p ON p.user_id = u.id
WHERE s.id = %s AND s.revoked_at IS NULL AND s.expires_at > %s
"""
NEXT_SEQ = """
INSERT INTO journaling_journal (patient_id, last_seq) VALUES (%s, 1)
ON CONFLICT (patient_id) DO UPDATE SET last_seq = journaling_journal.last_seq + 1
RETURNING last_seq
"""
ENTRY = """
INSERT INTO journaling_entry (patient_id, id, kind, rev, seq, digest, occurred_at, time_zone,
  recorded_at, received_at, local_date, recall, clock_suspect, counts, origin, share, discuss,
  words, intensity, target, triggers, outcome)
VALUES (%s, %s, 'craving', 1, %s, %s, %s, %s, %s, %s, %s, 'momentary', %s, TRUE, 'self',
  'care_team', %s, %s, %s, %s, %s, %s)
"""
AUDIT = """
INSERT INTO care_accesslogentry (at, actor_id, actor_role, device_session_id, patient_id, action,
  data_class, reason, request_id) VALUES (%s, %s, 'patient', %s, %s, 'write', 'entries', 'own', %s)
"""


class Postgres:
    """A pool of connections, as our settings make it."""

    def __init__(self, url: str) -> None:
        self.pool = psycopg_pool.ConnectionPool(url, min_size=1, max_size=8, open=True)

    def record(self, steps: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Run the statements of one request on one connection."""
        with self.pool.connection() as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                try:
                    return steps(cursor)
                except BaseException:
                    cursor.execute("ROLLBACK")
                    raise

    def id(self, value: UUID) -> Any:
        """Give an id as the driver takes it."""
        return value


class SQLite:
    """A connection a thread, with the same pragmas as our settings."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.local = threading.local()
        self.turn = threading.Lock()

    def record(self, steps: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Run the statements of one request on this thread's connection."""
        if not hasattr(self.local, "connection"):
            made = sqlite3.connect(self.path, timeout=20, isolation_level=None)
            made.executescript(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;"
                "PRAGMA mmap_size=134217728; PRAGMA secure_delete=ON;"
            )
            self.local.connection = made
        cursor = _Question(self.local.connection.cursor(), self.turn)
        try:
            return steps(cursor)
        except BaseException:
            cursor.execute("ROLLBACK")
            raise

    def id(self, value: UUID) -> Any:
        """Give an id as Django stores it in SQLite."""
        return value.hex


class _Question:
    """A cursor that takes ``%s`` and Python's values where SQLite wants ``?`` and text."""

    def __init__(self, cursor: sqlite3.Cursor, turn: threading.Lock) -> None:
        self.cursor = cursor
        self.turn = turn

    def execute(self, sql: str, params: Iterable[Any] = ()) -> None:
        """Run one statement."""
        plain = [str(p) if isinstance(p, datetime) else p for p in params]
        if sql == "BEGIN":
            # Writers of a process take turns, as they do in ours (backend/kit/sqlite).
            self.turn.acquire()
            self.cursor.execute("BEGIN IMMEDIATE")
            return
        self.cursor.execute(sql.replace("%s", "?"), plain)
        if sql in {"COMMIT", "ROLLBACK"}:
            self.turn.release()

    def fetchall(self) -> Any:
        """Fetch all rows."""
        return self.cursor.fetchall()

    def fetchone(self) -> Any:
        """Fetch the next row."""
        return self.cursor.fetchone()


_url = os.environ["BETWEEN_DATABASE_URL"]
DATABASE: Postgres | SQLite = (
    SQLite(_url.removeprefix("sqlite:///")) if _url.startswith("sqlite") else Postgres(_url)
)


def application(environ: dict[str, Any], start: Start) -> list[bytes]:
    """Record one craving; anything else asks whether the server is up."""
    if environ["REQUEST_METHOD"] != "POST":
        start("200 OK", [])
        return []
    token = environ["HTTP_AUTHORIZATION"].partition(" ")[2]
    claims = jwt.decode(
        token, KEY, algorithms=["HS256"], audience="between-sessions-api", issuer="between-sessions"
    )
    sent = orjson.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    told = DATABASE.record(lambda cursor: _record(cursor, UUID(claims["sid"]), sent))
    start("201 Created", [("Content-Type", "application/json")])
    return [orjson.dumps(told)]


def _record(cursor: Any, session_id: UUID, sent: dict[str, Any]) -> dict[str, Any]:
    now, as_id = datetime.now(UTC), DATABASE.id
    stored_now = now.replace(tzinfo=None) if isinstance(DATABASE, SQLite) else now
    cursor.execute(SESSION, [as_id(session_id), stored_now])
    patient = cursor.fetchone()[1]
    note = sent["note"].encode()
    at = sent["occurred_at"]
    cursor.execute("BEGIN")
    cursor.execute(NEXT_SEQ, [patient])
    seq = cursor.fetchone()[0]
    cursor.execute(
        ENTRY,
        [
            patient, as_id(UUID(sent["id"])), seq, note[:32], at, sent["time_zone"], at,
            stored_now, at[:10], False, False, note, sent["intensity"], sent["target"],
            orjson.dumps(sent["triggers"]).decode(), sent["outcome"],
        ],
    )  # fmt: skip
    cursor.execute(AUDIT, [stored_now, patient, as_id(session_id), patient, str(uuid4())])
    cursor.execute("COMMIT")
    return {
        **sent, "place": None, "company": None, "thought": None, "skills": None,
        "intensity_after": None, "minutes_later": None, "share": "care_team", "discuss": False,
        "origin": "self", "rev": 1, "seq": seq, "received_at": now, "recall": "momentary",
        "local_date": at[:10], "clock_suspect": False, "reviewed_at": None, "support": None,
    }  # fmt: skip
