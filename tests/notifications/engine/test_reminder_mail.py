"""A mail is called for where a reminder certainly reached no device, and nowhere else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from care.models import Consent, Patient
from notifications.engine import outcome as engine_outcome
from notifications.engine.claim import claim_due
from notifications.engine.outcome import decide_outcome
from notifications.engine.step import Leased
from notifications.models.device import Device
from notifications.models.occurrence import ReminderMail
from notifications.models.reminder import Recipient
from notifications.push.gateway import (
    InboxGateway,
    PushGateway,
    PushMessage,
    PushResult,
    RoutedGateway,
    SendOutcome,
)
from notifications.reminders.receipts import snooze
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import (
    DUE,
    FakePush,
    answering,
    chooses_mail,
    drain,
    only,
    phone,
    planned,
    told,
)

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def waiting() -> list[int]:
    """List for how many occurrences each mail stands that is called for."""
    return list(ReminderMail.objects.order_by("not_after").values_list("waiting", flat=True))


@pytest.fixture
def maya(cast: Cast) -> Cast:
    """Plan a check-in of maya, who chose mail, at 08:30."""
    chooses_mail(cast.maya)
    planned(cast.maya)
    return cast


def test_without_any_device_one_is_called_for(maya: Cast) -> None:
    drain(DUE, FakePush())
    drain(DUE + MINUTE, FakePush())

    mail = ReminderMail.objects.get()
    assert told() == [("skipped", "no_device")]
    assert (mail.occurrence_id, mail.patient_id) == (only().pk, maya.maya.pk)
    assert (mail.not_after, mail.waiting) == (only().not_after, 1)


def test_who_did_not_choose_it_gets_none(cast: Cast) -> None:
    chooses_mail(cast.maya)
    Patient.objects.update(reminder_mail=False)
    planned(cast.maya)

    drain(DUE, FakePush())

    assert (told(), waiting()) == ([("skipped", "no_device")], [])


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(SendOutcome.DEAD_ADDRESS, "dead_device"), (SendOutcome.REFUSED, "failed")],
)
def test_one_is_where_no_device_took_it(maya: Cast, outcome: SendOutcome, state: str) -> None:
    push = FakePush()
    phone(maya.maya, "one")
    phone(maya.maya, "two")
    push.says = answering(outcome, code="no")

    drain(DUE, push)

    assert (only().state, waiting()) == (state, [1])


def test_one_is_where_the_gateway_asks_for_a_pause_longer_than_the_window(maya: Cast) -> None:
    push = FakePush()
    phone(maya.maya)
    push.says = answering(SendOutcome.BACK_OFF, code="quota", retry_after=7200)

    drain(DUE, push)

    assert (told(), waiting()) == ([("expired", "quota")], [1])


@pytest.mark.parametrize(
    "gateway", [InboxGateway(), RoutedGateway(InboxGateway(), FakePush())],
    ids=["without any push", "for browsers only"],
)  # fmt: skip
def test_one_is_where_the_inbox_alone_shows_it(maya: Cast, gateway: PushGateway) -> None:
    phone(maya.maya)

    drain(DUE, gateway)

    assert (told(), waiting()) == ([("sent", "inbox")], [1])


def test_none_is_where_one_of_two_devices_took_it(maya: Cast) -> None:
    push = FakePush()
    phone(maya.maya, "one")
    taken = phone(maya.maya, "two")

    def says(message: PushMessage) -> PushResult:
        outcome = SendOutcome.SENT if message.device == taken.pk else SendOutcome.DEAD_ADDRESS
        return PushResult(message.occurrence, message.device, outcome, "code")

    push.says = says

    drain(DUE, push)

    assert (told(), waiting()) == ([("sent", "code")], [])


@pytest.mark.parametrize("first", [SendOutcome.AMBIGUOUS, SendOutcome.FAULTED])
@pytest.mark.parametrize("then", [SendOutcome.DEAD_ADDRESS, SendOutcome.REFUSED, None])
def test_none_is_where_it_may_have_been_taken_before(
    maya: Cast, first: SendOutcome, then: SendOutcome | None
) -> None:
    push = FakePush()
    phone(maya.maya)
    push.says = answering(first, code="first")
    drain(DUE, push)
    if then is None:
        Device.objects.update(ended_at=DUE)
    else:
        push.says = answering(then, code="then")

    drain(DUE + MINUTE, push)

    assert only().next_attempt_at is None
    assert waiting() == []


def test_none_is_where_the_push_service_left_it_open(maya: Cast) -> None:
    push = FakePush()
    phone(maya.maya)
    push.says = answering(SendOutcome.AMBIGUOUS, code="timeout")

    for minutes in (0, 1, 61):
        drain(DUE + minutes * MINUTE, push)

    assert (told(), waiting()) == ([("unknown", "timeout")], [])


@pytest.mark.parametrize(
    ("outcome", "state"), [(SendOutcome.FAULTED, "expired"), (SendOutcome.AMBIGUOUS, "unknown")]
)
def test_none_is_where_its_only_try_may_have_been_taken(
    maya: Cast, outcome: SendOutcome, state: str
) -> None:
    push = FakePush()
    phone(maya.maya)
    push.says = answering(outcome, code="code", retry_after=7200)

    drain(DUE, push)

    assert (told(), waiting()) == ([(state, "code")], [])


def test_none_is_where_a_worker_died_with_it_in_hand(maya: Cast) -> None:
    item = Leased(
        id=maya.maya.pk, reminder=1, patient=maya.maya.pk, purpose="checkin", slot=510, due_at=DUE,
        not_after=DUE + HOUR, tag="t", attempts=1, crash_count=1,
    )  # fmt: skip
    dead = PushResult(item.id, None, SendOutcome.DEAD_ADDRESS, "gone")

    assert not decide_outcome(item, [dead], now=DUE).is_unreached
    assert not engine_outcome.suppressed(item, "no_device").is_unreached


def test_none_is_when_the_window_was_over_while_the_gateway_was_down(maya: Cast) -> None:
    push = FakePush()
    phone(maya.maya)
    push.says = answering(SendOutcome.NOT_SENT, code="no_connection")
    drain(DUE, push)

    drain(DUE + 2 * HOUR, push)

    assert (told(), waiting()) == ([("expired", "expired")], [])


SILENCES: dict[str, Callable[[Cast], object]] = {
    "quiet_hours": lambda _: Patient.objects.update(quiet_start="08:00", quiet_end="09:00"),
    "paused": lambda cast: Recipient.objects.update_or_create(
        pk=cast.maya.pk, defaults={"paused_until": DUE + HOUR}
    ),
    "not_enrolled": lambda _: Patient.objects.update(discharged_at=DUE - HOUR),
    "no_consent": lambda cast: Consent.objects.filter(patient_id=cast.maya.pk).update(
        revoked_at=DUE - HOUR
    ),
}


@pytest.mark.parametrize("why", SILENCES)
def test_none_is_for_what_stays_silent_on_purpose(maya: Cast, why: str) -> None:
    SILENCES[why](maya)

    drain(DUE, FakePush())

    assert (told(), waiting()) == ([("skipped", why)], [])


def test_ten_at_once_are_one_mail(maya: Cast) -> None:
    for _ in range(9):
        planned(maya.maya)

    drain(DUE, FakePush())

    assert sorted(told()) == [("skipped", "bundled")] * 9 + [("skipped", "no_device")]
    assert waiting() == [10]


def test_a_mail_counts_as_a_message_of_the_day(maya: Cast) -> None:
    planned(maya.maya, "08:50", expires_minutes=120)

    for minutes in (0, 20, 59):
        drain(DUE + minutes * MINUTE, FakePush())
    assert len(waiting()) == 1
    drain(DUE + HOUR, FakePush())

    assert waiting() == [1, 1]


def test_a_nudge_is_never_mailed(maya: Cast) -> None:
    planned(maya.maya, "12:00", nudge=True, expires_minutes=120)
    push = FakePush()
    phone(maya.maya)
    noon = DUE + 3 * HOUR + 30 * MINUTE
    drain(noon, push)
    Device.objects.update(ended_at=noon)

    drain(noon + 45 * MINUTE, push)

    assert ("skipped", "no_device") in told()
    assert waiting() == []


def test_what_is_put_off_is_mailed_once(maya: Cast) -> None:
    drain(DUE, FakePush())
    snooze(chart=people.own_chart(maya.maya), occurrence_id=only().pk, minutes=10, now=DUE + MINUTE)

    drain(DUE + 12 * MINUTE, FakePush())

    assert (told(), waiting()) == ([("skipped", "no_device")], [1])


def test_neither_is_written_without_the_other(maya: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise DatabaseError("no room")

    settled = _settled()
    lease_id = only().lease_id
    assert lease_id is not None
    monkeypatch.setattr(engine_outcome, "_request_mails", broken)

    with pytest.raises(DatabaseError), transaction.atomic():
        engine_outcome.record_outcomes(settled=[settled], lease_id=lease_id)

    assert (only().state, waiting()) == ("leased", [])


def _settled() -> engine_outcome.OccurrenceOutcome:
    [item] = claim_due(now=DUE).leased
    return engine_outcome.suppressed(item, "no_device")


def test_what_another_worker_holds_by_now_calls_for_none(maya: Cast) -> None:
    settled = _settled()

    engine_outcome.record_outcomes(settled=[settled], lease_id=maya.noah.pk)

    assert (only().state, waiting()) == ("leased", [])
