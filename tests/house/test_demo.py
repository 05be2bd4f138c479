"""The demo clinic: the same for everybody on one day, whole or absent, and never in a clinic."""

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import transaction
from pytest_django import Settings

from backend.demo.character import Character
from backend.demo.clinic import CLINIC_ID, NamesTaken
from backend.demo.journal import written_by
from backend.demo.loading import load
from backend.demo.patients import PATIENTS
from backend.demo.programme import ZONE
from backend.kit.zones import day_start, local_day, zone
from care import access
from care.access import DataClass
from care.actions.signin import sign_in
from care.models import Attendance, Clinic, Consent, Episode, TreatmentSession, User
from care.queries.sessions import sessions_page
from journaling.drafts import read_draft
from journaling.entries import COLUMNS as ENTRY_COLUMNS
from journaling.entries import Recorded, from_row
from journaling.models import Entry, Journal
from journaling.queries import entries_between
from notifications.models import Reminder
from tests import cast as people

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
PASSWORD = "quiet-harbor-lamp-seven"
EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def _sentences() -> Iterator[str]:
    """Give every sentence that a made-up patient says."""
    for who in PATIENTS:
        yield from (said.text for said in who.said)
        yield from (*who.craving.thoughts, *who.practice.situations)
        yield from (text for use in who.uses for text in (use.before, use.after_effect))


def _everything() -> dict[str, list[str]]:
    """Take every row of every table of ours, as text."""
    return {
        model._meta.label: sorted(str(row) for row in model._default_manager.values_list())
        for model in apps.get_models()
        if model.__module__.split(".")[0] in {"care", "journaling", "notifications"}
    }


def _entries_of(user: User, now: datetime) -> list[Recorded]:
    viewer = User.objects.select_related("patient").get(pk=user.pk)
    chart = access.open_own_chart(viewer=viewer, what=DataClass.ENTRIES, now=now)
    return entries_between(chart=chart, since=EVER[0], until=EVER[1])


def _digest(now: datetime) -> str:
    """Fingerprint what the demo says, leaving out ids and keys, which are new in each load."""
    told: list[Any] = []
    for user in User.objects.filter(clinic_id=CLINIC_ID).order_by("username"):
        told.append([user.username, user.display_name, user.role, user.time_zone, user.created_at])
        if user.role == User.Role.PATIENT:
            found = _entries_of(user, now)
            told.append([(e.id, e.seq, e.received_at, e.local_date, e.recall, e.share, e.discuss,
                          sorted(e.values.items(), key=str)) for e in found])  # fmt: skip
    told.append(_rows(Episode, "patient__user__username", "level_of_care", "admitted_on",
                      "discharged_on", "planned_hours_per_week"))  # fmt: skip
    told.append(_rows(Consent, "patient__user__username", "agreed_at", "revoked_at"))
    told.append(_rows(TreatmentSession, "clinician__username", "patient__user__username",
                      "group__name", "kind", "starts_at", "ends_at", "place"))  # fmt: skip
    told.append(_rows(Attendance, "session__starts_at", "patient__user__username", "status",
                      "minutes"))  # fmt: skip
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _rows(model: Any, *columns: str) -> list[str]:
    return sorted(map(repr, model.objects.values_list(*columns)))


def _journals(today: date) -> str:
    until = day_start(today, ZONE)
    sent = [written_by(who, today=today, until=until) for who in PATIENTS]
    return hashlib.sha256(repr(sent).encode()).hexdigest()


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.DATA = tmp_path
    settings.DEMO_PASSWORD = PASSWORD
    return tmp_path


# --- What is in it ---------------------------------------------------------------------------


@pytest.fixture
def loaded(db: None) -> int:
    return load(password=PASSWORD, now=NOW)


def test_it_has_the_promised_people_and_eight_weeks_of_all_kinds(loaded: int) -> None:
    roles = Counter(User.objects.values_list("role", flat=True))
    kinds = Counter(Entry.objects.values_list("kind", flat=True))
    days = set(Entry.objects.values_list("local_date", flat=True))

    assert roles == {"patient": 12, "clinician": 2, "admin": 1}
    assert loaded == sum(kinds.values()) == Entry.objects.count() > 1_000
    assert set(kinds) == {"craving", "mood", "skill_practice", "use", "note"}
    assert max(days) == date(2026, 11, 22)
    assert min(days) == date(2026, 9, 29)
    assert Reminder.objects.values("patient").distinct().count() == 12
    assert not Reminder.objects.filter(next_due_at__lt=NOW).exists()


