"""Every sentence that may be pushed to a lock screen or mailed to staff; no patient data."""

from backend.kit.languages import ENGLISH, LANGUAGES, Sentence

CHECKIN_WAITING = Sentence("You have a check-in waiting.", "Le espera una pregunta breve.")
ONE_WAITING = Sentence("You have a reminder waiting.", "Le espera un recordatorio.")
SEVERAL_WAITING = Sentence("You have a few things waiting.", "Le esperan algunas cosas.")

#: Asked inside the app only, once, after three reminders in a row had no answer.
TIME_QUESTION = Sentence("Would another time suit you better?", "¿Le vendría mejor otra hora?")

#: All that may ever be pushed; a test compares what was sent with it.
PUSH_SENTENCES = frozenset(
    sentence.spoken(language)
    for sentence in (CHECKIN_WAITING, ONE_WAITING, SEVERAL_WAITING)
    for language in LANGUAGES
)

#: The type codes of a payload. A phone keeps at most four collapse keys of a sender apart, and
#: the code names no treatment: what it is about the app reads after it was opened.
TYPE_CODES = {
    "checkin": "checkin",
    "measure": "checkin",
    "skill": "plan",
    "dose": "plan",
    "session": "session",
    "pre_session": "session",
}


#: The type code of a push that shows nothing: the app reads ``reminders/upcoming`` again.
REFRESH_CODE = "refresh"


def push_sentence(*, purpose: str, waiting: int = 1, language: str = ENGLISH) -> str:
    """Return the words for a lock screen, by the kind of reminder and how many wait."""
    if waiting > 1:
        return SEVERAL_WAITING.spoken(language)
    is_checkin = TYPE_CODES[purpose] == "checkin"
    return (CHECKIN_WAITING if is_checkin else ONE_WAITING).spoken(language)


def type_code(*, purpose: str) -> str:
    """Return the type code of a payload."""
    return TYPE_CODES[purpose]


#: All that staff are ever sent when they are called: no patient, no level, no clinic.
STAFF_CALL = "A safety event needs you in Between Sessions."
STAFF_CALL_BODY = (
    f"{STAFF_CALL}\n\nSign in to see it and to acknowledge it. This message says nothing else, and "
    "nobody reads an answer to it.\n"
)

#: All that administrators are sent about a chart that was opened in an emergency: nobody's name.
EMERGENCY_NOTICE = "An emergency access waits for your review in Between Sessions."
EMERGENCY_NOTICE_BODY = (
    f"{EMERGENCY_NOTICE}\n\nSign in to see it and to note that you have looked at it. This message "
    "says nothing else, and nobody reads an answer to it.\n"
)

#: All that administrators are sent about an act of one of them, and whom it concerns: no name.
ACT_NOTICE = "An act of administration waits for your review in Between Sessions."
ACT_NOTICE_BODY = (
    f"{ACT_NOTICE}\n\nSign in to see it and to note that you have looked at it. This message says "
    "nothing else, and nobody reads an answer to it.\n"
)
CONCERNED_NOTICE = "An administrator changed something about your account in Between Sessions."
CONCERNED_NOTICE_BODY = (
    f"{CONCERNED_NOTICE}\n\nSign in and look at your account page. If you did not ask for it, tell "
    "your privacy officer. Nobody reads an answer to this message.\n"
)

#: All that a mail about a forgotten password says: neither who asks nor which service it is.
RESET_CODE = "Your code"
RESET_CODE_BODY = (
    "Your code to set a new password: {code}\n\nUse it once, within half an hour. If you did not "
    "ask for it, there is nothing to do.\n"
)
