"""The real application behind its door: what it logs of odd requests holds nothing of them."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.gunicorn_server import Door, served

pytestmark = pytest.mark.once
CANARY = "canary9b1c"
HOST = "Host: localhost\r\n"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Serve us over a database that has no tables, so that what asks it fails loudly."""
    folder = tmp_path_factory.mktemp("application")
    before = os.environ.get("BETWEEN_DATABASE_URL")
    os.environ["BETWEEN_DATABASE_URL"] = f"sqlite:///{folder / 'empty.sqlite3'}"
    try:
        with served(folder, "--threads", "4", application="backend.wsgi:application") as found:
            yield found
    finally:
        os.environ.pop("BETWEEN_DATABASE_URL")
        if before is not None:
            os.environ["BETWEEN_DATABASE_URL"] = before


def posted(path: str, body: str, kind: str, *headers: str) -> str:
    more = "".join(f"{header}\r\n" for header in headers)
    return (
        f"POST {path} HTTP/1.1\r\n{HOST}Content-Type: {kind}\r\n{more}"
        f"Content-Length: {len(body.encode())}\r\nConnection: close\r\n\r\n{body}"
    )


def got(path: str, *headers: str, host: str = HOST) -> str:
    more = "".join(f"{header}\r\n" for header in headers)
    return f"GET {path} HTTP/1.1\r\n{host}{more}Connection: close\r\n\r\n"


FORM = "application/x-www-form-urlencoded"
ODD = {
    "a host": got("/review/", host=f"Host: {CANARY}.example\r\n"),
    "a host that is none": got("/review/", host=f"Host: {CANARY} x\r\n"),
    "no host": got(f"/review/?next={CANARY}", host=""),
    "a forwarded host": got("/review/", f"X-Forwarded-Host: {CANARY}"),
    "a query": got(f"/api/v1/entries?token={CANARY}"),
    "a path": got(f"/{CANARY}/%ff%fe"),
    "a calendar's secret": got(f"/api/v1/calendar/{CANARY}.ics"),
    "a bearer": got("/api/v1/me", f"Authorization: Bearer {CANARY}"),
    "a cookie": got("/review/", f"Cookie: between_session={CANARY}; between_device={CANARY}"),
    "broken JSON": posted("/api/v1/auth/token", '{"password": "' + CANARY, "application/json"),
    "a sign-in": posted(
        "/api/v1/auth/token", f'{{"username": "x", "password": "{CANARY}"}}', "application/json"
    ),
    "a form without our token": posted("/review/sign-in/", f"password={CANARY}", FORM),
    "another origin": posted("/review/sign-in/", "x=1", FORM, f"Origin: https://{CANARY}.example"),
    "a code": posted("/review/start/", f"code={CANARY}", FORM),
    "a form in parts": posted("/review/sign-in/", CANARY, "multipart/form-data; boundary=x"),
    "a boundary": posted("/review/sign-in/", "x", f"multipart/form-data; boundary={CANARY}\x80"),
    "a charset": posted("/review/sign-in/", "x=1", f"{FORM}; charset={CANARY}"),
    "a look-up": got(f"/review/admin/care/user/?password__regex={CANARY}"),
    "an id of a request": got("/healthz", f"X-Request-Id: {CANARY} {CANARY}"),
}


@pytest.mark.parametrize("sent", ODD.values(), ids=ODD.keys())
def test_the_log_says_nothing_of_it(door: Door, sent: str) -> None:
    answer = door.ask(sent.encode("latin-1"))

    assert answer.startswith(b"HTTP/1.1 "), answer
    assert CANARY not in door.log.read_text(errors="replace").lower()


def test_that_something_failed_is_logged_by_its_kind(door: Door) -> None:
    door.ask(ODD["a sign-in"].encode())

    # There are no tables: SQLite says the first, PostgreSQL the second.
    assert re.search(r'"exception": "(Operational|Programming)Error"', door.log.read_text())
    assert Path(door.log).stat().st_size < 200_000
