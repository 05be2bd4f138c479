"""The access log can be added to and nothing else, and every tampering is found."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from care.audit.seal import anchors_path, read_anchors, seal_access_log, verify_access_log
from care.models import AccessLogEntry, AuditSeal
from tests.database_roles import append_only_lifted, as_owner
from tests.proofs.audit import tampering
from tests.proofs.audit.__main__ import run

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture(autouse=True)
def kept_apart(tmp_path: Path, settings: Any) -> None:
    settings.AUDIT_ANCHORS = tmp_path / "anchors.txt"


def wrote(count: int, *, ago: timedelta = timedelta(minutes=5)) -> list[int]:
    return tampering.wrote(count, at=NOW - ago)


def faults() -> list[str]:
    return [fault.what for fault in verify_access_log(now=NOW).faults]


def delete_by_statement(model: Any) -> None:
    """Delete all rows as no code of ours does: Django would fetch them first."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")


@pytest.mark.parametrize("model", [AccessLogEntry, AuditSeal])
@pytest.mark.parametrize("way", ["update", "delete"])
def test_the_database_itself_refuses_any_change(model: Any, way: str) -> None:
    wrote(2)
    seal_access_log(now=NOW)
    rows = model.objects.all()

    # The owner too: what serves has no right to it in the first place.
    with (
        as_owner(),
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
    ):
        rows.update(id=1) if way == "update" else delete_by_statement(model)

    assert AccessLogEntry.objects.count() == 2
    assert AuditSeal.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
def test_the_log_is_not_emptied_in_one_go() -> None:
    with (
        as_owner(),
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE care_accesslogentry")


def test_what_has_settled_is_sealed_once() -> None:
    wrote(5)
    wrote(2, ago=timedelta(seconds=10))

    assert seal_access_log(now=NOW) == 5
    assert seal_access_log(now=NOW) == 0

    found = verify_access_log(now=NOW)
    assert (found.rows, found.seals, found.unsealed, found.faults) == (5, 1, 2, ())


def test_seals_follow_each_other_without_a_gap() -> None:
    for _ in range(3):
        wrote(4)
        seal_access_log(now=NOW)

    spans = AuditSeal.objects.order_by("id").values_list("first_id", "last_id")
    assert all(after[0] == before[1] + 1 for before, after in itertools.pairwise(spans))
    assert faults() == []


def test_a_row_that_was_committed_late_is_sealed_late() -> None:
    ids = wrote(4)
    held = next(iter(AccessLogEntry.objects.filter(id=ids[1]).values()))
    with append_only_lifted():
        AccessLogEntry.objects.filter(id=ids[1]).delete()
    seal_access_log(now=NOW)

    AccessLogEntry.objects.create(**held)
    assert faults() == ["rows were added"]
    seal_access_log(now=NOW)

    assert AuditSeal.objects.filter(is_late=True).count() == 1
    assert faults() == []


def test_a_late_row_is_found_among_thousands_of_empty_numbers() -> None:
    held = next(iter(AccessLogEntry.objects.filter(id=wrote(1)[0]).values()))
    AccessLogEntry.objects.create(**held | {"id": held["id"] + 4_000})
    seal_access_log(now=NOW)

    AccessLogEntry.objects.create(**held | {"id": held["id"] + 3_500})
    seal_access_log(now=NOW)

    assert AuditSeal.objects.filter(is_late=True).count() == 1
    assert faults() == []


def test_numbers_that_were_never_used_are_no_fault() -> None:
    ids = wrote(3)
    with append_only_lifted():
        AccessLogEntry.objects.filter(id=ids[1]).delete()

    seal_access_log(now=NOW)

    assert AuditSeal.objects.get().gaps == [
        number for number in range(1, ids[2]) if number not in {ids[0]}
    ]
    assert faults() == []


@pytest.mark.parametrize("tamper", tampering.WAYS, ids=lambda way: way.__name__)
def test_every_way_of_tampering_is_found(tamper: Callable[[tampering.Dice], None]) -> None:
    for _ in range(4):
        wrote(6)
        seal_access_log(now=NOW)
    assert faults() == []

    with append_only_lifted():
        tamper(tampering.Dice(7))

    assert faults() != []


def test_a_cut_off_end_is_seen_by_the_anchors_alone() -> None:
    for _ in range(3):
        wrote(3)
        seal_access_log(now=NOW)
    last = AuditSeal.objects.latest("id")

    with append_only_lifted():
        AccessLogEntry.objects.filter(id__gte=last.first_id).delete()
        AuditSeal.objects.filter(id=last.pk).delete()
    assert faults() == ["a seal was taken out"]
    anchors_path().unlink()

    assert faults() == ["the anchors are missing"]


def test_a_disk_that_refuses_anchors_loses_none(settings: Any, tmp_path: Path) -> None:
    settings.AUDIT_ANCHORS = tmp_path / "no such folder" / "anchors.txt"
    wrote(3)
    assert seal_access_log(now=NOW) == 3
    settings.AUDIT_ANCHORS = tmp_path / "anchors.txt"

    seal_access_log(now=NOW)

    assert len(read_anchors()) == 1
    assert faults() == []


def test_sealing_that_has_stopped_is_a_fault() -> None:
    wrote(1, ago=timedelta(minutes=30))

    assert faults() == ["sealing has stopped"]


def test_the_commands_say_what_they_found(capsys: pytest.CaptureFixture[str]) -> None:
    ids = wrote(3)
    call_command("audit", "seal")
    call_command("audit", "verify")
    assert "3 rows under 1 seals; 0 not sealed yet." in capsys.readouterr().out

    with append_only_lifted():
        AccessLogEntry.objects.filter(id=ids[1]).update(reason="own")
    with pytest.raises(CommandError, match="1 faults"):
        call_command("audit", "verify")

    assert "rows were changed" in capsys.readouterr().out


def test_tampering_at_random_is_found_every_time() -> None:
    found, missed, false_alarms = run(24)

    assert sum(found.values()) == 24
    assert not missed
    assert false_alarms == 0
