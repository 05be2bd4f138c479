"""What a patient deleted is forgotten by the retention command after a year, not a day before."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from care.privacy import retention
from journaling.entries.edit import DELETED_ENTRY_RETENTION
from journaling.models import Entry, EntryRevision
from tests.api.journal.sync_client import DOOR, deletion, op, sync
from tests.api.responses import API, problem
from tests.cast import Cast, signed_in

SECOND = timedelta(seconds=1)


def deleted(user: Any, *, ago: timedelta) -> tuple[Any, dict[str, Any], str]:
    """Write two entries and delete one; return the phone, what went, and its old cursor."""
    client, gone = signed_in(user), op(note="by the lake")
    cursor = sync(client, gone, op())["cursor"]
    sync(client, deletion(gone, 1))
    Entry.objects.filter(id=gone["id"]).update(deleted_at=timezone.now() - ago)
    return client, gone, cursor


def run(way: str, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    call_command("retention", way)
    return next(
        line for line in capsys.readouterr().out.splitlines() if line.startswith("deleted entries")
    )


def test_what_is_over_is_told_then_forgotten(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    client, gone, cursor = deleted(cast.maya, ago=DELETED_ENTRY_RETENTION + SECOND)

    assert run("--dry-run", capsys).startswith("deleted entries: 1 over (365 days; ")
    assert Entry.objects.count() == 2
    assert run("--apply", capsys).startswith("deleted entries: 1 deleted")
    assert (Entry.objects.count(), EntryRevision.objects.count()) == (1, 0)
    problem(client.post(DOOR, {"cursor": cursor, "ops": []}), 410, "cursor_purged")
    whole = sync(client)
    assert [change["id"] for change in whole["changes"]] != [gone["id"]]
    assert len(whole["changes"]) == 1
    problem(client.get(f"{API}entries/{gone['id']}/history"), 404, "not_found")
    assert run("--apply", capsys).startswith("deleted entries: 0 deleted")


def test_what_is_not_over_stays(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    client, _, cursor = deleted(cast.maya, ago=DELETED_ENTRY_RETENTION - timedelta(hours=1))

    assert run("--apply", capsys).startswith("deleted entries: 0 deleted")
    assert [change.get("deleted") for change in sync(client, cursor=cursor)["changes"]] == [True]


def test_a_legal_hold_keeps_it_for_its_patient_alone(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    deleted(cast.maya, ago=DELETED_ENTRY_RETENTION + SECOND)
    deleted(cast.noah, ago=DELETED_ENTRY_RETENTION + SECOND)
    retention.place_hold(patient_id=cast.maya.pk, matter="2026-17", now=timezone.now())

    assert run("--apply", capsys).startswith("deleted entries: 1 deleted")
    kept = Entry.objects.filter(deleted_at__isnull=False)
    assert [entry.patient_id for entry in kept] == [cast.maya.pk]
