"""Counselling notes lie apart: own table, own key, own history, in no export and no brief (R16)."""

from contextlib import nullcontext
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.backup import manifest
from backend.kit.crypto import DecryptionFailed, PatientCipher, master_keys
from care.access.chart import NoSuchChart
from care.audit import incident
from care.counselling import notebook
from care.counselling.edit import NoteChanged, change_note, delete_note
from care.counselling.read import NOTE_BINDING, notes_page, open_note_text
from care.models import (
    Consent,
    CounsellingKey,
    CounsellingNote,
    CounsellingVersion,
    Patient,
    TreatmentSession,
)
from care.privacy import erasure, retention
from journaling.entries.record import record_entry
from journaling.exports.formats import NOT_EXPORTED
from journaling.exports.parts import all_export_parts
from tests import cast as people
from tests import prerequisites
from tests.api.responses import API
from tests.care.privacy.test_erasure import holding
from tests.cast import Cast, craving, own_chart, signed_in
from tests.counselling_note import (
    CANARY,
    add_note,
    colleague_named_in_consent,
    colleague_on_team,
    open_notes_about,
)
from tests.database_roles import as_owner
from tests.journaling.exports.export_runner import as_json, made, text

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def texts(cast: Cast) -> list[str]:
    book = open_notes_about(cast.dr_okafor, cast.maya)
    return [note.text for note in notes_page(book=book, now=timezone.now(), limit=9)]


def cipher_of(cast: Cast) -> PatientCipher:
    key = CounsellingKey.objects.get(originator_id=cast.dr_okafor.pk)
    return notebook.note_cipher(patient_id=cast.maya.pk, key_id=key.pk, wrapped_key=key.wrapped_key)


def test_the_key_of_the_chart_opens_no_note_and_theirs_no_chart(cast: Cast) -> None:
    add_note(cast.dr_okafor, cast.maya)
    version = CounsellingVersion.objects.get()
    place = {"column": NOTE_BINDING, "row": f"{version.note_id}:1"}

    with pytest.raises(DecryptionFailed):
        own_chart(cast.maya).cipher.open(version.words or b"", **place)
    assert cipher_of(cast).open(version.words or b"", **place) == CANARY.encode()
    wrapped = CounsellingKey.objects.get().wrapped_key or b""
    for bound_to in (f"data-key|{cast.maya.pk}", f"counselling-key|{uuid4()}"):
        with pytest.raises(DecryptionFailed):
            master_keys().open(wrapped, bound_to=bound_to)


@pytest.mark.parametrize("gone", ["chart", "notes"])
def test_either_key_is_destroyed_without_the_other(cast: Cast, gone: str) -> None:
    add_note(cast.dr_okafor, cast.maya)
    record_entry(chart=own_chart(cast.maya), sent=craving(note="harbor"), now=NOW)

    if gone == "chart":
        Patient.objects.filter(pk=cast.maya.pk).update(wrapped_key=None)
        assert texts(cast) == [CANARY]
        return
    CounsellingKey.objects.update(wrapped_key=None)
    assert own_chart(cast.maya).cipher.data_key
    with pytest.raises(NoSuchChart):
        texts(cast)
    with pytest.raises(NoSuchChart):
        add_note(cast.dr_okafor, cast.maya)
    assert CounsellingNote.objects.count() == 1


@pytest.mark.parametrize("moved_to", ["another note", "another version", "another patient"])
def test_words_that_were_moved_do_not_open(cast: Cast, moved_to: str) -> None:
    note_id = add_note(cast.dr_okafor, cast.maya)
    other = add_note(cast.dr_okafor, cast.maya, "other")
    words = CounsellingVersion.objects.get(note_id=note_id).words or b""
    cipher = cipher_of(cast)
    place: dict[str, Any] = {"note_id": note_id, "rev": 1, "cipher": cipher}
    assert open_note_text(words, **place) == CANARY

    elsewhere: dict[str, dict[str, Any]] = {
        "another note": {"note_id": other},
        "another version": {"rev": 2},
        "another patient": {"cipher": PatientCipher(cast.noah.pk, cipher.data_key)},
    }
    with pytest.raises(DecryptionFailed):
        open_note_text(words, **(place | elsewhere[moved_to]))


