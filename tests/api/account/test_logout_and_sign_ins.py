"""Signing out, and the list of devices that are signed in."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from care.models import DeviceSession
from notifications.models.device import Device
from tests.api.responses import API, problem
from tests.cast import Cast, signed_in

PHONE = {
    "provider": "fcm_token",
    "address": "address-of-a-phone-0123456789",
    "platform": "android",
    "app_version": "1.0",
    "device_name": "phone",
}


def test_a_signed_out_token_is_dead_on_the_next_request(cast: Cast) -> None:
    client = signed_in(cast.maya)

    assert client.post(API + "auth/logout").status_code == 204

    problem(client.get(API + "me"), 401, "session_revoked")
    problem(client.post(API + "auth/logout"), 401, "session_revoked")


@pytest.mark.parametrize(
    ("who", "status"), [("dr_okafor", 401), ("ada", 401), ("maya", 200)],
)  # fmt: skip
def test_staff_who_were_idle_for_an_hour_sign_in_again(cast: Cast, who: str, status: int) -> None:
    user = getattr(cast, who)
    begun = timezone.now()
    with time_machine.travel(begun, tick=False):
        client = signed_in(user)
    DeviceSession.objects.filter(user=user).update(last_used_at=begun - timedelta(minutes=61))

    with time_machine.travel(begun, tick=False):
        answer = client.get(API + "me")

    assert answer.status_code == status


def test_signing_out_stops_the_pushes_of_that_phone_only(cast: Cast) -> None:
    leaving, staying = signed_in(cast.maya), signed_in(cast.maya)
    leaving.post(API + "devices", PHONE)
    staying.post(API + "devices", PHONE | {"address": "address-of-another-phone-0123"})

    leaving.post(API + "auth/logout")

    assert Device.objects.filter(ended_at=None).count() == 1


def test_devices_are_listed_with_the_current_one_marked(cast: Cast) -> None:
    signed_in(cast.noah)
    signed_in(cast.maya)
    client = signed_in(cast.maya)

    found = client.get(API + "auth/sessions").json()["results"]

    assert len(found) == 2
    assert [row["current"] for row in found].count(True) == 1
    assert set(found[0]) == {
        "id", "device_name", "created_at", "last_used_at", "expires_at", "current",
    }  # fmt: skip


def test_one_device_is_signed_out_from_another(cast: Cast) -> None:
    lost, client = signed_in(cast.maya), signed_in(cast.maya)
    rows = client.get(API + "auth/sessions").json()["results"]
    other = next(row["id"] for row in rows if not row["current"])

    assert client.delete(f"{API}auth/sessions/{other}").status_code == 204

    problem(lost.get(API + "me"), 401, "session_revoked")
    problem(client.delete(f"{API}auth/sessions/{other}"), 404, "not_found")


def test_a_sign_in_of_somebody_else_does_not_exist(cast: Cast) -> None:
    signed_in(cast.noah)
    his = DeviceSession.objects.get().pk
    client = signed_in(cast.maya)

    foreign = client.delete(f"{API}auth/sessions/{his}")
    unknown = client.delete(f"{API}auth/sessions/{uuid4()}")

    assert foreign.content == unknown.content
    assert DeviceSession.objects.get(pk=his).revoked_at is None


def test_all_others_are_signed_out_at_once(cast: Cast) -> None:
    others = [signed_in(cast.maya) for _ in range(3)]
    stranger, client = signed_in(cast.noah), signed_in(cast.maya)

    assert client.post(API + "auth/sessions/revoke-others").status_code == 204

    for other in others:
        problem(other.get(API + "me"), 401, "session_revoked")
    assert client.get(API + "me").status_code == 200
    assert stranger.get(API + "me").status_code == 200
