"""What a patient reads after an answer about safety, and whether staff know of it.

The messages are plain, short and without blame.
"""

from collections.abc import Collection
from enum import IntEnum

from journaling.safety.rules import EMERGENCY, NOTICE

THANKS = "Thank you for telling us."
ASK_WHAT_CAME_BEFORE = "When you are ready: what came just before? You can add it to this entry."

_LEVEL_1_WITH_PLAN = (
    "This sounds hard. Start with your own plan: take one small step from it, then reach one of "
    "your people. The crisis lines are there at any hour, also when you are not sure."
)
_LEVEL_1 = (
    "This sounds hard. Try one small step first: breathe out more slowly than you breathe in, for "
    "two minutes. Then reach somebody you trust. The crisis lines are there at any hour, also when "
    "you are not sure."
)
_LEVEL_2_WITH_PLAN = (
    "Please go through your plan now, from the top, and let one of your people know. You can call "
    "or text 988 at any hour. If you can't stay safe, call 911."
)
_LEVEL_2 = (
    "Please let somebody you trust know now, and stay with them or on the phone. You can call or "
    "text 988 at any hour. If you can't stay safe, call 911."
)
_LEVEL_3 = (
    "Call 911 now if you are hurt or can't keep yourself safe. Call or text 988 to talk with "
    "somebody right away. Move away from what you could use to hurt yourself, and let somebody be "
    "with you. Then go on with your plan."
)
_OVERDOSE = (
    "Call 911 now and say that somebody may have taken too much. Give naloxone if there is any, "
    "lay them on their side, and stay until help comes."
)
_SEIZURE = (
    "Call 911 now. Lay them on their side, keep hard things away, put nothing in the mouth, and "
    "stay until help comes."
)
_AFTER_USE = "Are you safe right now? If anything feels wrong in your body, call 911."
_AFTER_BREAK = (
    "After days without opioids your tolerance is lower: an amount you were used to can stop your "
    "breathing. If you use, don't use alone, and keep naloxone within reach. If somebody can't be "
    "woken or breathes slowly, call 911 and give naloxone."
)

_NOT_MONITORED = "This is not an emergency service and nobody watches it round the clock."
NEXT_SESSION = f"{_NOT_MONITORED} Nobody at your clinic will see this before your next session."
PRIVATE = (
    f"{_NOT_MONITORED} You keep this entry private, so nobody at your clinic will see it "
    "unless you share it."
)
NOT_SAVED = (
    f"{_NOT_MONITORED} What you sent was not saved, so nobody at your clinic can see it. Keep "
    "it and send it again later."
)
WHEN_OPEN = (
    f"{_NOT_MONITORED} Nobody at your clinic is on duty right now. Who is on duty next will be "
    "sent a notice then."
)
OUT_OF_HOURS = (
    f"{_NOT_MONITORED} Nobody at your clinic is on duty right now. A notice was written to "
    "them, and they may not read it before they are back."
)
STAFF_NOTIFIED = (
    f"{_NOT_MONITORED} A notice goes to the clinician on duty now, who may not read it at "
    "once. Don't wait for them if you need help."
)
OWN_THERAPIST = (
    f"{_NOT_MONITORED} You share this with your own therapist only. A notice was written to "
    "them, and they may not be at work."
)
OWN_THERAPIST_LATER = (
    f"{_NOT_MONITORED} You share this with your own therapist only. A notice will be written "
    "to them when the clinic is open."
)


#: Where nothing is known of what was sent, or asked for, but that it could not be done.
NO_ANSWER = (
    "This could not be done just now. If it is about your safety, don't wait for it: reach one of "
    "your people, or a crisis line, which answers at any hour, also when you are not sure. If you "
    "can't stay safe, call 911."
)


def support_message(*, level: int, codes: Collection[str], has_plan: bool) -> str:
    """Build the message of what helps now; after use: thanks, safety, then what came before."""
    parts = _emergency_texts(codes) if level == EMERGENCY else []
    if "use" in codes:
        parts.append(THANKS)
    if "opioid_after_break" in codes:
        parts.append(_AFTER_BREAK)
    if level < EMERGENCY:
        parts.append(_support_text(level, codes, has_plan=has_plan))
    if "use" in codes:
        parts.append(ASK_WHAT_CAME_BEFORE)
    return " ".join(parts)


def _support_text(level: int, codes: Collection[str], *, has_plan: bool) -> str:
    if level == NOTICE and set(codes) == {"use"}:
        return _AFTER_USE
    if level == NOTICE:
        return _LEVEL_1_WITH_PLAN if has_plan else _LEVEL_1
    return _LEVEL_2_WITH_PLAN if has_plan else _LEVEL_2


def _emergency_texts(codes: Collection[str]) -> list[str]:
    bodily = [
        words
        for code, words in (("overdose_signs", _OVERDOSE), ("seizure_signs", _SEIZURE))
        if code in codes
    ]
    return bodily or [_LEVEL_3]


class StaffNotice(IntEnum):
    """How far staff know, from "not saved" to "somebody at work was called"."""

    NOT_SAVED = -1
    PRIVATE = 0
    NEXT_SESSION = 1
    WHEN_OPEN = 2
    OWN_THERAPIST_LATER = 3
    OUT_OF_HOURS = 4
    OWN_THERAPIST = 5
    TOLD = 6

    @property
    def words(self) -> str:
        """Return it in words for the patient."""
        return _NOTICE_TEXTS[self]

    @property
    def is_notified(self) -> bool:
        """Whether somebody who is at work was really called."""
        return self is StaffNotice.TOLD


_NOTICE_TEXTS = {
    StaffNotice.NOT_SAVED: NOT_SAVED,
    StaffNotice.PRIVATE: PRIVATE,
    StaffNotice.NEXT_SESSION: NEXT_SESSION,
    StaffNotice.WHEN_OPEN: WHEN_OPEN,
    StaffNotice.OWN_THERAPIST_LATER: OWN_THERAPIST_LATER,
    StaffNotice.OUT_OF_HOURS: OUT_OF_HOURS,
    StaffNotice.OWN_THERAPIST: OWN_THERAPIST,
    StaffNotice.TOLD: STAFF_NOTIFIED,
}
