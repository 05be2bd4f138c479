"""Every rule of safety, with its source. A named clinician of the clinic signs these off.

Rules look at structured answers only, never at free text, and make no score. A clinic may tighten
them (``tightened``): a lower threshold, a higher level, never the other way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from journaling.entries.entry import EntryValue
from journaling.entries.kinds.model import SignalValue
from journaling.safety.opioids import is_opioid

Signals: TypeAlias = Mapping[str, SignalValue]

NOTICE, URGENT, EMERGENCY = 1, 2, 3

#: Opioid use counts as "after a break" from this many days on (CLINICAL §3, level 2).
OPIOID_BREAK_DAYS = 7

_TABLE = "CLINICAL §3, table, level {}"


@dataclass(frozen=True, slots=True)
class SafetyAnswers:
    """One entry's answers, and all that judging and recording them needs.

    ``entry_rev`` is None where nothing was stored; then ``content`` identifies a repeat.
    ``key`` names it among others at hand. ``occurred_at`` is when it happened, and None where that
    isn't known: it could not be read, or the phone's clock is doubted.
    """

    key: UUID
    entry_id: UUID | None
    entry_rev: int | None
    kind: str
    share: str
    at: datetime
    day: date
    occurred_at: datetime | None
    signals: Signals
    content: bytes | None = None

    @property
    def is_stored(self) -> bool:
        """Whether the entry was stored."""
        return self.entry_rev is not None


def answers_of_entry(entry: EntryValue) -> SafetyAnswers:
    """Read the answers of a stored entry."""
    return SafetyAnswers(
        key=entry.id,
        entry_id=entry.id,
        entry_rev=entry.rev,
        kind=entry.kind,
        share=entry.share,
        at=entry.occurred_at,
        day=entry.local_date,
        occurred_at=None if entry.clock_suspect else entry.occurred_at,
        signals=entry.values.safety_signals(),
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: fires where ``signal`` is at least so much, or was answered just so."""

    code: str
    level: int
    signal: str
    at_least: int | None = None
    answer: bool | None = None
    source: str = ""

    def fires(self, signals: Signals) -> bool:
        """Whether it fires; an answer that was not given fires nothing."""
        value = signals.get(self.signal)
        if self.at_least is None:
            return value is self.answer
        return isinstance(value, int) and value >= self.at_least

    def answer_in(self, signals: Signals) -> int:
        """Return the answer by which it fired: a rating as it was given, a yes or no as 1."""
        value = signals.get(self.signal)
        return value if self.at_least is not None and isinstance(value, int) else 1


def _rating_rules(signal: str) -> tuple[Rule, ...]:
    return (
        Rule(f"{signal}_notice", NOTICE, signal, at_least=1, source=_TABLE.format(1)),
        Rule(f"{signal}_urgent", URGENT, signal, at_least=3, source=_TABLE.format(2)),
    )


RULES: tuple[Rule, ...] = (
    # Urges of the day, 0-5.
    *_rating_rules("suicide_urge"),
    *_rating_rules("self_harm_urge"),
    # The wish to die on the way into a session, 0-5: the same question at another time.
    *_rating_rules("die_urge"),
    # Item 9 of the PHQ-9, 0-3.
    Rule("phq9_item9_notice", NOTICE, "phq9_item9", at_least=1, source=_TABLE.format(1)),
    Rule("phq9_item9_urgent", URGENT, "phq9_item9", at_least=2, source=_TABLE.format(2)),
    Rule("self_harm_act", URGENT, "self_harm_acted", answer=True, source=_TABLE.format(2)),
    # Stricter than the table, which names no act on an urge for suicide: who acted had the intent.
    Rule("suicide_act", EMERGENCY, "suicide_acted", answer=True, source="as intent: yes"),
    Rule("not_safe_now", EMERGENCY, "safe_now", answer=False, source=_TABLE.format(3)),
    Rule("intent", EMERGENCY, "intent", answer=True, source=_TABLE.format(3)),
    Rule("plan", EMERGENCY, "plan", answer=True, source=_TABLE.format(3)),
    Rule("overdose_signs", EMERGENCY, "overdose_signs", answer=True, source=_TABLE.format(3)),
    Rule("seizure_signs", EMERGENCY, "seizure_signs", answer=True, source=_TABLE.format(3)),
    # Any use is thanked for and met with support; it calls nobody.
    Rule("use", NOTICE, "used", answer=True, source="CLINICAL §3, after a use entry"),
    Rule("opioid_after_break", URGENT, "opioid_break_days", at_least=OPIOID_BREAK_DAYS,
         source=_TABLE.format(2)),
)  # fmt: skip

