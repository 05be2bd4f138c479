"""POST auth/step-up proves again who is calling."""

from datetime import timedelta

from django.utils import timezone

from care.models import AccessLogEntry, DeviceSession
from tests.api.doors import API, problem
from tests.cast import PASSWORD, Cast, signed_in
from tests.factors import code_at, enrolled, wrong_code

DOOR = API + "auth/step-up"


def test_a_password_proves_a_patient(cast: Cast) -> None:
    client = signed_in(cast.maya)
    DeviceSession.objects.update(proved_at=None)

    assert client.post(DOOR, {"password": PASSWORD}).status_code == 204

    assert DeviceSession.objects.get().proved_at is not None


def test_a_wrong_password_proves_nothing_and_is_audited(cast: Cast) -> None:
    client = signed_in(cast.maya)
    DeviceSession.objects.update(proved_at=None)

    problem(client.post(DOOR, {"password": "wrong"}), 403, "wrong_password")

    assert DeviceSession.objects.get().proved_at is None
    assert AccessLogEntry.objects.get(action="denied").reason == "wrong_password"


def test_who_has_a_second_factor_gives_it_too(cast: Cast) -> None:
    secret, _ = enrolled(cast.dr_okafor, at=timezone.now() - timedelta(hours=1))
    client = signed_in(cast.dr_okafor)

    problem(client.post(DOOR, {"password": PASSWORD}), 403, "otp_required")
    problem(
        client.post(DOOR, {"password": PASSWORD, "otp": wrong_code(secret)}), 400, "otp_invalid"
    )

    assert client.post(DOOR, {"password": PASSWORD, "otp": code_at(secret)}).status_code == 204


def test_guessing_here_is_counted_with_guessing_at_the_sign_in(cast: Cast) -> None:
    client = signed_in(cast.maya)
    for _ in range(5):
        client.post(DOOR, {"password": "wrong"})

    problem(client.post(DOOR, {"password": PASSWORD}), 429, "too_many")
    again = signed_in(None).post(API + "auth/token", {"username": "maya", "password": PASSWORD})
    problem(again, 429, "too_many")
