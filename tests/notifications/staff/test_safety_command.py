"""An administrator sets from a file whom safety events call, and is warned of old numbers."""

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings
from rest_framework.test import APIClient

from care.models import ClinicSafety
from journaling.safety.support import shipped_crisis_resources
from tests.cast import Cast, staff
from tests.journaling.safety.test_clinic_settings import LINE
from tests.on_call_clinic import OPEN, set_up, wish


def said(**options: Any) -> str:
    out = StringIO()
    call_command("clinic", "safety", stdout=out, **options)
    return out.getvalue()


def file_of(tmp_path: Path, sent: Any) -> str:
    path = tmp_path / "safety.json"
    path.write_text(sent if isinstance(sent, str) else json.dumps(sent))
    return str(path)


@pytest.fixture
def reyes(cast: Cast) -> Cast:
    staff(cast.clinic, "dr_reyes", "Dr. Reyes")
    return cast


def test_a_whole_file_switches_alerts_on_and_is_told_back(reyes: Cast, tmp_path: Path) -> None:
    path = file_of(tmp_path, wish(tightened={"intent": {"level": 3}}, resources=[LINE]))

    with time_machine.travel(OPEN, tick=False):
        told = said(set=path)

    assert told.splitlines() == [
        "Staff alerts: on",
        "Staffed now: yes",
        "Opens next: 2026-05-05T13:00:00+00:00",
        "Stricter rules: intent",
        "Lines of its own: 1",
    ]
    assert APIClient().get("/api/v1/crisis-resources").json()["results"][-1]["name"] == LINE["name"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rota": None}, "rota: required"),
        ({"hours": None}, "hours: required"),
        ({"backup": None}, "backup: required"),
        ({"emails": {}}, "emails: required"),
        ({"tightened": {"intent": {"level": 1}}}, "tightened.intent: not_tighter"),
        ({"resources": [{"name": "x"}]}, "resources.0: no_way"),
        ({"bakcup": "dr_lind"}, "bakcup: unknown_field"),
    ],
)
def test_what_is_missing_or_wrong_is_named_and_nothing_is_set(
    reyes: Cast, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(CommandError) as refused:
        said(set=file_of(tmp_path, wish(**changes)))

    assert words in str(refused.value)
    assert ClinicSafety.objects.count() == 0


def test_without_a_mail_server_alerts_stay_off(
    reyes: Cast, tmp_path: Path, settings: Settings
) -> None:
    settings.STAFF_MAIL = False

    with pytest.raises(CommandError, match="BETWEEN_EMAIL_URL"):
        said(set=file_of(tmp_path, wish()))

    assert ClinicSafety.objects.count() == 0


@pytest.mark.parametrize("sent", ["{", "[]", "null"])
def test_a_file_that_is_none_of_ours_is_refused(reyes: Cast, tmp_path: Path, sent: str) -> None:
    with pytest.raises(CommandError):
        said(set=file_of(tmp_path, sent))


def test_a_file_that_is_not_there_is_told(reyes: Cast, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="can't be read"):
        said(set=str(tmp_path / "nothing.json"))


def test_before_anything_was_set_alerts_are_off(cast: Cast) -> None:
    told = said()

    assert "Staff alerts: off" in told
    assert "Opens next: never" in told


def test_of_two_clinics_one_must_be_named(cast: Cast) -> None:
    type(cast.clinic).objects.create(name="Hill Clinic", time_zone="UTC")

    with pytest.raises(CommandError, match="--clinic"):
        said()
    with pytest.raises(CommandError, match="--clinic"):
        said(clinic="Harbour Clinic")
    assert "Staff alerts: off" in said(clinic="Harbor Clinic")


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


VERIFIED = min(line.verified_at for line in shipped_crisis_resources())


@pytest.mark.parametrize(("days", "is_current"), [(0, True), (180, True), (181, False)])
def test_numbers_that_nobody_checked_for_180_days_are_told_to_the_administrator(
    db: None, days: int, is_current: bool
) -> None:
    with time_machine.travel(noon(VERIFIED + timedelta(days=days)), tick=False):
        ready = APIClient().get("/readyz").json()
        patients = APIClient().get("/api/v1/crisis-resources")
        if is_current:
            assert "within 180 days" in said(check=True)
        else:
            with pytest.raises(CommandError, match="older than 180 days"):
                said(check=True)

    assert ready["crisis_resources"] is is_current
    # A server's clock can't be stopped: there the two clocks are apart, which degrades.
    is_apart = connection.vendor == "postgresql"
    assert ready["status"] == ("degraded" if is_apart else "ready")
    # For whoever needs one, an old number is better than none, and it says how old it is.
    assert patients.status_code == 200
    assert all(row["verified_at"] for row in patients.json()["results"])


def test_a_clinics_own_number_grows_old_too(cast: Cast) -> None:
    old = (VERIFIED - timedelta(days=400)).isoformat()
    set_up(cast, resources=[LINE | {"verified_at": old, "key": "clinic-0", "text": None,
                                    "chat": None, "url": None}])  # fmt: skip

    with (
        time_machine.travel(noon(VERIFIED), tick=False),
        pytest.raises(CommandError, match="1 crisis lines"),
    ):
        said(check=True)
