"""From claimed occurrences to messages: policy, spacing, addressing.

Messages of one patient are spaced under the lock of the patient's row.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from backend.kit.db import bulk
from backend.kit.db.any_lookup import IdArray, uuid_hex
from backend.kit.db.claims import disable_seqscan
from backend.kit.db.compiled import CompiledQuery
from notifications import wording
from notifications.engine.context import load_patient_contexts, load_reminder_contexts
from notifications.engine.lease import Leased
from notifications.engine.outcome import (
    OccurrenceOutcome,
    failed,
    halve_frequency,
    postponed,
    suppressed,
)
from notifications.engine.policy import (
    Candidate,
    PatientContext,
    SendHistory,
    decide_spacing,
    suppression_reason,
)
from notifications.models.device import Device
from notifications.models.reminder import Recipient, Reminder
from notifications.push.gateway import PushMessage
from notifications.push.local import DeviceAddress, epoch_second, live_device_addresses
from notifications.reminders import next_due

log = logging.getLogger(__name__)
#: The order of ids in both databases; Python compares numbers far faster than ids.
_BY_ID_NUMBER = attrgetter("int")
#: What a patient's row keeps of the messages sent.
HISTORY_COLUMNS = (
    "last_message_at", "last_message_id", "recent_message_times", "last_message_is_nudge",
)  # fmt: skip


@dataclass(slots=True)
class Selection:
    """What is ready to be sent, and what was settled without sending."""

    settled: Sequence[OccurrenceOutcome]
    sending: Sequence[Leased] = ()
    messages: Sequence[PushMessage] = ()


def select_messages(items: Sequence[Leased], *, needs_devices: bool, now: datetime) -> Selection:
    """Prepare messages; an occurrence that can't be prepared fails alone and stops no other."""
    if not items:
        return Selection([])
    try:
        return _select_together(items, needs_devices=needs_devices, now=now)
    except DatabaseError:
        raise
    except Exception as fault:  # whatever it is, it is about one of them
        log.exception(
            "not prepared", extra={"event": "fault", "code": type(fault).__name__,
                                   "occurrence": str(items[0].id), "count": len(items)},
        )  # fmt: skip
        if len(items) == 1:
            return Selection([failed(items[0])])
    chunks = [select_messages([item], needs_devices=needs_devices, now=now) for item in items]
    return Selection(
        [outcome for chunk in chunks for outcome in chunk.settled],
        [item for chunk in chunks for item in chunk.sending],
        [message for chunk in chunks for message in chunk.messages],
    )


def _select_together(items: Sequence[Leased], *, needs_devices: bool, now: datetime) -> Selection:
    settled, willing, contexts = _apply_policy(items, now=now)
    spacing = apply_spacing(items=willing, known=contexts, now=now)
    not_sent = [suppressed(item, reason) for item, reason in spacing.suppressed]
    not_sent += [
        postponed(item, reason, next_attempt_at=next_attempt_at)
        for item, reason, next_attempt_at in spacing.postponed
    ]
    without_device, messages = address_messages(
        spacing.sending, waiting=spacing.waiting, needs_devices=needs_devices
    )
    addressed = {message.occurrence for message in messages}
    sending = [item for item in spacing.sending if item.id in addressed]
    return Selection([*settled, *not_sent, *without_device], sending, messages)


def _apply_policy(
    items: Sequence[Leased], *, now: datetime
) -> tuple[list[OccurrenceOutcome], list[Leased], dict[UUID, PatientContext]]:
    """Load the contexts again, and split suppressed occurrences from those that may be sent."""
    contexts = load_patient_contexts(patients={item.patient for item in items}, now=now)
    reminder_contexts = load_reminder_contexts(leased=items, now=now)
    settled, willing = [], []
    for item in items:
        reason = suppression_reason(
            patient_context=contexts.get(item.patient),
            reminder_context=reminder_contexts.get(item.id),
            due_at=item.due_at, not_after=item.not_after, now=now,
        )  # fmt: skip
        if reason is None:
            willing.append(item)
        else:
            settled.append(suppressed(item, reason))
    missed = [outcome.item.reminder for outcome in settled if outcome.reason == "halved"]
    halve_frequency(missed=missed, now=now)
    return settled, willing, contexts


@dataclass(slots=True)
class SpacingResult:
    """What is sent now (and for how many occurrences), what is suppressed, what is postponed."""

    sending: list[Leased] = field(default_factory=list)
    waiting: dict[UUID, int] = field(default_factory=dict)
    suppressed: list[tuple[Leased, str]] = field(default_factory=list)
    postponed: list[tuple[Leased, str, datetime]] = field(default_factory=list)


