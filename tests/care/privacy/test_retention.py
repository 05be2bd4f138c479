"""Each class of data goes when its time is over, and not a day before (SECURITY R23)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

from backend.kit.handling import handled_models
from care.models import (
    AccessLogEntry,
    AttemptCounter,
    AuditSeal,
    CalendarLink,
    CounsellingNote,
    DeviceSession,
    Disclosure,
    Handover,
    IdempotencyKey,
    Invitation,
    PasswordReset,
    PendingTotp,
    StaffInvitation,
    SupportCode,
)
from care.privacy import retention
from journaling.entries.record import record_entry
from journaling.models import Entry, ExportJob
from notifications.models.device import Device
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from tests.care.medical.treated import handed_over
from tests.cast import LONG_AGO, Cast, agrees, craving, own_chart

pytestmark = pytest.mark.django_db
NOW = timezone.now()
SECOND = timedelta(seconds=1)
RULES = {rule.name: rule for rule in retention.retention_schedule()}
#: What the law has a clinic keep for six years, and nothing here deletes.
NEVER_DELETED = {AccessLogEntry, AuditSeal, Disclosure}


def one_of_each(cast: Cast, at: dict[str, datetime]) -> None:
    """Store one row of each class for maya, ended at that class's instant."""
    maya = cast.maya
    Invitation.objects.create(
        patient_id=maya.pk, code_fingerprint="i" * 64, created_by=cast.dr_okafor, created_at=NOW,
        expires_at=at["invitations"],
    )  # fmt: skip
    SupportCode.objects.create(
        patient_id=maya.pk, consent=agrees(maya), code_fingerprint="s" * 64, created_at=NOW,
        expires_at=at["codes of support persons"],
    )  # fmt: skip
    StaffInvitation.objects.create(
        user=cast.dr_lind, code_fingerprint="t" * 64, created_at=NOW,
        expires_at=at["invitations of staff"],
    )  # fmt: skip
    AttemptCounter.objects.create(key="a" * 64, count=1, window_started_at=at["attempts"])
    DeviceSession.objects.create(
        user=maya, current_jti=uuid4(), rotated_at=NOW, created_at=NOW, last_used_at=NOW,
        expires_at=at["ended sign-ins"],
    )  # fmt: skip
    PasswordReset.objects.create(user=maya, asked_at=NOW, expires_at=at["password resets"])
    PendingTotp.objects.create(user=maya, sealed_secret=b"s", started_at=at["begun factors"])
    IdempotencyKey.objects.create(
        user=maya, key_fingerprint="k" * 64, request_fingerprint="r" * 64,
        created_at=at["answers to repeated requests"],
    )  # fmt: skip
    CalendarLink.objects.create(
        user=maya, fingerprint="c" * 64, created_at=NOW, revoked_at=at["calendar links"]
    )
    ExportJob.objects.create(
        patient_id=maya.pk, formats=["json"], state="expired", progress={},
        requested_at=at["exports"],
    )  # fmt: skip
    Device.objects.create(
        id=uuid4(), patient_id=maya.pk, provider="fcm_token", address="x", fingerprint="f" * 64,
        platform="ios", created_at=NOW, last_seen_at=NOW, ended_at=at["addresses of phones"],
    )  # fmt: skip
    reminder = Reminder.objects.create(
        id=uuid4(), patient_id=maya.pk, purpose="checkin", minutes=[600], weekdays=127,
        created_at=NOW,
    )  # fmt: skip
    noted_at = at["deleted counselling notes"]
    CounsellingNote.objects.create(
        patient_id=maya.pk, originator=cast.dr_okafor, created_at=noted_at, deleted_at=noted_at
    )
    made = handed_over(cast, NOW)
    Handover.objects.filter(pk=made.id).update(expires_at=at["handovers"])
    due = at["occurrences"]
    Occurrence.objects.create(
        id=uuid4(), reminder=reminder, patient_id=maya.pk, purpose="checkin", slot=600,
        local_day=due.date(), due_at=due, not_after=due, state="expired", tag="t", created_at=due,
    )  # fmt: skip


