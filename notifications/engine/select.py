"""From claimed occurrences to messages: apply the policy, space messages of one patient under their row's lock, address the devices."""

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


def shown_locally(
    phones: Mapping[UUID, Sequence[DeviceAddress]], items: Sequence[Leased]
) -> Collection[tuple[UUID, UUID]]:
    """Tell which devices show which of these occurrences by themselves.

    It costs two statements, and none where no device says that it has planned so far ahead.
    """
    candidate = [
        (phone.pk, item)
        for item in items
        if not item.is_snoozed
        for phone in phones.get(item.patient, ())
        if phone.covered_until is not None and phone.covered_until >= item.due_at
    ]
    if not candidate:
        return frozenset()
    covered = dict(
        Device.objects.filter(pk__in={pk for pk, _ in candidate}).values_list("pk", "covered")
    )
    revs = dict(
        Reminder.objects.filter(
            row__among=IdArray({item.reminder for _, item in candidate})
        ).values_list("row", "rev")
    )  # fmt: skip
    return frozenset(
        (pk, item.id)
        for pk, item in candidate
        if (covered.get(pk) or {}).get(uuid_hex(item.id))
        == [epoch_second(item.due_at), revs.get(item.reminder)]
    )


#: The order of ids in both databases; Python compares numbers far faster than ids.
_BY_ID_NUMBER = attrgetter("int")
#: What a patient's row keeps of the turn.
HISTORY_COLUMNS = (
    "last_message_at", "last_message_id", "recent_message_times", "last_message_is_nudge",
)  # fmt: skip


@dataclass(slots=True)
class SpacingResult:
    """Who speaks now, with how many things waiting in all; who stays silent, and who waits."""

    sending: list[Leased] = field(default_factory=list)
    waiting: dict[UUID, int] = field(default_factory=dict)
    suppressed: list[tuple[Leased, str]] = field(default_factory=list)
    postponed: list[tuple[Leased, str, datetime]] = field(default_factory=list)


def apply_spacing(
    *, items: Sequence[Leased], known: Mapping[UUID, PatientContext], now: datetime
) -> SpacingResult:
    """Let one occurrence of each patient speak, if the rules of spacing allow any.

    The patients' rows are locked in one order, so of two workers that hold reminders of one
    patient the second finds the turn taken.
    """
    found = SpacingResult()
    if not items:
        return found
    patients = IdArray(sorted({item.patient for item in items}, key=_BY_ID_NUMBER))
    while True:
        with transaction.atomic():
            disable_seqscan()
            spacing = {
                pk: history_from_row(*kept)
                for pk, *kept in _LOCKED_HISTORIES.all(patients=patients)
            }
            if len(spacing) == len(patients):
                _decide_and_store(items, spacing, found, known, now)
                return found
        # Somebody's first reminder. Made outside, so that rows are only ever locked in one order.
        new = [(patient,) for patient in patients if patient not in spacing]
        bulk.bulk_insert_ignore(Recipient, ("patient",), new)


def _decide_and_store(
    items: Sequence[Leased],
    spacing: dict[UUID, SendHistory],
    found: SpacingResult,
    known: Mapping[UUID, PatientContext],
    now: datetime,
) -> None:
    """Ask for each, in turn, and keep whose turn it became."""
    before = dict(spacing)
    for item in in_sending_order(items, before):
        spacing[item.patient] = decide_one(item, found, spacing[item.patient], known, now)
    after_sending = [
        (pk, history.at, history.of, [at.isoformat() for at in history.recent], history.is_nudge)
        for pk, history in spacing.items()
        if history is not before[pk]
    ]
    bulk.bulk_update(Recipient, ("patient", *HISTORY_COLUMNS), after_sending)


def history_from_row(
    at: datetime | None,
    of: UUID | None,
    recent: Sequence[str] | None,
    is_nudge: bool | None,  # noqa: FBT001 (a row)
) -> SendHistory:
    """Read a turn as it stands in a patient's row."""
    return SendHistory(at, of, tuple(map(datetime.fromisoformat, recent or ())), bool(is_nudge))


def in_sending_order(items: Sequence[Leased], spacing: Mapping[UUID, SendHistory]) -> list[Leased]:
    """Let whoever has the turn go first, then what was asked for, then what has waited longest."""
    return sorted(
        items,
        key=lambda item: (
            item.id != spacing[item.patient].of, not item.is_snoozed, item.due_at, item.id.int,
        ),
    )  # fmt: skip


