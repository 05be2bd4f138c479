"""Every sentence that may stand on a lock screen. Nothing here knows a patient."""

CHECKIN = "You have a check-in waiting."
ONE = "You have a reminder waiting."
SEVERAL = "You have a few things waiting."

#: Asked inside the app only, once, after three reminders in a row had no answer.
CHANGE_THE_TIME = "Would another time suit you better?"

#: All that may ever be pushed; a test compares what was sent with it.
ALLOWED = frozenset({CHECKIN, ONE, SEVERAL})

#: The type codes of a payload. A phone keeps at most four collapse keys of a sender apart, and
#: the code names no treatment: what it is about the app reads after it was opened.
KINDS = {
    "checkin": "checkin",
    "measure": "checkin",
    "skill": "plan",
    "dose": "plan",
    "session": "session",
    "pre_session": "session",
}


#: The type code of a push that shows nothing: the app reads ``reminders/upcoming`` again.
REFRESH = "refresh"


def sentence(*, purpose: str, waiting: int = 1) -> str:
    """Choose the words for a lock screen, by the kind of reminder and how many wait."""
    if waiting > 1:
        return SEVERAL
    return CHECKIN if KINDS[purpose] == "checkin" else ONE


def kind(*, purpose: str) -> str:
    """Choose the type code of a payload."""
    return KINDS[purpose]


#: All that staff are ever sent when they are called: no patient, no level, no clinic.
STAFF_CALL = "A safety event needs you in Between Sessions."
STAFF_CALL_BODY = (
    f"{STAFF_CALL}\n\nSign in to see it and to acknowledge it. This message says nothing else, and "
    "nobody reads an answer to it.\n"
)

#: All that administrators are sent about a chart that was opened in an emergency: nobody's name.
EMERGENCY = "An emergency access waits for your review in Between Sessions."
EMERGENCY_BODY = (
    f"{EMERGENCY}\n\nSign in to see it and to note that you have looked at it. This message says "
    "nothing else, and nobody reads an answer to it.\n"
)

#: All that a mail about a forgotten password says: neither who asks nor which service it is.
RESET = "Your code"
RESET_BODY = (
    "Your code to set a new password: {code}\n\nUse it once, within half an hour. If you did not "
    "ask for it, there is nothing to do.\n"
)
