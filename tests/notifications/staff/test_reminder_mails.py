"""A reminder that reached no device goes by mail: one neutral sentence, once or never."""

import smtplib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMessage

from backend.celery import app
from care.accounts.password_reset import set_email
from care.models import Consent, Patient, User
from journaling.entries.record import record_entry
from notifications import wording
from notifications.models.device import Device, GatewayThrottle
from notifications.models.occurrence import Occurrence, ReminderMail
from notifications.models.reminder import Purpose, Reminder
from notifications.push.gateway import SendOutcome
from notifications.reminders.history import history_page
from notifications.staff import outbox
from notifications.staff.email import Letter, SendResult
from notifications.tasks import mail_reminders
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import (
    DUE,
    FakePush,
    chooses_mail,
    drain,
    mail_out,
    only,
    phone,
    planned,
)
from tests.notifications.staff.test_unresponsive_mail_server import SilentServer

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def unreached(cast: Cast) -> Cast:
    """Let maya's check-in of 08:30 reach no device; she chose mail."""
    chooses_mail(cast.maya)
    planned(cast.maya, skip_if_logged=True)
    drain(DUE, FakePush())
    return cast


def words(patient: User, language: str = "en") -> list[str]:
    """List what the patient reads about why nothing came, newest first."""
    lines = history_page(patient_id=patient.pk, may_see_clinical=True, limit=10, language=language)
    return [line.words for line in lines]


def test_it_says_one_neutral_sentence_once(unreached: Cast) -> None:
    assert mail_out(DUE + MINUTE) == {"sent": 1}
    assert mail_out(DUE + 2 * MINUTE) == {}

    [sent] = mail.outbox
    assert sent.to == ["maya@home.example"]
    assert (sent.subject, sent.body) == (
        "You have a check-in waiting.", "You have a check-in waiting.\n",
    )  # fmt: skip
    assert sent.message()["Auto-Submitted"] == "auto-generated"
    assert sent.message().get_content_type() == "text/plain"
    assert ReminderMail.objects.get().sent_at == DUE + MINUTE


@pytest.mark.parametrize("purpose", Purpose.values)
@pytest.mark.parametrize("language", ["en", "es-MX"])
def test_nothing_of_the_patient_stands_in_it(cast: Cast, purpose: str, language: str) -> None:
    chooses_mail(cast.maya)
    User.objects.filter(pk=cast.maya.pk).update(display_name="Zephyrine", language=language)
    people.session(cast.dr_okafor, starts_at=DUE + HOUR, with_patient=cast.maya)
    for _ in range(2):
        planned(cast.maya, purpose=purpose)
    drain(DUE, FakePush())

    assert mail_out(DUE) == {"sent": 1}

    [sent] = mail.outbox
    assert sent.subject in wording.PUSH_SENTENCES
    assert sent.body == f"{sent.subject}\n"
    whole = sent.message().as_string()
    ids = [str(pk) for pk in (cast.maya.pk, only_mail(), *Reminder.objects.values_list("id"))]
    for word in ("Zephyrine", "Harbor", "Okafor", "clinic", "dose", "skill", "http", *ids):
        assert word.lower() not in whole.lower()


def only_mail() -> UUID:
    return ReminderMail.objects.get().occurrence_id


def test_it_is_in_the_patients_language(unreached: Cast) -> None:
    User.objects.filter(pk=unreached.maya.pk).update(language="es")

    mail_out(DUE)

    assert mail.outbox[0].subject == "Le espera una pregunta breve."


def test_several_are_told_together(cast: Cast) -> None:
    chooses_mail(cast.maya)
    for _ in range(10):
        planned(cast.maya)
    drain(DUE, FakePush())

    assert mail_out(DUE) == {"sent": 1}

    assert [sent.subject for sent in mail.outbox] == ["You have a few things waiting."]


