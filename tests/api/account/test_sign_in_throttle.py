"""What strangers guess slows them, and shuts out nobody who was in or has a right code."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from backend.kit.client_ip import parse_networks
from care.accounts import sign_in, staff_invitations
from care.accounts.throttle import ACCOUNT_LIMIT, ADDRESS_LIMIT
from care.models import AccessLogEntry, DeviceSession
from care.people.enrol import invite_patient
from tests.api.responses import API, problem
from tests.cast import PASSWORD, Cast, signed_in
from tests.web.page_client import SIGN_IN, signs_in
from web.access import KNOWN_DEVICE_COOKIE

TOKEN = API + "auth/token"


def signs(name: str = "maya", password: str = PASSWORD, **more: Any) -> Any:
    return signed_in(None).post(TOKEN, {"username": name, "password": password, **more})


def guesses(name: str = "maya", times: int = ACCOUNT_LIMIT) -> list[int]:
    return [signs(name, f"wrong {n}").status_code for n in range(times)]


def crowd(times: int = ADDRESS_LIMIT) -> None:
    """Let an address guess at many names, until it would be told to wait."""
    for n in range(times):
        signs(f"nobody{n}", "wrong")


# --- An account that strangers guess at -------------------------------------------------------


def test_a_phone_that_was_in_gets_in_while_strangers_wait(cast: Cast) -> None:
    earlier = signs().json()["refresh"]
    assert guesses() == [401] * ACCOUNT_LIMIT

    problem(signs(), 429, "too_many")
    assert signs(earlier_refresh=earlier).status_code == 200
    problem(signs(), 429, "too_many")


def test_a_phone_whose_sign_in_is_over_is_known_all_the_same(cast: Cast) -> None:
    earlier = signs().json()["refresh"]
    now = timezone.now()
    DeviceSession.objects.update(revoked_at=now, revoked_reason="signed_out", expires_at=now)
    guesses()

    assert signs(earlier_refresh=earlier).status_code == 200


def test_a_known_phone_has_five_tries_and_not_one_more(cast: Cast) -> None:
    earlier = signs().json()["refresh"]

    tries = [signs(password=f"no {n}", earlier_refresh=earlier).status_code for n in range(7)]

    assert tries == [401] * ACCOUNT_LIMIT + [429] * 2
    problem(signs(earlier_refresh=earlier), 429, "too_many")
    assert signs().status_code == 200


def test_a_known_phone_gives_strangers_no_new_tries(cast: Cast) -> None:
    earlier = signs().json()["refresh"]
    guesses(times=ACCOUNT_LIMIT - 1)

    assert signs(earlier_refresh=earlier).status_code == 200

    assert guesses(times=2) == [401, 429]


@pytest.mark.parametrize("reason", sign_in.LOST_REASONS)
def test_a_phone_that_its_owner_ended_or_that_was_copied_is_a_stranger(
    cast: Cast, reason: str
) -> None:
    earlier = signs().json()["refresh"]
    DeviceSession.objects.update(revoked_at=timezone.now(), revoked_reason=reason)
    guesses()

    problem(signs(earlier_refresh=earlier), 429, "too_many")


def test_a_phone_is_known_for_its_own_account_alone(cast: Cast) -> None:
    earlier = signs("noah").json()["refresh"]
    guesses()

    problem(signs(earlier_refresh=earlier), 429, "too_many")


def test_what_is_no_refresh_token_of_ours_makes_nobody_known(cast: Cast) -> None:
    told = signs().json()
    guesses()
    head, body, _ = told["refresh"].split(".")

    for forged in (told["access"], f"{head}.{body}.", f"{head}.{body}.AAAA", "x", "..", "", "é",
                   str(uuid4()), told["session_id"]):  # fmt: skip
        problem(signs(earlier_refresh=forged), 429, "too_many")


def test_a_browser_that_was_in_gets_in_while_strangers_wait(cast: Cast) -> None:
    browser, stranger = Client(), Client()
    signs_in(browser, "dr_lind")
    browser.post("/review/sign-out/")
    for n in range(ACCOUNT_LIMIT):
        assert signs_in(stranger, "dr_lind", f"wrong {n}").status_code == 401

    assert signs_in(Client(), "dr_lind").status_code == 429
    assert signs_in(browser, "dr_lind").status_code == 302


def test_a_shared_computer_knows_several_people_and_names_none(cast: Cast) -> None:
    browser = Client()
    for name in ("dr_lind", "dr_okafor", "ada"):
        signs_in(browser, name)
    guesses("dr_lind")
    guesses("dr_okafor")

    kept = browser.cookies[KNOWN_DEVICE_COOKIE]
    assert signs_in(browser, "dr_lind").status_code == 302
    assert signs_in(browser, "dr_okafor").status_code == 302
    assert "lind" not in kept.value.lower()
    assert (kept["httponly"], kept["samesite"], kept["path"]) == (True, "Strict", "/review/")


def test_a_browsers_mark_that_was_changed_is_none(cast: Cast) -> None:
    browser = Client()
    signs_in(browser, "dr_lind")
    guesses("dr_lind")
    marked = browser.cookies[KNOWN_DEVICE_COOKIE].value

    for changed in (marked[:-1] + ("A" if marked[-1] != "A" else "B"), "x", "", marked[1:]):
        browser.cookies[KNOWN_DEVICE_COOKIE] = changed
        assert signs_in(browser, "dr_lind").status_code == 429


# --- An address from which strangers guess ------------------------------------------------------


def test_a_crowded_address_opens_to_a_right_password_and_ends_guessing(cast: Cast) -> None:
    crowd()
    rows = AccessLogEntry.objects.count()

    problem(signs("nobody", "wrong"), 429, "too_many")
    problem(signs("maya", "wrong"), 429, "too_many")
    assert signs("noah").status_code == 200
    assert signs_in(Client(), "dr_lind").status_code == 302
    assert AccessLogEntry.objects.count() == rows + 1  # nothing for names that nobody has


def test_a_crowded_address_shuts_no_enrolment_and_no_reset(cast: Cast) -> None:
    crowd()
    now = timezone.now()
    _, code = invite_patient(
        clinician=cast.dr_okafor, display_name="Iris", time_zone="UTC", now=now
    )
    _, of_staff = staff_invitations.invite_staff(
        clinic_id=cast.clinic.pk, username=None, display_name="Dr. Sato", role="clinician", now=now
    )
    bodies: dict[str, dict[str, Any]] = {
        "auth/enroll": {"invite_code": code, "time_zone": "UTC",
                        "consent": {"version": "2026-01", "agreed": True}},
        "auth/enroll-staff": {"invite_code": of_staff},
    }  # fmt: skip

    for number, (door, more) in enumerate(bodies.items()):
        who = {"username": f"somebody{number}", "password": PASSWORD}
        for _ in range(ADDRESS_LIMIT + 1):
            signed_in(None).post(API + door, more | who | {"invite_code": "AAAA-BBBB-CCCC"})
        assert signed_in(None).post(API + door, more | who).status_code == 201, door
    assert signed_in(None).post(API + "auth/password/reset", {"username": "x"}).status_code == 202


def test_a_crowd_is_checked_one_at_a_time(cast: Cast) -> None:
    crowd()

    with sign_in._one_at_a_time():
        refused = signs("noah")
        earlier = DeviceSession.objects.create(
            user=cast.maya, current_jti=uuid4(), rotated_at=timezone.now(),
            created_at=timezone.now(), last_used_at=timezone.now(), expires_at=timezone.now(),
        )  # fmt: skip
        user, _ = sign_in.sign_in(
            username="maya", password=PASSWORD, address="127.0.0.1", device_name="",
            now=timezone.now(), known_by=[earlier.pk],
        )  # fmt: skip

    problem(refused, 429, "too_many")
    assert refused["Retry-After"] == "1"
    assert user == cast.maya
    assert signs("noah").status_code == 200


def test_one_home_of_ipv6_is_one_address(cast: Cast) -> None:
    def from_home(n: int, *, home: int = 1) -> Any:
        client = APIClient(REMOTE_ADDR=f"2001:db8:0:{home}::{n:x}")
        return client.post(TOKEN, {"username": f"nobody{n}", "password": "x"}, format="json")

    for n in range(ADDRESS_LIMIT):
        assert from_home(n).status_code == 401

    assert from_home(500).status_code == 429
    assert from_home(501, home=2).status_code == 401


# --- Behind a proxy -----------------------------------------------------------------------------


def test_behind_our_proxy_each_caller_is_counted_for_themselves(cast: Cast, settings: Any) -> None:
    settings.TRUSTED_PROXIES = parse_networks(["10.0.0.5"])

    def through(way: str, peer: str = "10.0.0.5") -> int:
        client = APIClient(REMOTE_ADDR=peer)
        sent = {"username": str(uuid4()), "password": "x"}
        return client.post(TOKEN, sent, format="json", headers={"X-Forwarded-For": way}).status_code

    for n in range(ADDRESS_LIMIT):
        assert through(f"1.2.3.{n}, 198.51.100.1") == 401  # whatever they claim before it

    assert through("198.51.100.1") == 429
    assert through("198.51.100.2") == 401
    assert through("198.51.100.1", peer="203.0.113.9") == 401  # no proxy of ours says so


def test_without_a_proxy_of_ours_the_header_says_nothing(cast: Cast) -> None:
    client = APIClient(REMOTE_ADDR="203.0.113.9")
    for n in range(ADDRESS_LIMIT + 1):
        response = client.post(
            TOKEN, {"username": f"n{n}", "password": "x"}, format="json",
            headers={"X-Forwarded-For": f"198.51.100.{n}", "Forwarded": f"for=198.51.100.{n}"},
        )  # fmt: skip

    assert response.status_code == 429


def test_the_sign_in_page_is_counted_like_the_door(cast: Cast) -> None:
    crowd()

    assert Client().post(SIGN_IN, {"username": "nobody", "password": "x"}).status_code == 429
