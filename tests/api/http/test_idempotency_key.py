"""A POST sent again under its key: the first answer, and nothing made twice; at every door."""

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from care.models import (
    CareTeamMembership,
    Consent,
    CounsellingNote,
    Group,
    IdempotencyKey,
    Invitation,
    Patient,
    TreatmentSession,
)
from journaling.models import Assignment, Entry, ExportJob
from notifications.models.device import Device
from notifications.models.reminder import Reminder
from tests import cast as people
from tests.api.responses import API, problem
from tests.cast import Cast, craving, signed_in

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
SOON = "2046-05-04T15:00:00Z"


def sends(client: APIClient, door: str, body: Any, key: str = KEY) -> Any:
    return client.post(f"{API}{door}", body, headers={"Idempotency-Key": key})


def created(cast: Cast) -> dict[str, tuple[Any, str, dict[str, Any], Any]]:
    """Name what is made: by whom, at which door, from what, and the rows to count."""
    maya, patient = cast.maya, f"patients/{cast.maya.pk}"
    return {
        "session": (cast.dr_okafor, "sessions", {
            "kind": "individual", "starts_at": SOON, "ends_at": "2046-05-04T15:50:00Z",
            "patient": str(maya.pk),
        }, TreatmentSession.objects),
        "patient": (cast.dr_okafor, "patients", {
            "display_name": "Iris", "time_zone": "America/Chicago",
        }, Patient.objects.filter(user__display_name="Iris")),
        "group": (cast.dr_okafor, "groups", {"name": "Late"}, Group.objects),
        "assignment": (cast.dr_okafor, f"{patient}/assignments", {
            "skill": "slow-breathing", "per_week": 3,
        }, Assignment.objects),
        "note": (cast.dr_okafor, f"{patient}/counselling-notes", {
            "text": "She spoke of her sister.",
        }, CounsellingNote.objects),
        "reminder": (maya, "reminders", {"purpose": "checkin", "times": ["08:30"]},
                     Reminder.objects),
        "device": (maya, "devices", {
            "provider": "fcm_token", "address": "a" * 60, "platform": "ios",
            "app_version": "1.0", "device_name": "phone",
        }, Device.objects),
        "consent": (maya, "consents", {
            "purpose": "family_support", "version": "2026-01", "agreed": True,
            "signed_name": "Maya", "scope": ["session_times"], "recipient": "Sam",
            "expires_event": "end_of_treatment",
        }, Consent.objects.filter(purpose="family_support")),
        "export": (maya, "exports", {}, ExportJob.objects),
    }  # fmt: skip


NAMES = (
    "session", "patient", "group", "assignment", "note", "reminder", "device", "consent", "export",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_sent_again_it_is_answered_as_before_and_made_once(cast: Cast, name: str) -> None:
    who, door, body, rows = created(cast)[name]
    client = signed_in(who)

    first, again = sends(client, door, body), sends(client, door, body)

    assert first.status_code in {201, 202}, first.content
    assert again.status_code == first.status_code
    assert again.content == first.content
    for header in ("Content-Type", "ETag", "Location"):
        assert again.headers.get(header) == first.headers.get(header)
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert rows.count() == 1


@pytest.mark.parametrize("name", ["session", "group", "reminder"])
def test_what_has_an_identity_of_its_own_needs_no_key(cast: Cast, name: str) -> None:
    who, door, body, rows = created(cast)[name]
    client = signed_in(who)

    first, again = client.post(f"{API}{door}", body), client.post(f"{API}{door}", body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert rows.count() == 1


def test_the_same_key_with_other_words_is_refused_and_makes_nothing(cast: Cast) -> None:
    client = signed_in(cast.dr_okafor)
    sends(client, "groups", {"name": "Late"})

    for door, body in (("groups", {"name": "Later"}), ("patients", {"display_name": "Iris"})):
        problem(sends(client, door, body), 422, "idempotency_key_reused")
    assert Group.objects.count() == 1
    assert Patient.objects.count() == 2


def test_a_refused_request_frees_its_key(cast: Cast) -> None:
    client = signed_in(cast.dr_okafor)

    refused = sends(client, "groups", {"name": ""})
    made = sends(client, "groups", {"name": "Late"})

    assert (refused.status_code, made.status_code) == (400, 201)


def test_a_request_that_failed_frees_its_key(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(cast.dr_okafor)
    client.raise_request_exception = False

    with monkeypatch.context() as broken:
        broken.setattr("api.programme.groups.open_group", lambda **_: 1 / 0)
        assert sends(client, "groups", {"name": "Late"}).status_code == 500
    made = sends(client, "groups", {"name": "Late"})

    assert made.status_code == 201


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "schlüssel", "a b", "\x7f"])
def test_a_key_that_is_none_is_refused_by_name(cast: Cast, key: str) -> None:
    response = signed_in(cast.dr_okafor).post(
        f"{API}groups", {"name": "Late"}, HTTP_IDEMPOTENCY_KEY=key
    )

    problem(response, 400, "idempotency_key_invalid")
    assert not Group.objects.exists()


def test_a_key_is_its_owners_alone(cast: Cast) -> None:
    made = [sends(signed_in(who), "groups", {"name": "Late"}) for who in
            (cast.dr_okafor, cast.dr_lind)]  # fmt: skip

    assert [response.status_code for response in made] == [201, 201]
    assert made[0].json()["id"] != made[1].json()["id"]
    assert Group.objects.count() == 2


def test_who_is_not_signed_in_learns_nothing_by_a_key(cast: Cast) -> None:
    sends(signed_in(cast.dr_okafor), "groups", {"name": "Late"})

    problem(sends(signed_in(None), "groups", {"name": "Late"}), 401, "not_authenticated")
    ended = signed_in(cast.dr_okafor)
    cast.dr_okafor.device_sessions.update(revoked_at=timezone.now())
    problem(sends(ended, "groups", {"name": "Late"}), 401, "session_revoked")


def test_who_no_longer_treats_them_is_not_answered_about_them_again(cast: Cast) -> None:
    _, door, body, _ = created(cast)["assignment"]
    client = signed_in(cast.dr_okafor)
    assert sends(client, door, body).status_code == 201

    CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=timezone.now())

    problem(sends(client, door, body), 404, "not_found")


