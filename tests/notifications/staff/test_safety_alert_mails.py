"""Staff are called by a neutral mail, again after a fault, and never about what was cleared."""

import smtplib
import socket
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction

from care.models import StaffCall, StaffContact, User
from care.people.enrol import revoke_treatment_consents
from journaling.models import SafetyEvent
from journaling.safety import sweep
from journaling.safety.escalation import CALL_GIVEN_UP_AFTER, CALL_MAILS
from notifications import wording
from notifications.push.gateway import SendOutcome
from notifications.staff import outbox as staff_outbox
from notifications.staff.email import Letter, SendResult, send_letter
from notifications.staff.outbox import CALLS, send_mail
from tests.cast import Cast
from tests.notifications.staff.outbox_runs import call_staff
from tests.on_call_clinic import (
    CLOSED,
    MINUTE,
    OPEN,
    reyes,
    save,
    say,
    set_up,
    the_event,
    unsafe,
    urge,
)


def sends(now: datetime) -> dict[str, int]:
    return dict(send_mail(CALLS, clock=lambda: now))


def told() -> list[str]:
    return sorted(address for message in mail.outbox for address in message.to)


def clear(cast: Cast) -> None:
    SafetyEvent.objects.update(
        acknowledged_at=OPEN, acknowledged_by=cast.dr_okafor.pk, reason="reached_safe",
        next_call_at=None,
    )  # fmt: skip


