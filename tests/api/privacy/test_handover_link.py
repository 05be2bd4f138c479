"""Links of handovers: their key is kept nowhere, and each look is accounted for."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from care.handovers.fetch import ADDRESS_LIMIT
from care.models import AccessLogEntry, Disclosure, Handover, IdempotencyKey
from tests.api.privacy.handed_over import (
    PARTS,
    agree,
    ask,
    door,
    make,
    opened,
    payload_of,
    raw,
)
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.django_db


def test_it_is_a_link_as_the_standard_has_it(cast: Cast) -> None:
    agree(cast)

    made = make(cast, days=7)

    payload = payload_of(made["link"])
    assert set(payload) == {"url", "key", "exp", "flag", "label", "v"}
    assert (payload["flag"], payload["v"], len(raw(payload["key"]))) == ("P", 1, 32)
    assert len(payload["url"]) <= 128
    assert len(payload["label"]) <= 80
    assert payload["exp"] == pytest.approx((timezone.now() + timedelta(days=7)).timestamp(), abs=60)


def test_key_and_passcode_are_kept_nowhere(cast: Cast) -> None:
    agree(cast)
    client = signed_in(cast.dr_okafor)
    answer = client.post(door(cast), {}, headers={"Idempotency-Key": "one"}).json()

    payload = payload_of(answer["link"])
    (row,) = Handover.objects.values()
    kept = repr(row)
    for secret in (payload["key"], answer["passcode"], payload["url"].rpartition("/")[2]):
        assert secret not in kept
    assert raw(payload["key"]) not in kept.encode()
    assert not IdempotencyKey.objects.exists()


def test_it_ends_with_its_consent(cast: Cast) -> None:
    end = timezone.now() + timedelta(days=3)
    agree(cast, expires_at=end.isoformat())

    made = make(cast, days=60)

    assert payload_of(made["link"])["exp"] == int(end.timestamp())


def test_a_wrong_passcode_says_how_many_are_left(cast: Cast) -> None:
    agree(cast)
    made = make(cast)

    refused = ask(made, passcode="WRONG")

    assert (refused.status_code, refused.json()) == (401, {"remainingAttempts": 9})
    assert not Disclosure.objects.exists()
    denied = AccessLogEntry.objects.get(action="denied", data_class="handover")
    assert (denied.patient_id, denied.reason) == (cast.maya.pk, "wrong_passcode")
    assert ask(made).status_code == 200
    assert Handover.objects.get().wrong_attempts == 1


def test_ten_wrong_ones_lock_it_for_good(cast: Cast) -> None:
    agree(cast)
    made = make(cast)
    for left in range(9, -1, -1):
        assert ask(made, passcode="WRONG").json() == {"remainingAttempts": left}

    with time_machine.travel(timezone.now() + timedelta(days=2)):
        refused = ask(made)

    assert (refused.status_code, refused.json()) == (401, {"remainingAttempts": 0})
    told = signed_in(cast.maya).get(API + "handovers").json()["results"][0]
    assert (told["open"], told["attempts_left"], told["fetches"]) == (False, 0, 0)


def test_who_guesses_at_many_links_is_told_to_wait(cast: Cast) -> None:
    agree(cast)
    made = [make(cast) for _ in range(4)]
    for place in range(ADDRESS_LIMIT):
        assert ask(made[place // 9], passcode="WRONG").status_code == 401

    assert ask(made[3]).status_code == 429


def test_however_it_was_typed_the_passcode_is_right(cast: Cast) -> None:
    agree(cast)
    made = make(cast)

    assert ask(made, passcode=made["passcode"].lower().replace("-", " ")).status_code == 200


@pytest.mark.parametrize("how", ["revoked", "by its patient", "consent", "expired", "unknown"])
def test_one_that_is_over_is_not_there(cast: Cast, how: str) -> None:
    consent = agree(cast)
    made = make(cast)
    one = f"{API}handovers/{made['id']}"
    if how == "revoked":
        assert signed_in(cast.dr_okafor).delete(one).status_code == 204
    if how == "by its patient":
        assert signed_in(cast.maya).delete(one).status_code == 204
        assert signed_in(cast.maya).delete(one).status_code == 204
    if how == "consent":
        signed_in(cast.maya).post(f"{API}consents/{consent}/revoke")
    if how == "unknown":
        Handover.objects.all().delete()

    with time_machine.travel(timezone.now() + timedelta(days=31 if how == "expired" else 0)):
        problem(ask(made), 404, "not_found")
        problem(ask(made, passcode="WRONG"), 404, "not_found")

    assert not Disclosure.objects.exists()


def test_each_fetch_is_told_to_the_patient_as_claimed(cast: Cast) -> None:
    agree(cast, scope=["level", "medicines"])
    made = make(cast)
    ask(made)
    ask(made, recipient="Somebody else")

    told = signed_in(cast.maya).get(API + "disclosures").json()["results"]
    looks = signed_in(cast.maya).get(API + "access-log").json()["results"]

    assert [(one["to"], one["purpose"], one["what"]) for one in told] == [
        (f"North Clinic (by a link; opened as “{name}”)", "handover",
         "levels of care, medicines")
        for name in ("Somebody else", "Dr. North")
    ]  # fmt: skip
    assert ("Whoever called themselves “Dr. North”", "looked at", "handover") in {
        (one["who"], one["action"], one["what"]) for one in looks
    }
    assert signed_in(cast.maya).get(API + "handovers").json()["results"][0]["fetches"] == 2


def test_a_program_that_takes_no_large_manifest_fetches_the_file(cast: Cast) -> None:
    agree(cast)
    made = make(cast)
    (file,) = ask(made, embeddedLengthMax=10).json()["files"]
    address = file["location"].partition("testserver")[2]

    fetched = APIClient().get(address)

    assert fetched.headers["Content-Type"] == "application/jose"
    key = payload_of(made["link"])["key"]
    assert opened(fetched.content.decode(), key)["resourceType"] == "Bundle"
    problem(APIClient().get(f"{API}shl/files/abc"), 404, "not_found")
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        problem(APIClient().get(address), 404, "not_found")
    signed_in(cast.maya).delete(f"{API}handovers/{made['id']}")
    problem(APIClient().get(address), 404, "not_found")


def test_programs_of_any_origin_may_open_it(cast: Cast) -> None:
    agree(cast)
    made = make(cast)
    address = payload_of(made["link"])["url"].partition("testserver")[2]

    asked = APIClient().options(address)

    for answer in (asked, ask(made), ask(made, passcode="WRONG")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "no-store"
    assert asked.status_code == 204
    assert "Content-Type" in asked.headers["Access-Control-Allow-Headers"]


def test_what_is_sent_wrongly_is_named(cast: Cast) -> None:
    agree(cast)
    made = make(cast)
    address = payload_of(made["link"])["url"].partition("testserver")[2]

    told = APIClient().post(
        address, {"recipient": "", "passcode": 7, "embeddedLengthMax": "x"}, format="json"
    )

    assert faults(told) == {
        "recipient": "blank", "passcode": "invalid", "embeddedLengthMax": "invalid",
    }  # fmt: skip
    assert Handover.objects.get().wrong_attempts == 0


def test_nobody_elses(cast: Cast) -> None:
    agree(cast)
    made = make(cast)
    one = f"{API}handovers/{made['id']}"

    for stranger in (cast.noah, cast.dr_lind):
        problem(signed_in(stranger).delete(one), 404, "not_found")
    problem(signed_in(cast.dr_lind).get(door(cast)), 404, "not_found")
    problem(signed_in(cast.dr_lind).post(door(cast), {}), 404, "not_found")
    problem(signed_in(cast.maya).post(door(cast), {}), 403, "forbidden")

    assert signed_in(cast.noah).get(API + "handovers").json()["results"] == []
    assert ask(made).status_code == 200


def test_both_sides_read_the_same_list(cast: Cast) -> None:
    agree(cast)
    make(cast)

    own = signed_in(cast.maya).get(API + "handovers").json()

    assert own == signed_in(cast.dr_okafor).get(door(cast)).json()
    assert own["results"][0]["recipient"] == "North Clinic"
    assert own["consents"][0]["parts"] == PARTS
