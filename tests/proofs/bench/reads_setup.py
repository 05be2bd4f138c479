"""Fill a bench's database with a clinic's weeks, and record what each read asks and answers.

``python -m tests.proofs.bench.reads_setup 100000 FILE`` on a bench's own database. Forty patients
have a thousand entries each, whose last weeks are real; the rest are copies. All are laid out in
the order of time, as phones would have sent them.
"""

import json
import pickle
import random
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import django

django.setup()

from django.db import connection  # noqa: E402 (apps must be ready)
from django.utils import timezone  # noqa: E402 (the same)
from rest_framework.test import APIClient  # noqa: E402 (the same)

from care.models import Clinic, Group, User  # noqa: E402 (the same)
from journaling.entries.record import record_entries  # noqa: E402 (the same)
from journaling.entries.validate import validate_entry  # noqa: E402 (the same)
from tests import cast  # noqa: E402 (the same)
from tests.proofs.bench.reads_fill import fill  # noqa: E402 (the same)

PATIENTS, GROUP, EACH = 40, 12, 1_000
#: A thousand entries in 160 days: 175 in the 28 days that a brief reads.
DAYS, WINDOW, READ_DAYS = 160, 14, 42
MONTH = 28
ALONE = 100


def main() -> None:
    """Fill, record, and print which addresses to read under which token."""
    entries, recording = int(sys.argv[1]), Path(sys.argv[2])
    now = timezone.now()
    therapist, patients = _people()
    for patient in patients:
        _live(patient, now, days=READ_DAYS if patient is not patients[0] else DAYS)
    fill(
        patients[0], count=entries // EACH - len(patients), each=EACH,
        lived_since=now - timedelta(days=READ_DAYS),
    )  # fmt: skip
    reads = _reads(therapist, patients, now)
    client = _client(therapist)
    sent = client.get("/healthz", headers={"Host": "127.0.0.1"}).wsgi_request
    token = sent.headers["Authorization"].removeprefix("Bearer ")
    recorded: dict[str, Any] = {}
    told = []
    for name, title, paths in reads:
        for path in paths:
            recorded[path] = _record(client, path)
        told.append({
            "name": name, "title": title, "paths": paths, "token": token,
            "statements": len(recorded[paths[0]][0]), "one_alone_ms": _alone(client, paths),
        })  # fmt: skip
    recording.write_bytes(pickle.dumps(recorded))
    sys.stdout.write(json.dumps(told))


def _people() -> tuple[User, list[User]]:
    clinic = Clinic.objects.create(name="Bench of reads", time_zone=cast.ZONE)
    therapist = cast.staff(clinic, "reader", "Reader")
    patients = [
        cast.patient(clinic, f"reader{n}", f"Reader {n}", treated_by=therapist)
        for n in range(PATIENTS)
    ]
    return therapist, patients


def _live(patient: User, now: datetime, *, days: int) -> None:
    """Let a patient have written each entry when it occurred; what was to be discussed is recent.

    A brief reads what is marked or came late until it is reviewed: here nobody reviews.
    """
    dice = random.Random(patient.username)
    drafts = []
    for n in range(EACH - EACH * days // DAYS, EACH):
        at = now - timedelta(days=DAYS * (1 - n / EACH), minutes=dice.randrange(5))
        body = {
            "id": str(UUID(int=dice.getrandbits(128), version=4)), "occurred_at": at.isoformat(),
            "recorded_at": at.isoformat(), "time_zone": cast.ZONE,
        }  # fmt: skip
        drafts.append(validate_entry(body | _said(n, dice), now=at))
    record_entries(chart=cast.own_chart(patient), drafts=drafts, now=now)


def _said(n: int, dice: random.Random) -> dict[str, Any]:
    match n % 3:
        case 0:
            return {
                "kind": "craving", "intensity": dice.randrange(11), "target": "alcohol",
                "triggers": ["lonely"], "skills": ["slow-breathing"], "minutes_later": 20,
                "intensity_after": dice.randrange(6), "outcome": "did_not_use",
                "note": "walked along the lake, it passed",
                "discuss": n % 60 == 0 and n >= EACH - EACH * READ_DAYS // DAYS,
            }  # fmt: skip
        case 1:
            return {"kind": "mood", "valence": dice.randrange(-3, 4), "labels": ["calm"]}
        case _:
            return {
                "kind": "skill_practice", "skill": dice.choice(["name-it", "notice-only"]),
                "attempted": True, "able": True, "helped": dice.random() < 0.6,
            }  # fmt: skip


def _reads(
    therapist: User, patients: list[User], now: datetime
) -> list[tuple[str, str, list[str]]]:
    soon, before = now + timedelta(hours=1), now - timedelta(days=WINDOW)
    briefs = []
    for patient in patients:
        cast.admitted(patient, on=(now - timedelta(days=DAYS)).date())
        cast.session(therapist, starts_at=before, with_patient=patient, status="present")
        briefs.append(cast.session(therapist, starts_at=soon, with_patient=patient).pk)
    groups = []
    for n in range(3):
        row: Group = cast.group(
            therapist, *patients[n * GROUP : (n + 1) * GROUP], name=f"Group {n}"
        )
        cast.session(therapist, starts_at=now - timedelta(days=3), with_group=row, kind="group")
        groups.append(cast.session(therapist, starts_at=soon, with_group=row, kind="group").pk)
    month = f"from={(now - timedelta(days=MONTH)).date()}&limit=200"
    return [
        ("r1", "month", [f"/api/v1/patients/{one.pk}/entries?{month}" for one in patients]),
        ("r2", "individual brief", [f"/api/v1/sessions/{pk}/brief" for pk in briefs]),
        ("r3", f"group brief of {GROUP}", [f"/api/v1/sessions/{pk}/brief" for pk in groups]),
        ("r4", f"caseload of {PATIENTS}", ["/api/v1/caseload"]),
    ]


def _client(therapist: User) -> APIClient:
    client: APIClient = cast.signed_in(therapist)
    return client


def _get(client: APIClient, path: str) -> Any:
    response = client.get(path, headers={"Host": "127.0.0.1"})
    if response.status_code != 200:
        raise RuntimeError(response.content)
    return response.json()


def _record(client: APIClient, path: str) -> tuple[list[tuple[str, Any]], Any]:
    seen: list[tuple[str, Any]] = []

    def remember(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        # The driver begins by itself on PostgreSQL, and nobody tells of the commit.
        if sql != "BEGIN IMMEDIATE":
            seen.append((sql, _plain(list(params or ()))))
        return execute(sql, params, *rest)

    with connection.execute_wrapper(remember):
        body = _get(client, path)
    return seen, body


def _plain(value: Any) -> Any:
    """Take an enumeration's own value, so that the raw limit needs nothing of our house."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, str) else value


def _alone(client: APIClient, paths: list[str]) -> float:
    """Time one request after another in this process, so that growth is told without a server."""
    _get(client, paths[0])
    times = []
    for n in range(ALONE):
        started = time.perf_counter()
        _get(client, paths[n % len(paths)])
        times.append((time.perf_counter() - started) * 1_000)
    return round(median(times), 2)


if __name__ == "__main__":
    main()