def test_each_character_is_as_told(loaded: int) -> None:
    found = {user.username: user for user in User.objects.filter(role="patient")}
    journals = {name: _entries_of(user, NOW) for name, user in found.items()}
    sizes = Counter({name: len(entries) for name, entries in journals.items()})
    maya = User.objects.select_related("patient").get(username="maya").patient

    assert maya.quiet_start == maya.quiet_end
    assert sizes.most_common(1)[0][0] == "leo"
    assert min(entry.local_date for entry in journals["keiko"]) >= date(2026, 11, 19)
    assert max(entry.local_date for entry in journals["tom"]) < date(2026, 10, 25)
    assert not any(entry.counts for entry in journals["samir"])
    assert sum(entry.share != "care_team" for entry in journals["amara"]) > sizes["amara"] / 2
    assert any(entry.clock_suspect for entry in journals["victor"])
    assert {entry.time_zone for entry in journals["ines"]} == {
        "America/Indiana/Indianapolis", "America/Los_Angeles",
    }  # fmt: skip
    assert Consent.objects.get(patient_id=found["dana"].pk).revoked_at is not None
    assert Consent.objects.filter(revoked_at__isnull=False).count() == 1
    levels = Episode.objects.filter(patient_id=found["ruth"].pk).order_by("admitted_on")
    assert [stay.level_of_care for stay in levels] == ["intensive_outpatient", "outpatient"]


def test_opioids_after_a_week_without_are_there_for_the_safety_rules(loaded: int) -> None:
    noah = User.objects.get(username="noah")
    uses = [entry for entry in _entries_of(noah, NOW) if entry.kind == "use"]
    told = [e for e in _entries_of(noah, NOW) if e.values.get("outcome") in {"used", "used_less"}]

    (use,) = uses

    assert use.values["substance"] == "oxycodone"
    assert use.local_date == date(2026, 11, 20)
    assert all(use.occurred_at - entry.occurred_at < timedelta(hours=1) for entry in told)
    assert use.occurred_at - noah.created_at > timedelta(days=7)


def test_every_entry_passes_the_journals_own_validation(loaded: int) -> None:
    for user in User.objects.filter(role="patient").select_related("patient"):
        chart = access.open_own_chart(viewer=user, what=DataClass.ENTRIES, now=NOW)
        rows = Entry.objects.filter(patient_id=user.pk).order_by("seq")
        stored = list(rows.values_list(*ENTRY_COLUMNS, "digest"))

        for row in stored:
            entry = from_row(row[:-1], chart.cipher)
            draft = read_draft(_as_sent(entry), now=entry.received_at)

            assert chart.cipher.digest(draft.content()) == bytes(row[-1])
            assert (draft.local_date, draft.recall) == (entry.local_date, entry.recall)
            assert draft.clock_suspect == entry.clock_suspect
            assert user.created_at <= entry.recorded_at < day_start(local_day(NOW, ZONE), ZONE)
        seqs = [row[ENTRY_COLUMNS.index("seq")] for row in stored]
        arrivals = [row[ENTRY_COLUMNS.index("received_at")] for row in stored]
        assert seqs == list(range(1, len(seqs) + 1))
        assert arrivals == sorted(arrivals)
        assert Journal.objects.get(patient_id=user.pk).last_seq == len(seqs)


def _as_sent(entry: Recorded) -> dict[str, Any]:
    where = zone(entry.time_zone)
    return {
        "id": str(entry.id),
        "kind": entry.kind,
        "occurred_at": entry.occurred_at.astimezone(where).isoformat(),
        "recorded_at": entry.recorded_at.astimezone(where).isoformat(),
        "time_zone": entry.time_zone,
        "share": entry.share,
        "discuss": entry.discuss,
        "origin": entry.origin,
        **{name: value for name, value in entry.values.items() if value is not None},
    }


def test_nobody_is_marked_at_a_session_that_they_had_no_part_in(loaded: int) -> None:
    marks = Attendance.objects.select_related("session__group", "session__clinician")

    for mark in marks:
        session = mark.session
        assert session.ends_at <= day_start(local_day(NOW, ZONE), ZONE)
        if session.patient_id is not None:
            assert session.patient_id == mark.patient_id
        else:
            member = session.group.memberships.get(patient_id=mark.patient_id)  # type: ignore[union-attr] # the other of the two
            assert member.starts_at <= session.starts_at
            assert member.ends_at is None or member.ends_at >= session.ends_at
    statuses = set(marks.values_list("status", flat=True))
    assert statuses == {"present", "late", "left_early", "excused", "no_show"}


