"""A reminder's surroundings: a fixed morning, a fake push, and short ways to plan and drain."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from backend.kit.ids import new_id
from care.accounts.password_reset import seal_email
from care.models import Patient, User
from notifications.engine.tick import dispatch
from notifications.models.device import Device
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.push.devices import register_device
from notifications.push.gateway import (
    Addressing,
    InboxGateway,
    PushGateway,
    PushMessage,
    PushResult,
    SendOutcome,
)
from notifications.reminders.edit import create_reminder
from notifications.reminders.history import history_page
from notifications.staff.outbox import REMINDERS, send_mail
from tests import cast as people

#: Monday 2 March 2026, 08:00 in Chicago.
MORNING = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
#: The same day at 08:30, when the morning check-in is due.
DUE = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


class FakePush:
    """A gateway that keeps what it is given; ``says`` decides what becomes of it."""

    name = "fcm"
    addressing = Addressing.DEVICES

    def __init__(self) -> None:
        self.sent: list[PushMessage] = []
        self.says: Callable[[PushMessage], PushResult] | None = None

    def send(self, messages: Sequence[PushMessage], *, now: datetime) -> list[PushResult]:
        self.sent.extend(messages)
        return [self._result(message) for message in messages]

    def _result(self, message: PushMessage) -> PushResult:
        if self.says is not None:
            return self.says(message)
        return PushResult(message.occurrence, message.device, SendOutcome.SENT, "fcm")


def answering(outcome: SendOutcome, **more: Any) -> Callable[[PushMessage], PushResult]:
    """Make a fake say the same of every message."""
    return lambda message: PushResult(message.occurrence, message.device, outcome, **more)


def planned(
    user: User, *times: str, at: datetime = MORNING, reminder_id: UUID | None = None, **more: Any
) -> Reminder:
    """Plan a check-in as the patient would."""
    sent = {
        "purpose": "checkin",
        "times": [time.fromisoformat(text) for text in times or ("08:30",)],
        **more,
    }
    reminder, _ = create_reminder(
        chart=people.own_chart(user), reminder_id=reminder_id or new_id(), sent=sent, now=at
    )
    return reminder


def phone(
    user: User, address: str = "", *, at: datetime = MORNING, provider: str = "fcm_token",
    platform: str = "android", covered_until: datetime | None = None,
) -> Device:  # fmt: skip
    """Give somebody a phone."""
    device, _ = register_device(
        chart=people.own_chart(user), provider=provider,
        address=address or f"address of {user.username}", platform=platform, app_version="1",
        device_name="phone", covered_until=covered_until, now=at,
    )  # fmt: skip
    return device


def drain(at: datetime, gateway: PushGateway | None = None) -> Counter[str]:
    """Send what is due at one moment."""
    return dispatch(clock=lambda: at, gateway=gateway or InboxGateway())


def only() -> Occurrence:
    """Get the one occurrence there is."""
    return Occurrence.objects.get()


def told() -> list[tuple[str, str]]:
    """List what became of every occurrence, in order of due time."""
    return list(Occurrence.objects.order_by("due_at", "id").values_list("state", "reason"))


def chooses_mail(user: User) -> str:
    """Choose mail as a last resort for a patient; return the address that they gave."""
    address = f"{user.username}@home.example"
    User.objects.filter(pk=user.pk).update(sealed_email=seal_email(user, address))
    Patient.objects.filter(pk=user.pk).update(reminder_mail=True)
    return address


def mail_out(at: datetime) -> dict[str, int]:
    """Send the mails that wait at one moment, as the worker's thread does."""
    return dict(send_mail(REMINDERS, clock=lambda: at))


def history_words(patient: User, language: str = "en") -> list[str]:
    """List what the patient reads about why nothing came, newest first."""
    lines = history_page(patient_id=patient.pk, may_see_clinical=True, limit=10, language=language)
    return [line.words for line in lines]
