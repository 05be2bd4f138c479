"""POST auth/password changes it, and the way back leads over the user's own mail."""

from datetime import timedelta
from unittest.mock import ANY

import pytest
import time_machine
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from care.accounts import password_reset
from care.models import DeviceSession, PasswordReset, User
from notifications.staff.outbox import RESETS, send_mail
from tests.api.responses import API, faults, problem
from tests.authenticator_app import code_at, enrolled
from tests.cast import PASSWORD, Cast, signed_in
from tests.notifications.staff.outbox_runs import mailed_codes

CHANGE = API + "auth/password"
FORGOT = API + "auth/password/reset"
RESET = API + "auth/password/reset/confirm"
FRESH = "nine boats under a slow moon"


def has_password(user: User, password: str) -> bool:
    return User.objects.get(pk=user.pk).check_password(password)


def gives_mail(user: User) -> None:
    User.objects.filter(pk=user.pk).update(
        sealed_email=password_reset.seal_email(user, "maya@example.org")
    )


def mailed() -> list[tuple[str, str]]:
    return mailed_codes(timezone.now())


def test_it_changes_and_every_other_sign_in_ends(cast: Cast) -> None:
    other, client = signed_in(cast.maya), signed_in(cast.maya)

    response = client.post(CHANGE, {"current_password": PASSWORD, "new_password": FRESH})

    assert response.status_code == 204
    assert has_password(cast.maya, FRESH)
    assert client.get(API + "me").status_code == 200
    problem(other.get(API + "me"), 401, "session_revoked")


def test_a_wrong_current_password_changes_nothing(cast: Cast) -> None:
    client = signed_in(cast.maya)

    problem(
        client.post(CHANGE, {"current_password": "wrong", "new_password": FRESH}),
        403, "wrong_password",
    )  # fmt: skip

    assert has_password(cast.maya, PASSWORD)


@pytest.mark.parametrize(
    ("fresh", "code"),
    [
        ("short", "password_too_short"),
        ("a" * 257, "max_length"),
        ("aaaaaaaaaaaaaaaa", "password_too_easy"),
    ],
)
def test_a_weak_one_is_named_and_changes_nothing(cast: Cast, fresh: str, code: str) -> None:
    other, client = signed_in(cast.maya), signed_in(cast.maya)

    response = client.post(CHANGE, {"current_password": PASSWORD, "new_password": fresh})

    assert faults(response) == {"new_password": code}
    assert has_password(cast.maya, PASSWORD)
    assert other.get(API + "me").status_code == 200


def test_beside_a_second_factor_eight_characters_do(cast: Cast) -> None:
    secret, _ = enrolled(cast.dr_okafor, at=timezone.now() - timedelta(hours=1))
    client = signed_in(cast.dr_okafor)

    response = client.post(CHANGE, {"current_password": PASSWORD, "new_password": "b4rn-owl"})

    assert response.status_code == 204
    welcome = signed_in(None).post(
        API + "auth/token",
        {"username": "dr_okafor", "password": "b4rn-owl", "otp": code_at(secret)},
    )
    assert welcome.status_code == 200


@pytest.mark.parametrize("name", ["maya", "nobody", "noah"])
def test_asking_answers_the_same_whoever_it_is(cast: Cast, name: str) -> None:
    gives_mail(cast.maya)

    client = signed_in(None)
    client.post(FORGOT, {"username": "warm-up"})

    with CaptureQueriesContext(connection) as asked:
        response = client.post(FORGOT, {"username": name})

    assert (response.status_code, response.content) == (202, b"")
    assert PasswordReset.objects.filter(user__isnull=False).count() == (name == "maya")
    # The same statements, so that nobody learns it from the time: a look, and one row.
    kinds = [query["sql"].split()[0] for query in asked.captured_queries]
    assert kinds == ["INSERT", "SELECT", "INSERT"]
    assert mailed() == ([("maya@example.org", ANY)] if name == "maya" else [])
    assert not PasswordReset.objects.filter(user__isnull=True).exists()


def test_the_mailed_code_sets_a_new_password_once(cast: Cast) -> None:
    gives_mail(cast.maya)
    phone = signed_in(cast.maya)
    signed_in(None).post(FORGOT, {"username": "Maya"})
    [(to, code)] = mailed()

    first = signed_in(None).post(RESET, {"code": code.lower(), "new_password": FRESH})
    again = signed_in(None).post(RESET, {"code": code, "new_password": PASSWORD})

    assert to == "maya@example.org"
    assert first.status_code == 204
    assert has_password(cast.maya, FRESH)
    problem(phone.get(API + "me"), 401, "session_revoked")
    problem(again, 400, "reset_invalid")
    assert mailed() == []


def test_the_code_stands_nowhere_but_in_the_mail(cast: Cast) -> None:
    gives_mail(cast.maya)
    signed_in(None).post(FORGOT, {"username": "maya"})
    [(_, code)] = mailed()

    kept = str(list(PasswordReset.objects.values()))
    assert code not in kept
    assert code.replace("-", "") not in kept


def test_a_code_is_over_after_half_an_hour(cast: Cast) -> None:
    gives_mail(cast.maya)
    signed_in(None).post(FORGOT, {"username": "maya"})
    [(_, code)] = mailed()

    with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=False):
        problem(
            signed_in(None).post(RESET, {"code": code, "new_password": FRESH}),
            400, "reset_invalid",
        )  # fmt: skip

    assert has_password(cast.maya, PASSWORD)


def test_a_weak_password_leaves_the_code_good(cast: Cast) -> None:
    gives_mail(cast.maya)
    signed_in(None).post(FORGOT, {"username": "maya"})
    [(_, code)] = mailed()

    weak = signed_in(None).post(RESET, {"code": code, "new_password": "short"})

    assert faults(weak) == {"new_password": "password_too_short"}
    assert signed_in(None).post(RESET, {"code": code, "new_password": FRESH}).status_code == 204


def test_a_mail_server_that_is_down_is_asked_again(cast: Cast, settings: LazySettings) -> None:
    gives_mail(cast.maya)
    signed_in(None).post(FORGOT, {"username": "maya"})
    settings.STAFF_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    assert send_mail(RESETS, clock=timezone.now) == {"pending": 1}
    assert mailed() == []
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        assert len(mailed()) == 1


def test_a_reset_does_not_get_around_the_second_factor(cast: Cast) -> None:
    secret, _ = enrolled(cast.dr_okafor, at=timezone.now() - timedelta(hours=1))
    User.objects.filter(pk=cast.dr_okafor.pk).update(
        sealed_email=password_reset.seal_email(cast.dr_okafor, "o@example.org")
    )
    signed_in(None).post(FORGOT, {"username": "dr_okafor"})
    [(_, code)] = mailed()
    signed_in(None).post(RESET, {"code": code, "new_password": FRESH})

    refused = signed_in(None).post(API + "auth/token", {"username": "dr_okafor", "password": FRESH})

    problem(refused, 401, "otp_required")
    assert DeviceSession.objects.filter(revoked_at=None).count() == 0
    assert secret


def test_guessing_codes_ends_after_five(cast: Cast) -> None:
    for _ in range(5):
        problem(
            signed_in(None).post(RESET, {"code": "AAAA", "new_password": FRESH}),
            400, "reset_invalid",
        )  # fmt: skip

    problem(signed_in(None).post(RESET, {"code": "AAAA", "new_password": FRESH}), 429, "too_many")
