"""A passkey stands in for the code of an app: our challenge, our host, its owner, once (R8)."""

import copy
import random
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone
from fido2.cose import CoseKey
from fido2.utils import websafe_encode

from backend.kit.db import claims
from backend.kit.errors import InvalidInput
from care.accounts import passkeys, second_factor, throttle
from care.accounts.passkeys import PasskeyChallenge, PasskeyRefused
from care.accounts.throttle import TooManyAttempts
from care.constants import MOST_PASSKEYS
from care.models import Passkey, User
from tests.authenticator_app import enrolled
from tests.cast import Cast
from tests.soft_passkey import FLAG, HOST, SoftPasskey

NOW = datetime.fromisoformat("2026-11-17T10:00:00+00:00")


@pytest.fixture
def okafor(cast: Cast) -> User:
    """Return a therapist with an authenticator app."""
    enrolled(cast.dr_okafor, at=NOW - timedelta(hours=1))
    return cast.dr_okafor


def adds(
    user: User, passkey: SoftPasskey, *, now: datetime = NOW, host: str = HOST, **answer: Any
) -> Passkey:
    challenge = passkeys.begin_passkey_registration(user=user, host=host, now=now)
    passkeys.add_passkey(
        user=user, name="Desk", credential=passkey.create(challenge.options, host=host, **answer),
        state=challenge.state, host=host, now=now,
    )  # fmt: skip
    return Passkey.objects.get(credential_id=websafe_encode(passkey.credential_id))


def challenged(user: User, *, now: datetime = NOW, host: str = HOST) -> PasskeyChallenge:
    return passkeys.begin_passkey_sign_in(user=user, host=host, now=now)


def opens(
    user: User,
    response: dict[str, Any],
    challenge: PasskeyChallenge,
    *,
    now: datetime = NOW,
    host: str = HOST,
    **others: Any,
) -> bool:
    try:
        passkeys.verify_passkey(
            user=user, response=response, state=challenge.state, host=host, now=now, **others
        )
    except PasskeyRefused:
        return False
    return True


def test_what_was_added_opens_and_counts(okafor: User) -> None:
    passkey = SoftPasskey(sign_count=3)
    row = adds(okafor, passkey)
    passkey.sign_count = 4
    challenge = challenged(okafor)

    assert opens(okafor, passkey.get(challenge.options), challenge)

    row.refresh_from_db()
    assert (row.sign_count, row.last_used_at) == (4, NOW)
    assert (row.name, row.transports, row.verifies_user) == ("Desk", ["internal"], True)


def test_the_browser_is_told_which_passkeys_there_are(okafor: User) -> None:
    row = adds(okafor, SoftPasskey())

    new = passkeys.begin_passkey_registration(user=okafor, host="a.example:8000", now=NOW)
    sign_in = challenged(okafor, host="a.example:8000")

    asked = new.options["publicKey"]
    assert asked["rp"] == {"id": "a.example", "name": "Between Sessions"}
    assert asked["user"]["name"] == asked["user"]["displayName"] == "dr_okafor"
    assert asked["authenticatorSelection"]["userVerification"] == "preferred"
    allowed = sign_in.options["publicKey"]["allowCredentials"]
    assert allowed == asked["excludeCredentials"]
    assert [(each["type"], each["transports"]) for each in allowed] == [
        ("public-key", row.transports)
    ]
    assert sign_in.options["publicKey"]["userVerification"] == "preferred"


def test_a_challenge_is_answered_once(okafor: User) -> None:
    passkey = SoftPasskey()
    adds(okafor, passkey)
    challenge = challenged(okafor)
    response = passkey.get(challenge.options)

    assert opens(okafor, response, challenge)
    assert not opens(okafor, response, challenge)


def test_a_challenge_is_over_after_five_minutes(okafor: User) -> None:
    passkey = SoftPasskey()
    adds(okafor, passkey)
    challenge = challenged(okafor)

    late = NOW + timedelta(minutes=5, seconds=1)
    assert not opens(okafor, passkey.get(challenge.options), challenge, now=late)


def test_a_challenge_is_its_users_and_for_one_purpose(okafor: User, cast: Cast) -> None:
    passkey, other = SoftPasskey(), SoftPasskey()
    adds(okafor, passkey)
    enrolled(cast.dr_lind, at=NOW - timedelta(hours=1))
    adds(cast.dr_lind, other)
    of_lind = challenged(cast.dr_lind)
    to_add = passkeys.begin_passkey_registration(user=okafor, host=HOST, now=NOW)

    assert not opens(okafor, passkey.get(of_lind.options), of_lind)
    assert not opens(okafor, passkey.get(to_add.options), to_add)
    assert not opens(okafor, passkey.get(to_add.options), PasskeyChallenge({}, {}))


