"""A secret is one secret however a keyboard, a clipboard or a phone's suggestion writes it."""

import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from care.accounts import password_reset, second_factor, staff_invitations
from care.accounts.codes import normalize_code
from care.accounts.passwords import check_password, make_password
from care.models import User
from care.people.enrol import invite_patient
from tests.api.responses import API, faults
from tests.authenticator_app import code_at, enrolled
from tests.cast import PASSWORD, Cast, signed_in
from tests.notifications.staff.outbox_runs import mailed_codes

COMPOSED = "caf\u00e9 au lait \u00e0 midi, s\u00fcr!"
SPELLINGS = {
    "composed": COMPOSED,
    "decomposed": unicodedata.normalize("NFD", COMPOSED),
    "no-break-spaces": COMPOSED.replace(" ", "\u00a0"),
    "ideographic-spaces": COMPOSED.replace(" ", "\u3000"),
    "full-width": COMPOSED.replace("a", "ａ").replace("!", "！"),
}


def sign_in(username: str, password: str, **more: str) -> Any:
    return signed_in(None).post(
        API + "auth/token", {"username": username, "password": password, **more}
    )


@pytest.mark.parametrize("kept", SPELLINGS)
@pytest.mark.parametrize("typed", SPELLINGS)
def test_a_password_opens_however_it_is_typed(cast: Cast, kept: str, typed: str) -> None:
    client = signed_in(cast.maya)
    changed = client.post(
        API + "auth/password",
        {"current_password": PASSWORD, "new_password": SPELLINGS[kept]},
    )
    assert changed.status_code == 204, changed.content

    assert sign_in("maya", SPELLINGS[typed]).status_code == 200
    assert client.post(API + "auth/step-up", {"password": SPELLINGS[typed]}).status_code == 204


@pytest.mark.parametrize("typed", SPELLINGS)
def test_pages_and_commands_take_the_same_spellings(cast: Cast, typed: str) -> None:
    _, code = staff_invitations.invite_staff(
        clinic_id=cast.clinic.pk, username=None, display_name="Zoé", role=User.Role.ADMIN,
        now=timezone.now(),
    )  # fmt: skip
    staff_invitations.join_staff(
        code=code, username="Zoe\u0301", password=SPELLINGS[typed], now=timezone.now()
    )
    for password in SPELLINGS.values():
        sent = {"username": "ZO\u00c9", "password": password}
        assert Client().post("/review/sign-in/", sent).status_code == 302
    assert check_password(COMPOSED, make_password(SPELLINGS[typed]))
    user = User.objects.get(username="zoé")
    user.set_password(SPELLINGS[typed])
    assert user.check_password(COMPOSED)


def test_a_composed_password_of_the_greatest_length_may_come_decomposed(cast: Cast) -> None:
    longest = "".join(chr(0x1EA0 + n % 80) for n in range(256))
    signed_in(cast.maya).post(
        API + "auth/password", {"current_password": PASSWORD, "new_password": longest}
    )

    assert sign_in("maya", unicodedata.normalize("NFD", longest)).status_code == 200
    assert faults(sign_in("maya", longest + "x")) == {"password": "max_length"}
    assert faults(sign_in("maya", "x" * 200_000)) == {"password": "max_length"}


SEPARATED = (
    "%s %s", "%s-%s", "%s\u00a0%s", "%s\u202f%s", "%s\u2009%s", "%s\u2013%s", "%s\u2011%s",
    " %s%s\n", "%s\u200b%s\ufeff", "%s.%s",
)  # fmt: skip


def scripts(code: str) -> list[str]:
    """Write digits in the widths and scripts that keyboards have."""
    return [
        "".join(chr(zero + int(char)) if char.isdigit() else char for char in code)
        for zero in (0x30, 0xFF10, 0x660, 0x6F0, 0x966)
    ]


@pytest.mark.parametrize("how", SEPARATED)
def test_a_one_time_code_is_taken_as_it_is_copied(cast: Cast, how: str) -> None:
    made, now = second_factor.begin_totp(user=cast.dr_okafor, now=timezone.now()), timezone.now()
    client = signed_in(cast.dr_okafor)
    code = code_at(made.secret, now)
    typed = how % (code[:3], code[3:])

    assert client.post(API + "auth/mfa/totp/confirm", {"code": typed}).status_code == 200


def test_a_one_time_code_may_be_written_in_other_digits(cast: Cast) -> None:
    for code in scripts("123456"):
        assert normalize_code(code) == "123456"


@pytest.mark.parametrize("how", SEPARATED)
def test_recovery_codes_are_taken_as_they_are_copied(cast: Cast, how: str) -> None:
    _, codes = enrolled(cast.dr_okafor, at=timezone.now() - timedelta(hours=1))
    for code, spell in zip(codes, (str.lower, str.upper, str.title), strict=False):
        typed = how % (spell(code)[:5], spell(code)[6:])

        assert sign_in("dr_okafor", PASSWORD, otp=typed).status_code == 200
        assert sign_in("dr_okafor", PASSWORD, otp=typed).status_code == 401


@pytest.mark.parametrize("how", SEPARATED)
def test_invitations_are_taken_as_they_are_copied(cast: Cast, how: str) -> None:
    _, code = invite_patient(
        clinician=cast.dr_okafor, display_name="Iris", time_zone="UTC", now=timezone.now()
    )
    half = code.replace("-", "").lower()
    enrolled = signed_in(None).post(
        API + "auth/enroll",
        {
            "invite_code": how % (half[:6], half[6:]), "username": "Iri\u0301s",
            "password": SPELLINGS["decomposed"], "time_zone": "Etc/Unknown",
            "consent": {"version": "2026-01", "agreed": True},
        },
    )  # fmt: skip

    assert enrolled.status_code == 201, enrolled.content
    assert enrolled.json()["user"]["time_zone"] == "UTC"
    assert sign_in("ir\u00eds\u200b".upper(), COMPOSED).status_code == 200


def test_a_reset_code_is_taken_as_it_is_copied(cast: Cast) -> None:
    now = timezone.now()
    User.objects.filter(pk=cast.maya.pk).update(
        sealed_email=password_reset.seal_email(cast.maya, "maya@example.org")
    )
    password_reset.request_reset(username="Maya\u200b", now=now)
    ((_, code),) = mailed_codes(now)
    typed = code.lower().replace("-", "\u00a0")

    changed = signed_in(None).post(
        API + "auth/password/reset/confirm",
        {"code": typed, "new_password": SPELLINGS["decomposed"]},
    )

    assert changed.status_code == 204, changed.content
    assert sign_in("maya", COMPOSED).status_code == 200


@pytest.mark.parametrize(
    "name", ["\ufdfa" * 100, "\u200b\u200b\u200b\u200b", "a\u2028bc", "a\u202ebc"]
)
def test_a_username_that_nobody_can_have_is_named(cast: Cast, name: str) -> None:
    _, code = invite_patient(
        clinician=cast.dr_okafor, display_name="Iris", time_zone="UTC", now=timezone.now()
    )
    sent = {
        "invite_code": code, "username": name, "password": COMPOSED, "time_zone": "UTC",
        "consent": {"version": "2026-01", "agreed": True},
    }  # fmt: skip

    assert set(faults(signed_in(None).post(API + "auth/enroll", sent))) == {"username"}
