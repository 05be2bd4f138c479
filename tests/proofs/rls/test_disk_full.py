"""A full disk costs nobody an entry: it is refused whole, and taken when there is space (E8)."""

import http.client
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.cast import craving
from tests.proofs.chaos.gunicorn_workers import service
from tests.proofs.rls import clinic_server as rls_clinic_server
from tests.proofs.rls.conftest import ClinicServer

pytestmark = pytest.mark.postgres
#: Words that don't shrink, so that each entry takes space.
LONG = "".join(chr(0x4E00 + n * 7 % 20_000) for n in range(9_000))


def fill(space: Path) -> Path:
    """Leave no byte on a disk."""
    file = space / "in-the-way"
    with file.open("wb", buffering=0) as out:
        for size in (1 << 20, 4096):
            try:
                while True:
                    out.write(b"x" * size)
            except OSError:
                continue
    return file


def post(port: int, token: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {
        "Authorization": f"Bearer {token}", "Content-Type": "application/json",
        "X-Forwarded-Proto": "https",
    }  # fmt: skip
    line.request("POST", "/api/v1/entries", json.dumps(body), headers)
    answer = line.getresponse()
    read = json.loads(answer.read())
    line.close()
    return answer.status, read | {"retry": answer.headers.get("Retry-After")}


def rows_of(here: ClinicServer, table: str) -> int:
    url = rls_clinic_server.url(here.server.port, "between")
    with psycopg.connect(url) as connection:
        found = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert found is not None
    return int(found[0])


def test_an_entry_that_found_no_space_is_refused_whole_and_taken_later(
    clinic_server: ClinicServer, tmp_path: Path
) -> None:
    here = clinic_server
    if here.space is None:
        pytest.skip("this process may mount no file system")
    token = here.people[0]["token"]
    counted = {name: rows_of(here, name) for name in ("journaling_entry", "care_accesslogentry")}
    with service("backend.wsgi:application", here.env, log=tmp_path / "log") as served:
        assert post(served.port, token, craving())[0] == 201
        filler = fill(here.space)
        taken = 0
        try:
            for _ in range(200):
                sent = craving(note=LONG)
                status, told = post(served.port, token, sent)
                if status != 201:
                    break
                taken += 1
            rows = {name: rows_of(here, name) for name in counted}
        finally:
            filler.unlink()

        assert (status, told["code"], told["retry"]) == (503, "unavailable", "5")
        # Each entry and its line in the log came together, or neither did.
        assert rows == {name: before + taken + 1 for name, before in counted.items()}
        assert post(served.port, token, sent)[0] == 201
        assert post(served.port, token, sent)[0] == 200
