"""A large caseload: right to the last number, in as many statements as a small one.

``BETWEEN_CASES=300x90 .venv/bin/python -m pytest tests/journaling/briefs/test_caseload_large.py``
asks for three hundred patients with ninety days each (LAMP #22: 250 patients took 25 minutes).
"""

import os
import random
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.kit.timezones import local_day
from care.access import roster
from care.models import User
from journaling.briefs.caseload import caseload_of
from journaling.entries.record import record_entries
from journaling.entries.validate import validate_entry
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import NOW

PATIENTS, DAYS = map(int, os.environ.get("BETWEEN_CASES", "24x16").split("x"))
ZONES = ("America/Chicago", "Pacific/Kiritimati", "Asia/Kolkata")


@pytest.fixture
def everybody(cast: Cast) -> dict[UUID, dict[int, int]]:
    """Log a few cravings a day for each patient; return their strongest by days ago."""
    peaks = {}
    for n in range(PATIENTS):
        user = people.patient(
            cast.clinic, f"p{n}", f"P{n:03}", treated_by=cast.dr_lind, zone=ZONES[n % 3]
        )
        peaks[user.pk] = _lived(user, random.Random(n))
    return peaks


def _lived(user: User, dice: random.Random) -> dict[int, int]:
    today = local_day(NOW, user.time_zone)
    peaks: dict[int, int] = {}
    drafts = []
    for n in range(DAYS * 2):
        at = NOW - timedelta(minutes=dice.randrange(1, DAYS * 24 * 60))
        strength = dice.randrange(11)
        drafts.append(
            validate_entry(
                {
                    "id": str(UUID(int=dice.getrandbits(128), version=4)), "kind": "craving",
                    "occurred_at": at.isoformat(), "recorded_at": at.isoformat(),
                    "time_zone": user.time_zone, "intensity": strength, "target": "alcohol",
                    "share": "private" if n % 7 == 0 else "care_team",
                },
                now=NOW,
            )
        )  # fmt: skip
        if n % 7:
            ago = (today - local_day(at, user.time_zone)).days
            peaks[ago] = max(strength, peaks.get(ago, 0))
    record_entries(chart=people.own_chart(user), drafts=drafts, now=NOW)
    return peaks


def test_every_number_is_right_and_statements_do_not_grow(
    cast: Cast, everybody: dict[UUID, dict[int, int]]
) -> None:
    with CaptureQueriesContext(connection) as seen:
        found = caseload_of(
            roster=roster.open_caseload_roster(viewer=cast.dr_lind, now=NOW), now=NOW
        )

    cases = {case.patient_id: case for case in found}
    assert set(cases) == {*everybody, cast.noah.pk}
    for patient_id, peaks in everybody.items():
        case = cases[patient_id]
        assert case.craving_spark == tuple(peaks.get(ago) for ago in reversed(range(14)))
        assert case.days_without_entries == min(peaks)
    # SQLite takes the access log's rows a hundred at a time; nothing else depends on patients.
    logged = sum("care_accesslogentry" in query["sql"] for query in seen)
    assert len(seen) - logged == 5
    assert logged <= 1 + PATIENTS // 100
