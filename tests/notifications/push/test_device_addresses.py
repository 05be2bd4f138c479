"""Addresses: each of one sign-in, moving with the phone, dying alone."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from care.accounts.device_sessions import start_device_session
from care.models import AccessLogEntry, DeviceSession, User
from notifications.models.device import Device
from notifications.push.devices import (
    NoSuchDevice,
    end_device,
    end_devices_of_session,
    register_device,
)
from tests import cast as people
from tests.cast import Cast
from tests.database_roles import append_only_lifted
from tests.notifications.reminder_scenario import DUE, MORNING, FakePush, drain, phone, planned


def test_an_address_moves_to_whoever_signed_in_last(cast: Cast) -> None:
    push = FakePush()
    planned(cast.maya)
    planned(cast.noah, "08:40")
    phone(cast.maya, "one phone")

    phone(cast.noah, "one phone")
    drain(DUE, push)
    drain(DUE + timedelta(minutes=10), push)

    assert [message.minute for message in push.sent] == [520]
    moved = Device.objects.get(patient_id=cast.maya.pk)
    assert (moved.ended_at, moved.ended_reason) == (MORNING, "address_moved")


def test_both_access_logs_tell_of_the_move_and_neither_names_the_other(cast: Cast) -> None:
    phone(cast.maya, "one phone")
    with append_only_lifted():
        AccessLogEntry.objects.all().delete()

    phone(cast.noah, "one phone")

    left = AccessLogEntry.objects.get(patient_id=cast.maya.pk)
    came = AccessLogEntry.objects.get(patient_id=cast.noah.pk)
    assert (left.data_class, left.reason, left.actor_id) == (
        "devices", "address_moved", cast.maya.pk,
    )  # fmt: skip
    assert (came.data_class, came.reason, came.actor_id) == ("devices", "own", cast.noah.pk)


def test_registered_again_it_stays_one_device(cast: Cast) -> None:
    first = phone(cast.maya, "one phone")

    again = phone(cast.maya, "one phone", at=DUE)

    assert again.pk == first.pk
    assert Device.objects.get().last_seen_at == DUE


def test_every_phone_of_a_patient_is_told(cast: Cast) -> None:
    push = FakePush()
    planned(cast.maya)
    phone(cast.maya, "a phone")
    phone(cast.maya, "a tablet", platform="ios", provider="fcm_fid")

    drain(DUE, push)

    assert {(message.address, message.provider) for message in push.sent} == {
        ("a phone", "fcm_token"),
        ("a tablet", "fcm_fid"),
    }


def test_a_sign_in_that_ends_takes_its_devices_along(cast: Cast) -> None:
    push = FakePush()
    planned(cast.maya)
    user = User.objects.select_related("patient").get(pk=cast.maya.pk)
    session = start_device_session(user=user, device_name="phone", now=MORNING)
    staying = phone(cast.maya, "another phone")
    ending = phone(cast.maya, "a phone")
    Device.objects.filter(pk=ending.pk).update(device_session=session)

    end_devices_of_session(device_session_id=session.pk, now=MORNING)
    drain(DUE, push)

    assert [message.device for message in push.sent] == [staying.pk]


def test_an_ended_device_gets_nothing_more(cast: Cast) -> None:
    push = FakePush()
    planned(cast.maya)
    device = phone(cast.maya)

    end_device(chart=people.own_chart(cast.maya), device_id=device.pk, now=MORNING)
    drain(DUE, push)

    assert push.sent == []


def test_nobody_ends_the_device_of_another(cast: Cast) -> None:
    device = phone(cast.maya)

    for stranger, wanted in ((cast.noah, device.pk), (cast.maya, uuid4())):
        with pytest.raises(NoSuchDevice):
            end_device(chart=people.own_chart(stranger), device_id=wanted, now=MORNING)

    assert Device.objects.get().ended_at is None


def test_the_database_itself_keeps_an_address_with_one_patient(cast: Cast) -> None:
    device = phone(cast.maya)

    with pytest.raises(IntegrityError), transaction.atomic():
        Device.objects.create(
            id=uuid4(), patient_id=cast.noah.pk, provider="fcm_token", address=device.address,
            fingerprint=device.fingerprint, platform="ios", created_at=DUE, last_seen_at=DUE,
        )  # fmt: skip


def test_the_fingerprint_tells_nothing_of_the_address(cast: Cast) -> None:
    device = phone(cast.maya, "one phone")

    assert "phone" not in device.fingerprint
    assert len(device.fingerprint) == 64


def test_a_newer_address_of_a_sign_in_takes_the_older_ones_place(cast: Cast) -> None:
    push = FakePush()
    planned(cast.maya)
    for number in range(3):
        registered(cast, "tablet", f"address {number}", platform="ios")
    registered(cast, "phone", "another phone")
    registered(cast, "phone", "its browser", platform="web")

    drain(DUE, push)

    assert sorted(message.address for message in push.sent) == [
        "address 2", "another phone", "its browser",
    ]  # fmt: skip
    ended = Device.objects.filter(ended_at__isnull=False)
    assert set(ended.values_list("address", "ended_reason")) == {
        ("address 0", "replaced"), ("address 1", "replaced"),
    }  # fmt: skip


def test_an_older_address_that_comes_back_takes_its_place_again(cast: Cast) -> None:
    for address in ("one", "two", "one"):
        registered(cast, "phone", address)

    assert Device.objects.get(ended_at__isnull=True).address == "one"


def test_the_database_keeps_one_address_of_a_sign_in_and_platform(cast: Cast) -> None:
    first = registered(cast, "phone", "one")

    with pytest.raises(IntegrityError), transaction.atomic():
        Device.objects.create(
            id=uuid4(), patient_id=cast.maya.pk, provider="fcm_fid", address="two",
            fingerprint="two", platform="android", created_at=DUE, last_seen_at=DUE,
            device_session_id=first.device_session_id,
        )  # fmt: skip


def registered(cast: Cast, name: str, address: str, *, platform: str = "android") -> Device:
    """Register an address through the sign-in of that name."""
    known = {one.device_name: one for one in DeviceSession.objects.filter(user=cast.maya)}
    signed_in = known.get(name) or start_device_session(
        user=cast.maya, device_name=name, now=MORNING
    )
    cast.maya.device_session_id = signed_in.pk  # as a request does
    chart = open_own_chart(viewer=cast.maya, what=DataCategory.DEVICES, now=MORNING, to_write=True)
    return register_device(
        chart=chart, provider="fcm_token", address=address, platform=platform, app_version="1",
        device_name=name, covered_until=None, now=MORNING,
    )[0]  # fmt: skip