@pytest.fixture
def no_server(settings: LazySettings) -> None:
    """Let mail go to a port at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port


def test_who_is_on_duty_gets_one_mail_with_the_fixed_sentence(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, urge(3), now=OPEN)

    assert call_staff(OPEN) == {"sent": 1}

    message = mail.outbox[0]
    assert told() == ["dr_okafor@clinic.example.org"]
    assert message.subject == "A safety event needs you in Between Sessions."
    assert message.body == wording.STAFF_CALL_BODY
    assert call_staff(OPEN + MINUTE) == {}
    assert len(mail.outbox) == 1


def test_nothing_of_the_patient_stands_in_what_is_sent(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, unsafe(note="canary-note", thought="canary-thought", target="canary"), now=OPEN)

    call_staff(OPEN)

    for message in mail.outbox:
        whole = message.message().as_string()
        for word in ("canary", "Maya", "maya", "level", str(cast.maya.pk), "Harbor", "suicide"):
            assert word not in whole
        assert str(the_event().pk) not in whole


def test_an_emergency_goes_to_both_each_for_themselves(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, unsafe(), now=OPEN)

    call_staff(OPEN)

    assert told() == ["dr_okafor@clinic.example.org", "dr_reyes@clinic.example.org"]
    assert all(len(message.to) == 1 for message in mail.outbox)


def test_a_tick_does_all_of_it_from_a_lost_answer_to_the_mail(cast: Cast) -> None:
    set_up(cast)
    save(cast.maya, unsafe(), now=OPEN)
    assert StaffCall.objects.count() == 0

    call_staff(OPEN + MINUTE)

    assert len(told()) == 2


def test_escalation_is_mailed_as_its_steps_are_taken(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, urge(3), now=OPEN)
    call_staff(OPEN)

    call_staff(OPEN + 14 * MINUTE)
    assert len(told()) == 1
    call_staff(OPEN + 15 * MINUTE)

    assert told() == [
        "dr_okafor@clinic.example.org",
        "dr_okafor@clinic.example.org",
        "dr_reyes@clinic.example.org",
    ]


def test_a_level_2_of_the_evening_is_mailed_when_the_clinic_opens(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, urge(3, at=CLOSED), now=CLOSED)

    call_staff(CLOSED)
    assert told() == []
    call_staff(CLOSED + 10 * timedelta(hours=1))

    assert told() == ["dr_okafor@clinic.example.org"]


@pytest.mark.parametrize("why", ["acknowledged", "revoked"])
def test_at_the_moment_of_sending_it_is_asked_again(cast: Cast, why: str) -> None:
    set_up(cast)
    say(cast.maya, unsafe(), now=OPEN)
    if why == "acknowledged":
        clear(cast)
    else:
        revoke_treatment_consents(patient_id=cast.maya.pk, now=OPEN)

    assert sends(OPEN) == {"skipped": 2}

    assert mail.outbox == []
    ends = StaffCall.objects.values_list("next_attempt_at", "sent_at", "reason")
    assert set(ends) == {(None, None, "not_open")}


def test_who_has_no_address_any_more_is_settled_and_nobody_else_is_kept_waiting(
    cast: Cast,
) -> None:
    set_up(cast)
    say(cast.maya, unsafe(), now=OPEN)
    StaffContact.objects.filter(user=cast.dr_okafor).delete()
    User.objects.filter(pk=cast.dr_lind.pk).update(is_active=False)

    sends(OPEN)

    assert told() == ["dr_reyes@clinic.example.org"]
    failed = StaffCall.objects.get(sent_at=None)
    assert (failed.clinician_id, failed.reason) == (cast.dr_okafor.pk, "no_address")
    assert failed.next_attempt_at is None


def test_a_server_that_is_not_there_is_tried_again_until_it_is(
    cast: Cast, no_server: None, settings: LazySettings
) -> None:
    set_up(cast)
    say(cast.maya, unsafe(), now=OPEN)

    assert call_staff(OPEN) == {"pending": 1}
    assert call_staff(OPEN + timedelta(seconds=1)) == {}
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert call_staff(OPEN + MINUTE) == {"sent": 2}

    tried = StaffCall.objects.order_by("-attempts")[0]
    assert (tried.attempts, tried.sent_at, tried.reason) == (2, OPEN + MINUTE, "")
    assert len(told()) == 2


def test_the_pause_between_tries_grows_and_ends(cast: Cast, no_server: None) -> None:
    set_up(cast)
    say(cast.maya, urge(3), now=OPEN)
    now, pauses = OPEN, []
    for _ in range(7):
        sends(now)
        call = StaffCall.objects.get()
        assert call.next_attempt_at is not None
        pauses.append(round((call.next_attempt_at - now).total_seconds()))
        now = call.next_attempt_at

    assert pauses == [15, 30, 60, 120, 240, 240, 240]
    assert sends(OPEN + CALL_GIVEN_UP_AFTER) == {"failed": 1}
    assert StaffCall.objects.get().next_attempt_at is None


def test_one_server_that_is_not_there_is_not_tried_with_every_message(
    cast: Cast, no_server: None
) -> None:
    set_up(cast)
    say(cast.maya, unsafe(), now=OPEN)
    say(cast.noah, unsafe(), now=OPEN)

    assert call_staff(OPEN) == {"pending": 1}

    assert StaffCall.objects.count() == 4
    assert StaffCall.objects.filter(attempts=1).count() == 1
    assert not StaffCall.objects.filter(next_attempt_at__lte=OPEN).exists()


def refusing(code: int) -> Any:
    def send(self: EmailMessage, fail_silently: bool = False) -> int:
        raise smtplib.SMTPRecipientsRefused({self.to[0]: (code, b"no")})

    return send


@pytest.mark.parametrize(("code", "state"), [(550, "failed"), (450, "pending")])
def test_an_address_that_is_refused_for_good_is_not_tried_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, code: int, state: str
) -> None:
    set_up(cast)
    say(cast.maya, urge(3), now=OPEN)
    monkeypatch.setattr(EmailMessage, "send", refusing(code))

    assert call_staff(OPEN) == {state: 1}

    call = StaffCall.objects.get()
    assert (call.next_attempt_at is None, call.sent_at) == (state == "failed", None)
    assert call.reason == f"smtp_{code}"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (smtplib.SMTPAuthenticationError(535, b"who"), "smtp_535"),
        (smtplib.SMTPServerDisconnected("gone"), "SMTPServerDisconnected"),
        (TimeoutError("slow"), "TimeoutError"),
        (ConnectionRefusedError("shut"), "ConnectionRefusedError"),
    ],
)
@pytest.mark.parametrize("is_connected", [False, True])
def test_whatever_a_mail_server_does_is_an_outcome(
    monkeypatch: pytest.MonkeyPatch, fault: Exception, code: str, is_connected: bool
) -> None:
    def broken(*_: object, **__: object) -> int:
        raise fault

    if is_connected:
        monkeypatch.setattr(EmailMessage, "send", broken)
    else:
        monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.open", broken)

    letter = Letter("a@clinic.example.org", wording.STAFF_CALL, wording.STAFF_CALL_BODY)
    is_answered = code.startswith("smtp_")
    is_certain = is_answered or not is_connected
    outcome = SendOutcome.NOT_SENT if is_certain else SendOutcome.AMBIGUOUS
    assert send_letter(letter) == (outcome, code, is_answered)


def test_a_worker_that_died_is_followed_by_another_after_its_lease(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_: Letter) -> SendResult:
        raise KeyboardInterrupt

    set_up(cast)
    say(cast.maya, urge(3), now=OPEN)
    with monkeypatch.context() as patch:
        patch.setattr(staff_outbox, "send_letter", die)
        with pytest.raises(KeyboardInterrupt):
            call_staff(OPEN)
    assert StaffCall.objects.get().lease_id is not None

    assert call_staff(OPEN + CALL_MAILS.lease_period - MINUTE) == {}
    assert call_staff(OPEN + CALL_MAILS.lease_period) == {"sent": 1}


def test_a_result_that_comes_after_the_lease_is_not_believed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(cast)
    say(cast.maya, urge(3), now=OPEN)

    def slow(_: Letter) -> SendResult:
        # Meanwhile another worker took it over.
        StaffCall.objects.update(lease_id=cast.maya.pk)
        return SendResult(SendOutcome.SENT)

    monkeypatch.setattr(staff_outbox, "send_letter", slow)

    assert call_staff(OPEN) == {"lost": 1}
    call = StaffCall.objects.get()
    assert (call.lease_id, call.sent_at) == (cast.maya.pk, None)


@pytest.mark.parametrize("part", ["sweep_journals", "escalate_due"])
def test_a_part_that_fails_stops_no_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("canary-word")

    set_up(cast)
    say(cast.maya, urge(3), now=OPEN)
    monkeypatch.setattr(sweep, part, broken)

    assert call_staff(OPEN) == {"sent": 1}


def test_a_call_that_ended_says_how(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, urge(3), now=OPEN)

    with pytest.raises(IntegrityError), transaction.atomic():
        StaffCall.objects.update(next_attempt_at=None)


def test_who_is_called_was_reyes_as_backup_once(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, unsafe(), now=OPEN)

    assert StaffCall.objects.filter(clinician=reyes(), part="backup").count() == 1
    assert StaffCall.objects.filter(next_attempt_at=OPEN, sent_at=None).count() == 2
    call_staff(OPEN)
    assert StaffCall.objects.filter(next_attempt_at=None, sent_at=OPEN).count() == 2
