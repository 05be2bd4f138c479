"""The diary week as a grid, against a count of its own; what was not answered is never a zero."""

import random
from datetime import timedelta
from typing import Any

import pytest

from journaling.entries.entry import EntryValue
from journaling.entries.kinds.daily import FIXED_URGES
from journaling.entries.kinds.short_kinds import EMOTIONS
from journaling.insights.diary_week import DAY_FIELDS, DayAnswer, DiaryWeek, compute_week
from tests.journaling.insights.logged_entries import day, logged

PRACTICES: tuple[dict[str, Any], ...] = (
    {"attempted": True}, {"attempted": True, "able": False}, {"automatic": True},
    {"wanted_to": True},
)  # fmt: skip
SKILLS = ("slow-breathing", "ride-the-urge", "name-it")


def week_of(*entries: EntryValue, today: int = 6, targets: tuple[str, ...] = ()) -> DiaryWeek:
    return compute_week(entries, first=day(0), today=day(today), targets=targets)


def answers(week: DiaryWeek, name: str) -> list[DayAnswer]:
    rows = [*week.urges, *week.emotions, *week.day_fields]
    (found,) = [row.answers for row in rows if row.name == name]
    return list(found)


def card(on: int, **fields: Any) -> EntryValue:
    return logged("daily", on, 20, date=day(on), **fields)


def test_zero_is_an_answer_and_nothing_else_is() -> None:
    week = week_of(
        card(0, urges={"use": {"peak": 0, "acted": False}}), card(1, urges={"use": {"peak": 4}}),
        card(2, unanswered={"urges.use": "skipped"}), card(3, unanswered={"urges": "skipped"}),
        card(4), today=5,
    )  # fmt: skip

    assert answers(week, "use") == [
        DayAnswer(0, None, acted=False), DayAnswer(4, None),
        DayAnswer(None, "not_answered"), DayAnswer(None, "not_answered"),
        DayAnswer(None, "not_asked"), DayAnswer(None, "no_card"), DayAnswer(None, "ahead"),
    ]  # fmt: skip


def test_an_act_without_a_peak_is_told() -> None:
    week = week_of(card(0, urges={"self_harm": {"acted": True}}))

    assert answers(week, "self_harm")[0] == DayAnswer(None, "not_asked", acted=True)


def test_own_targets_of_now_and_of_the_cards_each_have_one_row() -> None:
    week = week_of(
        card(0, urges={"Gambling": {"peak": 2}}), card(1, urges={"shopping": {"peak": 1}}),
        targets=("gambling", "sugar"),
    )  # fmt: skip

    own = [row.name for row in week.urges if row.is_own]
    assert own == ["gambling", "sugar", "shopping"]
    assert answers(week, "gambling")[0].value == 2
    assert [row.name for row in week.urges if not row.is_own] == list(FIXED_URGES)


def test_a_card_that_stands_in_no_figure_is_shown_and_marked() -> None:
    week = week_of(card(0, pain=3), logged("daily", 1, date=day(1), pain=4, late=timedelta(days=3)))

    assert (week.written, week.late) == (frozenset({day(0), day(1)}), frozenset({day(1)}))
    assert [one.value for one in answers(week, "pain")[:2]] == [3, 4]


def test_a_skill_that_was_logged_and_not_used_is_a_zero_and_others_are_none() -> None:
    week = week_of(
        logged("skill_practice", 0, skill="name-it", attempted=False),
        logged("skill_practice", 2, skill="name-it", attempted=True, able=True),
        logged("skill_practice", 2, 15, skill="name-it", automatic=True),
        logged("craving", 2, intensity=5, target="x", skills=["name-it", "slow-breathing"]),
    )

    found = {row.slug: row.used for row in week.skills}
    assert found == {
        "name-it": (0, None, 3, None, None, None, None),
        "slow-breathing": (None, None, 1, None, None, None, None),
    }


@pytest.mark.parametrize("seed", range(20))
def test_every_cell_is_as_a_count_by_hand_has_it(seed: int) -> None:
    roll = random.Random(seed)
    targets = ("gambling", "Sugar")
    today = roll.randrange(7)
    entries: list[EntryValue] = []
    expected: dict[tuple[str, int], DayAnswer] = {}
    names = [*FIXED_URGES, *targets, *EMOTIONS, *DAY_FIELDS]
    for n in range(7):
        blank = "ahead" if n > today else "no_card"
        expected |= {(name, n): DayAnswer(None, blank) for name in names}
        if n > today or roll.random() < 0.3:
            continue
        fields, passed = random_card(roll, targets)
        entries.append(card(n, **fields, unanswered=passed or None))
        for name in names:
            expected[name, n] = by_hand(name, fields, passed)
    used = {(slug, n): [0, 0] for slug in SKILLS for n in range(7)}
    for _ in range(roll.randrange(15)):
        n, slug = roll.randrange(today + 1), roll.choice(SKILLS)
        facts: dict[str, Any] = roll.choice(PRACTICES)
        entries.append(logged("skill_practice", n, roll.randrange(24), skill=slug, **facts))
        used[slug, n][0] += 1
        used[slug, n][1] += facts in ({"attempted": True}, {"automatic": True})

    week = week_of(*entries, today=today, targets=targets)

    rows = [*week.urges, *week.emotions, *week.day_fields]
    assert {(row.name, n): one for row in rows for n, one in enumerate(row.answers)} == expected
    assert {row.slug: row.used for row in week.skills} == {
        slug: tuple(used[slug, n][1] if used[slug, n][0] else None for n in range(7))
        for slug in SKILLS
        if any(used[slug, n][0] for n in range(7))
    }


def random_card(
    roll: random.Random, targets: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, str]]:
    urges, passed = random_urges(roll, targets)
    emotions = {name: roll.randrange(6) for name in EMOTIONS if roll.random() < 0.5}
    if roll.random() < 0.2:
        emotions, passed["emotions"] = {}, "prefer_not_to_say"
    ways = {name: roll.randrange(3) for name in DAY_FIELDS}
    passed |= {name: "skipped" for name, way in ways.items() if way == 1}
    fields: dict[str, Any] = {name: roll.randrange(5) for name, way in ways.items() if way == 2}
    return fields | {"urges": urges or None, "emotions": emotions or None}, passed


def random_urges(
    roll: random.Random, targets: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, str]]:
    ways = {name: roll.randrange(4) for name in (*FIXED_URGES, *targets)}
    urges: dict[str, Any] = {
        name: {"peak": roll.randrange(6)} | ({"acted": roll.random() < 0.5} if way == 1 else {})
        for name, way in ways.items()
        if way < 2
    }
    return urges, {f"urges.{name}": "skipped" for name, way in ways.items() if way == 2}


def by_hand(name: str, fields: dict[str, Any], passed: dict[str, str]) -> DayAnswer:
    acted = None
    if name in DAY_FIELDS:
        value, is_passed = fields.get(name), name in passed
    elif name in EMOTIONS:
        value, is_passed = (fields["emotions"] or {}).get(name), "emotions" in passed
    else:
        urge = (fields["urges"] or {}).get(name, {})
        value, acted = urge.get("peak"), urge.get("acted")
        is_passed = f"urges.{name}" in passed or "urges" in passed
    if value is not None:
        return DayAnswer(value, None, acted)
    return DayAnswer(None, "not_answered" if is_passed else "not_asked", acted)
