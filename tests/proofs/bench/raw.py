"""The raw limit of recording entries: a bare WSGI function without our house around it.

It verifies the same token, runs the same statements on the same tables and writes the same JSON, by
hand and with nothing else: no checks of input, no framework, no encryption of the note. What our
own door reaches is told as a share of this.
"""

import base64
import os
import sqlite3
import struct
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import jwt
import orjson
import psycopg_pool

from backend.kit.crypto import parse_key_ring

#: How our cursors begin; their seal is left out here.
PLACE = struct.Struct(">Q")
Start = Callable[[str, list[tuple[str, str]]], object]
KEY_ID, _RAW = next(iter(parse_key_ring(os.environ["BETWEEN_TOKEN_KEYS"]).items()))
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
  recorded_at, received_at, local_date, recall, clock_suspect, is_countable, origin, share, discuss,
  encrypted_text, intensity, target, triggers, outcome)
VALUES (%s, %s, 'craving', 1, %s, %s, %s, %s, %s, %s, %s, 'momentary', %s, TRUE, 'self',
  'care_team', %s, %s, %s, %s, %s, %s)
"""
AUDIT = """
INSERT INTO care_accesslogentry (at, actor_id, actor_role, actor_name, device_session_id,
  patient_id, action, data_class, reason, request_id)
VALUES (%s, %s, 'patient', 'A patient', %s, %s, 'write', 'entries', 'own', %s)
"""


LOCK = """
INSERT INTO journaling_journal (patient_id, last_seq) VALUES (%s, 0)
ON CONFLICT (patient_id) DO UPDATE SET last_seq = journaling_journal.last_seq
RETURNING last_seq, purged_seq
"""
COUNTER = "UPDATE journaling_journal SET last_seq = %s WHERE patient_id = %s"
STORED = "SELECT * FROM journaling_entry WHERE patient_id = %s AND id"
CHANGES = """
SELECT * FROM journaling_entry WHERE patient_id = %s AND seq > %s AND seq < %s
ORDER BY seq LIMIT 201
"""
SAME = """
INSERT INTO journaling_entry (patient_id, kind, rev, time_zone, occurred_at, recorded_at,
  received_at, local_date, recall, clock_suspect, is_countable, origin, share, discuss, id, seq,
  digest, encrypted_text, intensity, target, triggers, outcome)
"""
CHANGING = {
    "id": "uuid", "seq": "bigint", "digest": "bytea", "encrypted_text": "bytea",
    "intensity": "smallint",
    "target": "text", "triggers": "jsonb", "outcome": "text",
}  # fmt: skip


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
        """Return an id as the driver takes it."""
        return value

    def stored_of(self, patient: Any, ids: list[Any]) -> tuple[str, list[Any]]:
        """Return which of these entries exist."""
        return f"{STORED} = ANY(%s)", [patient, ids]

    def insert_all(self, cursor: Any, same: list[Any], changing: dict[str, list[Any]]) -> None:
        """Insert all in one statement, an array a column."""
        patient, zone, at, now = same
        arrays = ", ".join(f"%s::{sort}[]" for sort in CHANGING.values())
        cursor.execute(
            f"{SAME} SELECT %s, 'craving', 1, %s, %s, %s, %s, %s, 'momentary', FALSE, TRUE, "
            f"'self', 'care_team', FALSE, u.* FROM unnest({arrays}) u",
            [patient, zone, at, at, now, at[:10], *changing.values()],
        )


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
        """Return an id as Django stores it in SQLite."""
        return value.hex

    def stored_of(self, patient: Any, ids: list[Any]) -> tuple[str, list[Any]]:
        """Return which of these entries exist."""
        return f"{STORED} IN ({', '.join(['%s'] * len(ids))})", [patient, *ids]

    def insert_all(self, cursor: Any, same: list[Any], changing: dict[str, list[Any]]) -> None:
        """Insert all, one after another."""
        patient, zone, at, now = same
        holders = ", ".join(["%s"] * len(CHANGING))
        cursor.executemany(
            f"{SAME} VALUES (%s, 'craving', 1, %s, %s, %s, %s, %s, 'momentary', FALSE, TRUE, "
            f"'self', 'care_team', FALSE, {holders})",
            [
                (patient, zone, at, at, now, at[:10], *row)
                for row in zip(*changing.values(), strict=True)
            ],
        )


class _Question:
    """A cursor that takes ``%s`` and Python's values where SQLite wants ``?`` and text."""

    def __init__(self, cursor: sqlite3.Cursor, turn: threading.Lock) -> None:
        self.cursor = cursor
        self.turn = turn

    def execute(self, sql: str, params: Iterable[Any] = ()) -> None:
        """Run one statement."""
        plain = [_text(value) for value in params]
        if sql == "BEGIN":
            # Writers of a process take turns, as they do in ours (backend/kit/sqlite).
            self.turn.acquire()
            self.cursor.execute("BEGIN IMMEDIATE")
            return
        self.cursor.execute(sql.replace("%s", "?"), plain)
        if sql in {"COMMIT", "ROLLBACK"}:
            self.turn.release()

    @property
    def description(self) -> Any:
        """Return the columns of the last query."""
        return self.cursor.description

    def executemany(self, sql: str, rows: Iterable[Iterable[Any]]) -> None:
        """Run one statement for each row."""
        self.cursor.executemany(
            sql.replace("%s", "?"), [[_text(value) for value in row] for row in rows]
        )

    def fetchall(self) -> Any:
        """Fetch all rows."""
        return self.cursor.fetchall()

    def fetchone(self) -> Any:
        """Fetch the next row."""
        return self.cursor.fetchone()


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, datetime) else value


