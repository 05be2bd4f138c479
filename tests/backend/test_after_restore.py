"""After a restore no number of before means something else: cursor, revision and token."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import models
from django.utils import timezone

from backend.backup import restore
from backend.kit.handling import Revisions
from backend.kit.ids import first_number_after_restore
from care.models import (
    AftercarePlan,
    Availability,
    CarePlan,
    Clinic,
    ClinicProfile,
    Consent,
    DeviceSession,
    LevelPlan,
    MedicationVersion,
    VitalBounds,
)
from journaling.models import (
    ClinicLesson,
    Entry,
    EntryRevision,
    GroupCurriculum,
    Journal,
    SafetyPlan,
    SituationPlans,
)
from tests.api.journal.sync_client import changed, op, pull, statuses, sync
from tests.api.responses import API, problem
from tests.cast import PASSWORD, Cast, signed_in, staff

pytestmark = pytest.mark.django_db


def backed_up(*kinds: type[models.Model]) -> Callable[[], None]:
    """Remember rows as a backup has them; what is returned puts them back."""
    kept = {kind: list(kind._base_manager.all()) for kind in kinds}

    def put_back() -> None:
        for kind in reversed(kinds):
            kind._base_manager.all().delete()
        for kind in kinds:
            kind._base_manager.bulk_create(kept[kind])

    return put_back


def restored(put_back: Callable[[], None], now: datetime | None = None) -> None:
    put_back()
    restore.begin_generation(now=now or timezone.now())


def test_a_cursor_of_before_is_gone_and_nothing_is_skipped(cast: Cast) -> None:
    client = signed_in(cast.maya)
    sync(client, op(), op())
    put_back = backed_up(Journal, Entry)
    for _ in range(3):
        sync(client, op())
    cursor = pull(client)[1]

    restored(put_back)
    for _ in range(8):
        sync(client, op())

    problem(client.post(API + "sync", {"cursor": cursor, "ops": []}), 410, "cursor_purged")
    everything, fresh = pull(client)
    assert len(everything) == 10
    sync(client, op())
    assert len(pull(client, fresh)[0]) == 1


@pytest.mark.parametrize("second", [0, 1, 2_047, 2_048, 4_095])
def test_numbers_begin_at_what_the_clock_says_whatever_their_last_bits_are(
    cast: Cast, second: int
) -> None:
    now = datetime(2026, 11, 29, tzinfo=UTC) + timedelta(seconds=second)

    restore.begin_generation(now=now)

    number = first_number_after_restore(now)
    assert number > 2**32
    assert set(Journal.objects.values_list("last_seq", "purged_seq")) == {(number, number)}
    assert set(DeviceSession.objects.values_list("generation", flat=True)) <= {number}


def test_nor_is_a_cursor_good_for_who_had_no_journal_in_the_backup(cast: Cast) -> None:
    client = signed_in(cast.maya)
    put_back = backed_up(Journal, Entry)
    sync(client, op(), op(), op())
    cursor = pull(client)[1]

    restored(put_back)
    sync(client, *(op() for _ in range(8)))

    problem(client.post(API + "sync", {"cursor": cursor, "ops": []}), 410, "cursor_purged")


def test_the_same_backup_restored_twice_gives_no_number_a_second_time(cast: Cast) -> None:
    client, now = signed_in(cast.maya), timezone.now()
    sync(client, op())
    put_back = backed_up(Journal, Entry)
    restored(put_back, now)
    sync(client, *(op() for _ in range(3)))
    cursor = pull(client)[1]

    restored(put_back, now + timedelta(minutes=1))
    sync(client, *(op() for _ in range(8)))

    problem(client.post(API + "sync", {"cursor": cursor, "ops": []}), 410, "cursor_purged")


def test_an_edit_of_a_revision_of_before_overwrites_nothing(cast: Cast) -> None:
    client, kept = signed_in(cast.maya), op(intensity=1)
    sync(client, kept)
    put_back = backed_up(Journal, Entry, EntryRevision)
    lost = sync(client, changed(kept, 1, intensity=2))["results"][0]["rev"]
    assert lost == 2

    restored(put_back)
    rev = client.get(f"{API}entries/{kept['id']}").json()["rev"]
    after = sync(client, changed(kept, rev, intensity=3))["results"][0]["rev"]
    told = sync(client, changed(kept, lost, intensity=9))
    alone = client.patch(
        f"{API}entries/{kept['id']}", {"intensity": 9}, headers={"If-Match": f'"{lost}"'}
    )

    assert after == rev + 1 > 1_000
    assert statuses(told) == ["conflict"]
    problem(alone, 412, "stale")
    assert Entry.objects.get().intensity == 3


def test_a_plan_of_before_is_not_overwritten_either(cast: Cast) -> None:
    client = signed_in(cast.maya)

    def put(rev: int, step: str) -> Any:
        headers = {"If-Match": f'"{rev}"'}
        return client.put(API + "safety-plan", {"what_i_do": [step]}, headers=headers)

    assert put(0, "walk").status_code == 200
    put_back = backed_up(SafetyPlan)
    assert put(1, "lost").status_code == 200

    restored(put_back)
    rev = client.get(API + "safety-plan").json()["rev"]
    assert put(rev, "sing").status_code == 200

    problem(put(2, "stale"), 412, "stale")
    assert client.get(API + "safety-plan").json()["rev"] == rev + 1


def test_a_clinics_profile_of_before_is_not_overwritten_and_no_other_clinics_is_raised_less(
    cast: Cast,
) -> None:
    client = signed_in(cast.ada)
    other = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    far = signed_in(staff(other, "far", "Far", role="admin"))

    def put(who: Any, rev: int, name: str) -> Any:
        return who.put(API + "clinic", {"name": name}, headers={"If-Match": f'"{rev}"'})

    for rev, name in enumerate(("Pier", "Dock")):
        assert put(client, rev, name).status_code == 200
    assert put(far, 0, "Far away").status_code == 200
    put_back = backed_up(ClinicProfile)
    assert put(client, 2, "lost").status_code == 200

    restored(put_back)
    rev = client.get(API + "clinic").json()["rev"]
    assert far.get(API + "clinic").json()["rev"] == rev > 1_000
    assert put(client, rev, "Quay").status_code == 200

    problem(put(client, 3, "stale"), 412, "stale")
    history = client.get(API + "clinic/history").json()["results"]
    assert [one["name"] for one in history] == ["Quay", "Dock", "Pier"]
    assert [one["rev"] for one in history] == [rev + 1, rev, 1]


def test_every_table_that_is_edited_by_revision_is_raised(cast: Cast) -> None:
    of = restore.models_with_revisions
    names = {model._meta.label for model in of(Revisions.OF_ROW)}

    assert {
        "care.User", "care.TreatmentSession", "care.SessionSeries", "care.PersonalTargets",
        "journaling.Entry", "journaling.Assignment", "notifications.Reminder",
    } <= names  # fmt: skip
    assert {*of(Revisions.NEW_ROWS)} == {
        AftercarePlan, Availability, CarePlan, ClinicLesson, ClinicProfile, GroupCurriculum,
        LevelPlan, MedicationVersion, SafetyPlan, SituationPlans, VitalBounds,
    }  # fmt: skip
    assert {model._meta.label for model in of(Revisions.NEVER_RAISED)} == {
        "care.CounsellingNote", "care.CounsellingVersion", "journaling.EntryRevision",
    }  # fmt: skip


def refresh_of(cast: Cast) -> str:
    answer = signed_in(None).post(
        API + "auth/token", {"username": "maya", "password": PASSWORD, "device_name": "phone"}
    )
    return str(answer.json()["refresh"])


def exchange(token: str) -> Any:
    return signed_in(None).post(API + "auth/token/refresh", {"refresh": token})


def live() -> int:
    return DeviceSession.objects.filter(revoked_at__isnull=True).count()


def test_a_token_made_since_the_backup_is_no_theft(cast: Cast) -> None:
    first, other = refresh_of(cast), refresh_of(cast)
    put_back = backed_up(DeviceSession)
    later = exchange(first).json()["refresh"]
    latest = exchange(later).json()["refresh"]

    restored(put_back)

    problem(exchange(latest), 401, "session_revoked")
    ended = DeviceSession.objects.get(revoked_at__isnull=False)
    assert ended.revoked_reason == "restored"
    assert live() == 1
    # What another device had when the backup was made still holds.
    again = exchange(other)
    assert again.status_code == 200
    assert exchange(again.json()["refresh"]).status_code == 200


def test_without_our_restore_a_later_exchange_is_no_theft_either(cast: Cast) -> None:
    first = refresh_of(cast)
    put_back = backed_up(DeviceSession)
    later = exchange(first).json()["refresh"]

    put_back()

    problem(exchange(later), 401, "session_revoked")


def test_theft_after_a_restore_is_still_found(cast: Cast) -> None:
    restored(backed_up(DeviceSession))
    first = refresh_of(cast)
    restored(backed_up(DeviceSession))
    second = exchange(first).json()["refresh"]
    third = exchange(second).json()["refresh"]
    DeviceSession.objects.update(rotated_at=timezone.now() - timedelta(minutes=5))

    problem(exchange(second), 401, "token_reused")
    problem(exchange(third), 401, "session_revoked")


def newer_copy(folder: Path, rows: dict[str, list[tuple[str, str]]]) -> Path:
    file = folder / "newer.sqlite3"
    with closing(sqlite3.connect(file)) as made:
        for table in (
            "care_consent", "care_devicesession", "care_handover", "care_sessionguest",
        ):  # fmt: skip
            made.execute(f"CREATE TABLE {table} (id char(32), revoked_at datetime)")
            made.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows.get(table, []))
        made.commit()
    return file


@pytest.mark.django_db(transaction=True)
def test_it_says_what_holds_again_and_ends_what_a_newer_copy_says_had_ended(
    cast: Cast, tmp_path: Path, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.AUDIT_ANCHORS = tmp_path / "anchors"
    settings.AUDIT_ANCHORS.write_text(f"7 41 {'ab' * 32}\n", encoding="ascii")
    refresh_of(cast)
    consent = Consent.objects.get(patient_id=cast.maya.pk)
    at = "2026-11-20 10:00:00+00:00"
    file = newer_copy(tmp_path, {"care_consent": [(consent.pk.hex, at), (uuid4().hex, at)]})

    call_command("backup", "begin-generation", "--newer", str(file), "--made-at", "2026-11-19")

    said = capsys.readouterr().out
    assert "What happened since 2026-11-19 is not in these data." in said
    assert "know of 41 rows more" in said
    assert f"Consent {consent.pk} had been ended; it is ended again." in said
    assert "In force by these data: 1 consents, 1 sign-ins." in said
    consent.refresh_from_db()
    assert consent.revoked_at is not None
    assert live() == 1
    call_command("backup", "begin-generation", "--end-sign-ins")
    assert "1 sign-ins were ended" in capsys.readouterr().out
    assert live() == 0


@pytest.mark.django_db(transaction=True)
def test_a_newer_copy_that_cannot_be_read_changes_nothing(cast: Cast, tmp_path: Path) -> None:
    before = list(Journal.objects.values())

    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("backup", "begin-generation", "--newer", str(tmp_path / "none.sqlite3"))

    assert list(Journal.objects.values()) == before