def test_another_challenge_key_person_or_kind_of_answer_opens_nothing(
    okafor: User, cast: Cast
) -> None:
    passkey, stranger = SoftPasskey(), SoftPasskey()
    adds(okafor, passkey)
    enrolled(cast.dr_lind, at=NOW - timedelta(hours=1))
    adds(cast.dr_lind, stranger)
    imitation = SoftPasskey(credential_id=passkey.credential_id)
    earlier = challenged(okafor)

    for answer in (
        lambda _: passkey.get(earlier.options),
        stranger.get,
        imitation.get,
        lambda options: passkey.get(options, kind="create"),
    ):
        challenge = challenged(okafor)
        assert not opens(okafor, answer(challenge.options), challenge)
        throttle.reset_attempts(what="otp", whose=str(okafor.pk))
    assert not Passkey.objects.filter(last_used_at__isnull=False).exists()


@pytest.mark.parametrize(
    "origin",
    [
        "http://testserver", "https://testserver:8443", "https://www.testserver",
        "https://testserver.evil.example", "https://evil.example", "null", "",
    ],
)  # fmt: skip
def test_no_other_origin_opens_or_adds(okafor: User, origin: str) -> None:
    passkey, another = SoftPasskey(), SoftPasskey()
    adds(okafor, passkey)
    challenge = challenged(okafor)

    assert not opens(okafor, passkey.get(challenge.options, origin=origin or "x"), challenge)
    with pytest.raises(PasskeyRefused):
        adds(okafor, another, origin=origin or "x")
    assert Passkey.objects.count() == 1


def test_no_other_host_opens_or_adds(okafor: User) -> None:
    passkey = SoftPasskey()
    adds(okafor, passkey)
    challenge = challenged(okafor)
    foreign = passkey.get(challenge.options, host="evil.example", origin="https://testserver")

    assert not opens(okafor, foreign, challenge)
    begun = passkeys.begin_passkey_registration(user=okafor, host=HOST, now=NOW)
    made = SoftPasskey().create(begun.options, host="evil.example", origin="https://testserver")
    with pytest.raises(PasskeyRefused):
        passkeys.add_passkey(
            user=okafor, name="x", credential=made, state=begun.state, host=HOST, now=NOW
        )


def test_a_port_is_part_of_the_origin(okafor: User) -> None:
    passkey = SoftPasskey()
    adds(okafor, passkey, host="localhost:8000", origin="http://localhost:8000")
    challenge = challenged(okafor, host="localhost:8000")

    answer = passkey.get(challenge.options, host="localhost", origin="http://localhost:8000")
    assert opens(okafor, answer, challenge, host="localhost:8000")


@pytest.mark.parametrize(
    ("stored", "sent", "is_open"),
    [(7, 8, True), (7, 7, False), (7, 6, False), (7, 0, False), (0, 0, True), (0, 1, True)],
)
def test_a_count_that_went_back_is_a_copy(
    okafor: User, stored: int, sent: int, is_open: bool
) -> None:
    passkey = SoftPasskey(sign_count=stored)
    adds(okafor, passkey)
    passkey.sign_count = sent
    challenge = challenged(okafor)

    assert opens(okafor, passkey.get(challenge.options), challenge) is is_open
    assert Passkey.objects.get().sign_count == (sent if is_open else stored)


@pytest.mark.parametrize(
    ("added", "signed", "is_open"),
    [
        (FLAG.UP | FLAG.UV, FLAG.UP, False),
        (FLAG.UP, FLAG.UP, True),
        (FLAG.UP, FLAG.UP | FLAG.UV, True),
        (FLAG.UP, FLAG(0), False),
    ],
)
def test_who_knew_its_owner_must_know_them_again(
    okafor: User, added: FLAG, signed: FLAG, is_open: bool
) -> None:
    passkey = SoftPasskey(flags=added)
    adds(okafor, passkey)
    passkey.flags = signed
    challenge = challenged(okafor)

    assert opens(okafor, passkey.get(challenge.options), challenge) is is_open


def test_a_passkey_is_added_once_to_one_person(okafor: User, cast: Cast) -> None:
    passkey = SoftPasskey()
    adds(okafor, passkey)
    enrolled(cast.dr_lind, at=NOW - timedelta(hours=1))

    for user in (okafor, cast.dr_lind):
        with pytest.raises(PasskeyRefused):
            adds(user, passkey)
    assert Passkey.objects.get().user_id == okafor.pk


