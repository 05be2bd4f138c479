"""Enrolling, signing in and out, second factors and passwords."""

from typing import Any

from tests.api.account.test_enroll_staff_post import invited
from tests.api.account.test_password_post import mailed
from tests.authenticator_app import code_at, secret_of, wrong_code
from tests.cast import PASSWORD
from tests.contract.stage import Speaker, Stage

FRESH = "a lantern by the old pier"


def play(on: Stage) -> None:
    """Come in, stay, prove oneself, and go."""
    _enrols(on)
    _signs_in(on)
    _stays_signed_in(on)
    _has_a_second_factor(on)
    _proves_it_again(on)
    _changes_the_password(on)
    _forgets_the_password(on)
    _joins_the_staff(on)
    _guesses(on)


def _enrols(on: Stage) -> None:
    made = on.dr_okafor.post("patients", {"display_name": "Iris", "time_zone": "America/Denver"})
    body = {
        "invite_code": made["invite_code"], "username": "iris", "password": FRESH,
        "time_zone": "America/Chicago", "device_name": "Iris's phone",
        "consent": {"version": "2026-01", "agreed": True},
    }  # fmt: skip
    on.nobody.post("auth/enroll", body | {"invite_code": "AAAA-AAAA-AAAA"})
    on.nobody.post("auth/enroll", body | {"username": "maya"})
    on.nobody.post("auth/enroll", body | {"password": "short"})
    on.nobody.post("auth/enroll", body | {"password": "password12345"})
    on.nobody.post("auth/enroll", body | {"consent": {"version": "2026-01", "agreed": False}})
    on.nobody.post("auth/enroll", body | {"consent": {"version": "2025-12", "agreed": True}})
    on.nobody.post("auth/enroll", body | {"time_zone": "Mars/Base", "username": "a"})
    told = on.nobody.post("auth/enroll", body)
    on.nobody.post("auth/enroll", body)
    iris = Speaker(on, "iris").with_token(told["access"])
    iris.get("me")
    iris.get("reminders")
    iris.get("consents")
    on.dr_okafor.post(f"patients/{made['id']}/invite")


def _signs_in(on: Stage) -> None:
    body = {"username": "maya", "password": PASSWORD, "device_name": "Maya's phone"}
    on.nobody.post("auth/token", body)
    on.nobody.post("auth/token", body | {"password": "wrong"})
    on.nobody.post("auth/token", body | {"username": "unknown"})
    on.nobody.post("auth/token", {"username": "maya"})
    on.nobody.get("me")
    Speaker(on, "somebody").with_token("not.a.token").get("me")


def _stays_signed_in(on: Stage) -> None:
    told = on.nobody.post("auth/token", {"username": "noah", "password": PASSWORD})
    noah = Speaker(on, "noah, signed in by password").with_token(told["access"])
    on.nobody.post("auth/token/refresh", {"refresh": told["refresh"]})
    on.nobody.post("auth/token/refresh", {"refresh": told["refresh"]})
    on.nobody.post("auth/token/refresh", {"refresh": "nothing"})
    found = noah.get("auth/sessions")
    second = on.nobody.post("auth/token", {"username": "noah", "password": PASSWORD})
    on.nobody.post("auth/token", {"username": "noah", "password": PASSWORD})
    noah.get("auth/sessions")
    noah.delete(f"auth/sessions/{second['session_id']}")
    noah.delete(f"auth/sessions/{second['session_id']}")
    noah.post("auth/sessions/revoke-others")
    on.nobody.post("auth/token/refresh", {"refresh": second["refresh"]})
    noah.post("auth/logout")
    noah.get("me")
    on.noah.delete(f"auth/sessions/{found['results'][0]['id']}")
    stolen = on.nobody.post("auth/token", {"username": "noah", "password": PASSWORD})
    on.nobody.post("auth/token/refresh", {"refresh": stolen["refresh"]})
    on.wait(minutes=1)
    on.nobody.post("auth/token/refresh", {"refresh": stolen["refresh"]})
    on.wait(minutes=10)
    noah.with_token(stolen["access"]).get("me")


