"""A reminder is mailed once or never, whatever becomes of the worker or the mail server."""

import smtplib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage

from backend.celery import app
from notifications.models.device import GatewayThrottle
from notifications.models.occurrence import ReminderMail
from notifications.push.gateway import SendOutcome
from notifications.staff import outbox
from notifications.staff.email import Letter, SendResult
from notifications.tasks import mail_reminders
from tests.cast import Cast
from tests.notifications.reminder_scenario import (
    DUE,
    history_words,
    mail_out,
)
from tests.notifications.staff.test_unresponsive_mail_server import SilentServer

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what kills the worker while the mail is on its way."""

    def kill() -> None:
        def die(_: Letter) -> SendResult:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(outbox, "send_letter", die)
            with pytest.raises(KeyboardInterrupt):
                mail_out(DUE)

    return kill


def test_a_worker_that_died_while_it_was_sending_is_not_followed(
    unreached: Cast, dying: Callable[[], None]
) -> None:
    dying()

    for minutes in (1, 3, 30, 59, 61):
        assert mail_out(DUE + minutes * MINUTE) == {}

    assert mail.outbox == []
    assert history_words(unreached.maya)[0].startswith(
        "Unknown: no phone or browser could be told, and"
    )


def test_a_worker_that_died_before_is_followed_after_its_lease(unreached: Cast) -> None:
    assert outbox.REMINDERS.queue.claim_next(now=DUE) is not None

    assert mail_out(DUE + MINUTE) == {}
    assert mail_out(DUE + 2 * MINUTE) == {"sent": 1}


def test_of_two_workers_one_sends(unreached: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    letters = []

    def slow(letter: Letter) -> SendResult:
        letters.append(letter)
        if len(letters) == 1:
            assert mail_out(DUE + 3 * MINUTE) == {}  # another worker, once the lease is over
        return SendResult(SendOutcome.SENT)

    monkeypatch.setattr(outbox, "send_letter", slow)

    assert mail_out(DUE) == {"sent": 1}
    assert len(letters) == 1


def test_who_lost_the_lease_before_it_sent_sends_nothing(
    unreached: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(**_: Any) -> bool:
        ReminderMail.objects.update(lease_id=unreached.noah.pk)
        return False

    monkeypatch.setattr("notifications.engine.reminder_mail.shown_locally", lambda *_: taken())

    assert mail_out(DUE) == {"lost": 1}
    assert mail.outbox == []


def breaking(fault: Exception) -> Any:
    def send(self: EmailMessage, fail_silently: bool = False) -> int:
        raise fault

    return send


@pytest.mark.parametrize(
    ("fault", "state", "later"),
    [
        (smtplib.SMTPServerDisconnected("gone"), "unknown", {}),
        (TimeoutError("slow"), "unknown", {}),
        (RuntimeError("of its own"), "unknown", {}),
        (smtplib.SMTPDataError(451, b"later"), "pending", {"sent": 1}),
        (smtplib.SMTPRecipientsRefused({"m": (450, b"busy")}), "pending", {"sent": 1}),
        (smtplib.SMTPRecipientsRefused({"m": (550, b"who")}), "failed", {}),
    ],
)
def test_only_what_was_certainly_not_taken_is_tried_again(
    unreached: Cast, monkeypatch: pytest.MonkeyPatch, fault: Exception, state: str, later: Any
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", breaking(fault))
        assert mail_out(DUE) == {state: 1}

    assert mail_out(DUE + 10 * MINUTE) == later


def test_what_breaks_off_at_the_farewell_was_sent(
    unreached: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def close(_: object) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.close", close)

    assert mail_out(DUE) == {"sent": 1}
    assert len(mail.outbox) == 1


# --- A mail server that is not there ---------------------------------------------------------


@pytest.fixture
def silent() -> Iterator[SilentServer]:
    server = SilentServer()
    yield server
    server.stop()


def test_a_silent_server_holds_up_nothing_and_is_tried_again(
    unreached: Cast, silent: SilentServer, settings: Any
) -> None:
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", silent.port
    settings.EMAIL_TIMEOUT = 0.1

    assert mail_out(DUE) == {"pending": 1}
    assert mail_out(DUE + timedelta(seconds=5)) == {}
    assert GatewayThrottle.objects.get().reason == "no_answer"
    settings.EMAIL_BACKEND = backend

    assert mail_out(DUE + 2 * MINUTE) == {"sent": 1}


@pytest.mark.parametrize("is_direct", [True, False])
def test_a_tick_sends_it_in_a_thread_of_its_own(
    unreached: Cast, monkeypatch: pytest.MonkeyPatch, is_direct: bool
) -> None:
    started = []
    monkeypatch.setattr("notifications.tasks.run_in_thread", lambda name, _: started.append(name))
    assert mail_reminders.name in {tick["task"] for tick in app.conf.beat_schedule.values()}
    # PostgreSQL's own clock can't be stopped.
    monkeypatch.setattr("notifications.tasks.database_clock", lambda **_: lambda: DUE)

    if is_direct:
        mail_reminders()
    else:
        mail_reminders.apply()

    # Called by a worker, the task ends at once, whatever the mail server does.
    assert (started, len(mail.outbox)) == (([], 1) if is_direct else (["reminders"], 0))


def test_without_a_mail_server_nothing_is_tried(unreached: Cast, settings: Any) -> None:
    settings.STAFF_MAIL = False

    assert mail_out(DUE) == {}
    assert (mail.outbox, ReminderMail.objects.get().attempts) == ([], 0)
    mail_out(DUE + HOUR)
    assert ReminderMail.objects.get().reason == "expired"