_url = os.environ["BETWEEN_DATABASE_URL"]
DATABASE: Postgres | SQLite = (
    SQLite(_url.removeprefix("sqlite:///")) if _url.startswith("sqlite") else Postgres(_url)
)


def application(environ: dict[str, Any], start: Start) -> list[bytes]:
    """Record one craving or a hundred; anything else asks whether the server is up."""
    if environ["REQUEST_METHOD"] != "POST":
        start("200 OK", [])
        return []
    token = environ["HTTP_AUTHORIZATION"].partition(" ")[2]
    claims = jwt.decode(
        token, KEY, algorithms=["HS256"], audience="between-sessions-api", issuer="between-sessions"
    )
    sent = orjson.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    record, status = (_record, "201 Created") if "id" in sent else (_exchange, "200 OK")
    told = DATABASE.record(lambda cursor: record(cursor, UUID(claims["sid"]), sent))
    start(status, [("Content-Type", "application/json")])
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
    return _told(sent, seq, now)


def _exchange(cursor: Any, session_id: UUID, sent: dict[str, Any]) -> dict[str, Any]:
    now, as_id = datetime.now(UTC), DATABASE.id
    stored_now = now.replace(tzinfo=None) if isinstance(DATABASE, SQLite) else now
    ops, after = sent["ops"], PLACE.unpack_from(base64.urlsafe_b64decode(sent["cursor"]))[0]
    cursor.execute(SESSION, [as_id(session_id), stored_now])
    patient = cursor.fetchone()[1]
    cursor.execute("BEGIN")
    cursor.execute(LOCK, [patient])
    first = cursor.fetchone()[0] + 1
    ids = [as_id(UUID(op["id"])) for op in ops]
    cursor.execute(*DATABASE.stored_of(patient, ids))
    cursor.fetchall()
    notes = [op["note"].encode() for op in ops]
    same = {"time_zone": ops[0]["time_zone"], "at": ops[0]["occurred_at"]}
    changing = {
        "id": ids, "seq": list(range(first, first + len(ops))), "digest": [n[:32] for n in notes],
        "encrypted_text": notes, "intensity": [op["intensity"] for op in ops],
        "target": [op["target"] for op in ops],
        "triggers": [orjson.dumps(op["triggers"]).decode() for op in ops],
        "outcome": [op["outcome"] for op in ops],
    }  # fmt: skip
    DATABASE.insert_all(cursor, [patient, same["time_zone"], same["at"], stored_now], changing)
    cursor.execute(COUNTER, [first + len(ops) - 1, patient])
    cursor.execute(AUDIT, [stored_now, patient, as_id(session_id), patient, str(uuid4())])
    cursor.execute("COMMIT")
    cursor.execute(CHANGES, [patient, after, first])
    cursor.fetchall()
    numbered = list(enumerate(ops, first))
    return {
        "results": [
            {"id": op["id"], "status": "created", "rev": 1, "seq": seq} for seq, op in numbered
        ],
        "changes": [_told(op, seq, now) for seq, op in numbered],
        "cursor": base64.urlsafe_b64encode(PLACE.pack(first + len(ops) - 1)).decode(),
        "more": False, "support": None,
    }  # fmt: skip


def _told(sent: dict[str, Any], seq: int, now: datetime) -> dict[str, Any]:
    return {
        **sent, "place": None, "company": None, "thought": None, "skills": None,
        "intensity_after": None, "minutes_later": None, "share": "care_team", "discuss": False,
        "origin": "self", "rev": 1, "seq": seq, "received_at": now, "recall": "momentary",
        "local_date": sent["occurred_at"][:10], "clock_suspect": False, "reviewed_at": None,
        "acknowledged_at": None, "unanswered": None, "support": None,
    }  # fmt: skip
