"""Every rule fires where its row says, and nowhere else."""

from typing import Any

import pytest

from journaling.entries.kinds.registry import KINDS
from journaling.safety.rules import (
    EMERGENCY,
    NOTICE,
    RULES,
    URGENT,
    add_use_signals,
    evaluate,
    has_no_signal,
    loosening_codes,
    mentions_opioid,
)

RATED = ("suicide_urge", "self_harm_urge", "die_urge")

#: CLINICAL §3, row by row: the answer, and the level that it calls for (0 is none).
TABLE: list[tuple[dict[str, Any], int]] = [
    *(({name: peak}, level) for name in RATED for peak, level in enumerate((0, 1, 1, 2, 2, 2))),
    *(({"phq9_item9": score}, level) for score, level in enumerate((0, 1, 2, 2))),
    ({"self_harm_acted": True}, URGENT),
    ({"self_harm_acted": False}, 0),
    ({"suicide_acted": True}, EMERGENCY),
    ({"suicide_acted": False}, 0),
    ({"safe_now": False}, EMERGENCY),
    ({"safe_now": True}, 0),
    *(
        ({name: answer}, level)
        for name in ("intent", "plan", "overdose_signs", "seizure_signs")
        for answer, level in ((True, EMERGENCY), (False, 0))
    ),
    ({"substance": "wine"}, NOTICE),
    ({"acted_on": ["gambling"]}, 0),
    ({}, 0),
]


def level(signals: dict[str, Any], **tightened: Any) -> int:
    found = evaluate(add_use_signals(signals, break_days=None), tightened=tightened)
    return found.level if found is not None else 0


@pytest.mark.parametrize(("signals", "expected"), TABLE, ids=[str(row[0]) for row in TABLE])
def test_an_answer_calls_for_the_level_of_its_row(signals: dict[str, Any], expected: int) -> None:
    assert level(signals) == expected


@pytest.mark.parametrize(("signals", "expected"), TABLE, ids=[str(row[0]) for row in TABLE])
def test_what_is_harmless_fires_nothing_however_tight_the_rules_are(
    signals: dict[str, Any], expected: int
) -> None:
    tightest = {rule.code: {"at_least": 1} for rule in RULES if rule.at_least is not None}

    assert has_no_signal(signals) is (level(signals, **tightest) == 0)
    assert not (has_no_signal(signals) and expected)


@pytest.mark.parametrize(("days", "expected"), [(0, 1), (6, 1), (7, 2), (8, 2)])
def test_opioid_use_is_urgent_after_seven_days_without(days: int, expected: int) -> None:
    signals = add_use_signals({"substance": "heroin"}, break_days=days)

    found = evaluate(signals, tightened={})

    assert found is not None
    assert found.level == expected
    assert ("opioid_after_break" in found.codes) is (expected == URGENT)


def test_the_most_serious_answer_counts_and_every_rule_is_named() -> None:
    found = evaluate({"suicide_urge": 4, "intent": True, "plan": False}, tightened={})

    assert found is not None
    assert found.level == EMERGENCY
    assert found.codes == {"suicide_urge_notice", "suicide_urge_urgent", "intent"}


def test_every_rule_has_a_code_of_its_own_and_its_source() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert all(rule.source for rule in RULES)
    assert all((rule.at_least is None) is (rule.answer is not None) for rule in RULES)


@pytest.mark.parametrize(
    ("code", "wish"),
    [
        ("suicide_urge_urgent", {"at_least": 2}),
        ("suicide_urge_urgent", {"at_least": 1, "level": 3}),
        ("phq9_item9_notice", {"level": 2}),
        ("self_harm_act", {"level": 3}),
        ("opioid_after_break", {"at_least": 3}),
    ],
)
def test_a_clinic_may_tighten(code: str, wish: dict[str, int]) -> None:
    assert loosening_codes({code: wish}) == []


@pytest.mark.parametrize(
    ("code", "wish"),
    [
        ("suicide_urge_urgent", {"at_least": 4}),
        ("suicide_urge_urgent", {"level": 1}),
        ("suicide_urge_notice", {"at_least": 0}),
        ("intent", {"at_least": 1}),
        ("intent", {"level": 4}),
        ("suicide_urge_urgent", {"answer": False}),
        ("suicide_urge_urgent", {"at_least": True}),
        ("suicide_urge_urgent", {}),
        ("suicide_urge_urgent", 2),
        ("no_such_rule", {"level": 3}),
    ],
)
def test_a_clinic_never_loosens_a_rule(code: str, wish: Any) -> None:
    loose = {code: wish}

    assert loosening_codes(loose) == [code]
    # Even where such a wish got into the database, the shipped rule holds.
    assert level({"suicide_urge": 3, "intent": True}, **loose) == EMERGENCY
    assert level({"suicide_urge": 3}, **loose) == URGENT
    assert level({"suicide_urge": 1}, **loose) == NOTICE


def test_a_tightened_rule_fires_earlier_and_higher() -> None:
    assert level({"suicide_urge": 2}, suicide_urge_urgent={"at_least": 2}) == URGENT
    assert level({"phq9_item9": 1}, phq9_item9_notice={"level": 3}) == EMERGENCY


@pytest.mark.parametrize(
    ("kind", "given", "opioid"),
    [
        ("craving", {"target": "heroin", "outcome": "used"}, True),
        ("craving", {"target": "heroin", "outcome": "used_less"}, True),
        ("craving", {"target": "heroin", "outcome": "did_not_use"}, False),
        ("craving", {"target": "heroin", "outcome": None}, False),
        ("use", {"substance": "heroin"}, True),
        ("use", {"substance": "wine"}, False),
        ("daily", {"urges": {"heroin": {"peak": 3, "acted": True}}}, True),
        ("daily", {"urges": {"heroin": {"peak": 5, "acted": False}}}, False),
        ("daily", {"urges": {"use": {"acted": True}}}, False),
    ],
)
def test_opioid_use_is_read_from_every_kind_that_tells_of_it(
    kind: str, given: dict[str, Any], opioid: bool
) -> None:
    values = KINDS[kind].from_values(given)

    assert mentions_opioid(values.safety_signals()) is opioid
