"""The hour at which a patient's day begins: who sets it, and within which bounds."""

import json
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from care.models import Patient, User
from tests.api.responses import API, faults
from tests.cast import Cast, signed_in


def test_a_patient_sets_it_and_their_therapist_reads_it(cast: Cast) -> None:
    client, therapist = signed_in(cast.maya), signed_in(cast.dr_okafor)

    told = client.patch(API + "me", {"day_starts_hour": 3}, headers={"If-Match": '"1"'}).json()

    assert (told["day_starts_hour"], told["rev"]) == (3, 2)
    assert client.get(API + "me").json()["day_starts_hour"] == 3
    assert therapist.get(f"{API}patients/{cast.maya.pk}").json()["day_starts_hour"] == 3
    assert Patient.objects.get(pk=cast.noah.pk).day_starts_hour == 0


@pytest.mark.parametrize(("sent", "kept"), [(0, 0), (4, 4), (2.0, 2)])
def test_every_hour_up_to_four_is_taken(cast: Cast, sent: Any, kept: int) -> None:
    response = signed_in(cast.maya).patch(
        API + "me", {"day_starts_hour": sent}, headers={"If-Match": '"1"'}
    )

    assert response.json()["day_starts_hour"] == kept


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (5, "max_value"),
        (-1, "min_value"),
        ("3", "invalid"),
        (2.5, "invalid"),
        (True, "invalid"),
        (None, "null"),
    ],
)
def test_nothing_else_is(cast: Cast, sent: Any, code: str) -> None:
    response = signed_in(cast.maya).patch(
        API + "me", {"day_starts_hour": sent}, headers={"If-Match": '"1"'}
    )

    assert faults(response) == {"day_starts_hour": code}
    assert Patient.objects.get(pk=cast.maya.pk).day_starts_hour == 0
    assert User.objects.get(pk=cast.maya.pk).rev == 1


def test_the_database_holds_the_bound(cast: Cast) -> None:
    for hour in (5, -1):
        with pytest.raises(IntegrityError), transaction.atomic():
            Patient.objects.filter(pk=cast.maya.pk).update(day_starts_hour=hour)


def test_staff_have_none(cast: Cast) -> None:
    told = signed_in(cast.dr_okafor).patch(
        API + "me", {"day_starts_hour": 3}, headers={"If-Match": '"1"'}
    )

    assert "day_starts_hour" not in told.json()


def test_the_schema_bounds_it() -> None:
    shapes = json.loads(
        Client().get("/api/schema/", headers={"Accept": "application/json"}).content
    )
    named = shapes["components"]["schemas"]

    sent = named["PatchedMeInRequest"]["properties"]["day_starts_hour"]

    assert (sent["type"], sent["minimum"], sent["maximum"]) == ("integer", 0, 4)
    assert named["MeOut"]["properties"]["day_starts_hour"]["type"] == "integer"
    assert "day_starts_hour" in named["PatientOut"]["required"]
