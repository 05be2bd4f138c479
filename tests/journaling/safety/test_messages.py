"""What a patient reads is plain, in the right order, and blames nobody."""

import re

import orjson
import pytest

from api.http.support_answer import SupportOut
from backend.kit.languages import LANGUAGES
from journaling.safety import messages
from journaling.safety.messages import StaffNotice, support_message
from journaling.safety.rules import RULES, Finding
from journaling.safety.safety_plan import PlanPerson, validate_plan
from journaling.safety.support import Support, build_support, merge_findings

SHAMING = re.compile(
    r"\b(clean|dirty|addict|addicted|relaps\w*|fail\w*|streak|badge|abuse\w*|score"
    r"|limpi[oa]s?|suci[oa]s?|adict[oa]s?|reca[ií]\w*|fracas\w*|racha|abus\w+)\b",
    flags=re.IGNORECASE,
)
EVERY = [
    support_message(level=level, codes={rule.code, *with_use}, has_plan=has_plan, language=language)
    for language in LANGUAGES
    for rule in RULES
    for level in (1, 2, 3)
    if level >= rule.level
    for has_plan in (True, False)
    for with_use in ((), ("use",), ("use", "opioid_after_break"))
]
HONEST = tuple(notice.words.spoken(tag) for tag in LANGUAGES for notice in StaffNotice)


def test_no_message_shames() -> None:
    for words in (*EVERY, *HONEST):
        assert not SHAMING.search(words), words


def test_every_message_says_something_and_fits_a_screen() -> None:
    for words in EVERY:
        assert 20 < len(words) < 900, words
        assert "  " not in words


@pytest.mark.parametrize(
    ("language", "first"), [("en", "Call 911 now"), ("es", "Llame ahora al 911")]
)
def test_an_emergency_starts_with_what_saves_a_life(language: str, first: str) -> None:
    for rule in RULES:
        words = support_message(level=3, codes={rule.code}, has_plan=True, language=language)
        assert words.startswith(first)


@pytest.mark.parametrize(
    ("code", "language", "word"),
    [
        ("overdose_signs", "en", "naloxone"), ("seizure_signs", "en", "nothing in the mouth"),
        ("overdose_signs", "es", "naloxona"), ("seizure_signs", "es", "nada en la boca"),
    ],
)  # fmt: skip
def test_signs_in_the_body_get_their_own_first_aid(code: str, language: str, word: str) -> None:
    assert word in support_message(level=3, codes={code}, has_plan=False, language=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_emergency_after_use_still_thanks_and_asks_later(language: str) -> None:
    codes = {"use", "overdose_signs"}
    words = support_message(level=3, codes=codes, has_plan=False, language=language)

    assert (
        words.index("911")
        < words.index(messages.THANKS.spoken(language))
        < words.index(messages.ASK_WHAT_CAME_BEFORE.spoken(language))
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", [1, 2])
def test_the_own_plan_is_named_where_there_is_one(level: int, language: str) -> None:
    codes = {"suicide_urge_notice"}
    own = {"en": "your", "es": "su"}[language]

    with_plan = support_message(level=level, codes=codes, has_plan=True, language=language)
    without = support_message(level=level, codes=codes, has_plan=False, language=language)

    assert re.search(rf"\b{own} (own )?(propio )?plan\b|\b{own} plan\b", with_plan)
    assert "plan" not in without


@pytest.mark.parametrize(
    ("language", "step", "lines"),
    [("en", "step", "crisis lines"), ("es", "paso pequeño", "líneas de crisis")],
)
def test_a_notice_names_one_step_and_the_lines(language: str, step: str, lines: str) -> None:
    for has_plan in (True, False):
        words = support_message(
            level=1, codes={"suicide_urge_notice"}, has_plan=has_plan, language=language
        )
        assert step in words
        assert lines in words


def test_in_spanish_988_is_reached_by_what_answers_in_spanish() -> None:
    spanish = [words for words in EVERY if re.search("llam(e|ar) al 988", words, re.IGNORECASE)]

    assert len(spanish) > 10
    assert all(re.search(r"mar(que|car) 2, o env(íe|iar) AYUDA al 988", said) for said in spanish)
    assert not any("AYUDA" in words for words in EVERY if words not in spanish)


def test_nobody_is_told_that_somebody_watches() -> None:
    for words in HONEST:
        assert "not an emergency service" in words or "no es un servicio de emergencia" in words
        assert "nobody watches it round the clock" in words or "nadie lo vigila" in words


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
