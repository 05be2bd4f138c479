"""The mail of a reminder that reached no device: its queue, and what it says at the last moment.

``notifications.engine.outcome`` writes the rows; ``notifications.staff.outbox`` sends them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.kit.jobs import Lease, Queue
from care.accounts.password_reset import email_of
from care.models import Patient
from notifications import wording
from notifications.engine.claim import leased_from_row
from notifications.engine.context import load_patient_contexts, load_reminder_contexts
from notifications.engine.policy import PatientContext, suppression_reason
from notifications.engine.select import shown_locally
from notifications.models.occurrence import Occurrence, ReminderMail
from notifications.models.reminder import Recipient
from notifications.push.local import live_device_addresses

REMINDER_MAILS = Queue(
    ReminderMail,
    lease_period=timedelta(minutes=2),
    first_pause=timedelta(minutes=1),
    longest_pause=timedelta(minutes=5),
)


@dataclass(frozen=True, slots=True)
class ReminderLetter:
    """Where a mail goes, and the one sentence that it says."""

    address: str
    sentence: str


def prepare_reminder_mail(*, lease: Lease[ReminderMail], now: datetime) -> ReminderLetter | None:
    """Ask the facts again; return what is sent, None where nothing is to be sent any more.

    From then on nobody else sends it, whatever becomes of this worker.

    :raises backend.kit.jobs.LeaseLost: another worker holds it.
    """
    patient = Patient.objects.select_related("user").get(pk=lease.row.patient_id)
    occurrence = Occurrence.objects.get(pk=lease.row.occurrence_id)
    context = load_patient_contexts(patients={patient.pk}, now=now).get(patient.pk)
    address = email_of(patient.user)
    reason = (
        "mail_off"
        if not (patient.reminder_mail and address)
        else _reason_for_silence(occurrence, context, now)
    )
    if reason is not None or context is None:
        lease.renew(now=now, reason=reason or "not_enrolled")
        return None
    sentence = wording.push_sentence(
        purpose=occurrence.purpose, waiting=lease.row.waiting, language=context.language
    )
    lease.forbid_followers()
    return ReminderLetter(address, sentence)


def expire_reminder_mails(*, now: datetime) -> None:
    """Give up the mails of reminders whose time is over."""
    ReminderMail.objects.filter(next_attempt_at__isnull=False, not_after__lte=now).update(
        next_attempt_at=None, lease_id=None, reason="expired"
    )


def _reason_for_silence(
    occurrence: Occurrence, context: PatientContext | None, now: datetime
) -> str | None:
    """Return the code of why it is not mailed now; None where it is."""
    item = leased_from_row(occurrence)
    reminder = load_reminder_contexts(leased=[item], now=now).get(item.id)
    if reminder is not None:
        # Whether the series leaves this one out was decided when it was due, by those before it.
        reminder = reminder._replace(is_missed=False, is_halved=False)
    reason = suppression_reason(
        patient_context=context, reminder_context=reminder, due_at=item.due_at,
        not_after=item.not_after, now=now,
    )  # fmt: skip
    if reason is not None:
        return reason
    if occurrence.next_attempt_at is not None:
        return "put_off"
    if occurrence.opened_at is not None or occurrence.answered_at is not None:
        return "seen"
    # Mails that waited for the server together: only the patient's newest message is still news.
    if not Recipient.objects.filter(pk=item.patient, last_message_id=item.id).exists():
        return "overtaken"
    devices = live_device_addresses(patients={item.patient})
    return "on_phone" if shown_locally(devices, [item]) else None
