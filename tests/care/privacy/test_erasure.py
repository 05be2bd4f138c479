"""A patient is erased with their key, and nothing of theirs is left in any file (SECURITY R23)."""

import subprocess
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from care.access.chart import NoSuchChart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.accounts.password_reset import seal_email
from care.models import (
    AccessLogEntry,
    CareTeamMembership,
    Consent,
    DeviceSession,
    Disclosure,
    LegalHold,
    Patient,
    User,
)
from care.privacy import erasure, retention
from journaling.entries.record import record_entry
from journaling.models import Entry, Journal
from notifications.models.device import Device
from tests import prerequisites
from tests.cast import Cast, craving, own_chart, signed_in, supports
from tests.database_roles import as_owner

CANARY = "canary-of-the-harbor-4711"
NOW = timezone.now()
WHY = erasure.ErasureReason.REQUEST


def live(cast: Cast) -> None:
    """Let maya leave her traces in every kind of column."""
    User.objects.filter(pk=cast.maya.pk).update(
        username=f"{CANARY}-name", display_name=f"{CANARY}-shown",
        sealed_email=seal_email(cast.maya, "maya@x.example"),
    )  # fmt: skip
    sent = craving(note=f"{CANARY}-note", target=f"{CANARY}-target")
    for body in (craving(), craving(note=f"{CANARY}-note")):
        record_entry(chart=own_chart(cast.maya), sent=body, now=timezone.now())
    Entry.objects.filter(patient_id=cast.maya.pk).update(target=sent["target"])
    Consent.objects.filter(patient_id=cast.maya.pk).update(signed_name=f"{CANARY}-signed")
    Disclosure.objects.create(
        patient_id=cast.maya.pk, at=NOW, to="County clinic", purpose="treatment", what="summary",
        consent=Consent.objects.filter(patient_id=cast.maya.pk).first(),
    )  # fmt: skip
    signed_in(cast.maya)
    DeviceSession.objects.filter(user=cast.maya).update(device_name=f"{CANARY}-phone")
    Device.objects.create(
        id=uuid4(), patient_id=cast.maya.pk, provider="fcm_token", address=f"{CANARY}-address",
        fingerprint="f" * 64, platform="ios", created_at=NOW, last_seen_at=NOW,
    )  # fmt: skip


def erase(cast: Cast) -> Any:
    return erasure.erase_patient(patient_id=cast.maya.pk, reason=WHY, now=NOW)


@pytest.mark.django_db
def test_the_key_and_every_row_about_them_are_gone(cast: Cast) -> None:
    live(cast)

    gone = erase(cast)

    assert gone["journaling.Entry"] == 2
    assert {"notifications.Device", "care.DeviceSession", "care.CareTeamMembership"} <= set(gone)
    patient = Patient.objects.select_related("user").get(pk=cast.maya.pk)
    assert patient.wrapped_key is None
    assert (patient.user.username, patient.user.sealed_email) == (None, None)
    assert patient.user.display_name == erasure.ERASED_NAME
    assert not patient.user.is_active
    assert not patient.user.has_usable_password()


@pytest.mark.django_db
def test_no_table_but_those_named_still_speaks_of_them(cast: Cast) -> None:
    live(cast)
    erase(cast)

    left = {
        key.model._meta.label
        for key in [*erasure._keys_to(Patient), *erasure._keys_to(User)]
        if key.model._base_manager.filter(**{key.name: cast.maya.pk}).exists()
    }
    assert left == set()
    assert Disclosure.objects.get(patient_id=cast.maya.pk).to == "County clinic"
    consent = Consent.objects.get(patient_id=cast.maya.pk)
    assert (consent.signed_name, consent.recipient) == ("", "")
    assert consent.revoked_at is not None


@pytest.mark.django_db
def test_the_account_of_their_support_person_keeps_none_of_their_words(cast: Cast) -> None:
    supports(cast.sam, cast.maya, recipient=f"{CANARY}, my aunt")
    User.objects.filter(pk=cast.sam.pk).update(display_name=f"{CANARY}, my aunt")
    phone = signed_in(cast.sam)
    assert phone.get("/api/v1/supported").status_code == 200

    erase(cast)

    cast.sam.refresh_from_db()
    assert (cast.sam.display_name, cast.sam.username) == (erasure.ERASED_NAME, None)
    assert not cast.sam.is_active
    assert phone.get("/api/v1/supported").status_code == 401
    assert not DeviceSession.objects.filter(user=cast.sam).exists()


@pytest.mark.django_db
def test_who_supports_another_patient_too_is_called_what_that_one_says(cast: Cast) -> None:
    supports(cast.sam, cast.maya, recipient=f"{CANARY}, my aunt")
    supports(cast.sam, cast.noah, recipient="Samira")
    User.objects.filter(pk=cast.sam.pk).update(display_name=f"{CANARY}, my aunt")

    erase(cast)

    cast.sam.refresh_from_db()
    assert (cast.sam.display_name, cast.sam.is_active) == ("Samira", True)


@pytest.mark.django_db
def test_nothing_of_anybody_else_is_touched(cast: Cast) -> None:
    live(cast)
    record_entry(chart=own_chart(cast.noah), sent=craving(note="mine"), now=NOW)

    erase(cast)

    assert Entry.objects.filter(patient_id=cast.noah.pk).count() == 1
    assert Journal.objects.filter(patient_id=cast.noah.pk).exists()
    assert CareTeamMembership.objects.filter(patient_id=cast.noah.pk).count() == 1
    assert User.objects.get(pk=cast.dr_okafor.pk).is_active
    assert own_chart(cast.noah).cipher.data_key


