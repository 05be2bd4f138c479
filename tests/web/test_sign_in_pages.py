"""Signing in to the pages: for clinicians, counted, and over the moment it is over."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from care.accounts.device_sessions import end_session
from care.models import AccessLogEntry, DeviceSession
from tests.cast import PASSWORD, Cast
from tests.web.page_client import (
    SIGN_IN,
    TODAY,
    browser_of,
    page_of,
    signs_in,
    text_of,
    week_of_maya,
)


def test_a_clinician_signs_in_and_sees_their_day(cast: Cast) -> None:
    client = Client()

    response = signs_in(client, "dr_okafor")

    assert (response.status_code, response["Location"]) == (302, TODAY)
    session = DeviceSession.objects.get()
    assert (session.user_id, session.device_name) == (cast.dr_okafor.pk, "Web browser")


def test_the_cookie_names_a_sign_in_and_nothing_else(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)

    assert dict(client.session) == {"sign_in": str(DeviceSession.objects.get().pk)}
    cookie = client.cookies["between_session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/review/")


@pytest.mark.parametrize(
    ("username", "password"),
    [("dr_okafor", "not the password"), ("nobody", PASSWORD)],
    ids=["wrong password", "unknown name"],
)
def test_wrong_is_wrong_and_which_of_the_two_is_not_told(
    cast: Cast, username: str, password: str
) -> None:
    client = Client()

    response = signs_in(client, username, password)

    assert response.status_code == 401
    assert "Name or password is wrong." in text_of(response)
    assert password not in text_of(response)
    assert not DeviceSession.objects.exists()
    assert client.get(TODAY).status_code == 302


def test_the_sixth_try_is_not_even_checked(cast: Cast) -> None:
    client = Client()
    for _ in range(5):
        assert signs_in(client, "dr_okafor", "guess").status_code == 401

    response = signs_in(client, "dr_okafor")

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "Too many tries. Please wait 15 minutes." in text_of(response)
    assert not DeviceSession.objects.exists()


def test_patients_are_told_plainly_and_stay_outside(cast: Cast) -> None:
    client = Client()

    response = signs_in(client, "maya")

    assert response.status_code == 403
    assert "These pages are for the clinic." in text_of(response)
    assert not DeviceSession.objects.exists()
    assert client.get(TODAY).status_code == 302


def test_a_form_with_nothing_in_it_is_answered_in_words(cast: Cast) -> None:
    response = Client().post(SIGN_IN, {})

    assert response.status_code == 400
    assert "Please give your name and your password." in text_of(response)
    assert not AccessLogEntry.objects.exists()


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ("/review/?day=2026-03-24", "/review/?day=2026-03-24"),
        ("", TODAY),
        ("/api/v1/me", TODAY),
        ("//evil.example/review/", TODAY),
        ("https://evil.example/review/", TODAY),
        ("/review/\\evil.example", "/review/%5Cevil.example"),
        ("/review/\r\nSet-Cookie: x=1", "/review/%0D%0ASet-Cookie:%20x=1"),
        ("javascript:alert(1)", TODAY),
    ],
)
def test_it_leads_on_within_the_pages_only(cast: Cast, wanted: str, where: str) -> None:
    response = signs_in(Client(), "dr_okafor", next=wanted)

    assert response["Location"] == where


def test_a_page_asked_for_before_is_reached_after(cast: Cast) -> None:
    page = page_of(week_of_maya(cast))
    client = Client()

    sent_away = client.get(page)
    form = client.get(sent_away["Location"])

    assert sent_away["Location"].startswith(f"{SIGN_IN}?next=")
    assert f'name="next" value="{page}"' in text_of(form)


def test_signing_out_ends_the_sign_in_itself(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    stolen = client.cookies["between_session"].value

    response = client.post("/review/sign-out/")

    assert response["Location"] == f"{SIGN_IN}?out=1"
    assert dict(client.session) == {}
    assert DeviceSession.objects.get().revoked_at is not None
    thief = Client()
    thief.cookies["between_session"] = stolen
    assert thief.get(TODAY).status_code == 302


def test_a_link_cannot_sign_anybody_out(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)

    assert client.get("/review/sign-out/").status_code == 405
    assert client.get(TODAY).status_code == 200


def test_a_revoked_sign_in_is_over_on_the_next_page(cast: Cast) -> None:
    page = page_of(week_of_maya(cast))
    client = browser_of(cast.dr_okafor)
    assert client.get(page).status_code == 200

    end_session(
        session_id=DeviceSession.objects.get().pk, reason="revoked_by_user", now=timezone.now()
    )

    response = client.get(page, follow=True)
    assert response.redirect_chain[0][0].startswith(SIGN_IN)
    assert "Your sign-in has ended." in text_of(response)
    assert "Maya" not in text_of(response)


def test_a_disabled_clinician_is_outside_at_once(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)

    cast.dr_okafor.is_active = False
    cast.dr_okafor.save(update_fields=["is_active"])

    assert client.get(TODAY).status_code == 302


@pytest.mark.parametrize(
    ("idle", "status"), [(timedelta(minutes=59), 200), (timedelta(minutes=61), 302)]
)
def test_an_idle_hour_ends_it(cast: Cast, idle: timedelta, status: int) -> None:
    client = browser_of(cast.dr_okafor)

    with time_machine.travel(timezone.now() + idle, tick=False):
        assert client.get(TODAY).status_code == status


def test_a_day_ends_it_however_busy(cast: Cast) -> None:
    client, began = browser_of(cast.dr_okafor), timezone.now()
    for half_hours in range(1, 48):
        with time_machine.travel(began + timedelta(minutes=30 * half_hours), tick=False):
            assert client.get(TODAY).status_code == 200

    with time_machine.travel(began + timedelta(hours=24, minutes=1), tick=False):
        assert client.get(TODAY).status_code == 302


def test_signing_in_again_ends_the_earlier_sign_in_of_this_browser(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    first = DeviceSession.objects.get()

    signs_in(client, "dr_lind")

    first.refresh_from_db()
    assert first.revoked_at is not None
    assert DeviceSession.objects.get(revoked_at=None).user_id == cast.dr_lind.pk


def test_a_cookie_that_is_not_ours_opens_nothing(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    kept = client.cookies["between_session"].value

    client.cookies["between_session"] = kept[:-1] + ("A" if kept[-1] != "A" else "B")

    assert client.get(TODAY).status_code == 302


def test_a_form_without_our_token_changes_nothing(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)

    response = signs_in(client, "dr_okafor")

    assert response.status_code == 403
    assert "This form is out of date." in text_of(response)
    assert not DeviceSession.objects.exists()


def test_a_form_with_our_token_is_taken_and_the_token_changes(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get(SIGN_IN)
    before = client.cookies["csrftoken"].value

    response = signs_in(client, "dr_okafor", csrfmiddlewaretoken=before)

    assert response.status_code == 302
    assert client.cookies["csrftoken"].value != before
