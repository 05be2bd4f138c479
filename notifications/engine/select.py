"""From claimed occurrences to messages: the facts of the moment, the pure step, addressing.

What is sent to one patient is decided under the lock of the patient's row.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from backend.kit.db import bulk
from backend.kit.db.bulk import IdArray, uuid_hex
from backend.kit.db.claims import disable_seqscan
from backend.kit.db.compiled import CompiledQuery
from backend.kit.languages import ENGLISH
from notifications import wording
from notifications.engine.context import load_patient_contexts, load_reminder_contexts
from notifications.engine.outcome import (
    OccurrenceOutcome,
    failed,
    halve_frequency,
    postponed,
    suppressed,
)
from notifications.engine.policy import PatientContext, ReminderContext, SendHistory
from notifications.engine.step import Leased, OccurrenceDecision, decide
from notifications.models.device import Device
from notifications.models.reminder import Recipient, Reminder
from notifications.push.gateway import WEB_PUSH, Addressing, PushMessage
from notifications.push.local import DeviceAddress, epoch_second, live_device_addresses

log = logging.getLogger(__name__)
#: The order of ids in both databases; Python compares numbers far faster than ids.
_BY_ID_NUMBER = attrgetter("int")
_LONGEST_OVERDUE_FIRST = attrgetter("item.due_at", "item.id.int")
#: What a patient's row keeps of the messages sent.
HISTORY_COLUMNS = (
    "last_message_at", "last_message_id", "recent_message_times", "last_message_is_nudge",
)  # fmt: skip
NO_MESSAGES = SendHistory()


@dataclass(slots=True)
class Selection:
    """What is ready to be sent, and what was settled without sending."""

    settled: Sequence[OccurrenceOutcome]
    sending: Sequence[Leased] = ()
    messages: Sequence[PushMessage] = ()


def select_messages(items: Sequence[Leased], *, addressing: Addressing, now: datetime) -> Selection:
    """Prepare messages; an occurrence that can't be prepared fails alone and stops no other."""
    if not items:
        return Selection([])
    try:
        return _select_together(items, addressing=addressing, now=now)
    except DatabaseError:
        raise
    except Exception as fault:  # whatever it is, it is about one of them
        log.exception(
            "not prepared", extra={"event": "fault", "code": type(fault).__name__,
                                   "occurrence": str(items[0].id), "count": len(items)},
        )  # fmt: skip
        if len(items) == 1:
            return Selection([failed(items[0])])
    chunks = [select_messages([item], addressing=addressing, now=now) for item in items]
    return Selection(
        [outcome for chunk in chunks for outcome in chunk.settled],
        [item for chunk in chunks for item in chunk.sending],
        [message for chunk in chunks for message in chunk.messages],
    )


def _select_together(
    items: Sequence[Leased], *, addressing: Addressing, now: datetime
) -> Selection:
    """Load the facts again, decide for each patient, and address what is sent."""
    contexts = load_patient_contexts(patients={item.patient for item in items}, now=now)
    reminders = load_reminder_contexts(leased=items, now=now)
    decisions = decide_and_store(items, contexts, reminders, now=now)
    halved = [one.item.reminder for one in decisions if one.reason == "halved"]
    halve_frequency(missed=halved, now=now)
    sending = []
    for one in decisions:
        if one.waiting:
            one.item.waiting = one.waiting
            sending.append(one.item)
    without_device, messages = address_messages(
        sending,
        addressing=addressing,
        languages={pk: context.language for pk, context in contexts.items()},
    )
    addressed = {message.occurrence for message in messages}
    return Selection(
        [*(_outcome(one) for one in decisions if not one.waiting), *without_device],
        [item for item in sending if item.id in addressed],
        messages,
    )


def _outcome(decision: OccurrenceDecision) -> OccurrenceOutcome:
    if decision.next_attempt_at is None:
        return suppressed(decision.item, decision.reason)
    return postponed(decision.item, decision.reason, next_attempt_at=decision.next_attempt_at)


def decide_and_store(
    items: Sequence[Leased],
    contexts: Mapping[UUID, PatientContext],
    reminders: Mapping[UUID, ReminderContext],
    *,
    now: datetime,
) -> list[OccurrenceDecision]:
    """Decide for each patient by the pure step, and store the histories of messages that changed.

    The patients' rows are locked in one order, so of two workers that hold reminders of one
    patient the second sees the message of the first.
    """
    # Nothing is sent to the others, whatever they had: their rows need no lock.
    reachable = {pk for pk, one in contexts.items() if one.is_enrolled and one.has_consent}
    patients = IdArray(sorted(reachable, key=_BY_ID_NUMBER))
    while True:
        with transaction.atomic():
            disable_seqscan()
            histories = {
                pk: history_from_row(*columns)
                for pk, *columns in _LOCKED_HISTORIES.all(patients=patients)
            }
            if len(histories) == len(patients):
                return _decide_locked(items, histories, contexts, reminders, now)
        # A patient's first reminder: created outside, so that rows are locked in one order only.
        missing = [(patient,) for patient in patients if patient not in histories]
        bulk.bulk_insert_ignore(Recipient, ("patient",), missing)