def test_each_originator_has_one_key_a_patient(cast: Cast) -> None:
    for _ in range(2):
        add_note(cast.dr_okafor, cast.maya)
    add_note(colleague_on_team(cast), cast.maya)
    add_note(cast.dr_lind, cast.noah)

    assert set(CounsellingKey.objects.values_list("patient_id", "originator_id")) == {
        (cast.maya.pk, cast.dr_okafor.pk), (cast.maya.pk, cast.dr_lind.pk),
        (cast.noah.pk, cast.dr_lind.pk),
    }  # fmt: skip
    assert CounsellingKey.objects.count() == 3


def test_reading_where_there_is_nothing_makes_no_key(cast: Cast) -> None:
    assert texts(cast) == []
    assert not CounsellingKey.objects.exists()


@pytest.mark.parametrize("who", [nullcontext, as_owner], ids=["serving", "owner"])
def test_the_database_lets_no_version_be_changed(cast: Cast, who: Any) -> None:
    add_note(cast.dr_okafor, cast.maya)

    with who(), pytest.raises(DatabaseError), transaction.atomic():
        CounsellingVersion.objects.update(words=b"other")

    assert texts(cast) == [CANARY]


@pytest.mark.parametrize(
    ("purpose", "is_named"), [("treatment", True), ("counselling_notes", False)]
)
def test_a_consent_names_a_clinician_for_these_notes_alone(
    cast: Cast, purpose: str, is_named: bool
) -> None:
    with pytest.raises(IntegrityError, match="consent_names_who_reads_notes"), transaction.atomic():
        Consent.objects.create(
            patient_id=cast.maya.pk, purpose=purpose, version="1", agreed_at=NOW,
            clinician=cast.dr_lind if is_named else None,
        )  # fmt: skip


def test_a_change_that_lost_the_race_adds_no_version(cast: Cast) -> None:
    note_id = add_note(cast.dr_okafor, cast.maya)
    book = open_notes_about(cast.dr_okafor, cast.maya)

    def wins() -> None:
        change_note(book=book, note_id=note_id, rev=1, text="first", now=NOW)

    with pytest.MonkeyPatch.context() as patch:
        cipher_to_write = notebook.writer_cipher

        def slow(book: Any) -> Any:
            patch.setattr(notebook, "writer_cipher", cipher_to_write)
            wins()
            return cipher_to_write(book)

        patch.setattr(notebook, "writer_cipher", slow)
        with pytest.raises(NoteChanged):
            change_note(book=book, note_id=note_id, rev=1, text="second", now=NOW)

    assert texts(cast) == ["first"]
    assert CounsellingVersion.objects.count() == 2


def test_an_erased_patient_leaves_no_note_and_no_key(cast: Cast) -> None:
    held = people.session(cast.dr_okafor, starts_at=NOW, with_patient=cast.maya)
    add_note(cast.dr_okafor, cast.maya, session_id=held.pk)
    add_note(cast.dr_lind, cast.noah)

    gone = erasure.erase_patient(
        patient_id=cast.maya.pk, reason=erasure.ErasureReason.REQUEST, now=NOW
    )

    assert gone["care.CounsellingNote"] == gone["care.CounsellingKey"] == 1
    assert gone["care.CounsellingVersion"] == 1
    assert not TreatmentSession.objects.filter(pk=held.pk).exists()
    assert CounsellingNote.objects.get().patient_id == cast.noah.pk


