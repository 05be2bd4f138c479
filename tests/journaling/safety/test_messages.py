"""What a patient reads is plain, in the right order, and blames nobody."""

import re

import orjson
import pytest

from api.http.support_answer import SupportOut
from journaling.safety import messages
from journaling.safety.messages import StaffNotice, support_message
from journaling.safety.rules import RULES, Finding
from journaling.safety.safety_plan import PlanPerson, validate_plan
from journaling.safety.support import Support, build_support, merge_findings

SHAMING = re.compile(
    r"\b(clean|dirty|addict|addicted|relaps\w*|fail\w*|streak|badge|abuse\w*|score)\b",
    flags=re.IGNORECASE,
)
EVERY = [
    support_message(level=level, codes={rule.code, *with_use}, has_plan=has_plan)
    for rule in RULES
    for level in (1, 2, 3)
    if level >= rule.level
    for has_plan in (True, False)
    for with_use in ((), ("use",), ("use", "opioid_after_break"))
]
HONEST = tuple(notice.words for notice in StaffNotice)


def test_no_message_shames() -> None:
    for words in (*EVERY, *HONEST):
        assert not SHAMING.search(words), words


def test_every_message_says_something_and_fits_a_screen() -> None:
    for words in EVERY:
        assert 20 < len(words) < 900, words
        assert "  " not in words


def test_an_emergency_starts_with_what_saves_a_life() -> None:
    for rule in RULES:
        words = support_message(level=3, codes={rule.code}, has_plan=True)
        assert words.startswith("Call 911 now")


@pytest.mark.parametrize(
    ("code", "word"), [("overdose_signs", "naloxone"), ("seizure_signs", "nothing in the mouth")]
)
def test_signs_in_the_body_get_their_own_first_aid(code: str, word: str) -> None:
    assert word in support_message(level=3, codes={code}, has_plan=False)


def test_an_emergency_after_use_still_thanks_and_asks_later() -> None:
    words = support_message(level=3, codes={"use", "overdose_signs"}, has_plan=False)

    assert words.index("911") < words.index(messages.THANKS) < words.index("what came just before")


@pytest.mark.parametrize("level", [1, 2])
def test_the_own_plan_is_named_where_there_is_one(level: int) -> None:
    codes = {"suicide_urge_notice"}

    assert "your" in support_message(level=level, codes=codes, has_plan=True)
    assert "plan" in support_message(level=level, codes=codes, has_plan=True)
    assert "plan" not in support_message(level=level, codes=codes, has_plan=False)


def test_a_notice_names_one_step_and_the_lines() -> None:
    for has_plan in (True, False):
        words = support_message(level=1, codes={"suicide_urge_notice"}, has_plan=has_plan)
        assert "step" in words
        assert "crisis lines" in words


def test_nobody_is_told_that_somebody_watches() -> None:
    for words in HONEST:
        assert "not an emergency service" in words
        assert "nobody watches it round the clock" in words


def test_several_findings_become_one_block_of_the_most_serious() -> None:
    found = merge_findings([Finding(1, {"use": 1}), Finding(2, {"self_harm_act": 1})])

    assert found == Finding(2, {"use": 1, "self_harm_act": 1})


def shown_order(block: Support) -> list[str]:
    """Return what a phone reads first."""
    return list(orjson.loads(orjson.dumps(SupportOut.of(block))))[:5]


def test_people_are_those_of_the_plan_own_people_before_professionals() -> None:
    ines = PlanPerson(name="Ines", contact="555-0101")
    doctor = PlanPerson(name="Dr. Okafor", contact=None)
    plan = validate_plan({"what_i_do": ["walk"]})
    plan["people_i_ask"], plan["professionals"] = [ines], [doctor]

    block = build_support(
        finding=Finding(1, {"suicide_urge_notice": 2}),
        plan=plan,
        own_resources=(),
        not_monitored=messages.NEXT_SESSION,
        staff_notified=False,
    )

    assert block.people == [ines, doctor]
    assert shown_order(block) == ["level", "message", "plan", "people", "resources"]


def test_in_an_emergency_the_lines_come_before_the_plan() -> None:
    block = build_support(
        finding=Finding(3, {"intent": 1}),
        plan=None,
        own_resources=(),
        not_monitored=messages.NEXT_SESSION,
        staff_notified=False,
    )

    assert shown_order(block) == ["level", "message", "resources", "plan", "people"]
