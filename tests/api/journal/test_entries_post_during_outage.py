"""With broker, mail and FCM all down an entry is stored, answered with help, and told later.

Nothing here is faked: every address is a port of this machine at which nobody listens.
"""

import json
import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from care.models import StaffCall
from journaling.models import Entry, SafetyEvent
from tests.api.responses import API
from tests.cast import Cast, signed_in
from tests.notifications.staff.outbox_runs import call_staff
from tests.on_call_clinic import MINUTE, OPEN, set_up, the_event, unsafe

WORDS = ("canary-note", "canary-thought", "canary-target", "canary-place")


def shut_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def all_down(settings: Settings) -> None:
    settings.BROKER_URL = f"redis://127.0.0.1:{shut_port()}/0"
    settings.PUSH_GATEWAY = "fcm"
    settings.FCM_BASE_URL = f"http://127.0.0.1:{shut_port()}"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", shut_port()


@pytest.fixture
def clinic_is_open() -> Iterator[None]:
    with time_machine.travel(OPEN, tick=False):
        yield


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Write down every address that is reached for while a save is answered."""
    tried: list[Any] = []
    whole = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        tried.append(address)
        whole(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


def in_need() -> dict[str, Any]:
    return unsafe(
        note="canary-note", thought="canary-thought", target="canary-target", place="canary-place"
    )


def test_the_save_holds_and_helps_and_reaches_for_nothing(
    cast: Cast, all_down: None, clinic_is_open: None, no_connection: list[Any]
) -> None:
    set_up(cast)
    client = signed_in(cast.maya)
    # A database of another process is reached before, not by the save.
    client.get(API + "entries")
    no_connection.clear()

    response = client.post(API + "entries", in_need())

    told = response.json()["support"]
    assert response.status_code == 201
    assert Entry.objects.count() == 1
    assert [line["call"] for line in told["resources"][:2]] == ["911", "988"]
    assert no_connection == []
    assert (told["level"], told["staff_notified"]) == (3, True)
    assert the_event().level == 3
    assert StaffCall.objects.filter(at_work=True).count() == 2


def test_what_could_not_be_sent_is_sent_once_mail_is_back(
    cast: Cast, all_down: None, clinic_is_open: None, settings: Settings
) -> None:
    set_up(cast)
    signed_in(cast.maya).post(API + "entries", in_need())

    assert call_staff(OPEN) == {"pending": 1}
    assert not StaffCall.objects.filter(next_attempt_at__lte=OPEN).exists()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    call_staff(OPEN + MINUTE)

    assert sorted(address for message in mail.outbox for address in message.to) == [
        "dr_okafor@clinic.example.org",
        "dr_reyes@clinic.example.org",
    ]


def test_no_word_of_the_patient_is_in_logs_mail_or_rows_of_calls(
    cast: Cast, clinic_is_open: None, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def broken(**_: Any) -> None:
        raise RuntimeError(" ".join(WORDS))

    set_up(cast)
    client = signed_in(cast.maya)
    with caplog.at_level(logging.DEBUG):
        client.post(API + "entries", in_need())
        call_staff(timezone.now())
        with monkeypatch.context() as patch:
            patch.setattr("journaling.safety.respond.record_signs", broken)
            client.post(API + "entries", in_need())

    from backend.kit.logs import AllowListFormatter

    lines = [AllowListFormatter().format(record) for record in caplog.records]
    assert any(json.loads(line).get("event") == "safety_failed" for line in lines)
    rows = [str(row) for row in StaffCall.objects.values()]
    messages = [message.message().as_string() for message in mail.outbox]
    assert messages
    for text in (*lines, *rows, *messages):
        for word in (*WORDS, "Maya"):
            assert word not in text


def test_an_event_holds_codes_and_no_words(cast: Cast, clinic_is_open: None) -> None:
    set_up(cast)
    signed_in(cast.maya).post(API + "entries", in_need())

    rows = [str(row) for row in SafetyEvent.objects.values("signs__fired", "reason", "audience")]
    assert rows
    assert not any(word in row for row in rows for word in WORDS)


def test_what_celery_is_sent_names_nobody(settings: Settings) -> None:
    from backend.celery import app

    safety = app.conf.beat_schedule["safety"]

    assert safety["task"] == "notifications.tasks.call_about_safety"
    assert not safety.get("args")
    assert not safety.get("kwargs")
