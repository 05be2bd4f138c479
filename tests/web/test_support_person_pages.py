"""A support person's two pages: coming in by a code, and what is shared with them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from care.consents.consents import REDISCLOSURE_NOTICE
from care.models import (
    AccessLogEntry,
    Consent,
    DeviceSession,
    Disclosure,
    SupportCode,
    SupportPerson,
    User,
)
from care.support.invite import create_support_code
from tests import cast as people
from tests.cast import PASSWORD, Cast, agrees, own_chart, supports
from tests.journaling.briefs.brief_scenario import wrote
from tests.web.page_client import SIGN_IN, TODAY, browser_of, signs_in, text_of
from web.support_persons import CONFIDENTIALITY_NOTE

JOIN, SHARED, ACCOUNT = "/review/join/", "/review/shared/", "/review/account/"
FRESH = "a lantern by the old pier"


def code_of(user: User, **agreed: Any) -> str:
    consent = agrees(user, **agreed)
    return create_support_code(
        chart=own_chart(user), consent_id=consent.pk, now=timezone.now()
    )[0]  # fmt: skip


def joins(client: Client, code: str, /, **changes: str) -> Any:
    sent = {"code": code, "username": "alma", "password": FRESH, "agreed": "on"} | changes
    return client.post(JOIN, {name: value for name, value in sent.items() if value})


# --- Coming in -------------------------------------------------------------------------------


def test_a_code_a_name_a_password_and_one_is_in(cast: Cast) -> None:
    client = Client()
    assert REDISCLOSURE_NOTICE in text_of(client.get(JOIN))

    response = joins(client, code_of(cast.maya, recipient="Alma"))

    assert (response.status_code, response["Location"]) == (302, SHARED)
    user = User.objects.get(username="alma")
    assert user.role == "supporter"
    assert DeviceSession.objects.get(user=user).device_name == "Web browser"
    assert ">Maya</h1>" in text_of(client.get(SHARED))


def test_the_address_says_nothing_and_carries_no_code(cast: Cast) -> None:
    form = text_of(Client().get(JOIN))

    assert 'method="post"' in form
    for word in ("family", "support", "patient", "recovery", "treat", "clinic"):
        assert word not in JOIN + SHARED


@pytest.mark.parametrize("missing", ["code", "username", "password", "agreed"])
def test_without_any_of_it_nobody_comes_in(cast: Cast, missing: str) -> None:
    code = code_of(cast.maya)

    response = joins(Client(), code, **{missing: ""})

    assert response.status_code == 400
    assert f'id="id_{missing}_error"' in text_of(response)
    assert SupportCode.objects.get().used_at is None
    assert not SupportPerson.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"password": "fourteen chars"}, "password", "At least 15 characters"),
        ({"password": "1q2w3e4r5t6y7u8i9o0p"}, "password", "Many people use this one."),
        ({"username": "maya"}, "username", "This name is taken."),
        ({"code": "AAAA-BBBB-CCCC"}, "code", "This code can&#x27;t be used."),
    ],
    ids=["short", "well known", "taken", "no code"],
)
def test_what_is_wrong_is_told_beside_its_field_and_the_code_stays(
    cast: Cast, changes: dict[str, str], field: str, words: str
) -> None:
    client, code = Client(), code_of(cast.maya)

    response = joins(client, code, **changes)

    told = text_of(response)
    assert response.status_code == 400
    assert words in told.split(f'id="id_{field}_error"')[1].split("</p>")[0]
    assert FRESH not in told
    assert SupportCode.objects.get().used_at is None
    assert joins(client, code).status_code == 302


def test_a_code_is_used_once(cast: Cast) -> None:
    code = code_of(cast.maya)
    joins(Client(), code)

    response = joins(Client(), code, username="somebody")

    assert response.status_code == 400
    assert not User.objects.filter(username="somebody").exists()


def test_who_has_an_account_signs_in_and_adds_a_code(cast: Cast) -> None:
    supports(cast.sam, cast.maya)
    client = Client()
    away = signs_in(client, "sam", next=JOIN)
    assert away["Location"] == JOIN
    assert "A password" not in text_of(client.get(JOIN))

    response = client.post(JOIN, {"code": code_of(cast.noah), "agreed": "on"})

    assert response["Location"] == f"{SHARED}?said=code_taken"
    told = text_of(client.get(response["Location"]))
    assert "Your code was taken." in told
    assert "Maya" in told
    assert "Noah" in told
    assert User.objects.filter(role="supporter").count() == 1


@pytest.mark.parametrize("who", ["dr_okafor", "ada"])
def test_an_account_of_staff_stays_what_it_is(cast: Cast, who: str) -> None:
    client, code = browser_of(getattr(cast, who)), code_of(cast.maya)

    assert client.get(JOIN).status_code == 403
    assert client.post(JOIN, {"code": code, "agreed": "on"}).status_code == 403
    assert SupportCode.objects.get().used_at is None
    assert not SupportPerson.objects.exists()


def test_guessing_is_counted_by_account(cast: Cast) -> None:
    client = browser_of(cast.sam)
    for _ in range(5):
        assert client.post(JOIN, {"code": "nothing", "agreed": "on"}).status_code == 400

    response = client.post(JOIN, {"code": code_of(cast.maya), "agreed": "on"})

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "Too many tries." in text_of(response)
    assert SupportCode.objects.get().used_at is None


def test_guessing_is_counted_by_address(cast: Cast) -> None:
    code = code_of(cast.maya)
    for _ in range(100):
        assert joins(Client(), "nothing").status_code == 400

    assert joins(Client(), "nothing").status_code == 429
    assert joins(Client(REMOTE_ADDR="10.1.1.1"), "nothing").status_code == 400
    # Whoever has a right code is not shut out by what others tried at the same address.
    assert joins(Client(), code).status_code == 302


def test_a_form_without_our_token_is_not_taken(cast: Cast) -> None:
    response = joins(Client(enforce_csrf_checks=True), code_of(cast.maya))

    assert response.status_code == 403
    assert not SupportPerson.objects.exists()


# --- What is shared --------------------------------------------------------------------------


def test_it_shows_the_parts_that_were_agreed_to_in_words(cast: Cast) -> None:
    now = timezone.now()
    for days_ago in (1, 2):
        wrote(cast.maya, "skill_practice", now - timedelta(days=days_ago), note="<b>mine</b>")
    people.session(cast.dr_okafor, starts_at=now + timedelta(days=1), with_patient=cast.maya)
    supports(cast.sam, cast.maya)

    told = text_of(browser_of(cast.sam).get(SHARED))

    assert "Something logged on 2 of the last 13 days." in told
    assert "<li>Slow breathing, 2 times</li>" in told
    assert told.count(" to ") >= 1
    assert "Times in America/Chicago." in told
    assert REDISCLOSURE_NOTICE in told
    assert CONFIDENTIALITY_NOTE.split("'")[0] in told
    for hidden in ("mine", "Okafor", str(cast.maya.pk), "craving", "Individual"):
        assert hidden not in told


def test_a_part_that_was_not_agreed_to_is_not_there(cast: Cast) -> None:
    supports(cast.sam, cast.maya, scope=["skills_practised"])

    told = text_of(browser_of(cast.sam).get(SHARED))

    assert "None was logged. That does not mean that none was practised." in told
    for heading in ("Sessions</h2>", "Days logged</h2>"):
        assert heading not in told


def test_nothing_shared_is_all_that_is_told_when_it_is_over(cast: Cast) -> None:
    consent = supports(cast.sam, cast.maya)
    client = browser_of(cast.sam)
    assert "Maya" in text_of(client.get(SHARED))

    Consent.objects.filter(pk=consent.pk).update(revoked_at=timezone.now())

    told = text_of(client.get(SHARED))
    assert "Nobody shares anything with you at the moment." in told
    assert "Maya" not in told
    assert client.get(f"{SHARED}?who={consent.pk}").status_code == 404


def test_of_several_one_is_chosen_and_only_that_one_is_read(cast: Cast) -> None:
    supports(cast.sam, cast.maya)
    consent = supports(cast.sam, cast.noah)
    client = browser_of(cast.sam)

    first = text_of(client.get(SHARED))
    assert not Disclosure.objects.exists()
    chosen = text_of(client.get(f"{SHARED}?who={consent.pk}"))

    assert "Whose page would you like to see?" in first
    assert ">Noah</h1>" in chosen
    assert {row.patient_id for row in Disclosure.objects.all()} == {cast.noah.pk}
    read = AccessLogEntry.objects.filter(data_class="support_view")
    assert {row.patient_id for row in read} == {cast.noah.pk}


@pytest.mark.parametrize("who", ["nonsense", str(uuid4())], ids=["no id", "nobody's"])
def test_what_is_no_page_of_theirs_is_not_found(cast: Cast, who: str) -> None:
    supports(cast.sam, cast.maya)

    response = browser_of(cast.sam).get(f"{SHARED}?who={who}")

    assert response.status_code == 404
    assert "Maya" not in text_of(response)


def test_an_idle_hour_ends_it(cast: Cast) -> None:
    client = browser_of(cast.sam)

    for idle, status in ((timedelta(minutes=59), 200), (timedelta(minutes=121), 302)):
        with time_machine.travel(timezone.now() + idle, tick=False):
            assert client.get(SHARED).status_code == status


def test_a_disabled_account_is_outside_at_once(cast: Cast) -> None:
    client = browser_of(cast.sam)
    User.objects.filter(pk=cast.sam.pk).update(is_active=False)

    assert client.get(SHARED)["Location"].startswith(SIGN_IN)


# --- Beside it -------------------------------------------------------------------------------


def test_the_front_page_leads_to_it_and_the_therapists_pages_stay_shut(cast: Cast) -> None:
    client = browser_of(cast.sam)

    assert client.get(TODAY)["Location"] == SHARED
    for place in ("caseload/", f"patients/{cast.maya.pk}/", "groups/", "plan/"):
        assert client.get(TODAY + place).status_code == 403


def test_no_second_factor_is_asked_for_but_one_may_be_had(cast: Cast) -> None:
    client = Client()
    signs_in(client, "sam")

    assert client.get(SHARED).status_code == 200
    assert client.get(ACCOUNT + "factor/").status_code == 200


def test_their_account_asks_for_no_address_and_keeps_none(cast: Cast) -> None:
    client = browser_of(cast.sam)

    told = text_of(client.get(ACCOUNT))
    response = client.post(ACCOUNT + "email/", {"email": "sam@example.org"})

    assert "E-mail" not in told
    assert response.status_code == 400
    assert User.objects.get(pk=cast.sam.pk).sealed_email is None


def test_their_password_changes_as_everybodys(cast: Cast) -> None:
    client = browser_of(cast.sam)

    short = client.post(ACCOUNT + "password/", {"current": PASSWORD, "fresh": "fourteen chars"})
    response = client.post(ACCOUNT + "password/", {"current": PASSWORD, "fresh": FRESH})

    assert short.status_code == 400
    assert response["Location"] == ACCOUNT + "?changed=password"