def _decide_locked(
    items: Sequence[Leased],
    histories: Mapping[UUID, SendHistory],
    contexts: Mapping[UUID, PatientContext],
    reminders: Mapping[UUID, ReminderContext],
    now: datetime,
) -> list[OccurrenceDecision]:
    by_patient: dict[UUID, list[Leased]] = {}
    for item in items:
        by_patient.setdefault(item.patient, []).append(item)
    decisions: list[OccurrenceDecision] = []
    changed: list[Sequence[Any]] = []
    for patient, of_patient in by_patient.items():
        before = histories.get(patient, NO_MESSAGES)
        history, decided = decide(
            of_patient,
            patient=contexts.get(patient),
            reminders=reminders,
            history=before,
            now=now,
        )
        decisions += decided
        if history is not before:
            times = [at.isoformat() for at in history.recent]
            changed.append((patient, history.at, history.of, times, history.is_nudge))
    bulk.bulk_update(Recipient, ("patient", *HISTORY_COLUMNS), changed)
    return sorted(decisions, key=_LONGEST_OVERDUE_FIRST)


def history_from_row(
    at: datetime | None,
    of: UUID | None,
    recent: Sequence[str] | None,
    is_nudge: bool | None,  # noqa: FBT001 (a row)
) -> SendHistory:
    """Build a send history from the columns of a patient's row."""
    return SendHistory(at, of, tuple(map(datetime.fromisoformat, recent or ())), bool(is_nudge))


def address_messages(
    items: Sequence[Leased],
    *,
    addressing: Addressing,
    languages: Mapping[UUID, str],
) -> tuple[list[OccurrenceOutcome], list[PushMessage]]:
    """Address each occurrence; settle those that need no push to any device."""

    def message(item: Leased, device: DeviceAddress | None) -> PushMessage:
        language = languages.get(item.patient, ENGLISH)
        return _push_message(item, device, language)

    if addressing is Addressing.PATIENTS:
        return [], [message(item, None) for item in items]
    devices = live_device_addresses(patients={item.patient for item in items})
    if addressing is Addressing.BROWSERS:
        devices = {
            patient: [device for device in addresses if device.provider == WEB_PUSH]
            for patient, addresses in devices.items()
        }
    on_phones = shown_locally(devices, items)
    settled: list[OccurrenceOutcome] = []
    messages: list[PushMessage] = []
    for item in items:
        open_devices = devices.get(item.patient, [])
        if not open_devices and addressing is Addressing.BROWSERS:
            messages.append(message(item, None))
            continue
        if item.settled_devices:
            open_devices = [
                device for device in open_devices if str(device.pk) not in item.settled_devices
            ]
        uncovered = [device for device in open_devices if (device.pk, item.id) not in on_phones]
        if not uncovered:
            settled.append(suppressed(item, "on_phone" if open_devices else "no_device"))
        messages += [message(item, device) for device in uncovered]
    return settled, messages


def shown_locally(
    devices: Mapping[UUID, Sequence[DeviceAddress]], items: Sequence[Leased]
) -> Collection[tuple[UUID, UUID]]:
    """Return which devices show which of these occurrences as local notifications.

    It costs two statements, and none where no device has planned so far ahead.
    """
    candidates = [
        (device.pk, item)
        for item in items
        if not item.is_snoozed
        for device in devices.get(item.patient, ())
        if device.covered_until is not None and device.covered_until >= item.due_at
    ]
    if not candidates:
        return frozenset()
    covered = dict(
        Device.objects.filter(pk__in={pk for pk, _ in candidates}).values_list("pk", "covered")
    )
    revs = dict(
        Reminder.objects.filter(
            row__among=IdArray({item.reminder for _, item in candidates})
        ).values_list("row", "rev")
    )  # fmt: skip
    return frozenset(
        (pk, item.id)
        for pk, item in candidates
        if (covered.get(pk) or {}).get(uuid_hex(item.id))
        == [epoch_second(item.due_at), revs.get(item.reminder)]
    )


def _push_message(item: Leased, device: DeviceAddress | None, language: str) -> PushMessage:
    return PushMessage(
        occurrence=item.id, device=device.pk if device else None,
        provider=device.provider if device else "", address=device.address if device else "",
        platform=device.platform if device else "", kind=wording.type_code(purpose=item.purpose),
        sentence=wording.push_sentence(
            purpose=item.purpose, waiting=item.waiting, language=language
        ),
        tag=item.tag, minute=item.minute, not_after=item.not_after,
        subscription=(device.subscription or "") if device else "",
    )  # fmt: skip


def _locked_histories(*, patients: Collection[UUID]) -> "QuerySet[Any, Any]":
    rows = Recipient.objects.select_for_update().filter(pk__among=patients)
    return rows.order_by("pk").values_list("pk", *HISTORY_COLUMNS)


_LOCKED_HISTORIES = CompiledQuery(_locked_histories, patients=Recipient._meta.pk)
