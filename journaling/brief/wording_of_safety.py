"""The words for structured answers about safety (CLINICAL §3)."""

from collections.abc import Mapping
from typing import Any

#: What a rating on 0-5 is about.
_RATED = {
    "suicide_urge": "suicide",
    "self_harm_urge": "self-harm",
    "die_urge": "wanting to die",
}
#: What a questionnaire asks on 0-3: PHQ-9's item about being better off dead, or self-harm.
_ITEM_9 = "thoughts of death or self-harm (PHQ-9 item 9)"
#: What was asked by yes or no, the answer that is told, and how.
_ASKED = {
    "suicide_acted": ("suicide", True, "acted on an urge for suicide"),
    "self_harm_acted": ("self-harm", True, "acted on an urge for self-harm"),
    "safe_now": ("being safe now", False, "did not feel safe"),
    "intent": ("intent", True, "said yes to intent"),
    "plan": ("a plan", True, "said yes to a plan"),
    "overdose_signs": ("signs of overdose", True, "signs of overdose"),
    "seizure_signs": ("signs of seizure", True, "signs of seizure"),
}
#: Answers that a report is read with: an urge without intent is another urge.
_BESIDE = {
    "safe_now": (True, "safe now"),
    "intent": (False, "no intent"),
    "plan": (False, "no plan"),
}
#: What staff said when they cleared a safety event.
_ANSWERS = {
    "reached_safe": "reached and safe",
    "reached_more_care": "reached, more care arranged",
    "emergency_services": "emergency services involved",
    "seen_in_person": "seen in person",
    "plan_reviewed": "safety plan reviewed together",
    "recorded_by_mistake": "logged by mistake",
    "other": "answered in words of their own",
}
#: Fields that may be passed over, and what they ask about.
QUESTIONS = {
    "urges": "the day's urges",
    "urges.suicide": "suicide",
    "urges.self_harm": "self-harm",
    "coming_in": "urges on the way in",
    "coming_in.die": "wanting to die",
    "safety_check": "safety",
    "safety_check.safe_now": "being safe now",
    "safety_check.intent": "intent",
    "safety_check.plan": "a plan",
    "safety_check.overdose_signs": "signs of overdose",
    "safety_check.seizure_signs": "signs of seizure",
}


def answer(reason: str) -> str:
    """Say why staff cleared a safety event."""
    return _ANSWERS[reason]


def question(name: str, values: Mapping[str, Any]) -> str | None:
    """Name what a field that was passed over asks about, or None where it isn't about safety."""
    if name == "answers.q9" and values.get("instrument") == "phq-9":
        return _ITEM_9
    return QUESTIONS.get(name)


def topics(signals: Mapping[str, Any]) -> list[str]:
    """Name what was asked and answered."""
    rated = [about for name, about in _RATED.items() if name in signals]
    rated += [_ITEM_9] if "phq9_item9" in signals else []
    return rated + [about for name, (about, _, _) in _ASKED.items() if name in signals]


def reported(signals: Mapping[str, Any]) -> str:
    """Tell every answer that is more than "none"; nothing where there is no such answer."""
    rated = [
        f"urge for {about} {signals[name]} of 5"
        if name != "die_urge"
        else f"{about} {signals[name]} of 5"
        for name, about in _RATED.items()
        if signals.get(name)
    ]
    if signals.get("phq9_item9"):
        rated.append(f"{_ITEM_9} {signals['phq9_item9']} of 3")
    said = [words for name, (_, yes, words) in _ASKED.items() if signals.get(name) is yes]
    if not rated + said:
        return ""
    beside = [words for name, (answer, words) in _BESIDE.items() if signals.get(name) is answer]
    also = f"; said {', '.join(beside)}" if beside else ""
    return ", ".join(rated + said) + also