def decide_one(
    item: Leased,
    found: SpacingResult,
    history: SendHistory,
    known: Mapping[UUID, PatientContext],
    now: datetime,
) -> SendHistory:
    """Ask for one occurrence whether it may speak; note the answer and return whose turn it is."""
    is_nudge = item.slot >= next_due.NUDGE_SLOT
    candidate = Candidate(
        item.id, item.due_at, item.not_after, item.is_snoozed,
        repeats=next_due.occurrence_of_tag(item.tag) if is_nudge else None,
    )  # fmt: skip
    decision = decide_spacing(candidate, history=history, facts=known[item.patient], now=now)
    if decision.may:
        found.sending.append(item)
        found.waiting[item.id] = 1
        return history.after_sending(item.id, at=now, is_nudge=is_nudge)
    if decision.next_attempt_at is not None:
        found.postponed.append((item, decision.reason, decision.next_attempt_at))
    else:
        found.suppressed.append((item, decision.reason))
    if decision.reason == "bundled" and history.of in found.waiting:
        found.waiting[history.of] += 1
    return history


def _locked_histories(*, patients: Collection[UUID]) -> "QuerySet[Any, Any]":
    rows = Recipient.objects.select_for_update().filter(pk__among=patients)
    return rows.order_by("pk").values_list("pk", *HISTORY_COLUMNS)


_LOCKED_HISTORIES = CompiledQuery(_locked_histories, patients=Recipient._meta.pk)


def address_messages(
    items: Sequence[Leased], *, waiting: dict[UUID, int], needs_devices: bool
) -> tuple[list[OccurrenceOutcome], list[PushMessage]]:
    """Address each occurrence; settle those that no device has to be told of."""
    if not needs_devices:
        return [], [_push_message(item, None, waiting[item.id]) for item in items]
    devices = live_device_addresses(patients={item.patient for item in items})
    on_phones = shown_locally(devices, items)
    settled: list[OccurrenceOutcome] = []
    messages: list[PushMessage] = []
    for item in items:
        found = devices.get(item.patient, [])
        if item.settled_devices:
            found = [device for device in found if str(device.pk) not in item.settled_devices]
        uncovered = [device for device in found if (device.pk, item.id) not in on_phones]
        if not uncovered:
            settled.append(suppressed(item, "on_phone" if found else "no_device"))
        messages += [_push_message(item, device, waiting[item.id]) for device in uncovered]
    return settled, messages


def _push_message(item: Leased, device: DeviceAddress | None, waiting: int) -> PushMessage:
    return PushMessage(
        occurrence=item.id,
        device=device.pk if device else None,
        provider=device.provider if device else "",
        address=device.address if device else "",
        platform=device.platform if device else "",
        kind=wording.type_code(purpose=item.purpose),
        sentence=wording.push_sentence(purpose=item.purpose, waiting=waiting),
        tag=item.tag,
        minute=item.minute,
        not_after=item.not_after,
    )


log = logging.getLogger(__name__)


@dataclass(slots=True)
class Selection:
    """What is ready to leave: nothing of it has been sent yet."""

    settled: Sequence[OccurrenceOutcome]
    sending: Sequence[Leased] = ()
    messages: Sequence[PushMessage] = ()


def select_messages(items: Sequence[Leased], *, needs_devices: bool, now: datetime) -> Selection:
    """Prepare messages; one that can't be prepared is settled by itself and stops no other."""
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
        [found for chunk in chunks for found in chunk.settled],
        [item for chunk in chunks for item in chunk.sending],
        [message for chunk in chunks for message in chunk.messages],
    )


def _select_together(items: Sequence[Leased], *, needs_devices: bool, now: datetime) -> Selection:
    settled, willing, known = _apply_policy(items, now=now)
    spacing = apply_spacing(items=willing, known=known, now=now)
    silenced = [suppressed(item, reason) for item, reason in spacing.suppressed]
    silenced += [
        postponed(item, reason, next_attempt_at=next_attempt_at)
        for item, reason, next_attempt_at in spacing.postponed
    ]
    unaddressed, messages = address_messages(
        spacing.sending, waiting=spacing.waiting, needs_devices=needs_devices
    )
    addressed = {message.occurrence for message in messages}
    sending = [item for item in spacing.sending if item.id in addressed]
    return Selection([*settled, *silenced, *unaddressed], sending, messages)


def _apply_policy(
    items: Sequence[Leased], *, now: datetime
) -> tuple[list[OccurrenceOutcome], list[Leased], dict[UUID, PatientContext]]:
    """Ask the facts again, and part what must stay silent from what may be sent."""
    known = load_patient_contexts(patients={item.patient for item in items}, now=now)
    reminder_contexts = load_reminder_contexts(leased=items, now=now)
    settled, willing = [], []
    for item in items:
        reason = suppression_reason(
            facts=known.get(item.patient), reminder_context=reminder_contexts.get(item.id),
            due_at=item.due_at,
            not_after=item.not_after, now=now,
        )  # fmt: skip
        if reason is None:
            willing.append(item)
        else:
            settled.append(suppressed(item, reason))
    halve_frequency(
        missed=[found.item.reminder for found in settled if found.reason == "halved"], now=now
    )
    return settled, willing, known
