"""Mail as a last resort: who chooses it, and what it needs."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from care.accounts.password_reset import set_email
from care.models import Patient, User
from care.privacy import erasure
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in
from tests.notifications.reminder_scenario import DUE, chooses_mail

DOOR = API + "me"


def change(user: User, changes: dict[str, Any]) -> Any:
    """Change somebody's own profile from its newest revision."""
    rev = User.objects.get(pk=user.pk).rev
    return signed_in(user).patch(DOOR, changes, headers={"If-Match": f'"{rev}"'})


def is_chosen(user: User) -> bool:
    return Patient.objects.get(pk=user.pk).reminder_mail


@pytest.fixture
def maya(cast: Cast) -> Cast:
    """Give maya an address."""
    set_email(user=cast.maya, email="maya@home.example")
    return cast


def test_a_patient_switches_it_on_and_off(maya: Cast) -> None:
    on = change(maya.maya, {"reminder_mail": True})
    assert (on.status_code, on.json()["reminder_mail"], is_chosen(maya.maya)) == (200, True, True)
    assert signed_in(maya.maya).get(DOOR).json()["reminder_mail"] is True
    assert not is_chosen(maya.noah)

    off = change(maya.maya, {"reminder_mail": False})

    assert (off.json()["reminder_mail"], is_chosen(maya.maya)) == (False, False)


def test_it_is_off_until_it_is_chosen(maya: Cast) -> None:
    assert signed_in(maya.maya).get(DOOR).json()["reminder_mail"] is False


def test_without_an_address_it_is_refused(cast: Cast) -> None:
    refused = change(cast.maya, {"reminder_mail": True, "display_name": "May"})

    assert faults(refused) == {"reminder_mail": "no_address"}
    assert not is_chosen(cast.maya)
    assert User.objects.get(pk=cast.maya.pk).display_name == "Maya"


def test_an_address_may_come_with_it(cast: Cast) -> None:
    taken = change(cast.maya, {"reminder_mail": True, "email": "maya@home.example"}).json()

    assert (taken["reminder_mail"], taken["email"]) == (True, "maya@home.example")


def test_to_take_the_address_back_ends_it(maya: Cast) -> None:
    change(maya.maya, {"reminder_mail": True})

    taken = change(maya.maya, {"email": ""}).json()

    assert (taken["reminder_mail"], taken["email"]) == (False, "")
    assert not is_chosen(maya.maya)


def test_both_at_once_are_refused(maya: Cast) -> None:
    refused = change(maya.maya, {"reminder_mail": True, "email": ""})

    assert faults(refused) == {"reminder_mail": "no_address"}
    assert User.objects.get(pk=maya.maya.pk).sealed_email is not None


def test_another_address_keeps_it(maya: Cast) -> None:
    change(maya.maya, {"reminder_mail": True})

    change(maya.maya, {"email": "other@home.example"})

    assert is_chosen(maya.maya)


def test_a_page_that_takes_the_address_back_ends_it(maya: Cast) -> None:
    chooses_mail(maya.maya)

    set_email(user=maya.maya, email="")

    assert not is_chosen(maya.maya)


@pytest.mark.parametrize("who", ["dr_okafor", "ada", "sam"])
def test_nobody_else_has_it(maya: Cast, who: str) -> None:
    user = getattr(maya, who)

    refused = change(user, {"reminder_mail": True})

    assert faults(refused) == {"reminder_mail": "patients_only"}
    assert "reminder_mail" not in signed_in(user).get(DOOR).json()
    assert "reminder_mail" not in change(user, {"reminder_mail": False}).json()


def test_without_a_mail_server_it_is_neither_offered_nor_taken(
    maya: Cast, settings: Settings
) -> None:
    settings.STAFF_MAIL = False

    refused = change(maya.maya, {"reminder_mail": True})

    assert faults(refused) == {"reminder_mail": "no_mail_server"}
    assert problem(refused, 400, "invalid_input")["errors"][0]["detail"] == (
        "No mail server is set up here, so nothing can go by mail."
    )
    assert "reminder_mail" not in signed_in(maya.maya).get(DOOR).json()


def test_what_was_chosen_before_the_mail_server_went_can_be_ended(
    maya: Cast, settings: Settings
) -> None:
    change(maya.maya, {"reminder_mail": True})
    settings.STAFF_MAIL = False
    assert signed_in(maya.maya).get(DOOR).json()["reminder_mail"] is True

    ended = change(maya.maya, {"reminder_mail": False})

    assert ended.status_code == 200
    assert not is_chosen(maya.maya)


@pytest.mark.parametrize(("sent", "code"), [("yes", "invalid"), (1, "invalid"), (None, "null")])
def test_nothing_but_yes_and_no_is_taken(maya: Cast, sent: Any, code: str) -> None:
    assert faults(change(maya.maya, {"reminder_mail": sent})) == {"reminder_mail": code}


def test_an_erasure_ends_it(cast: Cast) -> None:
    chooses_mail(cast.maya)

    erasure.erase_patient(patient_id=cast.maya.pk, reason=erasure.ErasureReason.REQUEST, now=DUE)

    assert not is_chosen(cast.maya)


def test_the_schema_names_it() -> None:
    shapes = json.loads(
        Client().get("/api/schema/", headers={"Accept": "application/json"}).content
    )["components"]["schemas"]

    for name in ("PatchedMeInRequest", "MeOut"):
        assert shapes[name]["properties"]["reminder_mail"]["type"] == "boolean"
        assert "reminder_mail" not in shapes[name].get("required", [])