def test_nobody_is_in_two_sessions_at_once(loaded: int) -> None:
    for clinician in User.objects.filter(role="clinician"):
        planned = TreatmentSession.objects.filter(clinician=clinician).order_by("starts_at")
        times = list(planned.values_list("starts_at", "ends_at"))

        assert all(end <= start for (_, end), (start, _) in pairwise(times))


def test_its_words_name_the_person_first() -> None:
    shaming = re.compile(r"\b(clean|dirty|addict\w*|relaps\w*|fail\w*|streak\w*|junkie)\b", re.I)

    assert [text for text in _sentences() if shaming.search(text)] == []


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
    load(password=PASSWORD, now=now)

    today = local_day(now, ZONE)
    for name in ("dr_okafor", "dr_lind"):
        viewer = User.objects.get(username=name)
        for ahead in range(28):
            day = today + timedelta(days=ahead)
            since, until = day_start(day, ZONE), day_start(day + timedelta(days=1), ZONE)
            found = sessions_page(viewer=viewer, now=now, limit=60, since=since, until=until)
            assert found, (name, ahead)
        first = sessions_page(
            viewer=viewer, now=now, limit=60, since=day_start(today, ZONE),
            until=day_start(today + timedelta(days=1), ZONE),
        )  # fmt: skip
        assert {row.kind for row in first} == {"individual", "group"}
        assert any(row.has_brief for row in first)  # type: ignore[attr-defined] # annotated


# --- Determinism -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_two_loads_on_one_day_tell_the_same() -> None:
    early, late = NOW.replace(hour=6, minute=1), NOW + timedelta(hours=11, minutes=20)
    load(password=PASSWORD, now=early)
    first, first_ids = _digest(late), set(User.objects.values_list("pk", flat=True))

    load(password=PASSWORD, now=late, is_fresh=True)

    assert _digest(late) == first
    assert not first_ids & set(User.objects.values_list("pk", flat=True))
    load(password=PASSWORD, now=late + timedelta(days=1), is_fresh=True)
    assert _digest(late) != first


def test_the_order_of_hashes_changes_nothing() -> None:
    program = (
        "import django; django.setup()\n"
        "from datetime import date\n"
        "from tests.house.test_demo import _journals\n"
        "print(_journals(date(2026, 11, 23)))"
    )

    told = [
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "DJANGO_SETTINGS_MODULE": "tests.settings"},
            capture_output=True, text=True, check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    ]  # fmt: skip

    assert told == [_journals(date(2026, 11, 23))] * 2


# --- Loading ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_second_run_changes_nothing(folder: Path) -> None:
    said = StringIO()
    call_command("demo")
    before, file_before = _everything(), (folder / "logins.json").stat()

    with time_machine.travel(datetime.now(UTC) + timedelta(days=3), tick=False):
        call_command("demo", stdout=said)

    assert said.getvalue() == "The demo clinic is loaded already; nothing was changed.\n"
    assert _everything() == before
    assert (folder / "logins.json").stat().st_mtime_ns == file_before.st_mtime_ns


@pytest.mark.django_db(transaction=True)
def test_an_interrupted_load_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(characters: Iterable[Character]) -> Iterator[Character]:
        yield from list(characters)[:7]
        raise KeyboardInterrupt

    before = _everything()
    with pytest.raises(KeyboardInterrupt):
        load(password=PASSWORD, now=NOW, progress=cut_off)

    assert _everything() == before
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
    assert User.objects.filter(clinic_id=CLINIC_ID).count() == 15
    assert apps.get_model("care", "AccessLogEntry").objects.count() > access_rows


@pytest.mark.django_db
def test_somebody_of_the_same_name_is_not_touched(folder: Path) -> None:
    other = Clinic.objects.create(name="Another clinic", time_zone="UTC")
    people.staff(other, "dr_lind", "Another Dr. Lind")
    before = _everything()

    with pytest.raises(CommandError, match="needs a new database"):
        call_command("demo")
    with pytest.raises(NamesTaken), transaction.atomic():
        load(password=PASSWORD, now=NOW)

    assert _everything() == before
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
    assert Counter(login["role"] for login in logins) == {"patient": 12, "clinician": 2, "admin": 1}
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
    before = _everything()
    (folder / "logins.json").unlink()

    call_command("demo")

    assert (folder / "logins.json").exists()
    assert _everything() == before
