"""A reminder that reached no device goes by mail: one neutral sentence, once or never."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.core import mail
from django.db import connection

from backend.kit.db import rls_actor
from care.accounts.password_reset import set_email
from care.models import Consent, Patient, User
from journaling.entries.record import record_entry
from notifications import wording
from notifications.models.device import Device
from notifications.models.occurrence import Occurrence, ReminderMail
from notifications.models.reminder import Purpose, Reminder
from notifications.reminders.history import history_page
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import (
    DUE,
    FakePush,
    chooses_mail,
    drain,
    history_words,
    mail_out,
    only,
    phone,
    planned,
)

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


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
    assert history_words(unreached.maya) == ["Not delivered: no phone was registered."]


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
    assert history_words(unreached.maya) == [
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
    before = history_words(unreached.maya, language)
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


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row policies")
def test_the_database_itself_shows_it_to_patient_team_and_clinic(unreached: Cast) -> None:
    seen = {}
    for user in (
        unreached.maya,
        unreached.dr_okafor,
        unreached.ada,
        unreached.noah,
        unreached.dr_lind,
    ):
        with rls_actor.acting_as(rls_actor.user_actor(user.role, user.pk)):
            seen[user.username] = (
                ReminderMail.objects.count(), ReminderMail.objects.update(sent_at=DUE)
            )  # fmt: skip

    assert seen == {
        "maya": (1, 0), "dr_okafor": (1, 0), "ada": (1, 0), "noah": (0, 0), "dr_lind": (0, 0),
    }  # fmt: skip
