"""POST, GET and DELETE devices: addresses of the signed-in patient."""

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from care.models import AccessLogEntry
from notifications.models.device import Device
from tests.cast import Cast, signed_in

URL = "/api/v1/devices"


def phone(**changes: Any) -> dict[str, Any]:
    return {"provider": "fcm_fid", "address": "an address", "platform": "android"} | changes


def test_a_device_is_registered_once(cast: Cast) -> None:
    client = signed_in(cast.maya)

    first = client.post(URL, phone(app_version="1.2", device_name="Pixel"))
    again = client.post(URL, phone(app_version="1.3", device_name="Pixel"))

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert (again.json()["app_version"], again.json()["current"]) == ("1.3", True)
    assert Device.objects.count() == 1


def test_the_address_is_never_shown(cast: Cast) -> None:
    client = signed_in(cast.maya)
    registered = client.post(URL, phone(address="very secret address"))

    listed = client.get(URL)

    assert b"very secret" not in registered.content + listed.content
    assert AccessLogEntry.objects.filter(data_class="devices").count() == 2


def test_an_address_moves_with_the_phone(cast: Cast) -> None:
    maya = signed_in(cast.maya)
    maya.post(URL, phone())

    answer = signed_in(cast.noah).post(URL, phone())

    assert answer.status_code == 201
    assert maya.get(URL).json()["results"] == []
    assert Device.objects.filter(ended_at__isnull=True).get().patient_id == cast.noah.pk


def test_signing_out_ends_the_device_of_that_sign_in_only(cast: Cast) -> None:
    phone_one, phone_two = signed_in(cast.maya), signed_in(cast.maya)
    phone_one.post(URL, phone(address="one"))
    phone_two.post(URL, phone(address="two"))

    phone_one.post("/api/v1/auth/logout")

    left = Device.objects.filter(ended_at__isnull=True)
    assert [device.address for device in left] == ["two"]


def test_ending_a_device_leaves_the_sign_in(cast: Cast) -> None:
    client = signed_in(cast.maya)
    name = client.post(URL, phone()).json()["id"]

    ended = client.delete(f"{URL}/{name}")
    again = client.delete(f"{URL}/{name}")

    assert (ended.status_code, again.status_code) == (204, 404)
    assert client.get(URL).json()["results"] == []


def test_another_patients_device_does_not_exist(cast: Cast) -> None:
    name = signed_in(cast.noah).post(URL, phone()).json()["id"]
    client = signed_in(cast.maya)

    foreign, nothing = client.delete(f"{URL}/{name}"), client.delete(f"{URL}/{uuid4()}")

    assert (foreign.status_code, foreign.json()) == (404, nothing.json())
    assert Device.objects.get().ended_at is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"provider": "apns"}, "provider"),
        ({"platform": "windows"}, "platform"),
        ({"address": ""}, "address"),
        ({"address": 7}, "address"),
        ({"address": "x" * 4097}, "address"),
        ({"patient": str(uuid4())}, "patient"),
        ({"covered_until": "tomorrow"}, "covered_until"),
        ({"covered_until": "2569-11-30T08:00:00+07:00"}, "covered_until"),
        ({"covered_until": "9999-12-31T23:59:59-12:00"}, "covered_until"),
        ({"covered_until": "9999-12-31T23:59:59Z"}, "covered_until"),
        ({"covered_until": "0001-01-01T00:00:00+12:00"}, "covered_until"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_registered(
    cast: Cast, changes: dict[str, Any], field: str
) -> None:
    answer = signed_in(cast.maya).post(URL, phone(**changes))

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert not Device.objects.exists()


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("dr_okafor", 403), ("ada", 403)])
def test_only_patients_have_devices(cast: Cast, who: str | None, status: int) -> None:
    client: APIClient = signed_in(getattr(cast, who) if who else None)

    answers = [client.post(URL, phone()), client.get(URL), client.delete(f"{URL}/{uuid4()}")]

    assert {answer.status_code for answer in answers} == {status}
    assert not Device.objects.exists()
