"""Without a connection, time or space people are told so, and nothing is lost (R35, E8, E9)."""

import resource
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from psycopg_pool import PoolTimeout
from rest_framework.test import APIClient

from api.ops import health
from backend.kit.db.claims import lock_timeout
from backend.kit.db.sqlite import base
from care.models import AccessLogEntry
from journaling.models import Entry, Journal
from tests.cast import Cast, craving, enter, signed_in
from tests.on_call_clinic import unsafe

ENTRIES = "/api/v1/entries"
on_postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no pool")
on_sqlite = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="for PostgreSQL see tests/proofs/rls/test_disk_full.py"
)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return enter()


def told_of_faults(cast: Cast) -> APIClient:
    """Return maya's client, which gets an answer where a test would get the exception."""
    phone = signed_in(cast.maya)
    phone.raise_request_exception = False
    return phone


@contextmanager
def no_connection_left() -> Iterator[None]:
    """Take every connection of the pool, which is as patient as where people are served."""
    pool: Any = connection.pool  # type: ignore[attr-defined] # PostgreSQL's has one
    held, patience = [], pool.timeout
    pool.timeout = settings.SERVED_POOL_TIMEOUT
    try:
        while True:
            try:
                held.append(pool.getconn(timeout=0.5))
            except PoolTimeout:
                break
        yield
    finally:
        pool.timeout = patience
        for one in held:
            pool.putconn(one)


def elsewhere(work: Callable[[], Any]) -> Any:
    """Do something on a thread of its own, which needs a connection of its own."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(timeout=60)
    assert found, "it was not given up within a minute, or raised"
    return found[0]


@on_postgres
def test_without_a_connection_the_answer_is_503_within_two_seconds(cast: Cast) -> None:
    phone, body = told_of_faults(cast), craving()
    page = Client(raise_request_exception=False)
    with no_connection_left():
        took = []
        for ask in (
            lambda: phone.post(ENTRIES, body),
            lambda: phone.get("/api/v1/me"),
            lambda: page.post("/review/sign-in/", {"username": "dr_okafor", "password": "x"}),
        ):
            began = time.monotonic()
            answer = elsewhere(ask)
            took.append(time.monotonic() - began)
            assert answer.status_code == 503
            assert answer["Retry-After"] == "5"
    # The pool waits for one and a half; the rest is for a busy machine.
    assert max(took) < 3
    assert settings.SERVED_POOL_TIMEOUT == 1.5

    assert Entry.objects.count() == 0
    assert elsewhere(lambda: phone.post(ENTRIES, body)).status_code == 201


@on_postgres
def test_every_connection_has_its_limits() -> None:
    with connection.cursor() as cursor:
        for name, value in (
            ("statement_timeout", "10s"), ("idle_in_transaction_session_timeout", "30s"),
            ("jit", "off"),
        ):  # fmt: skip
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone()[0] == value


@on_postgres
def test_a_statement_that_takes_too_long_is_given_up_and_nothing_is_written(cast: Cast) -> None:
    phone, body = told_of_faults(cast), craving()
    Journal.objects.get_or_create(patient_id=cast.maya.pk)

    def impatient() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 200")
        try:
            return phone.post(ENTRIES, body)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET statement_timeout")

    with transaction.atomic():
        Journal.objects.select_for_update().get(patient_id=cast.maya.pk)
        logged = AccessLogEntry.objects.count()
        answer = elsewhere(impatient)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert (Entry.objects.count(), AccessLogEntry.objects.count()) == (0, logged)
    assert phone.post(ENTRIES, body).status_code == 201


@contextmanager
def no_file_grows(largest: int) -> Iterator[None]:
    """Make the kernel refuse this process every byte beyond, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@on_sqlite
def test_an_entry_that_found_no_space_is_refused_whole_and_taken_later(cast: Cast) -> None:
    phone = told_of_faults(cast)
    assert phone.post(ENTRIES, craving()).status_code == 201
    counted, logged = Entry.objects.count(), AccessLogEntry.objects.count()
    log = Path(f"{connection.settings_dict['NAME']}-wal")

    with no_file_grows(log.stat().st_size):
        sent = craving(note="n" * 9_000)
        refused = phone.post(ENTRIES, sent)
        health._write_check.forget()
        ready = APIClient().get("/readyz")

    assert (ready.status_code, ready.json()["writable"]) == (503, False)
    lines = {line["call"] for line in refused.json()["support"]["resources"]}
    assert lines >= {"911", "988"}
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert refused["Retry-After"] == "5"
    assert (Entry.objects.count(), AccessLogEntry.objects.count()) == (counted, logged)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        assert cursor.fetchone()[0] == "ok"
    assert phone.post(ENTRIES, sent).status_code == 201


@contextmanager
def file_locked() -> Iterator[None]:
    """Hold SQLite's lock as another program does, a backup that went wrong, say."""
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@on_sqlite
def test_a_lock_that_is_held_elsewhere_stops_neither_health_nor_crisis_lines(cast: Cast) -> None:
    phone = told_of_faults(cast)
    with file_locked():
        began = time.monotonic()
        alive = elsewhere(lambda: APIClient().get("/healthz"))
        lines = elsewhere(lambda: APIClient().get("/api/v1/crisis-resources"))
        took = time.monotonic() - began
        with lock_timeout(0.2):
            refused = phone.post(ENTRIES, unsafe())

    assert (alive.status_code, lines.status_code) == (200, 200)
    assert {line["call"] for line in lines.json()["results"]} >= {"911", "988"}
    assert took < 3
    told = refused.json()["support"]
    assert (refused.status_code, told["level"], told["staff_notified"]) == (503, 3, False)
    assert Entry.objects.count() == 0
    assert phone.post(ENTRIES, unsafe()).status_code == 201


@on_sqlite
def test_those_who_wait_for_a_file_never_take_every_thread_of_a_server() -> None:
    queue = base.WriteQueue()
    assert queue.wait(1)
    waiting = [
        threading.Thread(target=queue.wait, args=(30,)) for _ in range(base.MAX_LONG_WAITERS)
    ]
    for thread in waiting:
        thread.daemon = True
        thread.start()
    while queue.waiting < base.MAX_LONG_WAITERS:
        time.sleep(0.01)

    began = time.monotonic()
    has_turn = queue.wait(30)
    took = time.monotonic() - began

    assert not has_turn
    assert took < 2 * base.SHORT_WAIT_SECONDS
    # Any of those who wait may have the next turn: it is left again when somebody took it.
    for left in reversed(range(len(waiting))):
        queue.leave()
        while queue.waiting > left:
            time.sleep(0.01)
    for thread in waiting:
        thread.join(5)
