"""What became of a reminder, in words: for its patient, the care team, and the administrator."""

from dataclasses import dataclass

from notifications.identity import NUDGE
from notifications.models import Occurrence

State = Occurrence.State

#: Why a reminder stayed silent, for those who may know what the patient does.
SILENT = {
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
#: The reasons that tell what a patient does, or how they are treated.
CLINICAL = frozenset(
    {"already_logged", "answered", "in_session", "session_gone", "halved", "long_silence"}
)
#: What an administrator reads in their place.
BY_RULE = "Not sent: a rule of care kept it silent; the care team sees which."

BECAME = {
    State.PENDING: "Waiting: not sent yet.",
    State.LEASED: "Being sent.",
    State.SENT: "Sent.",
    State.EXPIRED: "Not delivered: its time was over before it could be sent.",
    State.UNKNOWN: "Unknown: the push service did not say whether it took it.",
    State.DEAD_DEVICE: "Not delivered: the phone's address is not valid any more.",
    State.FAILED: "Not delivered: the push service refused it.",
}
WAITING = {
    "apart": "Waiting: another one was less than an hour before.",
    "snoozed": "Waiting: the patient asked for it later.",
    "nudge": "Waiting: it repeats a reminder that has no answer yet.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a history. ``became`` is sent, silent, undelivered, waiting or unknown."""

    became: str
    words: str


def tell(*, state: str, reason: str, slot: int, may_know: bool) -> Told:
    """Put an occurrence into words; ``may_know`` says whether to tell what the patient does."""
    is_nudge = slot >= NUDGE
    if state == State.SKIPPED:
        words = BY_RULE if reason in CLINICAL and not may_know else SILENT.get(reason, "Not sent.")
        return Told("undelivered" if reason == "no_device" else "silent", words)
    if state in Occurrence.OPEN:
        may_say = may_know or reason != "nudge"
        return Told("waiting", WAITING.get(reason if may_say else "", BECAME[State(state)]))
    if state == State.SENT:
        return Told("sent", "Sent again, as a nudge." if is_nudge else BECAME[State.SENT])
    outcome = "unknown" if state == State.UNKNOWN else "undelivered"
    code = f" ({reason})" if reason and state in {State.FAILED, State.DEAD_DEVICE} else ""
    return Told(outcome, BECAME[State(state)] + code)