def apply_spacing(
    *, items: Sequence[Leased], known: Mapping[UUID, PatientContext], now: datetime
) -> SpacingResult:
    """Choose at most one occurrence of each patient to send now, by the rules of spacing.

    The patients' rows are locked in one order, so of two workers that hold reminders of one
    patient the second sees the message of the first.
    """
    result = SpacingResult()
    if not items:
        return result
    patients = IdArray(sorted({item.patient for item in items}, key=_BY_ID_NUMBER))
    while True:
        with transaction.atomic():
            disable_seqscan()
            histories = {
                pk: history_from_row(*columns)
                for pk, *columns in _LOCKED_HISTORIES.all(patients=patients)
            }
            if len(histories) == len(patients):
                _decide_and_store(items, histories, result, known, now)
                return result
        # A patient's first reminder: created outside, so that rows are locked in one order only.
        missing = [(patient,) for patient in patients if patient not in histories]
        bulk.bulk_insert_ignore(Recipient, ("patient",), missing)


def _decide_and_store(
    items: Sequence[Leased],
    histories: dict[UUID, SendHistory],
    result: SpacingResult,
    known: Mapping[UUID, PatientContext],
    now: datetime,
) -> None:
    """Decide for each in order, and store the send histories that changed."""
    before = dict(histories)
    for item in in_sending_order(items, before):
        histories[item.patient] = decide_one(item, result, histories[item.patient], known, now)
    changed = [
        (pk, history.at, history.of, [at.isoformat() for at in history.recent], history.is_nudge)
        for pk, history in histories.items()
        if history is not before[pk]
    ]
    bulk.bulk_update(Recipient, ("patient", *HISTORY_COLUMNS), changed)


def in_sending_order(
    items: Sequence[Leased], histories: Mapping[UUID, SendHistory]
) -> list[Leased]:
    """Sort retries of the newest message first, then snoozed ones, then the longest overdue."""
    return sorted(
        items,
        key=lambda item: (
            item.id != histories[item.patient].of, not item.is_snoozed, item.due_at, item.id.int
        ),
    )  # fmt: skip


def decide_one(
    item: Leased,
    result: SpacingResult,
    history: SendHistory,
    known: Mapping[UUID, PatientContext],
    now: datetime,
) -> SendHistory:
    """Decide for one occurrence, add it to ``result`` and return the history after it."""
    is_nudge = item.slot >= next_due.NUDGE_SLOT
    candidate = Candidate(
        item.id, item.due_at, item.not_after, item.is_snoozed,
        repeats=next_due.occurrence_of_tag(item.tag) if is_nudge else None,
    )  # fmt: skip
    decision = decide_spacing(
        candidate, history=history, patient_context=known[item.patient], now=now
    )
    if decision.may:
        result.sending.append(item)
        result.waiting[item.id] = 1
        return history.after_sending(item.id, at=now, is_nudge=is_nudge)
    if decision.next_attempt_at is not None:
        result.postponed.append((item, decision.reason, decision.next_attempt_at))
    else:
        result.suppressed.append((item, decision.reason))
    if decision.reason == "bundled" and history.of in result.waiting:
        result.waiting[history.of] += 1
    return history


def history_from_row(
    at: datetime | None,
    of: UUID | None,
    recent: Sequence[str] | None,
    is_nudge: bool | None,  # noqa: FBT001 (a row)
) -> SendHistory:
    """Build a send history from the columns of a patient's row."""
    return SendHistory(at, of, tuple(map(datetime.fromisoformat, recent or ())), bool(is_nudge))


def address_messages(
    items: Sequence[Leased], *, waiting: dict[UUID, int], needs_devices: bool
) -> tuple[list[OccurrenceOutcome], list[PushMessage]]:
    """Address each occurrence; settle those that need no push to any device."""
    if not needs_devices:
        return [], [_push_message(item, None, waiting[item.id]) for item in items]
    devices = live_device_addresses(patients={item.patient for item in items})
    on_phones = shown_locally(devices, items)
    settled: list[OccurrenceOutcome] = []
    messages: list[PushMessage] = []
    for item in items:
        open_devices = devices.get(item.patient, [])
        if item.settled_devices:
            open_devices = [
                device for device in open_devices if str(device.pk) not in item.settled_devices
            ]
        uncovered = [device for device in open_devices if (device.pk, item.id) not in on_phones]
        if not uncovered:
            settled.append(suppressed(item, "on_phone" if open_devices else "no_device"))
        messages += [_push_message(item, device, waiting[item.id]) for device in uncovered]
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


def _push_message(item: Leased, device: DeviceAddress | None, waiting: int) -> PushMessage:
    return PushMessage(
        occurrence=item.id, device=device.pk if device else None,
        provider=device.provider if device else "", address=device.address if device else "",
        platform=device.platform if device else "", kind=wording.type_code(purpose=item.purpose),
        sentence=wording.push_sentence(purpose=item.purpose, waiting=waiting),
        tag=item.tag, minute=item.minute, not_after=item.not_after,
    )  # fmt: skip


def _locked_histories(*, patients: Collection[UUID]) -> "QuerySet[Any, Any]":
    rows = Recipient.objects.select_for_update().filter(pk__among=patients)
    return rows.order_by("pk").values_list("pk", *HISTORY_COLUMNS)


_LOCKED_HISTORIES = CompiledQuery(_locked_histories, patients=Recipient._meta.pk)
