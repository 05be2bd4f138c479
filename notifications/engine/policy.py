"""Pure rules of sending: suppression, spacing of messages, and the daily limit.

They look at the context of a patient and a reminder and at the messages that the patient had. The
caller of the spacing rules holds the lock of the patient's row.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from backend.kit.languages import ENGLISH
from backend.kit.timezones import get_zone, local_day

#: An entry made so long before a reminder, and after the one before it, has answered it already.
ANSWERED_WITHIN = timedelta(hours=4)
#: How far back a session or an entry counts where a patient had no session yet.
LOOK_BACK = timedelta(days=14)
#: From one message to the next, over all series; only a nudge follows its own reminder sooner.
MIN_GAP = timedelta(minutes=60)
#: One nudge, so long after its reminder.
NUDGE_AFTER = timedelta(minutes=45)
#: So many misses in a row halve a series.
MISSES_TO_HALVE = 3
#: What falls due within so short a time of each other is sent as one message.
BUNDLED_WITHIN = timedelta(minutes=5)
#: A reminder that was bundled was carried by a message so soon after its time; spread included.
CARRIED_WITHIN = timedelta(minutes=15)
#: At most so many a day, with nudges; after a long silence, one.
MOST_A_DAY = 4
MOST_AFTER_SILENCE = 1
LONG_SILENCE = timedelta(hours=72)

#: The kinds of entries that answer a reminder; where none are named, any entry does.
ANSWERING_KINDS: Mapping[str, frozenset[str]] = {
    "skill": frozenset({"skill_practice"}),
    "dose": frozenset({"dose"}),
    "measure": frozenset({"measure"}),
}


class PatientContext(NamedTuple):
    """One patient at one moment, as far as sending depends on it."""

    zone_name: str
    quiet_start: time
    quiet_end: time
    is_enrolled: bool
    has_consent: bool
    paused_until: datetime | None
    is_in_session: bool
    #: When the newest entry of each kind happened or was written down, whichever is later.
    logged: Mapping[str, datetime] = MappingProxyType({})
    #: When the patient last logged something or did something about a reminder.
    last_active_at: datetime | None = None
    #: In which language a lock screen says that something waits.
    language: str = ENGLISH


class OriginalReminder(NamedTuple):
    """The reminder that a nudge repeats."""

    due_at: datetime
    was_shown: bool
    is_answered: bool


class ReminderContext(NamedTuple):
    """One occurrence and its series at that moment, as far as sending depends on them."""

    is_active: bool
    purpose: str = "checkin"
    skip_if_logged: bool = False
    is_snoozed: bool = False
    #: The reminder before it in the series, on the same day.
    previous_at: datetime | None = None
    #: What comes next of the series.
    next_at: datetime | None = None
    #: What it repeats, if it is a nudge.
    original: OriginalReminder | None = None
    #: Whether the session that it announces is still planned so; None where it announces none.
    session_stands: bool | None = None
    #: When the patient's last session ended; asked only before the next one.
    last_session_at: datetime | None = None
    #: Whether so many in a row were missed, whether the series is halved since, and whether the
    #: occurrence before this one was left out for it.
    is_missed: bool = False
    is_halved: bool = False
    was_left_out: bool = False


def suppression_reason(
    *,
    patient_context: PatientContext | None,
    reminder_context: ReminderContext | None,
    due_at: datetime,
    not_after: datetime,
    now: datetime,
) -> str | None:
    """Return the code of why nothing may be sent now; None where it may."""
    if not_after <= now:
        return "expired"
    if patient_context is None or not patient_context.is_enrolled:
        return "not_enrolled"
    if not patient_context.has_consent:
        return "no_consent"
    if reminder_context is None or not reminder_context.is_active:
        return "switched_off"
    return _patient_reason(patient_context, now) or _reminder_reason(
        patient_context, reminder_context, due_at, now
    )


def is_quiet(at: datetime, patient: PatientContext) -> bool:
    """Whether an instant lies in the patient's quiet hours; equal times mean none."""
    start, end = patient.quiet_start, patient.quiet_end
    clock = at.astimezone(get_zone(patient.zone_name)).time()
    if start <= end:
        return start <= clock < end
    return clock >= start or clock < end


def nudge_at(due_at: datetime, not_after: datetime, *, is_wanted: bool) -> datetime | None:
    """Return when a reminder is repeated; None where no nudge is wanted or its window ends."""
    again_at = due_at + NUDGE_AFTER
    return again_at if is_wanted and again_at < not_after else None


def is_skipped_at_half_frequency(reminder: ReminderContext) -> bool:
    """Whether this occurrence is skipped at half frequency.

    The first one after the misses is skipped, and then every second one.
    """
    if reminder.is_snoozed or reminder.original is not None:
        return False
    return not reminder.was_left_out if reminder.is_halved else reminder.is_missed


def _patient_reason(patient: PatientContext, now: datetime) -> str | None:
    """Return why nothing at all may be sent to this patient now."""
    if patient.paused_until is not None and patient.paused_until > now:
        return "paused"
    if is_quiet(now, patient):
        return "quiet_hours"
    return "in_session" if patient.is_in_session else None


