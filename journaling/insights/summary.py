"""What a patient, or their care team, may read of some weeks: figures with n (CLINICAL §6).

Words and thresholds are those of ``journaling.insights``. Nothing here is a streak that starts
again at zero, and no skill is shown for doing worse than another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backend.kit.languages import ENGLISH, Sentence
from care.access.chart import Chart
from care.people.profile import PatientClock
from journaling import formatting
from journaling.entries.entry import EntryValue
from journaling.entries.read import entries_of_days_without_text
from journaling.insights import figures
from journaling.insights.confidence import RatingScale
from journaling.insights.figures import UseFigures
from journaling.insights.sampling import DailySeries, daily_peaks, daily_valence
from journaling.insights.skill_outcomes import (
    CravingsAfterSkill,
    StandoutSkill,
    cravings_after_skills,
    find_standout_skill,
)
from journaling.insights.timing import CravingTiming, timing_by_daypart, timing_by_weekday
from journaling.insights.trends import Trend, WeekComparison, compare_weeks, find_trend

VALENCE_SCALE = RatingScale(-3, 3)
CRAVING_SCALE = RatingScale(0, 10)
_NOTHING_LOGGED = Sentence("Nothing logged yet.", "Aún no hay nada anotado.")
_LOGGED = Sentence(
    "Something logged on {n} of the last {days}.", "Algo anotado en {n} de los últimos {days}."
)
_USE_NOT_ASKED = Sentence("Use: not asked", "Consumo: no se preguntó")
_WITHOUT_USE = Sentence(
    "{n} of the last {days} without reported use ({unknown} unknown)",
    "{n} de los últimos {days} sin consumo anotado (de {unknown} no se sabe)",
)
_TOLD_LATE = Sentence(
    "{entries} written down more than 48 hours later: kept, and in no figure.",
    "{entries} de más de 48 horas después: se conserva todo, y no está en ninguna cifra.",
)
_CHANGED_LATE = Sentence(
    "{entries} written down or changed more than 48 hours later: kept, and in no figure.",
    "{entries} con anotación o cambio de más de 48 horas después: se conserva todo, y no está en "
    "ninguna cifra.",
)


@dataclass(frozen=True, slots=True)
class RatingCourse:
    """How one daily rating went: its trend, and the last week beside the one before."""

    scale: RatingScale
    trend: Trend
    weeks: WeekComparison


@dataclass(frozen=True, slots=True)
class PatientSummary:
    """Some weeks of one patient, as far as the chart shows them.

    ``days`` are the patient's local days, today included, since they are with us. ``days_over`` are
    those that can have been missed: today is one once something was logged on it. So it is with the
    days of use, once use was asked about.
    """

    days: tuple[date, ...]
    days_over: int
    is_own: bool
    #: Of whoever reads it: its texts are said in this language.
    language: str
    entries: int
    days_with: int
    too_late: int
    changed_late: int
    use: UseFigures
    mood: RatingCourse
    craving: RatingCourse
    parts_of_day: CravingTiming
    weekdays: CravingTiming
    after_skills: tuple[CravingsAfterSkill, ...]
    stand_out: StandoutSkill

    @property
    def logged_text(self) -> str:
        """Write on how many days anything was logged; a day without is missing, not zero."""
        if not self.days_over:
            return _NOTHING_LOGGED.spoken(self.language)
        days = formatting.DAYS.count(self.days_over, self.language)
        return _LOGGED.format(self.language, n=self.days_with, days=days)

    @property
    def use_text(self) -> str:
        """Write the days of use: "27 of the last 30 days without reported use (1 unknown)".

        It is what was reported, to the patient as to their team; what nobody asked, nobody knows.
        """
        if not self.use.is_asked:
            return _USE_NOT_ASKED.spoken(self.language)
        days = formatting.DAYS.count(self.use.days, self.language)
        return _WITHOUT_USE.format(
            self.language, n=self.use.without_use, days=days, unknown=self.use.unknown
        )

    @property
    def too_late_text(self) -> str:
        """Write how many entries are in no figure, so that none is left out unsaid."""
        if not self.too_late:
            return ""
        entries = formatting.ENTRIES.count(self.too_late, self.language)
        sentence = _CHANGED_LATE if self.changed_late else _TOLD_LATE
        return sentence.format(self.language, entries=entries)


def patient_summary(
    *, chart: Chart, calendar: PatientClock, days: int, now: datetime
) -> PatientSummary:
    """Sum up the last so many local days of the patient, today included.

    Days before the patient enrolled or logged anything are not "unknown": they are left out.
    """
    today = calendar.local.day_of(now)
    first = today - timedelta(days=days - 1)
    entries = entries_of_days_without_text(chart=chart, first=first, last=today)
    return summarize_entries(
        entries, days=_days_since_enrolment(entries, first, today, calendar), is_own=chart.is_own,
        language=chart.language,
    )  # fmt: skip


def summarize_entries(
    entries: Sequence[EntryValue], *, days: tuple[date, ...], is_own: bool, language: str = ENGLISH
) -> PatientSummary:
    """Sum up these entries over these days; a pure function."""
    counted = [entry for entry in entries if entry.is_countable]
    late = [entry for entry in entries if not entry.is_countable]
    logged = {entry.local_date for entry in counted}
    return PatientSummary(
        days=days,
        days_over=len(days) - (days[-1] not in logged),
        is_own=is_own,
        language=language,
        entries=len(entries),
        days_with=len(logged),
        too_late=len(late),
        changed_late=sum(entry.changed_late for entry in late),
        use=_use_over_days(counted, late, days),
        mood=_rating_course(daily_valence(entries), days, VALENCE_SCALE),
        craving=_rating_course(daily_peaks(entries), days, CRAVING_SCALE),
        parts_of_day=timing_by_daypart(entries),
        weekdays=timing_by_weekday(entries, days=days),
        after_skills=tuple(cravings_after_skills(entries)),
        stand_out=find_standout_skill(entries),
    )


def _use_over_days(
    counted: Sequence[EntryValue], late: Sequence[EntryValue], days: tuple[date, ...]
) -> UseFigures:
    today = figures.use_figures(counted, told_late=late, days=days[-1:])
    over = days if today.with_use or today.without_use else days[:-1]
    return figures.use_figures(counted, told_late=late, days=over)


def _rating_course(daily: DailySeries, days: Sequence[date], scale: RatingScale) -> RatingCourse:
    return RatingCourse(
        scale,
        find_trend(daily, days=days, scale=scale),
        compare_weeks(daily, days=days, scale=scale),
    )


def _days_since_enrolment(
    entries: Sequence[EntryValue], first: date, today: date, calendar: PatientClock
) -> tuple[date, ...]:
    known = [entry.local_date for entry in entries]
    if calendar.enrolled_at is not None:
        known.append(calendar.local.day_of(calendar.enrolled_at))
    begins = max(first, min([*known, today]))
    return tuple(begins + timedelta(days=n) for n in range((today - begins).days + 1))
