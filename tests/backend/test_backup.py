"""A backup restores whole, beside the live data, or says why not (SECURITY R37, E16)."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from backend.backup import archive, manifest, restore, snapshot
from backend.kit.crypto import DecryptionFailed
from backend.kit.db.postgres import roles
from care.audit.seal import seal_access_log
from care.models import AccessLogEntry, Patient, User
from care.privacy import erasure
from journaling.entries.record import record_entry
from journaling.models import Entry
from tests import prerequisites
from tests.cast import Cast, craving, enter, own_chart
from tests.database_roles import append_only_lifted
from tests.proofs.audit import tampering

pytestmark = [pytest.mark.pg_tools, pytest.mark.django_db(transaction=True)]
NOW = timezone.now()


@pytest.fixture
def clinic(tmp_path: Path, settings: Any) -> Cast:
    """Have a clinic with texts and a sealed log, and a folder of its own for copies."""
    settings.AUDIT_ANCHORS = tmp_path / "anchors.txt"
    settings.DATA = tmp_path
    cast = enter()
    for number in range(3):
        sent = craving(note=f"canary-{number}")
        record_entry(chart=own_chart(cast.maya), sent=sent, now=timezone.now())
    tampering.wrote(5, at=NOW - timedelta(minutes=5))
    seal_access_log(now=NOW)
    return cast


def test_a_drill_finds_everything_as_it_was(
    clinic: Cast, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kept.chest"
    call_command("backup", "write", str(file))
    before = manifest.build_manifest(now=NOW)["tables"]
    record_entry(chart=own_chart(clinic.maya), sent=craving(), now=timezone.now())

    call_command("backup", "restore", str(file), "--drill")

    said = capfd.readouterr().out
    assert "texts of 2 patients open" in said
    assert re.search(r"access log: [1-9]\d* rows under 1 seals", said)
    assert file.stat().st_mode & 0o077 == 0
    assert b"Maya" not in file.read_bytes()
    told, _ = archive.read_archive(file)
    assert told["tables"] == before
    assert told["tables"]["journaling_entry"][0] == 3
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_a_backup_made_while_sealing_had_stopped_is_what_was_backed_up(
    clinic: Cast, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kept.chest"
    tampering.wrote(2, at=NOW - timedelta(hours=3))
    call_command("backup", "write", str(file))

    call_command("backup", "restore", str(file), "--drill")

    said = capfd.readouterr().out
    assert "access log: sealing has stopped" in said
    assert "Sealing had stopped before the backup was made; the data are equal." in said


def test_a_log_that_was_not_whole_before_is_told_apart_from_other_data(
    clinic: Cast, tmp_path: Path
) -> None:
    file = tmp_path / "kept.chest"
    with append_only_lifted():
        AccessLogEntry.objects.filter(pk=AccessLogEntry.objects.order_by("pk")[1].pk).update(
            reason="nothing"
        )
    call_command("backup", "write", str(file))

    with pytest.raises(CommandError, match="Their access log was not whole"):
        call_command("backup", "restore", str(file), "--drill")


def test_a_difference_in_any_row_is_found(clinic: Cast, tmp_path: Path) -> None:
    told = manifest.build_manifest(now=NOW)
    Entry.objects.filter(pk=Entry.objects.first().pk).update(intensity=6)  # type: ignore[union-attr] # there are 3

    found = manifest.manifest_differences(told, manifest.build_manifest(now=NOW))

    assert found == ["journaling_entry: 3 rows said, 3 found"]
    Entry.objects.all().delete()
    assert "journaling_entry: 3 rows said, 0 found" in manifest.manifest_differences(
        told, manifest.build_manifest(now=NOW)
    )


def test_a_text_that_does_not_open_is_named(clinic: Cast) -> None:
    assert manifest.unreadable_patients() == (2, [])
    Patient.objects.filter(pk=clinic.noah.pk).update(wrapped_key=b"\x01\x02m9" + b"x" * 40)

    assert manifest.unreadable_patients() == (1, [str(clinic.noah.pk)])


def test_a_drill_of_another_database_than_told_fails(
    clinic: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kept.chest"
    describe = manifest.build_manifest

    def lies(**told: Any) -> dict[str, Any]:
        whole = describe(**told)
        whole["tables"]["journaling_entry"][0] += 1
        return whole

    monkeypatch.setattr(manifest, "build_manifest", lies)
    call_command("backup", "write", str(file))

    with pytest.raises(CommandError, match="not what was backed up"):
        call_command("backup", "restore", str(file), "--drill")


def test_nothing_is_overwritten(clinic: Cast, tmp_path: Path) -> None:
    file = tmp_path / "kept.chest"
    call_command("backup", "write", str(file))
    before = file.read_bytes()

    with pytest.raises(CommandError, match="there already"):
        call_command("backup", "write", str(file))
    with pytest.raises(CommandError, match="nothing was touched"):
        call_command("backup", "restore", str(file))

    assert file.read_bytes() == before
    assert Entry.objects.count() == 3


def test_a_damaged_or_foreign_file_is_refused(clinic: Cast, tmp_path: Path, settings: Any) -> None:
    file = tmp_path / "kept.chest"
    call_command("backup", "write", str(file))
    whole = file.read_bytes()

    for damaged in (whole[:-1], whole[:20], b"", whole[:-9] + b"x" + whole[-8:]):
        file.write_bytes(damaged)
        with pytest.raises(CommandError, match="doesn't open"):
            call_command("backup", "restore", str(file), "--drill")
    file.write_bytes(whole)
    settings.MASTER_KEYS = "m1:" + "YW5vdGhlci1rZXktb2YtdGhlLXRlc3RzLTAxMjM0NTY"
    with pytest.raises(DecryptionFailed):
        archive.read_archive(file)


def test_a_backup_that_breaks_off_leaves_nothing(
    clinic: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> Any:
        yield b"some"
        raise snapshot.ToolMissing("pg_dump ended with 1")

    monkeypatch.setattr(snapshot, "read_snapshot", breaks)
    before = set(tmp_path.iterdir())

    with pytest.raises(CommandError, match="pg_dump ended"):
        call_command("backup", "write", str(tmp_path / "kept.chest"))

    assert set(tmp_path.iterdir()) == before


def test_after_an_erasure_a_new_backup_has_no_byte_of_them(clinic: Cast, tmp_path: Path) -> None:
    # The command would wait for strangers, which is not what this is about.
    prerequisites.skip_while_somebody_writes()
    User.objects.filter(pk=clinic.maya.pk).update(display_name="canary-of-the-harbor")
    old, new = tmp_path / "old.chest", tmp_path / "new.chest"
    call_command("backup", "write", str(old))
    call_command(
        "patient", "erase", str(clinic.maya.pk), "--reason", erasure.ErasureReason.REQUEST.name
    )
    call_command("backup", "write", str(new))

    assert b"canary-of-the-harbor" in plain(old)  # or the test could not fail
    assert b"canary-of-the-harbor" not in plain(new)
    with roles.connected_as_owner():
        assert restore.run_drill(new)


def plain(file: Path) -> bytes:
    """Read what a backup holds; PostgreSQL's tools write it as text."""
    pieces = archive.read_archive(file)[1]
    if connection.vendor == "sqlite":
        return b"".join(pieces)
    import subprocess

    tool = [snapshot._find_pg_tool("pg_restore"), "--file=-"]
    return subprocess.run(tool, input=b"".join(pieces), capture_output=True, check=True).stdout
