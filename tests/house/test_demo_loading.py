"""The demo is the same for everybody on one day, whole or absent, and never in a clinic."""

import json
import os
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import transaction
from pytest_django import Settings

from backend.demo.discharged import DISCHARGED
from backend.demo.loader import CLINIC_ID, UsernamesTaken, load_demo
from backend.demo.people import PatientProfile
from backend.demo.programme import ZONE
from backend.kit.timezones import local_day, start_of_day
from care.accounts.sign_in import sign_in
from care.models import Attendance, Clinic, User
from care.sessions.read import sessions_page
from tests import cast as people
from tests.house.demo_snapshot import NOW, PASSWORD, digest_of, everything, journals


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.DATA = tmp_path
    settings.DEMO_PASSWORD = PASSWORD
    return tmp_path


# --- Determinism -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_two_loads_on_one_day_tell_the_same() -> None:
    early, late = NOW.replace(hour=6, minute=1), NOW + timedelta(hours=11, minutes=20)
    load_demo(password=PASSWORD, now=early)
    first, first_ids = digest_of(late), set(User.objects.values_list("pk", flat=True))

    load_demo(password=PASSWORD, now=late, is_fresh=True)

    assert digest_of(late) == first
    assert not first_ids & set(User.objects.values_list("pk", flat=True))


def test_another_day_has_another_journal() -> None:
    assert journals(date(2026, 11, 23)) != journals(date(2026, 11, 24))


def test_the_order_of_hashes_changes_nothing() -> None:
    program = (
        "import django; django.setup()\n"
        "from datetime import date\n"
        "from tests.house.demo_snapshot import journals\n"
        "print(journals(date(2026, 11, 23)))"
    )

    told = [
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "DJANGO_SETTINGS_MODULE": "tests.settings"},
            capture_output=True, text=True, check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    ]  # fmt: skip

    assert told == [journals(date(2026, 11, 23))] * 2


# --- Any day ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 23, 6, 0, 30, tzinfo=UTC),  # 00:00:30 by the clinic's clock
        datetime(2026, 11, 24, 5, 59, 30, tzinfo=UTC),  # 23:59:30
        datetime(2026, 3, 8, 9, 0, tzinfo=UTC),  # the spring change
        datetime(2026, 11, 1, 6, 30, tzinfo=UTC),  # 01:30 comes twice
        datetime(2028, 2, 29, 15, 0, tzinfo=UTC),
    ],
    ids=["just after midnight", "just before midnight", "spring", "autumn", "leap day"],
)
@pytest.mark.django_db
def test_both_therapists_have_sessions_on_the_day_and_the_days_to_come(now: datetime) -> None:
    load_demo(password=PASSWORD, now=now)

    today = local_day(now, ZONE)
    for name in ("dr_okafor", "dr_lind"):
        viewer = User.objects.get(username=name)
        for ahead in range(28):
            day = today + timedelta(days=ahead)
            since, until = start_of_day(day, ZONE), start_of_day(day + timedelta(days=1), ZONE)
            found = sessions_page(viewer=viewer, now=now, limit=60, since=since, until=until)
            assert found, (name, ahead)
        first = sessions_page(
            viewer=viewer, now=now, limit=60, since=start_of_day(today, ZONE),
            until=start_of_day(today + timedelta(days=1), ZONE),
        )  # fmt: skip
        assert {row.kind for row in first} == {"individual", "group"}
        assert any(row.has_brief for row in first)  # type: ignore[attr-defined] # annotated


# --- Loading ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_second_run_changes_nothing(folder: Path) -> None:
    said = StringIO()
    call_command("demo")
    before, file_before = everything(), (folder / "logins.json").stat()

    with time_machine.travel(datetime.now(UTC) + timedelta(days=3), tick=False):
        call_command("demo", stdout=said)

    assert said.getvalue() == "The demo clinic is loaded already; nothing was changed.\n"
    assert everything() == before
    assert (folder / "logins.json").stat().st_mtime_ns == file_before.st_mtime_ns


@pytest.mark.django_db(transaction=True)
def test_an_interrupted_load_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(characters: Iterable[PatientProfile]) -> Iterator[PatientProfile]:
        yield from list(characters)[:7]
        raise KeyboardInterrupt

    before = everything()
    with pytest.raises(KeyboardInterrupt):
        load_demo(password=PASSWORD, now=NOW, progress=cut_off)

    assert everything() == before
    assert not Clinic.objects.exists()
    assert not (folder / "logins.json").exists()


@pytest.mark.django_db
def test_fresh_replaces_the_demo_and_leaves_other_clinics_alone(folder: Path) -> None:
    other = Clinic.objects.create(name="Another clinic", time_zone="UTC")
    sam = people.staff(other, "sam", "Sam")
    kim = people.patient(other, "kim", "Kim", treated_by=sam)
    people.session(sam, starts_at=NOW, with_patient=kim, status="present")
    call_command("demo")
    maya = User.objects.get(username="maya").pk
    access_rows = apps.get_model("care", "AccessLogEntry").objects.count()

    call_command("demo", fresh=True)

    assert User.objects.get(username="maya").pk != maya
    assert User.objects.filter(clinic=other).count() == 2
    assert Attendance.objects.filter(patient_id=kim.pk).count() == 1
    assert User.objects.filter(clinic_id=CLINIC_ID).count() == 23 + len(DISCHARGED)
    assert apps.get_model("care", "AccessLogEntry").objects.count() > access_rows


@pytest.mark.django_db
def test_somebody_of_the_same_name_is_not_touched(folder: Path) -> None:
    other = Clinic.objects.create(name="Another clinic", time_zone="UTC")
    people.staff(other, "dr_lind", "Another Dr. Lind")
    before = everything()

    with pytest.raises(CommandError, match="needs a new database"):
        call_command("demo")
    with pytest.raises(UsernamesTaken), transaction.atomic():
        load_demo(password=PASSWORD, now=NOW)

    assert everything() == before
    assert not (folder / "logins.json").exists()


@pytest.mark.django_db
def test_a_clinic_never_gets_made_up_people(folder: Path, settings: Settings) -> None:
    settings.DEMO = False

    with pytest.raises(CommandError) as refusal:
        call_command("demo", fresh=True)

    assert "\n" not in str(refusal.value)
    assert not User.objects.exists()
    assert list(folder.iterdir()) == []


@pytest.mark.django_db
def test_without_a_password_nothing_is_loaded(folder: Path, settings: Settings) -> None:
    settings.DEMO_PASSWORD = ""

    with pytest.raises(CommandError, match="BETWEEN_DEMO_PASSWORD"):
        call_command("demo")

    assert not User.objects.exists()


# --- Signing in to it ------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_logins_are_for_their_owner_only_and_all_of_them_work(folder: Path) -> None:
    call_command("demo")

    path = folder / "logins.json"
    logins = json.loads(path.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in folder.iterdir()] == ["logins.json"]
    assert Counter(login["role"] for login in logins) == {"patient": 19, "clinician": 3, "admin": 1}
    for login in logins:
        assert set(login) == {"username", "password", "role", "totp_secret"}
        assert login["totp_secret"] is None
        user, _ = sign_in(
            username=login["username"], password=login["password"], address="127.0.0.1",
            device_name="", now=NOW,
        )  # fmt: skip
        assert user.role == login["role"]


@pytest.mark.django_db
def test_a_missing_file_of_logins_is_written_again(folder: Path) -> None:
    call_command("demo")
    before = everything()
    (folder / "logins.json").unlink()

    call_command("demo")

    assert (folder / "logins.json").exists()
    assert everything() == before