def test_its_key_goes_first_even_if_the_rest_stops(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_note(cast.dr_okafor, cast.maya)

    def stops(_: object) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(erasure, "_delete_rows", stops)
    with pytest.raises(KeyboardInterrupt):
        erasure.erase_patient(
            patient_id=cast.maya.pk, reason=erasure.ErasureReason.REQUEST, now=NOW
        )

    assert CounsellingKey.objects.get().wrapped_key is None


def test_a_deleted_note_is_kept_for_a_year_and_longer_under_a_hold(cast: Cast) -> None:
    note_id = add_note(cast.dr_okafor, cast.maya, now=NOW)
    add_note(cast.dr_okafor, cast.maya, "stays", now=NOW)
    book = open_notes_about(cast.dr_okafor, cast.maya)
    delete_note(book=book, note_id=note_id, rev=1, now=NOW)
    later = NOW + timedelta(days=366)

    assert retention.delete_expired(now=NOW + timedelta(days=364))["deleted counselling notes"] == 0
    retention.place_hold(patient_id=cast.maya.pk, matter="2026-17", now=NOW)
    assert retention.delete_expired(now=later)["deleted counselling notes"] == 0
    retention.lift_hold(patient_id=cast.maya.pk, matter="2026-17", now=NOW)
    assert retention.delete_expired(now=later)["deleted counselling notes"] == 1

    assert CounsellingVersion.objects.count() == 1
    assert (
        retention.delete_expired(now=NOW + timedelta(days=9_999))["deleted counselling notes"] == 0
    )
    assert texts(cast) == ["stays"]


@pytest.mark.parametrize("formats", [("json",), ("csv",), ("fhir",)])
def test_no_export_holds_one_and_each_says_so(cast: Cast, formats: tuple[str, ...]) -> None:
    note_id = add_note(cast.dr_okafor, cast.maya)
    colleague_named_in_consent(cast)
    job = made(cast.maya, *formats, now=timezone.now())

    files = [f"csv/{part.name}" for part in all_export_parts()] if formats == ("csv",) else formats
    whole = "".join(text(cast.maya, job, file) for file in files)
    assert "Maya" in whole
    assert CANARY not in whole
    assert str(note_id) not in whole
    if formats == ("json",):
        told = as_json(cast.maya, job)["not_included"]
        assert told == list(NOT_EXPORTED) == jobs_told(cast)


def jobs_told(cast: Cast) -> list[str]:
    found = signed_in(cast.maya).get(API + "exports").json()["results"]
    return list(found[0]["not_included"])


def test_a_drill_opens_them(cast: Cast) -> None:
    add_note(cast.dr_okafor, cast.maya)
    assert manifest.unreadable_patients() == (2, [])

    CounsellingKey.objects.update(wrapped_key=b"\x01\x02m9" + b"x" * 40)

    assert manifest.unreadable_patients() == (1, [str(cast.maya.pk)])


def test_the_scope_of_an_incident_tells_them_apart(cast: Cast) -> None:
    from care.people.enrol import revoke_treatment_consents

    revoke_treatment_consents(patient_id=cast.maya.pk, now=people.LONG_AGO)
    add_note(cast.dr_okafor, cast.maya, now=NOW)
    colleague_named_in_consent(cast)
    until = NOW + timedelta(hours=1)

    [own] = incident.exposures_of_account(actor_id=cast.dr_okafor.pk, first=NOW, last=until)
    others = incident.exposures_of_account(actor_id=cast.dr_lind.pk, first=NOW, last=until)

    assert [why for _, why in own.could] == ["own_notes"]
    of_maya = next(one for one in others if one.patient_id == cast.maya.pk)
    assert [why for _, why in of_maya.could] == ["counselling_consent"]


def test_a_word_of_theirs_stands_in_no_statement_and_no_message(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with CaptureQueriesContext(connection) as asked:
        add_note(cast.dr_okafor, cast.maya)
        texts(cast)

    assert len(asked) > 4
    assert [query["sql"] for query in asked if CANARY in query["sql"]] == []
    assert CANARY not in caplog.text
    assert CANARY not in repr(open_notes_about(cast.dr_okafor, cast.maya))


@pytest.mark.django_db(transaction=True)
def test_no_byte_of_a_note_stands_in_the_files_in_clear() -> None:
    cast = people.enter()
    add_note(cast.dr_okafor, cast.maya)

    assert holding(b"Maya")
    assert holding(CANARY.encode()) == []


@pytest.mark.django_db(transaction=True)
def test_after_a_purge_their_key_and_words_are_nowhere_in_the_files() -> None:
    prerequisites.skip_while_somebody_writes()
    cast = people.enter()
    add_note(cast.dr_okafor, cast.maya)
    wrapped = bytes(CounsellingKey.objects.get().wrapped_key or b"")
    words = bytes(CounsellingVersion.objects.get().words or b"")
    assert holding(wrapped)
    assert holding(words)

    call_command("patient", "erase", str(cast.maya.pk), "--reason", "REQUEST", stdout=StringIO())

    assert holding(wrapped) == []
    assert holding(words) == []
