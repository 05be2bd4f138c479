"""Staff enrol an authenticator app before they see a patient, and sign in with its code."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from care.accounts.passwords import REAUTHENTICATION_HOLDS
from care.models import AccessLogEntry, DeviceSession, TotpSecret
from tests.api.responses import API, faults, problem
from tests.authenticator_app import code_at, enrolled, secret_of, wrong_code
from tests.cast import PASSWORD, Cast, signed_in

TOTP = API + "auth/mfa/totp"
CONFIRM = API + "auth/mfa/totp/confirm"
RECOVERY = API + "auth/mfa/recovery-codes"
TOKEN = API + "auth/token"
HOUR = timedelta(hours=1)


def signs_in(username: str, **more: str) -> Any:
    return signed_in(None).post(TOKEN, {"username": username, "password": PASSWORD, **more})


def by_password(username: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {signs_in(username).json()['access']}")
    return client


@pytest.mark.parametrize("who", ["dr_okafor", "ada"])
@pytest.mark.parametrize("door", ["sessions", "skills"])
def test_without_one_staff_see_no_patient(cast: Cast, who: str, door: str) -> None:
    problem(by_password(who).get(API + door), 403, "mfa_required")


def test_without_one_staff_reach_their_own_account(cast: Cast) -> None:
    client = by_password("dr_okafor")

    assert client.get(API + "me").status_code == 200
    assert client.get(API + "auth/sessions").status_code == 200


def test_patients_need_none(cast: Cast) -> None:
    assert by_password("maya").get(API + "entries").status_code == 200


def test_a_clinician_enrols_and_sees_their_patients(cast: Cast) -> None:
    client = by_password("dr_okafor")

    shown = client.post(TOTP)
    confirmed = client.post(CONFIRM, {"code": code_at(secret_of(shown.json()))})

    assert shown.status_code == 201
    assert shown.json()["secret"] == secret_of(shown.json())
    assert "Between%20Sessions" in shown.json()["otpauth_url"]
    assert confirmed.status_code == 200
    assert len(confirmed.json()["recovery_codes"]) == 10
    assert client.get(API + "sessions").status_code == 200


def test_a_wrong_first_code_enrols_nothing(cast: Cast) -> None:
    client = by_password("dr_okafor")
    secret = secret_of(client.post(TOTP).json())

    problem(client.post(CONFIRM, {"code": wrong_code(secret)}), 400, "otp_invalid")

    assert not TotpSecret.objects.exists()
    problem(client.get(API + "sessions"), 403, "mfa_required")


def test_a_first_code_without_a_secret_is_told_what_to_do(cast: Cast) -> None:
    problem(signed_in(cast.dr_okafor).post(CONFIRM, {"code": "123456"}), 409, "nothing_pending")


def test_signing_in_then_needs_the_code(cast: Cast) -> None:
    secret, _ = enrolled(cast.dr_okafor, at=timezone.now() - HOUR)

    refused = signs_in("dr_okafor")
    welcome = signs_in("dr_okafor", otp=code_at(secret))

    assert "Bearer" in refused.headers["WWW-Authenticate"]
    problem(refused, 401, "otp_required")
    assert welcome.status_code == 200
    assert DeviceSession.objects.get(revoked_at=None).mfa_at is not None


def test_a_wrong_password_hides_that_a_code_would_be_needed(cast: Cast) -> None:
    secret, _ = enrolled(cast.dr_okafor, at=timezone.now() - HOUR)

    for more in ({}, {"otp": code_at(secret)}):
        refused = signed_in(None).post(
            TOKEN, {"username": "dr_okafor", "password": "wrong", **more}
        )
        problem(refused, 401, "invalid_credentials")


def test_a_wrong_code_is_refused_and_audited(cast: Cast) -> None:
    secret, _ = enrolled(cast.dr_okafor, at=timezone.now() - HOUR)

    problem(signs_in("dr_okafor", otp=wrong_code(secret)), 401, "otp_invalid")

    denied = AccessLogEntry.objects.get(action="denied")
    assert (denied.actor_id, denied.reason) == (cast.dr_okafor.pk, "wrong_otp")
    assert not DeviceSession.objects.filter(revoked_at=None).exists()


def test_a_recovery_code_stands_in_for_the_phone_once(cast: Cast) -> None:
    _, codes = enrolled(cast.dr_okafor, at=timezone.now() - HOUR)

    assert signs_in("dr_okafor", otp=codes[0]).status_code == 200
    problem(signs_in("dr_okafor", otp=codes[0]), 401, "otp_invalid")


def test_a_factor_changes_after_a_fresh_proof_only(cast: Cast) -> None:
    client = signed_in(cast.dr_okafor)
    DeviceSession.objects.update(
        reauthenticated_at=timezone.now() - REAUTHENTICATION_HOLDS - timedelta(seconds=1)
    )

    for door, body in ((TOTP, {}), (CONFIRM, {"code": "123456"}), (RECOVERY, {})):
        problem(client.post(door, body), 403, "step_up_required")

    assert client.post(API + "auth/step-up", {"password": PASSWORD}).status_code == 204
    assert client.post(TOTP).status_code == 201


def test_recovery_codes_are_made_anew(cast: Cast) -> None:
    enrolled(cast.dr_okafor, at=timezone.now() - HOUR)

    response = signed_in(cast.dr_okafor).post(RECOVERY)

    assert len(response.json()["recovery_codes"]) == 10
    problem(signed_in(cast.dr_lind).post(RECOVERY), 409, "no_second_factor")


@pytest.mark.parametrize("door", [TOTP, CONFIRM, RECOVERY, API + "auth/step-up"])
def test_strangers_stay_outside(cast: Cast, door: str) -> None:
    problem(signed_in(None).post(door, {}), 401, "not_authenticated")


def test_a_missing_field_is_named(cast: Cast) -> None:
    client = signed_in(cast.dr_okafor)

    assert faults(client.post(CONFIRM, {})) == {"code": "required"}
    assert faults(client.post(API + "auth/step-up", {})) == {"password": "required"}
