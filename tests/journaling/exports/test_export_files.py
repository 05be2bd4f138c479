"""What stands in an export: everything, every column always, counts equal, and the notice."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.people.enrol import revoke_treatment_consents
from journaling.entries.edit import change_entry, delete_entry
from journaling.entries.entry import ENTRY_COLUMNS
from journaling.entries.kinds.registry import KINDS
from journaling.exports.formats import (
    FULL_NOTICE,
    SHORT_NOTICE,
    CsvFile,
    JsonFile,
    format_cell,
    guard_formula,
)
from journaling.exports.parts import all_export_parts, entry_row
from journaling.models import SafetyEvent
from journaling.safety.events import acknowledge_event, record_failed_contact
from tests.api import world as worlds
from tests.api.responses import API
from tests.cast import Cast, own_chart, patient, session, signed_in
from tests.journaling.briefs.brief_scenario import _REQUIRED, wrote
from tests.journaling.exports.export_runner import as_json, made, table, text
from tests.on_call_clinic import say, urge

NOW = datetime(2026, 4, 2, 15, 0, tzinfo=UTC)


def one_of_each(cast: Cast) -> None:
    for hour, kind in enumerate(KINDS):
        if kind in _REQUIRED:
            wrote(cast.maya, kind, NOW - timedelta(hours=hour + 1))


def test_entries_read_as_the_api_answers_them_one_for_one(cast: Cast) -> None:
    one_of_each(cast)
    job = made(cast.maya, now=NOW)

    client = signed_in(cast.maya)
    found = client.get(API + "entries?limit=200").json()["results"]

    exported = as_json(cast.maya, job)["entries"]
    assert len(exported) == len(found) == len(table(cast.maya, job)) > 8
    by_id = {entry["id"]: entry for entry in exported}
    for entry in found:
        shared = entry.keys() & by_id[entry["id"]].keys()
        assert {name: entry[name] for name in shared} == {
            name: by_id[entry["id"]][name] for name in shared
        }
        assert entry.keys() - shared <= {"support"}


def test_a_table_has_every_column_always(cast: Cast) -> None:
    wrote(cast.maya, "note", NOW - timedelta(hours=1))
    job = made(cast.maya, "csv", now=NOW)

    (row,) = table(cast.maya, job)

    of_kinds = {name for kind in KINDS.values() for name in kind.names}
    common = set(ENTRY_COLUMNS) - {"encrypted_text", "is_countable"} | {"counts"}
    assert of_kinds | common <= row.keys()
    assert row["note"] == "a quiet day"
    assert row["intensity"] == ""
    assert row["sleep_hours"] == ""


def test_a_table_without_rows_still_has_its_columns(cast: Cast) -> None:
    job = made(cast.maya, "csv", now=NOW)

    for part in all_export_parts():
        (head, *_) = csv.reader(io.StringIO(text(cast.maya, job, f"csv/{part.name}")))
        assert tuple(head) == (*part.columns, "notice"), part.name


def test_changed_and_deleted_entries_keep_what_they_said(cast: Cast) -> None:
    changed = wrote(cast.maya, "note", NOW - timedelta(hours=3), note="first words")
    gone = wrote(cast.maya, "note", NOW - timedelta(hours=2), note="words taken back")
    chart = own_chart(cast.maya)
    change_entry(chart=chart, entry_id=changed.id, rev=1, changes={"note": "second words"}, now=NOW)
    delete_entry(chart=chart, entry_id=gone.id, rev=None, now=NOW)

    found = as_json(cast.maya, made(cast.maya, "json", now=NOW))

    assert [entry["note"] for entry in found["entries"]] == ["second words"]
    assert [entry["id"] for entry in found["deleted_entries"]] == [str(gone.id)]
    assert [(row["action"], row["before"]["note"]) for row in found["entry_history"]] == [
        ("changed", "first words"), ("deleted", "words taken back"),
    ]  # fmt: skip


def test_everything_about_one_patient_and_nothing_about_another(cast: Cast) -> None:
    wrote(cast.maya, "note", NOW - timedelta(hours=3), share="private", note="for me alone")
    wrote(cast.noah, "note", NOW - timedelta(hours=3), note="of noah")
    session(cast.dr_okafor, starts_at=NOW, with_patient=cast.maya, status="present")
    session(cast.dr_lind, starts_at=NOW, with_patient=cast.noah, status="present")

    raw = text(cast.maya, made(cast.maya, "json", now=NOW), "json")

    found = json.loads(raw)
    assert found["entries"][0]["note"] == "for me alone"
    assert [row["clinician"] for row in found["sessions"]] == ["Dr. Okafor"]
    assert [row["status"] for row in found["attendance"]] == ["present"]
    assert [row["purpose"] for row in found["consents"]] == ["treatment"]
    assert found["profile"][0]["display_name"] == "Maya"
    assert {row["data_class"] for row in found["access_log"]} >= {"entries", "export"}
    assert {row["actor_name"] for row in found["access_log"]} == {"Maya"}
    for foreign in ("of noah", "Noah", str(cast.noah.pk), "Lind"):
        assert foreign not in raw


#: So many parts have a row of maya's in the world; the others' own tests make one.
IN_THE_WORLD = 20


def test_no_part_has_a_row_of_anybody_else(cast: Cast) -> None:
    worlds.build(cast)
    now = timezone.now()
    zoe = patient(cast.clinic, "zoe", "Zoe", treated_by=cast.dr_lind)

    theirs = as_json(cast.maya, made(cast.maya, "json", now=now))["counts"]
    found = as_json(zoe, made(zoe, "json", now=now))

    assert sum(count > 0 for count in theirs.values()) >= IN_THE_WORLD
    has = {name for name, count in found["counts"].items() if count}
    assert has == {"profile", "consents", "care_team", "access_log"}
    assert {row["id"] for row in found["profile"]} == {str(zoe.pk)}
    assert {row["actor"] for row in found["access_log"]} == {str(zoe.pk)}
    assert [row["clinician"] for row in found["care_team"]] == ["Dr. Lind"]
    assert len(found["consents"]) == 1


def test_what_staff_wrote_about_an_event_is_the_patients_to_read(cast: Cast) -> None:
    say(cast.maya, urge(4, at=NOW), now=NOW)
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.SAFETY_EVENTS, now=NOW,
        to_write=True,
    )  # fmt: skip
    event_id = SafetyEvent.objects.get().pk
    record_failed_contact(chart=chart, event_id=event_id, note="Left a message.", now=NOW)
    acknowledge_event(chart=chart, event_id=event_id, reason="Spoke with her.", now=NOW)

    found = as_json(cast.maya, made(cast.maya, "json", now=NOW))

    assert [(row["by"], row["note"]) for row in found["safety_tries"]] == [
        ("Dr. Okafor", "Left a message.")
    ]
    assert found["safety_events"][0]["reason_text"] == "Spoke with her."
    assert [(row["kind"], row["entry_rev"]) for row in found["safety_signs"]] == [("daily", 1)]


def test_every_count_is_that_of_its_list(cast: Cast) -> None:
    one_of_each(cast)

    found = as_json(cast.maya, made(cast.maya, "json", now=NOW))

    assert list(found["counts"]) == [part.name for part in all_export_parts()]
    assert {name: len(found[name]) for name in found["counts"]} == found["counts"]


def test_the_notice_of_part_2_goes_with_every_file(cast: Cast) -> None:
    wrote(cast.maya, "note", NOW - timedelta(hours=3))
    job = made(cast.maya, now=NOW)

    assert as_json(cast.maya, job)["notice"] == FULL_NOTICE
    assert "42 CFR part 2" in FULL_NOTICE
    assert "NOT sufficient" in FULL_NOTICE
    for part in all_export_parts():
        assert all(row["notice"] == SHORT_NOTICE for row in table(cast.maya, job, part.name))


def test_who_took_consent_back_may_still_take_what_is_theirs(cast: Cast) -> None:
    wrote(cast.maya, "note", NOW - timedelta(hours=3))
    revoke_treatment_consents(patient_id=cast.maya.pk, now=NOW)

    assert len(as_json(cast.maya, made(cast.maya, "json", now=NOW))["entries"]) == 1


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        (" =1", "' =1"),
        ("＝1", "'＝1"),
        ("it was 7 = bad", "it was 7 = bad"),
        ("'quoted'", "'quoted'"),
        ("", ""),
        (None, ""),
        (-2, "-2"),
        (0, "0"),
        (6.5, "6.5"),
        (True, "true"),
        (False, "false"),
        (["lonely", "tired"], '["lonely","tired"]'),
        ([], "[]"),
        ({"use": {"peak": 0}}, '{"use":{"peak":0}}'),
        (NOW, "2026-04-02T15:00:00Z"),
    ],
)
def test_a_cell_is_what_it_says_and_never_a_formula(value: object, written: str) -> None:
    assert format_cell(value) == written


def test_text_with_lines_and_quotes_comes_back_as_it_was(cast: Cast) -> None:
    words = 'he said "no",\nthen;\r\nleft, = ok — 😀'
    wrote(cast.maya, "note", NOW - timedelta(hours=3), note=words)
    wrote(cast.maya, "note", NOW - timedelta(hours=2), note="=HYPERLINK(A1)")
    job = made(cast.maya, now=NOW)

    rows = table(cast.maya, job)

    assert [row["note"] for row in rows] == [words, "'=HYPERLINK(A1)"]
    assert [e["note"] for e in as_json(cast.maya, job)["entries"]] == [words, "=HYPERLINK(A1)"]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_field_of_every_kind_has_a_column(kind: str) -> None:
    columns = next(part.columns for part in all_export_parts() if part.name == "entries")

    assert set(KINDS[kind].names) <= set(columns)
    assert set(KINDS[kind].derived_type.schema()) <= set(columns)


def test_the_writers_end_what_they_begin() -> None:
    assert CsvFile().closes(all_export_parts()[0], is_last=True, counts={}) == b""
    assert JsonFile().closes(all_export_parts()[0], is_last=False, counts={}) == b"],\n"
    assert guard_formula("plain") == "plain"


def test_an_entry_is_told_with_its_own_wall_clock(cast: Cast) -> None:
    entry = wrote(cast.maya, "note", NOW)

    assert entry_row(entry)["occurred_at"] == "2026-04-02T10:00:00-05:00"