def test_after_a_day_the_key_may_be_used_anew(cast: Cast) -> None:
    # A sign-in holds for long enough; only the key has an end.
    sends(signed_in(cast.dr_okafor), "groups", {"name": "Late"})

    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        response = sends(signed_in(cast.dr_okafor), "groups", {"name": "Later"})

    assert response.status_code == 201
    assert Group.objects.count() == 2


def test_nothing_of_it_stands_in_clear(cast: Cast) -> None:
    _, door, body, _ = created(cast)["note"]
    sends(signed_in(cast.dr_okafor), door, body)

    row = IdempotencyKey.objects.values().get()
    kept = repr({**row, "sealed_answer": bytes(row["sealed_answer"] or b"")})
    for hidden in (KEY, "sister", str(cast.maya.pk), "counselling"):
        assert hidden not in kept


def test_an_invitation_that_was_lost_on_the_way_is_told_again(cast: Cast) -> None:
    client = signed_in(cast.dr_okafor)
    body = {"display_name": "Iris", "time_zone": "America/Chicago"}

    codes = {sends(client, "patients", body).json()["invite_code"] for _ in range(3)}
    again = sends(client, "patients", body, key="another")

    assert len(codes) == 1
    assert again.json()["invite_code"] not in codes
    assert Invitation.objects.count() == 2


@pytest.mark.parametrize("door", ["entries", "sync"])
def test_an_entry_is_always_read_for_what_it_says_about_safety(cast: Cast, door: str) -> None:
    client, entry = signed_in(cast.maya), craving()
    body = entry if door == "entries" else {
        "cursor": None, "ops": [entry | {"base_rev": None, "deleted": False}],
    }  # fmt: skip

    for _ in range(2):
        assert "Idempotency-Replayed" not in sends(client, door, body).headers
    assert Entry.objects.count() == 1
    assert not IdempotencyKey.objects.exists()


def test_without_the_header_nothing_is_remembered(cast: Cast) -> None:
    signed_in(cast.dr_okafor).post(f"{API}groups", {"name": "Late"})
    signed_in(cast.dr_okafor).get(f"{API}groups", headers={"Idempotency-Key": KEY})

    assert not IdempotencyKey.objects.exists()


def test_it_stands_in_the_schema_where_it_is_read() -> None:
    from drf_spectacular.generators import SchemaGenerator

    generator: Any = SchemaGenerator  # the library has no types here
    paths = generator().get_schema(request=None, public=True)["paths"]

    def has_it(path: str) -> bool:
        found = paths[path]["post"].get("parameters", [])
        return "Idempotency-Key" in {one["name"] for one in found}

    assert has_it("/api/v1/sessions")
    assert has_it("/api/v1/reminders")
    assert not has_it("/api/v1/entries")
    assert not has_it("/api/v1/auth/token")


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_makes_it_and_all_are_told_the_same() -> None:
    cast = people.enter()
    clients = [signed_in(cast.dr_okafor) for _ in range(5)]
    body = {"display_name": "Iris", "time_zone": "America/Chicago"}
    told: list[Any] = []
    ready = threading.Barrier(len(clients))
    key = str(uuid4())

    def tries(client: APIClient) -> None:
        ready.wait()
        try:
            response = sends(client, "patients", body, key=key)
            told.append((response.status_code, response.content))
        finally:
            connection.close()

    threads = [threading.Thread(target=tries, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(told) == 5
    assert {status for status, _ in told} == {201}
    assert len({content for _, content in told}) == 1
    assert Patient.objects.filter(user__display_name="Iris").count() == 1
