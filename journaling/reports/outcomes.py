"""What became of people whose treatment ended: counts by month, who is missing, and what may be
claimed (CLINICAL §9).

Pure: it counts ``EndedTreatment`` values. Nobody's therapist is in it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import fmean, median

from journaling.briefs.limits import DAYS_BETWEEN_MEASURES, RELIABLE_CHANGE

#: A first questionnaire is a baseline when it comes within so many days of admission (ours).
BASELINE_DAYS = 28
#: The codes of an end that every report has a column for; others follow by their names.
ENDINGS = ("completed", "left", "transferred", "other")
NOT_RECORDED = "not_recorded"
COMPLETED = "completed"
#: What became of one questionnaire in a treatment. The last three have a first and a last score.
MISSING = ("none", "no_first", "no_last")
CHANGES = ("improved", "no_change", "worse")


@dataclass(frozen=True, slots=True)
class MeasureChange:
    """One questionnaire over a treatment: of ``MISSING`` or ``CHANGES``, and the first score."""

    status: str
    first: int | None = None


@dataclass(frozen=True, slots=True)
class EndedTreatment:
    """One person's treatment from admission to discharge, as far as a report counts it.

    Minutes are of sessions whose attendance is known; ``unknown_minutes`` were planned of others.
    ``discussed`` assignments were practised and spoken of in a session.
    """

    admitted_on: date
    discharged_on: date
    ending: str = NOT_RECORDED
    planned_minutes: int = 0
    minutes: int = 0
    unknown_minutes: int = 0
    sessions: int = 0
    feedback: int = 0
    assignments: int = 0
    discussed: int = 0
    changes: Mapping[str, MeasureChange] = field(default_factory=dict)

    def status(self, slug: str) -> str:
        """Return what became of one questionnaire."""
        change = self.changes.get(slug)
        return change.status if change is not None else MISSING[0]

    def has_both(self, slug: str) -> bool:
        """Whether it has a first and a last score of the questionnaire."""
        return self.status(slug) in CHANGES


@dataclass(frozen=True, slots=True)
class Sums:
    """What is summed over the treatments of a row, beside counts of people."""

    median_days: int
    planned_hours: int
    attended_hours: int
    unknown_hours: int
    sessions: int
    feedback: int
    assignments: int
    discussed: int


def measure_change(
    scores: Sequence[tuple[date, int]], *, admitted_on: date, slug: str
) -> MeasureChange:
    """Compare the first score of a treatment with its last, by the published reliable change.

    ``scores`` are those of the treatment, oldest first. Two within ``DAYS_BETWEEN_MEASURES`` ask
    about the same days, so the later is no last one.
    """
    if not scores:
        return MeasureChange("none")
    (first_on, first), (last_on, last) = scores[0], scores[-1]
    if first_on > admitted_on + timedelta(days=BASELINE_DAYS):
        return MeasureChange("no_first")
    if (last_on - first_on).days < DAYS_BETWEEN_MEASURES:
        return MeasureChange("no_last", first)
    # All questionnaires with a published threshold count symptoms: less is better.
    needed = RELIABLE_CHANGE[slug]
    if first - last >= needed:
        return MeasureChange("improved", first)
    return MeasureChange("worse" if last - first >= needed else "no_change", first)


def endings_of(treatments: Iterable[EndedTreatment]) -> tuple[str, ...]:
    """List the columns of how treatment ended: the known codes, then any other, then unknown."""
    others = {treatment.ending for treatment in treatments} - {*ENDINGS, NOT_RECORDED}
    return (*ENDINGS, *sorted(others), NOT_RECORDED)


def counts_of(treatments: Sequence[EndedTreatment], endings: Sequence[str]) -> dict[str, int]:
    """Count the people of a row, by column."""
    by_ending = Counter(treatment.ending for treatment in treatments)
    counts = {"discharged": len(treatments)} | {name: by_ending[name] for name in endings}
    for slug in sorted(RELIABLE_CHANGE):
        by_status = Counter(treatment.status(slug) for treatment in treatments)
        counts[f"{slug}.both"] = sum(by_status[name] for name in CHANGES)
        counts |= {f"{slug}.{name}": by_status[name] for name in (*MISSING, *CHANGES)}
    return counts


def additions(endings: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """List which columns add up to which, within one row."""
    found: list[tuple[str, tuple[str, ...]]] = [("discharged", tuple(endings))]
    for slug in sorted(RELIABLE_CHANGE):
        missing = tuple(f"{slug}.{name}" for name in MISSING)
        found.append(("discharged", (*missing, f"{slug}.both")))
        found.append((f"{slug}.both", tuple(f"{slug}.{name}" for name in CHANGES)))
    return found


def completion_counts(treatments: Sequence[EndedTreatment], slug: str) -> dict[str, int]:
    """Count who completed among those with both scores, and among the others."""
    both = [treatment for treatment in treatments if treatment.has_both(slug)]
    completed = sum(treatment.ending == COMPLETED for treatment in both)
    everybody = sum(treatment.ending == COMPLETED for treatment in treatments)
    return {
        f"{slug}.both.completed": completed,
        f"{slug}.both.not_completed": len(both) - completed,
        f"{slug}.missing.completed": everybody - completed,
    }


def completion_additions(slug: str) -> list[tuple[str, tuple[str, ...]]]:
    """List which of these columns add up to which of the others."""
    completed = f"{slug}.both.completed"
    return [
        (f"{slug}.both", (completed, f"{slug}.both.not_completed")),
        (COMPLETED, (completed, f"{slug}.missing.completed")),
    ]


def sums_of(treatments: Sequence[EndedTreatment]) -> Sums:
    """Sum up the hours, homework and feedback of a row that has people in it."""
    return Sums(
        median_days=round(
            median(
                (treatment.discharged_on - treatment.admitted_on).days for treatment in treatments
            )
        ),
        planned_hours=round(sum(treatment.planned_minutes for treatment in treatments) / 60),
        attended_hours=round(sum(treatment.minutes for treatment in treatments) / 60),
        unknown_hours=round(sum(treatment.unknown_minutes for treatment in treatments) / 60),
        sessions=sum(treatment.sessions for treatment in treatments),
        feedback=sum(treatment.feedback for treatment in treatments),
        assignments=sum(treatment.assignments for treatment in treatments),
        discussed=sum(treatment.discussed for treatment in treatments),
    )


def mean_first_scores(
    treatments: Iterable[EndedTreatment], slug: str
) -> tuple[float, float] | None:
    """Return the mean first score of those with a last one, and of those without; None of few."""
    told = list(treatments)
    groups = [first_scores(told, slug, has_both=has_both) for has_both in (True, False)]
    if not all(groups):
        return None
    with_last, without_last = (round(fmean(group), 1) for group in groups)
    return with_last, without_last


def first_scores(treatments: Iterable[EndedTreatment], slug: str, *, has_both: bool) -> list[int]:
    """List the first scores of those with, or without, a last one."""
    return [
        change.first
        for treatment in treatments
        if (change := treatment.changes.get(slug)) is not None
        and change.first is not None
        and treatment.has_both(slug) is has_both
    ]
