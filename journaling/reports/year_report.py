"""The outcomes of one calendar year by month of discharge, with small cells hidden.

Whatever days are asked for, what is told is of whole months and whole calendar years: the
difference of two totals of other days would show what both of them hide. So a year has a total
only when it is over, and what its months showed before counts as known by then.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from journaling.briefs.limits import RELIABLE_CHANGE
from journaling.measures import instruments
from journaling.reports import claims, outcomes
from journaling.reports.claims import Improvement
from journaling.reports.outcomes import EndedTreatment, Sums
from journaling.reports.small_cells import SMALLEST_CELL, Cell, Relation, hidden_cells

_TOTAL = "total"
_MONTHS = range(1, 13)


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """Counts of people by column, None where hidden; sums only where the row's people are shown.

    ``month`` is None for the whole time.
    """

    month: int | None
    counts: Mapping[str, int | None]
    sums: Sums | None


@dataclass(frozen=True, slots=True)
class MeasureOutcome:
    """What may be said of one questionnaire over the whole time, in sentences."""

    slug: str
    name: str
    improvement: Improvement = Improvement.TOO_FEW
    differs: bool = False
    first_with_last: float | None = None
    first_without_last: float | None = None
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class YearOutcomes:
    """The finished months of one year; a total and what may be claimed, when it is over."""

    year: int
    endings: tuple[str, ...]
    months: Sequence[OutcomeRow]
    total: OutcomeRow | None
    measures: Sequence[MeasureOutcome]


def year_report(
    treatments: Sequence[EndedTreatment], *, year: int, today: date, least: int = SMALLEST_CELL
) -> YearOutcomes:
    """Report the treatments that ended in the finished months of a year."""
    of_year = [treatment for treatment in treatments if treatment.discharged_on.year == year]
    finished = [month for month in _MONTHS if (year, month) < (today.year, today.month)]
    told = [treatment for treatment in of_year if treatment.discharged_on.month in finished]
    endings = outcomes.endings_of(told)
    by_month = {month: _in_month(told, month) for month in finished}
    hidden = _hidden_of_months(by_month, endings, least)
    is_over = len(finished) == len(_MONTHS)
    if is_over:
        hidden = _hidden_of_year(by_month, endings, hidden, least)
    months = [_row(by_month[month], endings, month, hidden) for month in finished]
    return YearOutcomes(
        year, endings, months,
        total=_row(told, endings, None, hidden) if is_over else None,
        measures=[_measure(told, slug, hidden) for slug in sorted(RELIABLE_CHANGE)]
        if is_over else (),
    )  # fmt: skip


def _hidden_of_months(
    by_month: Mapping[int, Sequence[EndedTreatment]], endings: Sequence[str], least: int
) -> frozenset[Cell]:
    """Return what each month hides by itself, as it is told while its year goes on."""
    hidden: set[Cell] = set()
    for month, treatments in by_month.items():
        counts = _cells(str(month), outcomes.counts_of(treatments, endings))
        relations = _relations(str(month), outcomes.additions(endings))
        hidden |= hidden_cells(counts, relations, least=least)
    return frozenset(hidden)


def _hidden_of_year(
    by_month: Mapping[int, Sequence[EndedTreatment]],
    endings: Sequence[str],
    hidden: frozenset[Cell],
    least: int,
) -> frozenset[Cell]:
    """Return what a whole year hides beside its months, so that no total tells more of them."""
    counts: dict[Cell, int] = {}
    relations: list[Relation] = []
    for month, treatments in by_month.items():
        counts |= _cells(str(month), outcomes.counts_of(treatments, endings))
        relations += _relations(str(month), outcomes.additions(endings))
    known = counts.keys() - hidden
    told = [treatment for treatments in by_month.values() for treatment in treatments]
    totals = outcomes.counts_of(told, endings)
    relations += [
        Relation((_TOTAL, name), tuple((str(month), name) for month in by_month)) for name in totals
    ]
    additions = outcomes.additions(endings)
    for slug in sorted(RELIABLE_CHANGE):
        totals |= outcomes.completion_counts(told, slug)
        additions += outcomes.completion_additions(slug)
    relations += _relations(_TOTAL, additions)
    return hidden_cells(counts | _cells(_TOTAL, totals), relations, least=least, known=known)


def _cells(row: str, counts: Mapping[str, int]) -> dict[Cell, int]:
    return {(row, name): count for name, count in counts.items()}


def _relations(row: str, additions: Iterable[tuple[str, tuple[str, ...]]]) -> list[Relation]:
    return [
        Relation((row, whole), tuple((row, part) for part in parts)) for whole, parts in additions
    ]


def _in_month(treatments: Sequence[EndedTreatment], month: int) -> list[EndedTreatment]:
    return [treatment for treatment in treatments if treatment.discharged_on.month == month]


def _row(
    treatments: Sequence[EndedTreatment],
    endings: Sequence[str],
    month: int | None,
    hidden: frozenset[Cell],
) -> OutcomeRow:
    row = _TOTAL if month is None else str(month)
    counts = {
        name: None if (row, name) in hidden else count
        for name, count in outcomes.counts_of(treatments, endings).items()
    }
    return OutcomeRow(month, counts, outcomes.sums_of(treatments) if counts["discharged"] else None)


def _measure(
    treatments: Sequence[EndedTreatment], slug: str, hidden: frozenset[Cell]
) -> MeasureOutcome:
    """Say of one questionnaire what the cells that are shown allow."""
    name = next(one.short_name for one in instruments.newest_instruments() if one.slug == slug)
    shown = outcomes.counts_of(
        treatments, outcomes.endings_of(treatments)
    ) | outcomes.completion_counts(treatments, slug)
    shown = {column: n for column, n in shown.items() if (_TOTAL, column) not in hidden}
    if not shown.keys() >= {"discharged", f"{slug}.both"} or not shown[f"{slug}.both"]:
        too_few = claims.improvement_sentence(Improvement.TOO_FEW)
        return MeasureOutcome(slug, name, sentences=(f"{name}: {too_few}",))
    found = claims.selection(treatments, slug)
    judged, means = Improvement.TOO_FEW, None
    if f"{slug}.improved" in shown:
        judged = claims.improvement(treatments, slug)
    if f"{slug}.no_last" in shown:
        means = outcomes.mean_first_scores(treatments, slug)
    sentences = [claims.selection_sentence(name, slug, shown, found)]
    if means is not None:
        sentences.append(claims.first_score_sentence(*means, found))
    sentences.append(claims.improvement_sentence(judged))
    with_last, without_last = means or (None, None)
    return MeasureOutcome(
        slug, name, judged, found.is_found, with_last, without_last, tuple(sentences)
    )
