"""Staff look after their own account: password, factors, address, and where they are signed in."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from care.accounts import password_reset
from care.models import DeviceSession, Passkey, User
from tests.authenticator_app import code_at, enrolled
from tests.cast import PASSWORD, Cast
from tests.web.page_client import TODAY, browser_of, text_of

ACCOUNT = "/review/account/"
FRESH = "nine boats under a slow moon"


def stale() -> None:
    DeviceSession.objects.update(reauthenticated_at=timezone.now() - timedelta(minutes=11))


def test_it_shows_what_is_theirs(cast: Cast) -> None:
    told = text_of(browser_of(cast.dr_okafor).get(ACCOUNT))

    assert "signed in as dr_okafor" in told
    assert "This one" in told


def test_patients_and_strangers_have_none_here(cast: Cast) -> None:
    assert Client().get(ACCOUNT).status_code == 302


def test_an_administrator_has_one_too(cast: Cast) -> None:
    assert browser_of(cast.ada).get(ACCOUNT).status_code == 200


def test_the_password_changes_and_other_sign_ins_end(cast: Cast) -> None:
    other, client = browser_of(cast.dr_okafor), browser_of(cast.dr_okafor)

    response = client.post(ACCOUNT + "password/", {"current": PASSWORD, "fresh": FRESH})

    assert response["Location"] == ACCOUNT + "?changed=password"
    assert User.objects.get(pk=cast.dr_okafor.pk).check_password(FRESH)
    assert client.get(TODAY).status_code == 200
    assert other.get(TODAY).status_code == 302


@pytest.mark.parametrize(
    ("current", "fresh", "words"),
    [("wrong", FRESH, "The password you have is wrong."), (PASSWORD, "short", "At least 15")],
)
def test_what_is_wrong_with_it_is_told_in_words(
    cast: Cast, current: str, fresh: str, words: str
) -> None:
    client = browser_of(cast.dr_okafor)

    response = client.post(ACCOUNT + "password/", {"current": current, "fresh": fresh})

    assert response.status_code == 400
    assert words in text_of(response)
    assert fresh not in text_of(response)
    assert User.objects.get(pk=cast.dr_okafor.pk).check_password(PASSWORD)


def test_a_sign_in_elsewhere_is_ended(cast: Cast) -> None:
    other, client = browser_of(cast.dr_okafor), browser_of(cast.dr_okafor)
    first = DeviceSession.objects.order_by("created_at")[0]

    client.post(f"{ACCOUNT}sign-ins/{first.pk}/end/")

    assert other.get(TODAY).status_code == 302
    assert client.get(TODAY).status_code == 200


def test_nobody_ends_somebody_elses(cast: Cast) -> None:
    other, client = browser_of(cast.dr_lind), browser_of(cast.dr_okafor)
    theirs = DeviceSession.objects.get(user=cast.dr_lind)

    assert client.post(f"{ACCOUNT}sign-ins/{theirs.pk}/end/").status_code == 404
    assert other.get(TODAY).status_code == 200


def test_all_others_end_at_once(cast: Cast) -> None:
    others = [browser_of(cast.dr_okafor) for _ in range(2)]
    client = browser_of(cast.dr_okafor)

    client.post(ACCOUNT + "sign-ins/end-others/")

    assert [other.get(TODAY).status_code for other in others] == [302, 302]
    assert client.get(TODAY).status_code == 200


def test_an_address_is_kept_encrypted(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)

    client.post(ACCOUNT + "email/", {"email": " o@example.org "})

    user = User.objects.get(pk=cast.dr_okafor.pk)
    assert password_reset.email_of(user) == "o@example.org"
    assert b"example" not in bytes(user.sealed_email or b"")
    assert "o@example.org" in text_of(client.get(ACCOUNT))


def test_what_is_no_address_is_told(cast: Cast) -> None:
    response = browser_of(cast.dr_okafor).post(ACCOUNT + "email/", {"email": "nonsense"})

    assert response.status_code == 400
    assert "Must be an e-mail address." in text_of(response)


@pytest.mark.parametrize("path", ["email/", "recovery-codes/", "factor/", "passkeys/"])
def test_what_guards_the_account_needs_a_fresh_proof(cast: Cast, path: str) -> None:
    client = browser_of(cast.dr_okafor)
    stale()

    response = client.post(ACCOUNT + path, {"email": "thief@example.org"})

    assert response["Location"].startswith(ACCOUNT + "prove/?next=")
    assert User.objects.get(pk=cast.dr_okafor.pk).sealed_email is None


def test_a_proof_leads_back(cast: Cast) -> None:
    secret, _ = enrolled(cast.dr_okafor, at=timezone.now() - timedelta(hours=1))
    client = Client()
    client.post("/review/sign-in/", {"username": "dr_okafor", "password": PASSWORD})
    client.post("/review/sign-in/code/", {"code": code_at(secret)})
    stale()

    soon = code_at(secret, timezone.now() + timedelta(seconds=30))
    proof = {"password": PASSWORD, "code": soon, "next": ACCOUNT + "factor/"}
    wrong = client.post(ACCOUNT + "prove/", proof | {"password": "wrong"})
    right = client.post(ACCOUNT + "prove/", proof)

    assert wrong.status_code == 403
    assert right["Location"] == ACCOUNT + "factor/"
    made = client.post(ACCOUNT + "recovery-codes/")
    assert len(client.get(made["Location"]).context["codes"]) == 10


def test_a_proof_leads_nowhere_else(cast: Cast) -> None:
    response = browser_of(cast.dr_okafor).post(
        ACCOUNT + "prove/", {"password": PASSWORD, "next": "//evil.example/"}
    )

    assert response["Location"] == ACCOUNT


def test_somebody_elses_passkey_is_not_theirs_to_remove(cast: Cast) -> None:
    theirs = Passkey.objects.create(
        user=cast.dr_lind, name="key", credential_id="1", public_key="2", sign_count=0,
        verifies_user=True, transports=[], created_at=timezone.now(),
    )  # fmt: skip

    for sent in (str(theirs.pk), "", "x", "9" * 99):
        client = browser_of(cast.dr_okafor)
        response = client.post(ACCOUNT + "passkeys/remove/", {"passkey": sent})
        assert response.status_code == 404
    assert Passkey.objects.filter(pk=theirs.pk).exists()