RULES_BY_CODE = {rule.code: rule for rule in RULES}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one entry calls for: the most serious level, and every rule that fired by its answer.

    A rating stands as it was given, a yes or no as 1: so that a rise can be seen.
    """

    level: int
    fired: Mapping[str, int]

    @property
    def codes(self) -> frozenset[str]:
        """List the rules that fired."""
        return frozenset(self.fired)


def add_use_signals(signals: Signals, *, break_days: int | None) -> Signals:
    """Add what follows from what was used: that there was use, and after what break."""
    with_use = dict(signals)
    if "substance" in signals or mentions_opioid(signals):
        with_use["used"] = True
    if break_days is not None:
        with_use["opioid_break_days"] = break_days
    return with_use


def mentions_opioid(signals: Signals) -> bool:
    """Whether an entry reports opioid use: as a use, or as an own target acted on."""
    used, acted_on = signals.get("substance"), signals.get("acted_on")
    names = [used] if isinstance(used, str) else []
    return any(map(is_opioid, [*names, *acted_on] if isinstance(acted_on, list) else names))


def has_no_signal(signals: Signals) -> bool:
    """Whether no rule could fire, however much a clinic tightened them.

    So most entries are judged without asking the database anything.
    """
    if not signals:
        return True
    if "substance" in signals or mentions_opioid(signals):
        return False
    return not any(rule.fires(signals) for rule in _TIGHTEST_RULES)


def evaluate(signals: Signals, *, tightened: Mapping[str, Mapping[str, int]]) -> Finding | None:
    """Judge one entry's answers by the rules as the clinic tightened them."""
    fired = [rule for rule in effective_rules(tightened) if rule.fires(signals)]
    if not fired:
        return None
    answers = {rule.code: rule.answer_in(signals) for rule in fired}
    return Finding(max(rule.level for rule in fired), answers)


def effective_rules(tightened: Mapping[str, Mapping[str, int]]) -> Iterable[Rule]:
    """Go through the rules as this clinic has them; what would loosen one is ignored."""
    return (_tightened_rule(rule, tightened.get(rule.code, {})) for rule in RULES)


def loosening_codes(tightened: Mapping[str, object]) -> list[str]:
    """List the codes whose wish isn't a tightening, or isn't one at all; none means valid."""
    return [
        code
        for code, wish in tightened.items()
        if code not in RULES_BY_CODE or not _is_tighter(RULES_BY_CODE[code], wish)
    ]


#: The rules as no clinic can tighten them further.
_TIGHTEST_RULES = tuple(
    rule if rule.at_least is None else replace(rule, at_least=1) for rule in RULES
)


def _tightened_rule(rule: Rule, wish: Mapping[str, int]) -> Rule:
    if not _is_tighter(rule, wish):
        return rule
    return replace(
        rule,
        level=wish.get("level", rule.level),
        at_least=wish.get("at_least", rule.at_least),
    )


def _is_tighter(rule: Rule, wish: object) -> bool:
    """Whether a wish is whole numbers that make the rule fire earlier or count for more."""
    if not isinstance(wish, Mapping) or not wish or not set(wish) <= {"at_least", "level"}:
        return False
    if any(isinstance(value, bool) or not isinstance(value, int) for value in wish.values()):
        return False
    level, least = wish.get("level", rule.level), wish.get("at_least", rule.at_least)
    earlier = least == rule.at_least or (rule.at_least or 0) >= (least or 0) >= 1
    return rule.level <= level <= EMERGENCY and earlier