def ages(*, beyond: timedelta) -> dict[str, datetime]:
    return {name: NOW - rule.period - beyond for name, rule in RULES.items()}


def test_what_is_over_goes(cast: Cast) -> None:
    one_of_each(cast, ages(beyond=SECOND))

    assert retention.count_expired(now=NOW) == dict.fromkeys(RULES, 1)
    assert retention.delete_expired(now=NOW) == dict.fromkeys(RULES, 1)
    assert retention.count_expired(now=NOW) == dict.fromkeys(RULES, 0)


def test_what_is_not_over_stays(cast: Cast) -> None:
    one_of_each(cast, ages(beyond=-SECOND))

    assert retention.delete_expired(now=NOW) == dict.fromkeys(RULES, 0)


def test_a_legal_hold_keeps_everything_of_its_patient(cast: Cast) -> None:
    one_of_each(cast, ages(beyond=SECOND))
    retention.place_hold(patient_id=cast.maya.pk, matter="2026-17", now=NOW)

    gone = retention.delete_expired(now=NOW)

    of_nobody = {"attempts", "invitations of staff"}
    assert {name for name, count in gone.items() if count} == of_nobody
    retention.lift_hold(patient_id=cast.maya.pk, matter="2026-17", now=NOW)
    assert sum(retention.delete_expired(now=NOW).values()) == len(RULES) - len(of_nobody)


def test_what_somebody_still_works_on_stays(cast: Cast) -> None:
    one_of_each(cast, ages(beyond=SECOND))
    PasswordReset.objects.update(next_attempt_at=NOW)
    Occurrence.objects.update(next_attempt_at=NOW, state="pending")
    ExportJob.objects.update(next_attempt_at=NOW, state="waiting")

    gone = retention.delete_expired(now=NOW)

    assert (gone["password resets"], gone["occurrences"], gone["exports"]) == (0, 0, 0)


def test_batches_reach_every_row(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for number in range(5):
        AttemptCounter.objects.create(key=f"{number}", count=1, window_started_at=LONG_AGO)

    assert retention.delete_expired(now=NOW)["attempts"] == 5


def test_the_record_and_the_logs_are_never_deleted_by_age(cast: Cast) -> None:
    record_entry(chart=own_chart(cast.maya), sent=craving(), now=NOW)
    Disclosure.objects.create(patient_id=cast.maya.pk, at=LONG_AGO, to="x", purpose="y", what="z")
    logged = AccessLogEntry.objects.count()

    retention.delete_expired(now=NOW + timedelta(days=365 * 30))

    assert Entry.objects.count() == 1
    assert Disclosure.objects.count() == 1
    assert AccessLogEntry.objects.count() == logged > 0
    assert {
        model for model, handling in handled_models() if handling.keep.for_good
    } == NEVER_DELETED
    assert not {rule.model for rule in RULES.values()} & NEVER_DELETED


def test_a_rule_takes_nothing_kept_along(cast: Cast) -> None:
    for rule in RULES.values():
        for relation in rule.model._meta.get_fields(include_hidden=True):
            if relation.auto_created and relation.is_relation:
                assert relation.related_model not in NEVER_DELETED


@pytest.mark.parametrize(("way", "left"), [("--dry-run", 1), ("--apply", 0)])
def test_the_command_tells_each_class(
    cast: Cast, way: str, left: int, capsys: pytest.CaptureFixture[str]
) -> None:
    one_of_each(cast, ages(beyond=timedelta(days=1)))

    call_command("retention", way)

    said = capsys.readouterr().out.splitlines()
    assert len(said) == len(RULES) + 2
    assert said[-2].startswith("deleted entries: 0 ")
    assert said[-1].startswith("files of exports: 0 ")
    assert any(line.startswith("invitations: 1 ") and "90 days" in line for line in said)
    rows: Any = Invitation.objects
    assert rows.count() == left