def _reminder_reason(
    patient: PatientContext, reminder: ReminderContext, due_at: datetime, now: datetime
) -> str | None:
    """Return why this occurrence is not needed any more."""
    if reminder.session_stands is False:
        return "session_gone"
    if reminder.original is not None:
        return _nudge_reason(patient, reminder, reminder.original, now)
    if _is_answered_already(patient, reminder, due_at):
        return "already_logged"
    return "halved" if is_skipped_at_half_frequency(reminder) else None


def _nudge_reason(
    patient: PatientContext, reminder: ReminderContext, original: OriginalReminder, now: datetime
) -> str | None:
    """Return why a nudge is not needed: answered, never shown, or the next one is near."""
    if original.is_answered or _has_logged_since(patient, reminder, original.due_at):
        return "answered"
    if not original.was_shown:
        return "nothing_to_repeat"
    if reminder.next_at is not None and reminder.next_at - now < MIN_GAP:
        return "next_is_near"
    return "already_logged" if _is_answered_already(patient, reminder, original.due_at) else None


def _is_answered_already(
    patient: PatientContext, reminder: ReminderContext, due_at: datetime
) -> bool:
    """Whether the patient had done what it asks for before it fell due."""
    if reminder.purpose == "pre_session":
        return _has_logged_since(patient, reminder, reminder.last_session_at or due_at - LOOK_BACK)
    if not reminder.skip_if_logged or reminder.purpose == "session":
        return False
    since = due_at - ANSWERED_WITHIN
    if reminder.previous_at is not None:
        since = max(since, reminder.previous_at)
    return _has_logged_since(patient, reminder, since)


def _has_logged_since(patient: PatientContext, reminder: ReminderContext, since: datetime) -> bool:
    kinds = ANSWERING_KINDS.get(reminder.purpose)
    return any(at > since for kind, at in patient.logged.items() if kinds is None or kind in kinds)


class SendHistory(NamedTuple):
    """The newest message of a patient, and when the ones before it were."""

    at: datetime | None = None
    of: UUID | None = None
    recent: tuple[datetime, ...] = ()
    is_nudge: bool = False

    def after_sending(self, by: UUID, *, at: datetime, is_nudge: bool = False) -> "SendHistory":
        """Return the history after a message was sent, or after a retry of the newest one."""
        before = self.recent[:-1] if by == self.of else self.recent
        return SendHistory(at, by, (*before, at)[-MOST_A_DAY:], is_nudge)


class Candidate(NamedTuple):
    """One message that is ready to be sent. ``repeats`` is what a nudge repeats."""

    name: UUID
    due_at: datetime
    not_after: datetime
    is_snoozed: bool = False
    repeats: UUID | None = None


class Decision(NamedTuple):
    """Whether a message may be sent; if not, why, and when it is tried again if ever."""

    may: bool
    reason: str = ""
    next_attempt_at: datetime | None = None


SEND_NOW = Decision(may=True)


def decide_spacing(
    candidate: Candidate, *, history: SendHistory, patient_context: PatientContext, now: datetime
) -> Decision:
    """Decide whether a message may be sent now.

    A retry of the newest message and a snooze always may. What fell due before the newest message
    was sent is bundled into it, so that after an outage there is one. What comes within an hour of
    another waits for the end of that hour, if its window is open then; its series doesn't drift.
    """
    if candidate.name == history.of or candidate.is_snoozed:
        return SEND_NOW
    decision = (
        _nudge_decision(candidate, history, now)
        if candidate.repeats
        else _gap_decision(candidate, history, now)
    )
    return decision or _daily_decision(history, patient_context, now)


def daily_limit(patient: PatientContext, *, now: datetime) -> int:
    """Return how many messages the patient may have on this day."""
    is_silent = patient.last_active_at is not None and now - patient.last_active_at > LONG_SILENCE
    return MOST_AFTER_SILENCE if is_silent else MOST_A_DAY


def _nudge_decision(candidate: Candidate, history: SendHistory, now: datetime) -> Decision | None:
    """Allow a nudge after the message that carried what it repeats, but after none that came since.

    What was carried by a nudge is not repeated within the hour: nudges would follow one another.
    """
    if history.at is None or history.of == candidate.repeats or now - history.at >= MIN_GAP:
        return None
    if history.at < candidate.due_at - NUDGE_AFTER + CARRIED_WITHIN and not history.is_nudge:
        return None
    return Decision(may=False, reason="overtaken")


def _gap_decision(candidate: Candidate, history: SendHistory, now: datetime) -> Decision | None:
    if history.at is None:
        return None
    if candidate.due_at <= history.at or now - history.at < BUNDLED_WITHIN:
        return Decision(may=False, reason="bundled")
    free_at = history.at + MIN_GAP
    if now >= free_at:
        return None
    if free_at < candidate.not_after:
        return Decision(may=False, reason="apart", next_attempt_at=free_at)
    return Decision(may=False, reason="too_close")


def _daily_decision(history: SendHistory, patient: PatientContext, now: datetime) -> Decision:
    today = local_day(now, patient.zone_name)
    count = sum(local_day(at, patient.zone_name) == today for at in history.recent)
    most = daily_limit(patient, now=now)
    if count < most:
        return SEND_NOW
    return Decision(may=False, reason="day_full" if most == MOST_A_DAY else "long_silence")
