"""The history of a patient's reminders: each occurrence with its outcome and reason in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.kit.keyset import page_of
from notifications.models.occurrence import Occurrence
from notifications.reminders.next_due import NUDGE_SLOT

State = Occurrence.State

#: Why a reminder was not sent, for readers who may see clinical facts.
SUPPRESSION_TEXTS = {
    "already_logged": "Not sent: it had been done before its time.",
    "answered": "Not sent: it had been answered.",
    "in_session": "Not sent: the patient was in a session.",
    "session_gone": "Not sent: the session was moved, cancelled or had begun.",
    "halved": "Not sent: three in a row had no answer, so every second one is left out.",
    "long_silence": "Not sent: nothing was heard for 72 hours, so there is one a day.",
    "paused": "Not sent: reminders were paused.",
    "quiet_hours": "Not sent: it fell into the quiet hours.",
    "not_enrolled": "Not sent: the patient is not enrolled, or was discharged.",
    "no_consent": "Not sent: the consent to reminders was not in force.",
    "switched_off": "Not sent: the reminder was switched off.",
    "deleted": "Not sent: the reminder was deleted.",
    "bundled": "Shown together with another reminder.",
    "too_close": "Not sent: another one was less than an hour before.",
    "overtaken": "Not repeated: another reminder came in between.",
    "next_is_near": "Not repeated: the next one was near.",
    "nothing_to_repeat": "Not repeated: the reminder itself was not shown.",
    "day_full": "Not sent: there were four on that day.",
    "on_phone": "Shown by the phone itself.",
    "no_device": "Not delivered: no phone was registered.",
}
#: The reasons that reveal what a patient does, or how they are treated.
CLINICAL_REASONS = frozenset(
    {"already_logged", "answered", "in_session", "session_gone", "halved", "long_silence"}
)
#: What an administrator reads in their place.
CLINICAL_REASON_TEXT = "Not sent: a rule of care kept it silent; the care team sees which."

STATE_TEXTS = {
    State.PENDING: "Waiting: not sent yet.",
    State.LEASED: "Being sent.",
    State.SENT: "Sent.",
    State.EXPIRED: "Not delivered: its time was over before it could be sent.",
    State.UNKNOWN: "Unknown: the push service did not say whether it took it.",
    State.DEAD_DEVICE: "Not delivered: the phone's address is not valid any more.",
    State.FAILED: "Not delivered: the push service refused it.",
}
WAITING_TEXTS = {
    "apart": "Waiting: another one was less than an hour before.",
    "snoozed": "Waiting: the patient asked for it later.",
    "nudge": "Waiting: it repeats a reminder that has no answer yet.",
}

#: Where a page ends: the reminder's time, and its id for those of one instant.
HistoryPosition = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One reminder. What only the patient and the care team may know is None for others."""

    id: UUID
    due_at: datetime
    became: str
    words: str
    sent_at: datetime | None
    purpose: str | None
    opened_at: datetime | None
    answered_at: datetime | None


def history_page(
    *,
    patient_id: UUID,
    may_see_clinical: bool,
    limit: int,
    position: HistoryPosition | None = None,
    is_backwards: bool = False,
) -> Sequence[HistoryLine]:
    """List a patient's reminders, newest first.

    ``may_see_clinical`` adds what the care team may see; the caller has checked the right to it by
    ``care.access.open``.
    """
    rows = Occurrence.objects.filter(patient_id=patient_id)
    page = page_of(rows, limit=limit, position=position, is_backwards=is_backwards, at="due_at")
    return [_history_line(row, may_see_clinical=may_see_clinical) for row in page]


def _history_line(row: Occurrence, *, may_see_clinical: bool) -> HistoryLine:
    outcome = describe_outcome(
        state=row.state, reason=row.reason, slot=row.slot, may_see_clinical=may_see_clinical
    )
    return HistoryLine(
        row.pk,
        row.due_at,
        outcome.became,
        outcome.words,
        row.sent_at,
        row.purpose if may_see_clinical else None,
        row.opened_at if may_see_clinical else None,
        row.answered_at if may_see_clinical else None,
    )


@dataclass(frozen=True, slots=True)
class OutcomeText:
    """One line of a history. ``became`` is sent, silent, undelivered, waiting or unknown."""

    became: str
    words: str


def describe_outcome(*, state: str, reason: str, slot: int, may_see_clinical: bool) -> OutcomeText:
    """Describe the outcome of an occurrence in words.

    Without ``may_see_clinical`` the words reveal nothing of what the patient does.
    """
    is_nudge = slot >= NUDGE_SLOT
    if state == State.SKIPPED:
        words = (
            CLINICAL_REASON_TEXT
            if reason in CLINICAL_REASONS and not may_see_clinical
            else SUPPRESSION_TEXTS.get(reason, "Not sent.")
        )
        return OutcomeText("undelivered" if reason == "no_device" else "silent", words)
    if state in Occurrence.OPEN:
        may_say = may_see_clinical or reason != "nudge"
        return OutcomeText(
            "waiting", WAITING_TEXTS.get(reason if may_say else "", STATE_TEXTS[State(state)])
        )
    if state == State.SENT:
        return OutcomeText(
            "sent", "Sent again, as a nudge." if is_nudge else STATE_TEXTS[State.SENT]
        )
    outcome = "unknown" if state == State.UNKNOWN else "undelivered"
    code = f" ({reason})" if reason and state in {State.FAILED, State.DEAD_DEVICE} else ""
    return OutcomeText(outcome, STATE_TEXTS[State(state)] + code)
