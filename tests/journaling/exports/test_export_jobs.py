"""Export jobs: the database is the truth, a worker that dies costs a piece, files expire."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.kit.crypto import DecryptionFailed, KeyErased
from care.models import AccessLogEntry, Patient
from journaling.exports import jobs as exports_jobs
from journaling.models import ExportJob, ExportPiece
from tests.cast import Cast, own_chart
from tests.journaling.briefs.brief_scenario import wrote
from tests.journaling.exports.export_runner import (
    as_json,
    asked,
    made,
    still,
    table,
    text,
    ticking,
    work,
)


class Killed(BaseException):
    """As if the machine had lost its power: nothing below the test sees it."""


NOW = datetime(2026, 4, 2, 15, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports_jobs, "PAGE_ROWS", 2)


def wrote_some(cast: Cast, n: int = 5) -> None:
    for minute in range(n):
        wrote(cast.maya, "craving", NOW - timedelta(minutes=minute + 1), note=f"canary {minute}")


def test_an_export_waits_until_a_worker_comes_and_is_ready_then(cast: Cast) -> None:
    wrote_some(cast)
    job = asked(cast.maya, now=NOW)

    assert job.state == "waiting"
    assert work(still(NOW)) is True
    job.refresh_from_db()
    assert (job.state, job.ready_at, job.lease_id) == ("ready", NOW, None)
    assert job.expires_at == NOW + timedelta(days=7)
    assert work(still(NOW)) is False


def test_whoever_asks_twice_gets_the_one_that_is_under_way(cast: Cast) -> None:
    first, is_new = exports_jobs.request_export(
        chart=own_chart(cast.maya), formats=["json"], now=NOW
    )
    second, again = exports_jobs.request_export(
        chart=own_chart(cast.maya), formats=["csv"], now=NOW
    )

    assert (is_new, again) == (True, False)
    assert first.pk == second.pk
    assert ExportJob.objects.count() == 1


def test_ten_a_day_are_enough(cast: Cast) -> None:
    for minute in range(10):
        made(cast.maya, "json", now=NOW + timedelta(minutes=minute))

    with pytest.raises(exports_jobs.TooManyExports):
        asked(cast.maya, now=NOW + timedelta(hours=1))
    assert ExportJob.objects.count() == 10
    assert asked(cast.maya, now=NOW + timedelta(days=2)).state == "waiting"


def test_nothing_lies_at_rest_that_could_be_read(cast: Cast) -> None:
    wrote_some(cast)
    made(cast.maya, now=NOW)

    for piece in ExportPiece.objects.all():
        assert b"canary" not in bytes(piece.sealed)
        assert b"craving" not in bytes(piece.sealed)


def test_a_piece_moved_elsewhere_does_not_open(cast: Cast) -> None:
    wrote_some(cast)
    job = made(cast.maya, "json", now=NOW)
    first, second = ExportPiece.objects.order_by("position")[:2]
    ExportPiece.objects.filter(pk=first.pk).update(sealed=second.sealed)

    with pytest.raises(DecryptionFailed):
        text(cast.maya, job, "json")


def test_a_worker_stops_after_some_seconds_and_another_goes_on(cast: Cast) -> None:
    wrote_some(cast, 9)
    job = asked(cast.maya, "json", now=NOW)

    slices = 0
    while ExportJob.objects.get().state != "ready":
        slices += 1
        assert work(ticking(NOW + timedelta(minutes=slices), timedelta(seconds=2)))
    job.refresh_from_db()

    assert slices > 3
    assert len(as_json(cast.maya, job)["entries"]) == 9
    assert job.progress["counts"]["json/entries"] == 9


def test_a_worker_that_is_killed_costs_one_piece_and_doubles_nothing(cast: Cast) -> None:
    wrote_some(cast, 9)
    job = asked(cast.maya, now=NOW)
    keep, lives = exports_jobs._store_piece, 0

    while ExportJob.objects.get().state != "ready":
        lives += 1
        pieces = iter(range(7))

        def kept(*args: Any, pieces: Iterator[int] = pieces) -> None:
            if next(pieces, None) is None:
                raise Killed
            keep(*args)

        with patch.object(exports_jobs, "_store_piece", kept), suppress(Killed):
            work(still(NOW + timedelta(minutes=2 * lives)))
    job.refresh_from_db()

    ids = [entry["id"] for entry in as_json(cast.maya, job)["entries"]]
    assert lives > 5
    assert len(ids) == len(set(ids)) == 9
    assert len(table(cast.maya, job)) == 9
    resources = [entry["resource"] for entry in as_json(cast.maya, job, "fhir")["entry"]]
    assert [one["id"] for one in resources if one["resourceType"] == "Observation"] == ids
    assert len({one["id"] for one in resources}) == len(resources)


def test_a_lease_that_went_to_another_keeps_nothing_of_the_first(cast: Cast) -> None:
    wrote_some(cast)
    job = asked(cast.maya, "json", now=NOW)
    keep = exports_jobs._store_piece

    def while_another_takes_it(held: Any, chart: Any, piece: Any, now: datetime) -> None:
        if piece.position == 1:
            with patch.object(exports_jobs, "_store_piece", keep):
                work(still(NOW + timedelta(minutes=5)))
        keep(held, chart, piece, now)

    with patch.object(exports_jobs, "_store_piece", while_another_takes_it):
        work(still(NOW))
    job.refresh_from_db()

    assert job.state == "ready"
    assert job.ready_at == NOW + timedelta(minutes=5)
    assert len(as_json(cast.maya, job)["entries"]) == 5


def test_a_lease_that_another_has_taken_keeps_no_further_piece(cast: Cast) -> None:
    wrote_some(cast)
    job = asked(cast.maya, "json", now=NOW)
    keep = exports_jobs._store_piece

    def while_another_begins(held: Any, chart: Any, piece: Any, now: datetime) -> None:
        if piece.position == 1:
            exports_jobs.EXPORTS.claim_next(now=NOW + timedelta(minutes=5))
        keep(held, chart, piece, now)

    with patch.object(exports_jobs, "_store_piece", while_another_begins):
        work(still(NOW))

    job.refresh_from_db()
    assert (job.state, job.progress["position"]) == ("making", 1)
    assert list(ExportPiece.objects.values_list("position", flat=True)) == [0]


def test_a_lease_is_respected_while_it_lasts(cast: Cast) -> None:
    asked(cast.maya, now=NOW)
    held = exports_jobs.EXPORTS.claim_next(now=NOW, state="making")

    assert held is not None
    assert work(still(NOW + timedelta(seconds=59))) is False
    assert work(still(NOW + timedelta(seconds=61))) is True


def test_an_export_that_breaks_is_tried_again_later_and_then_given_up(cast: Cast) -> None:
    asked(cast.maya, now=NOW)
    at = NOW

    with patch.object(exports_jobs, "_write_piece", side_effect=ZeroDivisionError):
        for attempt in range(1, 6):
            assert work(still(at)) is True
            row = ExportJob.objects.get()
            assert row.attempts == attempt
            at = row.next_attempt_at or at

    assert (row.state, row.next_attempt_at) == ("stopped", None)
    assert work(still(NOW + timedelta(days=1))) is False
    assert asked(cast.maya, now=NOW + timedelta(days=1)).state == "waiting"


def test_an_export_that_breaks_does_not_keep_another_waiting(cast: Cast) -> None:
    asked(cast.maya, now=NOW)
    with patch.object(exports_jobs, "_write_piece", side_effect=ZeroDivisionError):
        work(still(NOW))

    job = made(cast.noah, "json", now=NOW)

    assert job.state == "ready"


def test_with_the_key_destroyed_nothing_can_be_made(cast: Cast) -> None:
    wrote_some(cast)
    asked(cast.maya, now=NOW)
    Patient.objects.filter(pk=cast.maya.pk).update(wrapped_key=None)

    work(still(NOW))

    assert ExportJob.objects.get().state == "stopped"
    assert ExportPiece.objects.count() == 0


def test_files_are_gone_after_seven_days(cast: Cast) -> None:
    job = made(cast.maya, now=NOW)

    work(still(NOW + timedelta(days=7) - timedelta(seconds=1)))
    assert ExportPiece.objects.exists()
    work(still(NOW + timedelta(days=7)))

    job.refresh_from_db()
    assert (job.state, job.next_attempt_at) == ("expired", None)
    assert ExportPiece.objects.count() == 0


def test_what_was_made_of_an_export_that_stopped_is_gone_at_once(cast: Cast) -> None:
    wrote_some(cast)
    asked(cast.maya, now=NOW)
    write, calls = exports_jobs._write_piece, iter(range(100))

    def breaks_after_two(*args: Any) -> Any:
        if next(calls) >= 2:
            raise KeyErased("data-key")
        return write(*args)

    with patch.object(exports_jobs, "_write_piece", breaks_after_two):
        work(still(NOW))

    assert ExportJob.objects.get().state == "stopped"
    assert ExportPiece.objects.count() == 0


def test_where_no_worker_comes_retention_takes_the_files(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    job = made(cast.maya, now=NOW - timedelta(days=8))
    young = made(cast.noah, now=NOW - timedelta(days=2))

    with time_machine.travel(NOW, tick=False):
        call_command("retention", "--dry-run")
        assert ExportPiece.objects.filter(job=job).exists()
        call_command("retention", "--apply")

    said = capsys.readouterr().out
    assert "files of exports: 1 over (7 days;" in said
    assert "files of exports: 1 deleted (7 days;" in said
    assert not ExportPiece.objects.filter(job=job).exists()
    assert ExportPiece.objects.filter(job=young).exists()
    job.refresh_from_db()
    assert (job.state, job.next_attempt_at) == ("expired", None)


def test_asking_and_making_stand_in_the_access_log(cast: Cast) -> None:
    made(cast.maya, now=NOW)

    rows = AccessLogEntry.objects.filter(data_class="export").order_by("id")
    assert [(row.action, row.reason) for row in rows] == [("write", "own"), ("read", "own")]


def test_looking_for_work_takes_two_statements(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as seen:
        assert work(still(NOW)) is False

    assert len(seen) == 2