def test_without_an_app_there_is_no_passkey(cast: Cast) -> None:
    with pytest.raises(second_factor.NoSecondFactor):
        adds(cast.dr_lind, SoftPasskey())

    assert not Passkey.objects.exists()
    assert not second_factor.has_second_factor(user=cast.dr_lind)


def test_without_presence_nothing_is_added(okafor: User) -> None:
    with pytest.raises(PasskeyRefused):
        adds(okafor, SoftPasskey(flags=FLAG(0)))


def test_a_key_of_a_sort_that_cant_be_checked_is_refused(okafor: User) -> None:
    with pytest.raises(PasskeyRefused):
        adds(okafor, SoftPasskey(), key=CoseKey({1: 2, 3: -65535, -1: 1}))

    assert not Passkey.objects.exists()


@pytest.mark.parametrize(("size", "is_added"), [(1023, True), (1024, False)])
def test_an_id_is_as_long_as_it_may_be(okafor: User, size: int, is_added: bool) -> None:
    with nullcontext() if is_added else pytest.raises(PasskeyRefused):
        adds(okafor, SoftPasskey(credential_id=b"x" * size))

    assert Passkey.objects.exists() is is_added


def test_there_are_at_most_so_many(okafor: User) -> None:
    for _ in range(MOST_PASSKEYS):
        adds(okafor, SoftPasskey())

    with pytest.raises(InvalidInput):
        adds(okafor, SoftPasskey())
    assert Passkey.objects.count() == MOST_PASSKEYS


def test_the_sixth_wrong_answer_is_not_even_checked(okafor: User) -> None:
    passkey = SoftPasskey()
    adds(okafor, passkey)
    for _ in range(5):
        challenge = challenged(okafor)
        assert not opens(okafor, {}, challenge)
    challenge = challenged(okafor)

    with pytest.raises(TooManyAttempts):
        opens(okafor, passkey.get(challenge.options), challenge)
    assert opens(
        okafor, passkey.get(challenge.options), challenge, counted_as="a device that was in"
    )


def test_of_two_copies_at_the_same_moment_one_opens(okafor: User) -> None:
    passkey = SoftPasskey(sign_count=1)
    adds(okafor, passkey)
    passkey.sign_count = 2
    first, second = challenged(okafor), challenged(okafor)

    def after_the_other(rows: Any, **changes: Any) -> int:
        with patch.object(passkeys, "claim", claims.claim):
            assert opens(okafor, passkey.get(second.options), second)
        return claims.claim(rows, **changes)

    with patch.object(passkeys, "claim", after_the_other):
        assert not opens(okafor, passkey.get(first.options), first)


def test_whatever_is_sent_is_refused_and_nothing_breaks(okafor: User) -> None:
    passkey, chance = SoftPasskey(), random.Random(7)
    adds(okafor, passkey)

    for _ in range(150):
        challenge = challenged(okafor)
        answer = broken(passkey.get(challenge.options), chance)
        assert not opens(okafor, answer, challenge)
        throttle.reset_attempts(what="otp", whose=str(okafor.pk))
        begun = passkeys.begin_passkey_registration(user=okafor, host=HOST, now=NOW)
        made = broken(SoftPasskey().create(begun.options), chance)
        with pytest.raises(PasskeyRefused):
            passkeys.add_passkey(
                user=okafor, name="x", credential=made, state=begun.state, host=HOST, now=NOW
            )
    assert Passkey.objects.count() == 1


def broken(answer: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Cut off, leave out or replace one part of an answer that its passkey signed."""
    made = copy.deepcopy(answer)
    parts = ["clientDataJSON", *({"attestationObject", "signature"} & set(made["response"]))]
    part = chance.choice(parts)
    kept = made["response"][part]
    made["response"][part] = chance.choice(
        [None, 5, [], {}, "", "!", kept[: chance.randrange(len(kept) - 8)], kept[::-1]]
    )
    if part == "attestationObject":
        made["response"][part] = chance.choice(
            [made["response"][part], websafe_encode(b"\x81" * 5000)]
        )
    whole = chance.choice([made, made, made, {}, {"response": []}, made | {"rawId": None}])
    return dict(whole)


def test_passkeys_go_with_the_second_factor(okafor: User) -> None:
    adds(okafor, SoftPasskey())

    second_factor.remove_second_factor(user=okafor, now=timezone.now())

    assert not Passkey.objects.exists()
    assert not passkeys.has_passkey(user=okafor)
