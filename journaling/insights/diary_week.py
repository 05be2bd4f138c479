"""Seven days of diary cards and skills as a grid: what was answered, apart from what was not."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias, TypeVar

from backend.kit.errors import InvalidInput
from backend.kit.text import fold_name
from care.access.chart import Chart
from care.people.patients import patient_today
from care.programme.targets import targets_of
from journaling.entries.entry import EntryValue, entries_of_kind
from journaling.entries.kinds.daily import FIXED_URGES, DiaryCard, Urge
from journaling.entries.kinds.short_kinds import EMOTIONS
from journaling.entries.kinds.skill_practice import SkillPractice
from journaling.entries.read import entries_of_days_without_text
from journaling.skills import catalogue
from journaling.skills.clinic_vocabulary import clinic_skill_names

T = TypeVar("T")
DAYS = 7
#: Why there is no value: the day lies ahead, it has no card, the card did not ask, or the question
#: was passed over. None of them is a zero.
MISSING = ("ahead", "no_card", "not_asked", "not_answered")
#: What a card asks of the day as one number.
DAY_FIELDS = ("sleep_hours", "sleep_quality", "pain", "meals", "movement_minutes")


@dataclass(frozen=True, slots=True)
class DayAnswer:
    """One answer of one day, or why there is none. ``acted`` is of urges alone."""

    value: float | None
    missing: str | None
    acted: bool | None = None


@dataclass(frozen=True, slots=True)
class DiaryRow:
    """One question of the diary card over the week; ``is_own`` is a target of the patient's own."""

    name: str
    answers: tuple[DayAnswer, ...]
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class SkillRow:
    """How often a skill was used on each day; None where nothing about it was logged."""

    slug: str
    name: str
    used: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class DiaryWeek:
    """The grid. ``late`` has the days whose card is in no figure, as it was written too late."""

    days: tuple[date, ...]
    today: date
    written: frozenset[date]
    late: frozenset[date]
    urges: tuple[DiaryRow, ...]
    emotions: tuple[DiaryRow, ...]
    day_fields: tuple[DiaryRow, ...]
    skills: tuple[SkillRow, ...]


Answerer: TypeAlias = Callable[[EntryValue[DiaryCard]], DayAnswer]


def diary_week(*, chart: Chart, first: date | None, now: datetime) -> DiaryWeek:
    """Read seven days from ``first`` on, as far as the chart shows them; without it the last seven.

    :raises backend.kit.errors.InvalidInput: ``from`` lies ahead of the patient's own day.
    """
    today = patient_today(chart=chart, now=now)
    start = first or today - timedelta(days=DAYS - 1)
    if start > today:
        raise InvalidInput.of("from", "in_the_future", "Must not lie in the future.")
    last = start + timedelta(days=DAYS - 1)
    entries = entries_of_days_without_text(chart=chart, first=start, last=last)
    names = clinic_skill_names(user_id=chart.patient_id)
    with catalogue.use_clinic_skill_names(names):
        return compute_week(
            entries, first=start, today=today, targets=targets_of(chart=chart).names
        )


def compute_week(
    entries: Sequence[EntryValue], *, first: date, today: date, targets: Sequence[str]
) -> DiaryWeek:
    """Compute the grid of entries of these days; ``targets`` are those of the patient's own now."""
    days = tuple(first + timedelta(days=n) for n in range(DAYS))
    cards = {card.local_date: card for card in entries_of_kind(entries, DiaryCard)}

    def row(name: str, answer: Answerer, *, is_own: bool = False) -> DiaryRow:
        answers = (_of_day(day, cards.get(day), today, answer) for day in days)
        return DiaryRow(name, tuple(answers), is_own)

    own = _own_targets(targets, cards.values())
    return DiaryWeek(
        days=days, today=today, written=frozenset(cards),
        late=frozenset(day for day, card in cards.items() if not card.is_countable),
        urges=(
            *(row(name, _urge(name)) for name in FIXED_URGES),
            *(row(name, _urge(name), is_own=True) for name in own),
        ),
        emotions=tuple(row(name, _emotion(name)) for name in EMOTIONS),
        day_fields=tuple(row(name, _number(name)) for name in DAY_FIELDS),
        skills=_skill_rows(entries, days),
    )  # fmt: skip


def _of_day(
    day: date, card: EntryValue[DiaryCard] | None, today: date, answer: Answerer
) -> DayAnswer:  # fmt: skip
    if card is None:
        return DayAnswer(None, "ahead" if day > today else "no_card")
    return answer(card)


def _urge(name: str) -> Answerer:
    def answer(card: EntryValue[DiaryCard]) -> DayAnswer:
        urge = _part(card.values.urges, name) or Urge()
        return _answer(card, urge.get("peak"), "urges", name, acted=urge.get("acted"))

    return answer


def _emotion(name: str) -> Answerer:
    return lambda card: _answer(card, _part(card.values.emotions, name), "emotions", name)


def _number(field: str) -> Answerer:
    return lambda card: _answer(card, getattr(card.values, field), field)


def _answer(
    card: EntryValue[DiaryCard], value: float | None, field: str, part: str = "", *,
    acted: bool | None = None,
) -> DayAnswer:  # fmt: skip
    passed_over = {fold_name(name) for name in card.unanswered or ()}
    is_passed = not passed_over.isdisjoint({field, fold_name(f"{field}.{part}")})
    missing = None if value is not None else "not_answered" if is_passed else "not_asked"
    return DayAnswer(value, missing, acted)


def _part(found: Mapping[str, T] | None, part: str) -> T | None:
    """Return a named part; a capital makes no other name."""
    key = fold_name(part)
    return next((one for name, one in (found or {}).items() if fold_name(name) == key), None)


def _own_targets(targets: Sequence[str], cards: Iterable[EntryValue[DiaryCard]]) -> tuple[str, ...]:
    """Return the targets of today, and earlier ones that a card of the week names."""
    named = [name for card in cards for name in card.values.urges or ()]
    by_key = {fold_name(name): name for name in reversed([*targets, *named])}
    fixed = {fold_name(name) for name in FIXED_URGES}
    order = dict.fromkeys(map(fold_name, [*targets, *named]))
    return tuple(by_key[key] for key in order if key not in fixed)


def _skill_rows(entries: Iterable[EntryValue], days: Sequence[date]) -> tuple[SkillRow, ...]:
    used: dict[str, dict[date, int]] = {}
    for entry in entries:
        slugs = set(entry.values.skills_used())
        logged = {entry.values.skill} if isinstance(entry.values, SkillPractice) else slugs
        for slug in logged:
            by_day = used.setdefault(slug, {})
            by_day[entry.local_date] = by_day.get(entry.local_date, 0) + (slug in slugs)
    rows = [
        SkillRow(slug, catalogue.skill_name(slug), tuple(by_day.get(day) for day in days))
        for slug, by_day in used.items()
    ]
    return tuple(sorted(rows, key=lambda one: (fold_name(one.name), one.slug)))
