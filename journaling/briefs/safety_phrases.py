"""The words for structured answers about safety (CLINICAL §3)."""

from collections.abc import Mapping
from typing import Any

from backend.kit.timezones import local_day
from journaling import formatting
from journaling.entries.kinds.measure import Measure
from journaling.entries.kinds.model import EntryValues
from journaling.safety.read_events import VisibleEvent, VisibleSign

#: What a rating on 0-5 is about.
_RATED_TOPICS = {
    "suicide_urge": "suicide",
    "self_harm_urge": "self-harm",
    "die_urge": "wanting to die",
}
#: What a questionnaire asks on 0-3: PHQ-9's item about being better off dead, or self-harm.
_ITEM_9 = "thoughts of death or self-harm (PHQ-9 item 9)"
#: Yes-or-no questions: the topic, the answer that is reported, and its phrase.
_YES_NO_PHRASES = {
    "suicide_acted": ("suicide", True, "acted on an urge for suicide"),
    "self_harm_acted": ("self-harm", True, "acted on an urge for self-harm"),
    "safe_now": ("being safe now", False, "did not feel safe"),
    "intent": ("intent", True, "said yes to intent"),
    "plan": ("a plan", True, "said yes to a plan"),
    "overdose_signs": ("signs of overdose", True, "signs of overdose"),
    "seizure_signs": ("signs of seizure", True, "signs of seizure"),
}
#: Answers that a report is read with: an urge without intent is another urge.
_CONTEXT_PHRASES = {
    "safe_now": (True, "safe now"),
    "intent": (False, "no intent"),
    "plan": (False, "no plan"),
}
#: What staff said when they cleared a safety event.
_CLEARING_PHRASES = {
    "reached_safe": "reached and safe",
    "reached_more_care": "reached, more care arranged",
    "emergency_services": "emergency services involved",
    "seen_in_person": "seen in person",
    "plan_reviewed": "safety plan reviewed together",
    "recorded_by_mistake": "logged by mistake",
    "other": "answered in words of their own",
}
#: What an answer said that raised a safety event, by the rule that fired.
SIGN_PHRASES = {
    "suicide_urge_urgent": "strong urge for suicide",
    "self_harm_urge_urgent": "strong urge for self-harm",
    "die_urge_urgent": "strong wish to die",
    "phq9_item9_urgent": "thoughts of death or self-harm (PHQ-9 item 9)",
    "self_harm_act": "acted on an urge for self-harm",
    "suicide_act": "acted on an urge for suicide",
    "not_safe_now": "did not feel safe",
    "intent": "said yes to intent",
    "plan": "said yes to a plan",
    "overdose_signs": "signs of overdose",
    "seizure_signs": "signs of seizure",
    "opioid_after_break": "opioid use after a week or more without",
}
#: The rules whose answer is a rating, and the end of its scale.
_SCALES = {
    "suicide_urge_urgent": 5, "self_harm_urge_urgent": 5, "die_urge_urgent": 5,
    "phq9_item9_urgent": 3,
}  # fmt: skip
#: Fields that may be passed over, and what they ask about.
QUESTION_PHRASES = {
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


def clearing_reason_phrase(reason: str) -> str:
    """Describe why staff cleared a safety event."""
    return _CLEARING_PHRASES[reason]


def fired_rules_phrase(fired: Mapping[str, int]) -> str:
    """Describe the answers by the rules that fired; less grave ones only where they are alone."""
    grave = [code for code in SIGN_PHRASES if code in fired]
    if not grave:
        return ", ".join(map(formatting.humanize, sorted(fired)))
    return ", ".join(
        f"{SIGN_PHRASES[code]}, {fired[code]} of {_SCALES[code]}"
        if code in _SCALES
        else SIGN_PHRASES[code]
        for code in grave
    )


def failed_contact_phrases(event: VisibleEvent, zone_name: str) -> list[str]:
    """Describe who tried to reach the patient and when, and what they wrote about it."""
    return [
        f"tried, not reached: {one.name}, {formatting.format_datetime(one.at, zone_name)}"
        f"{_quoted_after_colon(one.words)}"
        for one in event.tries
    ]


def clearing_phrase(event: VisibleEvent, zone_name: str) -> str:
    """Describe why staff cleared an event, when and who, and what they wrote about it."""
    at = event.acknowledged_at
    on = f" {formatting.format_day(local_day(at, zone_name))}" if at is not None else ""
    by = f" by {event.acknowledged_by_name}" if event.acknowledged_by_name else ""
    return f"{clearing_reason_phrase(event.reason)}{on}{by}{_quoted_after_colon(event.words)}"


def sign_time_phrase(sign: VisibleSign, zone_name: str) -> str:
    """Describe when something happened, when it arrived, and whether the entry could be kept."""
    when = (
        formatting.format_datetime(sign.happened_at, zone_name)
        if sign.happened_at is not None
        else "at a time that the phone did not tell well"
    )
    kept = f"; {refused}" if (refused := not_stored_phrase(sign)) else ""
    return (
        f"happened {when}, arrived {formatting.format_datetime(sign.arrived_at, zone_name)}{kept}"
    )


def not_stored_phrase(sign: VisibleSign) -> str:
    """Return a phrase where the entry of a sign was refused and not kept; otherwise ""."""
    return "" if sign.entry_id is not None else "the entry itself was refused and not kept"


def _quoted_after_colon(words: str | None) -> str:
    return f": {formatting.quote(words)}" if words and words.strip() else ""


def question_phrase(name: str, values: EntryValues) -> str | None:
    """Return what a skipped field asks about, or None where that isn't safety."""
    if name == "answers.q9" and isinstance(values, Measure) and values.instrument == "phq-9":
        return _ITEM_9
    return QUESTION_PHRASES.get(name)


def answered_topics(signals: Mapping[str, Any]) -> list[str]:
    """List the topics that were asked about and answered."""
    rated = [about for name, about in _RATED_TOPICS.items() if name in signals]
    rated += [_ITEM_9] if "phq9_item9" in signals else []
    return rated + [about for name, (about, _, _) in _YES_NO_PHRASES.items() if name in signals]


def report_phrase(signals: Mapping[str, Any]) -> str:
    """Describe every answer that is more than "none"; "" where there is no such answer."""
    rated = [
        f"urge for {about} {signals[name]} of 5"
        if name != "die_urge"
        else f"{about} {signals[name]} of 5"
        for name, about in _RATED_TOPICS.items()
        if signals.get(name)
    ]
    if signals.get("phq9_item9"):
        rated.append(f"{_ITEM_9} {signals['phq9_item9']} of 3")
    answered = [
        words for name, (_, yes, words) in _YES_NO_PHRASES.items() if signals.get(name) is yes
    ]
    if not rated + answered:
        return ""
    context = [
        words for name, (answer, words) in _CONTEXT_PHRASES.items() if signals.get(name) is answer
    ]
    also = f"; said {', '.join(context)}" if context else ""
    return ", ".join(rated + answered) + also
