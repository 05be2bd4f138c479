"""No word that names a substance, a person, a place or a phone stands in clear in the database."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import FieldError
from django.db import connection, models
from django.utils import timezone

from backend.kit import sealed_fields
from backend.kit.crypto import DecryptionFailed
from backend.kit.sealed_fields import SealedField
from backend.kit.timezones import local_day
from care.accounts import device_sessions
from care.consents.consents import record_consent
from care.models import Disclosure, Passkey, TreatmentSession, User
from care.programme import targets
from care.sessions.occurrences import WeeklyRecurrence
from care.sessions.plan import PlannedSession, plan_session
from care.sessions.series import plan_series
from journaling.entries.record import record_entry
from journaling.models import Entry
from notifications.models.device import Device
from notifications.push.devices import register_device
from tests.cast import ZONE, Cast, craving, own_chart

pytestmark = pytest.mark.django_db
CANARY = "quiet-canary"
NOW = timezone.now()


def own(kind: str, **fields: Any) -> dict[str, Any]:
    body = craving()
    shared = {name: body[name] for name in ("id", "occurred_at", "recorded_at", "time_zone")}
    return {**shared, "kind": kind, **fields}


def everything_of(maya: User, therapist: User) -> None:
    """Say the canary wherever a short word of one's own can be said."""
    chart = own_chart(maya)
    targets.set_targets(chart=chart, names=[f"{CANARY} own"], rev=0, now=NOW)
    bodies = (
        craving(target=f"{CANARY} target"),
        own("use", substance=f"{CANARY} drug", unit=f"{CANARY} unit", amount=2),
        own("meeting", meeting_kind=f"{CANARY} kind"),
        own("daily", date=local_day(NOW, ZONE).isoformat(), urges={f"{CANARY} own": {"peak": 4}}),
    )
    for body in bodies:
        record_entry(chart=chart, sent=body, now=NOW)
    # A clinic's own words for triggers.
    Entry.objects.filter(kind="craving").update(triggers=[f"{CANARY} trigger"])
    plan = PlannedSession(
        clinician=therapist, kind="individual", patient_id=maya.pk, title=f"{CANARY} title",
        place=f"{CANARY} place", starts_at=NOW + timedelta(days=1),
        ends_at=NOW + timedelta(days=1, hours=1),
    )  # fmt: skip
    plan_session(plan=plan, now=NOW)
    plan_series(plan=plan, weekly=WeeklyRecurrence(), now=NOW)
    record_consent(
        chart=chart, purpose="treatment", version="2026-01", scope=["safety"],
        recipient=f"{CANARY} aunt", signed_name=f"{CANARY} name", expires_at=None,
        expires_event=None, now=NOW,
    )  # fmt: skip
    Disclosure.objects.create(
        patient_id=maya.pk, at=NOW, to=f"{CANARY} aunt", purpose="x", what="y"
    )
    sign_in = device_sessions.start_device_session(
        user=maya, device_name=f"{CANARY} phone", now=NOW
    )
    assert sign_in.device_name == f"{CANARY} phone"
    Passkey.objects.create(
        user=therapist, name=f"{CANARY} desk", credential_id="1", public_key="2", sign_count=0,
        verifies_user=True, transports=[], created_at=NOW,
    )  # fmt: skip


def rows_in_clear() -> dict[str, str]:
    """Read every row of every table of ours as the database has it, bytes as text."""
    found = {}
    for model in apps.get_models():
        if model._meta.app_label not in {"care", "journaling", "notifications"}:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            found[model._meta.label] = " ".join(
                bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview)
                else str(value)
                for row in cursor.fetchall()
                for value in row
            )  # fmt: skip
    return found


def test_no_row_says_it_and_every_reader_does(cast: Cast) -> None:
    everything_of(cast.maya, cast.dr_okafor)

    told = {name for name, text in rows_in_clear().items() if CANARY in text}

    assert told == set()
    said = Entry.objects.get(kind="use")
    assert (said.substance, said.unit) == (f"{CANARY} drug", f"{CANARY} unit")
    assert Entry.objects.get(kind="craving").triggers == [f"{CANARY} trigger"]
    assert set(TreatmentSession.objects.values_list("title", flat=True)) == {f"{CANARY} title"}
    assert Passkey.objects.get().name == f"{CANARY} desk"


def test_an_address_of_a_phone_is_found_again_by_its_fingerprint(cast: Cast) -> None:
    address = f"{CANARY}-{'a' * 120}"
    sent: dict[str, Any] = {
        "provider": "fcm_token", "address": address, "platform": "ios", "app_version": "1",
        "device_name": f"{CANARY} phone", "covered_until": None, "now": NOW,
    }  # fmt: skip
    chart = own_chart(cast.maya)

    first, is_new = register_device(chart=chart, **sent)
    again, is_new_again = register_device(chart=chart, **sent)

    assert (first.address, again.pk, is_new, is_new_again) == (address, first.pk, True, False)
    assert Device.objects.get().address == address
    assert CANARY not in rows_in_clear()["notifications.Device"]


def test_a_value_opens_in_its_own_column_alone(cast: Cast) -> None:
    made = sealed_fields.seal(b"x", column="entry.target")

    assert made != sealed_fields.seal(b"x", column="entry.target")
    assert sealed_fields.unseal(made, column="entry.target") == b"x"
    for other in (made[:-1], made[:3], b"\x01", b"\x02" + made[1:]):
        with pytest.raises(DecryptionFailed):
            sealed_fields.unseal(other, column="entry.target")
    with pytest.raises(DecryptionFailed):
        sealed_fields.unseal(made, column="entry.unit")


def test_no_statement_asks_for_what_is_sealed() -> None:
    for asked in ("substance", "substance__contains", "substance__in"):
        with pytest.raises(FieldError):
            Entry.objects.filter(**{asked: "x"}).exists()
    assert not Entry.objects.filter(substance__isnull=False).exists()


def test_each_column_is_bound_to_itself() -> None:
    bound = [
        field.bound_to
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, SealedField) and isinstance(field, models.Field)
    ]

    assert len(bound) == len(set(bound))
    assert len(bound) >= 18
