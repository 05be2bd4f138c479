"""A mail server that accepts and says nothing holds up neither reminders nor the other mails."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from care.accounts import password_reset
from care.models import PasswordReset, User
from notifications.models.device import GatewayThrottle
from notifications.models.occurrence import Occurrence
from notifications.staff import mail_threads
from notifications.staff import outbox as staff_outbox
from tests.cast import Cast
from tests.notifications.engine.test_celery_worker import (
    beat,
    comes_true,
    due_in_a_moment,
    is_sent,
    worker,
)
from tests.notifications.staff.long_mail_settings import EMAIL_TIMEOUT
from tests.notifications.worker_environment import ROOT, environment

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
RESETS = 40
#: The first mail waits longer for an answer than anybody here waits for a reminder.
WAITING_SETTINGS = "tests.notifications.staff.long_mail_settings"


class SilentServer:
    """It accepts every connection, and keeps it without a word."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.kept: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                self.kept.append(self.socket.accept()[0])
            except OSError:
                return

    def stop(self) -> None:
        self.socket.close()
        for one in self.kept:
            one.close()


@pytest.fixture
def silent() -> Iterator[SilentServer]:
    server = SilentServer()
    yield server
    server.stop()


def ask_often(user: User, *, at: datetime) -> None:
    User.objects.filter(pk=user.pk).update(
        sealed_email=password_reset.seal_email(user, "maya@example.org")
    )
    PasswordReset.objects.bulk_create(
        PasswordReset(
            user=user,
            asked_at=at,
            next_attempt_at=at,
            expires_at=at + password_reset.RESET_LIFETIME,
        )
        for _ in range(RESETS)
    )


def service(folder: Path, silent: SilentServer) -> dict[str, str]:
    return environment(
        folder, gateway="inbox", DJANGO_SETTINGS_MODULE=WAITING_SETTINGS,
        BETWEEN_BROKER_URL="filesystem://", BETWEEN_REMINDER_TICK_SECONDS="0.5",
        BETWEEN_EMAIL_URL=f"smtp://127.0.0.1:{silent.port}",
    )  # fmt: skip


def sends(now: datetime) -> dict[str, int]:
    return dict(staff_outbox.send_mail(staff_outbox.RESETS, clock=lambda: now))


def is_code_held(silent: SilentServer) -> bool:
    """Whether the mail of a code is under way, to a server that keeps the connection."""
    return len(silent.kept) > 0 and PasswordReset.objects.filter(attempts__gt=0).exists()


def seconds_late() -> float:
    """Return how many seconds after its time, which was pulled to a moment, the reminder came."""
    found = Occurrence.objects.get()
    assert found.sent_at is not None
    return (found.sent_at - found.due_at).total_seconds()


@pytest.mark.django_db(transaction=True)
def test_the_only_worker_sends_reminders_meanwhile(silent: SilentServer, tmp_path: Path) -> None:
    reminder = due_in_a_moment()
    ask_often(User.objects.get(pk=reminder.patient_id), at=timezone.now())
    reminder.__class__.objects.update(next_due_at=timezone.now() + timedelta(hours=1))
    env = service(tmp_path, silent)

    with worker(env), beat(env):
        assert comes_true(lambda: is_code_held(silent))
        reminder.__class__.objects.update(next_due_at=timezone.now())
        arrived = comes_true(is_sent)

    assert arrived, (tmp_path / "worker.log").read_text()
    assert seconds_late() < EMAIL_TIMEOUT
    # One code waited for an answer; the others were left alone.
    assert PasswordReset.objects.filter(attempts__gt=0).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_command_sends_reminders_meanwhile(silent: SilentServer, tmp_path: Path) -> None:
    reminder = due_in_a_moment()
    ask_often(User.objects.get(pk=reminder.patient_id), at=timezone.now())
    reminder.__class__.objects.update(next_due_at=timezone.now() + timedelta(hours=1))
    with (tmp_path / "dispatch.log").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "django", "dispatch", "--forever", "--pause", "0.3"],
            cwd=ROOT, env=service(tmp_path, silent), stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        try:
            assert comes_true(lambda: len(silent.kept) > 0)
            reminder.__class__.objects.update(next_due_at=timezone.now())
            arrived = comes_true(is_sent)
        finally:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait(timeout=10)

    assert arrived, (tmp_path / "dispatch.log").read_text()
    assert seconds_late() < EMAIL_TIMEOUT


@pytest.fixture
def impatient(silent: SilentServer, settings: Any) -> SilentServer:
    """Let this process mail to it, and wait for a moment only."""
    settings.STAFF_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", silent.port
    settings.EMAIL_TIMEOUT = 0.1
    return silent


def test_a_server_that_does_not_answer_is_tried_once_and_then_left_alone(
    cast: Cast, impatient: SilentServer
) -> None:
    ask_often(cast.maya, at=NOW)

    tried = []
    for seconds in (0, 5, 29, 31, 35, 89, 92, 200):
        sends(NOW + timedelta(seconds=seconds))
        time.sleep(0.01)  # until the other thread has noted it
        tried.append(len(impatient.kept))

    # Once; after thirty seconds again; a minute later; and after two.
    assert tried == [1, 1, 1, 2, 2, 2, 3, 3]
    assert PasswordReset.objects.filter(attempts=0).count() == RESETS - 3
    assert GatewayThrottle.objects.get().reason == "no_answer"


def test_when_it_answers_again_all_that_still_holds_is_sent(
    cast: Cast, impatient: SilentServer, settings: Any
) -> None:
    ask_often(cast.maya, at=NOW)
    sends(NOW)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    assert sends(NOW + timedelta(minutes=2)) == {"sent": RESETS}

    assert len(mail.outbox) == RESETS
    throttle = GatewayThrottle.objects.get()
    assert (throttle.consecutive_faults, throttle.blocked_until) == (0, None)


def test_work_apart_is_not_begun_twice_and_its_faults_stay_its_own() -> None:
    go, done = threading.Event(), threading.Event()

    def work() -> None:
        go.wait(10)
        done.set()
        raise RuntimeError("of its own")

    assert mail_threads.run_in_thread("a kind", work)
    assert not mail_threads.run_in_thread("a kind", work)
    assert mail_threads.run_in_thread("another", lambda: None)
    go.set()
    assert done.wait(10)
    assert comes_true(lambda: mail_threads.run_in_thread("a kind", lambda: None))


def test_what_hangs_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    monkeypatch.setattr(mail_threads, "HUNG_AFTER_SECONDS", 0.05)
    assert mail_threads.run_in_thread("hanging", lambda: go.wait(10))

    begins = comes_true(lambda: mail_threads.run_in_thread("hanging", lambda: None))

    go.set()
    assert begins