@pytest.mark.django_db
def test_their_sign_ins_end_and_nobody_reads_them(cast: Cast) -> None:
    live(cast)
    phone = signed_in(cast.maya)
    assert phone.get("/api/v1/me").status_code == 200

    erase(cast)

    assert phone.get("/api/v1/me").status_code == 401
    with pytest.raises(NoSuchChart):
        open_chart(
            viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.ENTRIES, now=NOW
        )


@pytest.mark.django_db
def test_the_access_log_stays_and_tells_it(cast: Cast) -> None:
    live(cast)
    before = AccessLogEntry.objects.filter(patient_id=cast.maya.pk).count()

    erase(cast)

    rows = AccessLogEntry.objects.filter(patient_id=cast.maya.pk).order_by("id")
    assert before > 0
    assert rows.count() == before + 1
    last = rows.last()
    assert last is not None
    assert (last.data_class, last.reason, last.actor_role) == ("erasure", WHY, "system")


@pytest.mark.django_db
def test_a_legal_hold_stops_it_until_lifted(cast: Cast) -> None:
    live(cast)
    call_command("patient", "place-hold", str(cast.maya.pk), "2026-17")
    call_command("patient", "place-hold", str(cast.maya.pk), "2026-17")
    assert LegalHold.objects.count() == 1

    with pytest.raises(erasure.OnLegalHold):
        erase(cast)
    with pytest.raises(CommandError, match="legal hold"):
        call_command("patient", "erase", str(cast.maya.pk), "--reason", "REQUEST", "--no-purge")

    assert Patient.objects.get(pk=cast.maya.pk).wrapped_key is not None
    assert Entry.objects.filter(patient_id=cast.maya.pk).count() == 2
    assert not AccessLogEntry.objects.filter(data_class="erasure").exists()
    assert retention.lift_hold(patient_id=cast.maya.pk, matter="2026-17", now=NOW)
    assert erase(cast)["journaling.Entry"] == 2
    told = AccessLogEntry.objects.filter(data_class="legal_hold").order_by("id")
    assert [row.reason for row in told] == ["hold_placed", "hold_lifted"]


@pytest.mark.django_db
def test_a_hold_that_is_not_there_is_told(cast: Cast) -> None:
    with pytest.raises(CommandError, match="no such hold"):
        call_command("patient", "lift-hold", str(cast.maya.pk), "2026-17")
    with pytest.raises(CommandError, match="no patient"):
        call_command("patient", "place-hold", str(uuid4()), "2026-17")
    with pytest.raises(CommandError, match="no patient"):
        call_command("patient", "erase", str(cast.ada.pk), "--reason", "REQUEST", "--no-purge")


@pytest.mark.django_db
def test_again_changes_nothing_more(cast: Cast) -> None:
    live(cast)
    erase(cast)

    assert sum(erase(cast).values()) == 0


def bytes_of(file: Path) -> bytes:
    """Read a file of the open database in another process.

    Closing it in this one would drop the locks of SQLite's own connections (a rule of POSIX), and
    the next process to close the database would then delete the log that ours still writes.
    """
    return subprocess.run(["cat", str(file)], check=True, capture_output=True).stdout


def files_of_the_database() -> dict[str, bytes]:
    if connection.vendor == "sqlite":
        name = str(settings.DATABASES["default"]["NAME"])
        files = (Path(name + end) for end in ("", "-wal"))
        return {file.suffix: bytes_of(file) for file in files if file.exists()}
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute(
            "SELECT name, pg_read_binary_file(path) FROM (SELECT oid::regclass::text AS name, "
            "pg_relation_filepath(oid) AS path FROM pg_class WHERE relkind IN ('r', 'i', 't')) "
            "AS files WHERE path IS NOT NULL"
        )
        return {name: bytes(whole) for name, whole in cursor.fetchall()}


def holding(what: bytes) -> list[str]:
    """Name the files of the database in which these bytes stand."""
    return [name for name, whole in files_of_the_database().items() if what in whole]


@pytest.mark.django_db(transaction=True)
def test_after_a_purge_no_byte_of_them_is_in_the_files() -> None:
    from tests.cast import enter

    prerequisites.skip_while_somebody_writes()
    cast = enter()
    live(cast)
    if connection.vendor == "postgresql":
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        # The planner's notes quote instants and codes of rows, never a word.
        assert "pg_statistic" not in holding(CANARY.encode())
    wrapped = bytes(Patient.objects.get(pk=cast.maya.pk).wrapped_key or b"")
    # Or the test could not fail:
    assert holding(CANARY.encode())
    assert holding(wrapped)

    said = StringIO()
    call_command("patient", "erase", str(cast.maya.pk), "--reason", "REQUEST", stdout=said)

    assert holding(b"Noah")
    assert holding(CANARY.encode()) == []
    assert holding(wrapped) == []
    assert "journaling.Entry: 2 deleted." in said.getvalue()


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one database a file")
@pytest.mark.django_db(transaction=True)
def test_a_writer_in_any_database_of_the_server_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = connection.settings_dict
    monkeypatch.setattr(erasure, "MOST_WAITS", 1)
    with (
        psycopg.connect(host=place["HOST"], port=place["PORT"] or None, user=place["USER"],
                        dbname="postgres") as elsewhere,
        as_owner(),
    ):  # fmt: skip
        elsewhere.execute("SELECT pg_current_xact_id()")

        assert "still open" in erasure.rewrite_database_files()
