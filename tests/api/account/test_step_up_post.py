"""POST auth/step-up proves again who is calling."""

from datetime import timedelta

import pytest
from django.utils import timezone

from care.models import AccessLogEntry, DeviceSession
from tests.api.responses import API, problem
from tests.authenticator_app import code_at, enrolled, wrong_code
from tests.cast import PASSWORD, Cast, signed_in

DOOR = API + "auth/step-up"


def test_a_password_proves_a_patient(cast: Cast) -> None:
    client = signed_in(cast.maya)
    DeviceSession.objects.update(reauthenticated_at=None)

    assert client.post(DOOR, {"password": PASSWORD}).status_code == 204

    assert DeviceSession.objects.get().reauthenticated_at is not None


def test_a_wrong_password_proves_nothing_and_is_audited(cast: Cast) -> None:
    client = signed_in(cast.maya)
    DeviceSession.objects.update(reauthenticated_at=None)

    problem(client.post(DOOR, {"password": "wrong"}), 403, "wrong_password")

    assert DeviceSession.objects.get().reauthenticated_at is None
    assert AccessLogEntry.objects.get(action="denied").reason == "wrong_password"


def test_who_has_a_second_factor_gives_it_too(cast: Cast) -> None:
    secret, _ = enrolled(cast.dr_okafor, at=timezone.now() - timedelta(hours=1))
    client = signed_in(cast.dr_okafor)

    problem(client.post(DOOR, {"password": PASSWORD}), 403, "otp_required")
    problem(
        client.post(DOOR, {"password": PASSWORD, "otp": wrong_code(secret)}), 400, "otp_invalid"
    )

    assert client.post(DOOR, {"password": PASSWORD, "otp": code_at(secret)}).status_code == 204


def test_guessing_here_ends_for_this_sign_in_alone(cast: Cast) -> None:
    client, other = signed_in(cast.maya), signed_in(cast.maya)
    for _ in range(5):
        problem(client.post(DOOR, {"password": "wrong"}), 403, "wrong_password")

    problem(client.post(DOOR, {"password": PASSWORD}), 429, "too_many")
    assert other.post(DOOR, {"password": PASSWORD}).status_code == 204
    again = signed_in(None).post(API + "auth/token", {"username": "maya", "password": PASSWORD})
    assert again.status_code == 200


@pytest.mark.parametrize("with_factor", [False, True])
def test_what_strangers_guess_stops_nobody_who_is_in(cast: Cast, *, with_factor: bool) -> None:
    secret = ""
    if with_factor:
        secret, _ = enrolled(cast.dr_lind, at=timezone.now() - timedelta(hours=1))
    client = signed_in(cast.dr_lind)
    DeviceSession.objects.update(reauthenticated_at=None)
    for n in range(6):
        signed_in(None).post(API + "auth/token", {"username": "dr_lind", "password": f"no {n}"})

    proof = {"password": PASSWORD} | ({"otp": code_at(secret)} if secret else {})
    assert client.post(DOOR, proof).status_code == 204
    opened = client.post(
        f"{API}patients/{cast.maya.pk}/break-glass",
        {"reason": "brought to the emergency room, asleep"},
    )
    assert opened.status_code == 201
