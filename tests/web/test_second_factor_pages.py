"""Signing in to the pages takes a second factor, and no page of a patient opens before it."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from care.models import DeviceSession, RecoveryCode
from tests.authenticator_app import code_at, enrolled, wrong_code
from tests.cast import Cast
from tests.web.page_client import SIGN_IN, TODAY, page_of, signs_in, text_of, week_of_maya

STEP = "/review/sign-in/code/"
FACTOR = "/review/account/factor/"
HOUR = timedelta(hours=1)


def halfway(cast: Cast) -> tuple[Client, str, list[str]]:
    secret, codes = enrolled(cast.dr_okafor, at=timezone.now() - HOUR)
    client = Client()
    response = signs_in(client, "dr_okafor")
    assert (response.status_code, response["Location"]) == (302, STEP)
    return client, secret, codes


def test_without_a_factor_every_page_leads_to_enrolling(cast: Cast) -> None:
    brief = page_of(week_of_maya(cast))
    client = Client()
    signs_in(client, "dr_okafor")

    for page in (TODAY, brief):
        response = client.get(page)
        assert (response.status_code, response["Location"]) == (302, FACTOR)
    assert "needs a second factor" in text_of(client.get(FACTOR))


def test_a_clinician_enrols_on_the_page(cast: Cast) -> None:
    client = Client()
    signs_in(client, "dr_okafor")

    shown = client.get(client.post(FACTOR)["Location"])
    secret = shown.context["secret"].replace(" ", "")
    taken = client.get(client.post(FACTOR, {"code": code_at(secret)})["Location"])

    assert "data:image/svg+xml;base64," in text_of(shown)
    assert len(taken.context["codes"]) == 10
    assert client.get(TODAY).status_code == 200


def test_a_wrong_first_code_asks_for_another_of_the_same_secret(cast: Cast) -> None:
    client = Client()
    signs_in(client, "dr_okafor")
    shown = client.get(client.post(FACTOR)["Location"])
    secret, where = shown.context["secret"], shown.context["shown"]

    response = client.post(FACTOR, {"code": wrong_code(secret.replace(" ", "")), "shown": where})

    assert response.status_code == 400
    # Nothing has to be scanned again: the app goes on showing codes of this one.
    assert response.context["secret"] == secret
    assert client.get(TODAY).status_code == 302
    taken = client.post(FACTOR, {"code": code_at(secret.replace(" ", "")), "shown": where})
    assert taken.status_code == 302


def test_loading_the_page_of_a_secret_again_makes_no_other(cast: Cast) -> None:
    client = Client()
    signs_in(client, "dr_okafor")
    where = client.post(FACTOR)["Location"]

    secrets = {client.get(where).context["secret"] for _ in range(3)}

    assert len(secrets) == 1
    taken = client.post(FACTOR, {"code": code_at(secrets.pop().replace(" ", ""))})
    codes = {tuple(client.get(taken["Location"]).context["codes"]) for _ in range(3)}
    assert len(codes) == 1
    assert RecoveryCode.objects.count() == 10


def test_what_is_shown_once_is_shown_to_nobody_else(cast: Cast) -> None:
    client, other = Client(), Client()
    signs_in(client, "dr_okafor")
    signs_in(other, "dr_lind")
    where = client.post(FACTOR)["Location"]

    assert "secret" not in other.get(where).context
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert "secret" not in client.get(where).context


def test_the_password_alone_opens_nothing(cast: Cast) -> None:
    client, _, _ = halfway(cast)

    assert not DeviceSession.objects.exists()
    assert client.get(TODAY)["Location"].startswith(SIGN_IN)
    assert client.get("/review/account/")["Location"].startswith(SIGN_IN)


def test_the_code_opens_and_leads_on(cast: Cast) -> None:
    client, secret, _ = halfway(cast)

    response = client.post(STEP, {"code": code_at(secret)})

    assert (response.status_code, response["Location"]) == (302, TODAY)
    assert client.get(TODAY).status_code == 200
    assert dict(client.session) == {"sign_in": str(DeviceSession.objects.get().pk)}


def test_a_recovery_code_opens_once(cast: Cast) -> None:
    client, _, codes = halfway(cast)
    assert client.post(STEP, {"code": codes[0]}).status_code == 302

    again = Client()
    signs_in(again, "dr_okafor")

    assert again.post(STEP, {"code": codes[0]}).status_code == 401


@pytest.mark.parametrize(("typed", "status"), [("", 400), ("wrong", 401)])
def test_a_wrong_code_is_told_in_words(cast: Cast, typed: str, status: int) -> None:
    client, secret, _ = halfway(cast)

    response = client.post(STEP, {"code": typed and wrong_code(secret)})

    assert response.status_code == status
    assert 'role="alert"' in text_of(response)
    assert not DeviceSession.objects.filter(revoked_at=None).exists()


def test_the_sixth_code_is_told_to_wait(cast: Cast) -> None:
    client, secret, _ = halfway(cast)
    for _ in range(5):
        client.post(STEP, {"code": wrong_code(secret)})

    response = client.post(STEP, {"code": code_at(secret)})

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0


def test_halfway_is_over_after_five_minutes(cast: Cast) -> None:
    client, secret, _ = halfway(cast)

    later = timezone.now() + timedelta(minutes=6)
    with time_machine.travel(later, tick=False):
        response = client.post(STEP, {"code": code_at(secret)})

    assert response["Location"] == SIGN_IN


def test_nobody_is_halfway_without_a_password(cast: Cast) -> None:
    enrolled(cast.dr_okafor, at=timezone.now() - HOUR)

    for method in ("get", "post"):
        assert getattr(Client(), method)(STEP)["Location"] == SIGN_IN
    assert Client().post("/review/sign-in/passkey/")["Location"] == SIGN_IN
    assert Client().post("/review/sign-in/passkey/options/").status_code == 403


def test_what_is_no_answer_of_a_passkey_opens_nothing(cast: Cast) -> None:
    client, _, _ = halfway(cast)

    for sent in ("", "[]", "{}", '{"id": "x"}'):
        client.post("/review/sign-in/passkey/options/")
        response = client.post("/review/sign-in/passkey/", {"credential": sent})
        assert response.status_code == 401
    assert not DeviceSession.objects.filter(revoked_at=None).exists()