FACTS: dict[str, Callable[[Cast], object]] = {
    "mail_off": lambda _: Patient.objects.update(reminder_mail=False),
    "no address": lambda cast: set_email(user=cast.maya, email=""),
    "no_consent": lambda cast: Consent.objects.filter(patient_id=cast.maya.pk).update(
        revoked_at=DUE
    ),
    "not_enrolled": lambda _: Patient.objects.update(discharged_at=DUE),
    "switched_off": lambda _: Reminder.objects.update(
        active=False, next_due_at=None, next_day=None, next_slot=None
    ),
    "quiet_hours": lambda _: Patient.objects.update(quiet_start="08:00", quiet_end="10:00"),
    "in_session": lambda cast: people.session(
        cast.dr_okafor, starts_at=DUE - MINUTE, with_patient=cast.maya
    ),
    "already_logged": lambda cast: record_entry(
        chart=people.own_chart(cast.maya), sent=people.craving(at=DUE), now=DUE
    ),
    "seen": lambda _: Occurrence.objects.update(opened_at=DUE),
}


@pytest.mark.parametrize("fact", FACTS)
def test_the_facts_are_asked_again_at_the_moment_of_sending(unreached: Cast, fact: str) -> None:
    FACTS[fact](unreached)
    if fact == "already_logged":
        Occurrence.objects.update(answered_at=None)

    assert mail_out(DUE + MINUTE) == {"skipped": 1}

    row = ReminderMail.objects.get()
    assert mail.outbox == []
    assert row.reason == {"no address": "mail_off"}.get(fact, fact)
    assert (row.next_attempt_at, row.lease_id, row.sent_at) == (None, None, None)
    assert words(unreached.maya) == ["Not delivered: no phone was registered."]


def test_what_a_phone_shows_by_itself_is_not_mailed_as_well(unreached: Cast) -> None:
    plan = {only().pk.hex: [int(DUE.timestamp()), Reminder.objects.get().rev]}
    phone(unreached.maya)
    Device.objects.update(covered_until=DUE + HOUR, covered=plan)

    assert mail_out(DUE + MINUTE) == {"skipped": 1}

    assert ReminderMail.objects.get().reason == "on_phone"


def test_a_series_at_half_frequency_is_mailed_when_it_is_due(cast: Cast) -> None:
    chooses_mail(cast.maya)
    planned(cast.maya)
    drain(DUE, FakePush())
    Reminder.objects.update(halved_at=DUE - HOUR)

    assert mail_out(DUE) == {"sent": 1}


def test_over_its_time_nothing_is_sent(unreached: Cast) -> None:
    assert mail_out(DUE + HOUR) == {}

    row = ReminderMail.objects.get()
    assert (mail.outbox, row.reason, row.next_attempt_at) == ([], "expired", None)
    assert words(unreached.maya) == [
        "Not delivered: no phone or browser could be told, and the mail could not be sent."
    ]


def test_of_mails_that_waited_together_the_newest_alone_is_sent(cast: Cast) -> None:
    chooses_mail(cast.maya)
    for clock in ("08:30", "09:45", "11:00"):
        planned(cast.maya, clock, expires_minutes=360)
    for minutes in (0, 75, 150):
        drain(DUE + minutes * MINUTE, FakePush())

    assert mail_out(DUE + 151 * MINUTE) == {"skipped": 2, "sent": 1}

    reasons = ReminderMail.objects.order_by("occurrence__due_at").values_list("reason", flat=True)
    assert list(reasons) == ["overtaken", "overtaken", ""]


@pytest.mark.parametrize("language", ["en", "es"])
def test_who_asks_why_nothing_came_reads_that_it_went_by_mail(
    unreached: Cast, language: str
) -> None:
    before = words(unreached.maya, language)
    mail_out(DUE + MINUTE)
    [line] = history_page(
        patient_id=unreached.maya.pk, may_see_clinical=False, limit=10, language=language
    )

    expected = {
        "en": ["Waiting: it goes by mail", "Sent by mail: no phone or browser could be told."],
        "es": [
            "En espera: irá por correo",
            "Enviado por correo: no se pudo avisar a ningún teléfono ni navegador.",
        ],
    }[language]
    assert before[0].startswith(expected[0])
    assert (line.words, line.became, line.sent_at) == (expected[1], "sent", DUE + MINUTE)


# --- Once or never ---------------------------------------------------------------------------


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
    assert words(unreached.maya)[0].startswith("Unknown: no phone or browser could be told, and")


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

    with time_machine.travel(DUE, tick=False):
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
