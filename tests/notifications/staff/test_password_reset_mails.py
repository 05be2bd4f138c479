"""The mail about a forgotten password goes out once, and says nothing but the code."""

import re
from typing import Any

import pytest
from django.core import mail

from care.accounts import password_reset
from care.models import PasswordReset, User
from notifications import wording
from notifications.tasks import send_resets
from tests.cast import Cast, signed_in


@pytest.fixture
def asked(cast: Cast) -> Cast:
    User.objects.filter(pk=cast.maya.pk).update(
        sealed_email=password_reset.seal_email(cast.maya, "maya@example.org")
    )
    signed_in(None).post("/api/v1/auth/password/reset", {"username": "maya"})
    return cast


def test_it_says_the_code_and_nothing_of_whom_or_what(asked: Cast, settings: Any) -> None:
    settings.STAFF_MAIL = True

    send_resets()
    send_resets()

    [sent] = mail.outbox
    code = re.search(r"[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}", str(sent.body))
    assert code is not None
    assert sent.to == ["maya@example.org"]
    assert sent.subject == wording.RESET_CODE
    assert sent.body == wording.RESET_CODE_BODY.format(code=code.group())
    assert not re.search(r"maya|clinic|session|therap|patient", f"{sent.body} {sent.subject}", re.I)


def test_without_a_mail_server_nothing_is_tried(asked: Cast, settings: Any) -> None:
    settings.STAFF_MAIL = False

    send_resets()

    assert mail.outbox == []
    assert PasswordReset.objects.get().attempts == 0


def test_a_mail_server_that_is_down_fails_nothing(asked: Cast, settings: Any) -> None:
    settings.STAFF_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    send_resets()

    row = PasswordReset.objects.get()
    assert (row.attempts, row.next_attempt_at is not None) == (1, True)