def _has_a_second_factor(on: Stage) -> None:
    body: dict[str, Any] = {"username": "dr_lind", "password": PASSWORD}
    told = on.nobody.post("auth/token", body)
    lind = Speaker(on, "dr_lind, by password alone").with_token(told["access"])
    lind.get("caseload")
    lind.post("auth/mfa/totp/confirm", {"code": "123456"})
    lind.post("auth/mfa/recovery-codes")
    secret = secret_of(lind.post("auth/mfa/totp").body)
    lind.post("auth/mfa/totp/confirm", {"code": _wrong(on, secret)})
    confirmed = lind.post("auth/mfa/totp/confirm", {"code": _code(on, secret, 1)})
    lind.get("caseload")
    on.nobody.post("auth/token", body)
    on.nobody.post("auth/token", body | {"otp": _wrong(on, secret)})
    on.wait(minutes=1)
    on.nobody.post("auth/token", body | {"otp": _code(on, secret, 2)})
    on.nobody.post("auth/token", body | {"otp": confirmed["recovery_codes"][0]})
    lind.post("auth/mfa/recovery-codes")
    on.wait(minutes=1)
    lind.post("auth/step-up", {"password": "wrong", "otp": _code(on, secret, 3)})
    lind.post("auth/step-up", {"password": PASSWORD})
    lind.post("auth/step-up", {"password": PASSWORD, "otp": _code(on, secret, 3)})


def _proves_it_again(on: Stage) -> None:
    told = on.nobody.post("auth/token", {"username": "noah", "password": PASSWORD})
    on.wait(minutes=11)
    told = on.nobody.post("auth/token/refresh", {"refresh": told["refresh"]})
    noah = Speaker(on, "noah, long after signing in").with_token(told["access"])
    noah.post("exports", {})
    noah.patch("me", {"email": "noah@example.org"}, rev=1)
    noah.post("auth/mfa/totp")
    noah.post("auth/step-up", {"password": PASSWORD})
    noah.post("exports", {})


def _changes_the_password(on: Stage) -> None:
    on.maya.post("auth/password", {"current_password": "wrong", "new_password": FRESH})
    on.maya.post("auth/password", {"current_password": PASSWORD, "new_password": "1234"})
    on.maya.post("auth/password", {"current_password": PASSWORD, "new_password": FRESH})
    on.nobody.post("auth/token", {"username": "maya", "password": FRESH})
    on.maya.post("auth/step-up", {"password": FRESH})


def _forgets_the_password(on: Stage) -> None:
    rev = on.maya.get("me")["rev"]
    on.maya.patch("me", {"email": "maya@example.org"}, rev=rev)
    on.nobody.post("auth/password/reset", {"username": "nobody_of_this_name"})
    on.nobody.post("auth/password/reset", {"username": "maya"})
    ((_, code),) = mailed()
    on.names.call(code, "reset-code-1")
    reset = "auth/password/reset/confirm"
    on.nobody.post(reset, {"code": "AAAA-AAAA-AAAA", "new_password": PASSWORD})
    on.nobody.post(reset, {"code": code, "new_password": "short"})
    on.nobody.post(reset, {"code": code, "new_password": PASSWORD})
    on.nobody.post(reset, {"code": code, "new_password": PASSWORD})
    on.maya.get("me")


def _joins_the_staff(on: Stage) -> None:
    code = invited(on.world.cast)
    on.names.call(code, "staff-code-1")
    body = {"invite_code": code, "username": "dr_sato", "password": FRESH}
    on.nobody.post("auth/enroll-staff", body | {"invite_code": "AAAA-BBBB-CCCC"})
    on.nobody.post("auth/enroll-staff", body | {"username": ""})
    on.nobody.post("auth/enroll-staff", body | {"username": "dr_okafor", "password": "short"})
    told = on.nobody.post("auth/enroll-staff", body)
    sato = Speaker(on, "dr_sato").with_token(told["access"])
    sato.get("me")
    sato.get("sessions")


def _guesses(on: Stage) -> None:
    for _ in range(7):
        on.nobody.post("auth/token", {"username": "sam", "password": "wrong"})


def _code(on: Stage, secret: str, number: int) -> str:
    code = code_at(secret)
    on.names.call(code, f"totp-code-{number}")
    return code


def _wrong(on: Stage, secret: str) -> str:
    code = wrong_code(secret)
    on.names.call(code, "wrong-totp-code")
    return code
