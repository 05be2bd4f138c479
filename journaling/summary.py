"""What a patient, or their care team, may read of some weeks: figures with n and period (§6).

Words and thresholds come from ``journaling.statistics``. Nothing here counts in a row or starts
again at nought, and no skill is shown for doing worse than another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from care.access import Chart
from care.queries.people import Calendar
from journaling import statistics, wording
from journaling.brief import figures
from journaling.brief.figures import UseFigures
from journaling.entries import Recorded
from journaling.queries import numbers_of_days
from journaling.statistics import AfterSkill, Scale, StandOut, Timing, Trend, Weeks

VALENCE = Scale(-3, 3)
CRAVING = Scale(0, 10)


@dataclass(frozen=True, slots=True)
class Course:
    """How one daily rating went: its trend, and the last week beside the one before."""

    scale: Scale
    trend: Trend
    weeks: Weeks


@dataclass(frozen=True, slots=True)
class Summary:
    """Some weeks of one patient, as far as the chart shows them.

    ``days`` are the patient's local days, today included, since they are with us. ``days_over`` are
    those that can have been missed: today is one once something was logged on it. So it is with the
    days of use, once use was asked about.
    """

    days: tuple[date, ...]
    days_over: int
    is_own: bool
    entries: int
    days_with: int
    too_late: int
    changed_late: int
    use: UseFigures
    mood: Course
    craving: Course
    parts_of_day: Timing
    weekdays: Timing
    after_skills: tuple[AfterSkill, ...]
    stand_out: StandOut

    @property
    def logged_text(self) -> str:
        """Tell on how many days anything was logged; a day without is missing, not nought."""
        if not self.days_over:
            return "Nothing logged yet."
        days = f"{self.days_with} of the last {wording.counted(self.days_over, 'day')}"
        return f"Something logged on {days}."

    @property
    def use_text(self) -> str:
        """Tell it: "27 of the last 30 days without reported use (1 unknown)".

        It is what was reported, to the patient as to their team; what nobody asked, nobody knows.
        """
        if not self.use.is_asked:
            return "Use: not asked"
        days = f"{self.use.without_use} of the last {wording.counted(self.use.days, 'day')}"
        return f"{days} without reported use ({self.use.unknown} unknown)"

    @property
    def too_late_text(self) -> str:
        """Tell how many entries stand in no figure, so that no number is missed in silence."""
        if not self.too_late:
            return ""
        count = wording.counted(self.too_late, "entry", "entries")
        how = "written down or changed" if self.changed_late else "written down"
        return f"{count} {how} more than 48 hours later: kept, and in no figure."


def summary(*, chart: Chart, calendar: Calendar, days: int, now: datetime) -> Summary:
    """Sum up the last so many local days of the patient, today included.

    Days before the patient enrolled or logged anything are not "unknown": they are left out.
    """
    today = calendar.local.day_of(now)
    first = today - timedelta(days=days - 1)
    entries = numbers_of_days(chart=chart, first=first, last=today)
    return of(entries, days=_since_here(entries, first, today, calendar), is_own=chart.is_own)


def of(entries: Sequence[Recorded], *, days: tuple[date, ...], is_own: bool) -> Summary:
    """Sum up these entries over these days; a pure function."""
    counted = [entry for entry in entries if entry.counts]
    late = [entry for entry in entries if not entry.counts]
    logged = {entry.local_date for entry in counted}
    return Summary(
        days=days,
        days_over=len(days) - (days[-1] not in logged),
        is_own=is_own,
        entries=len(entries),
        days_with=len(logged),
        too_late=len(late),
        changed_late=sum(entry.changed_late for entry in late),
        use=_use(counted, late, days),
        mood=_course(statistics.daily_valence(entries), days, VALENCE),
        craving=_course(statistics.daily_peaks(entries), days, CRAVING),
        parts_of_day=statistics.dayparts(entries),
        weekdays=statistics.weekdays(entries, days=days),
        after_skills=tuple(statistics.after_skills(entries)),
        stand_out=statistics.stand_out(entries),
    )


def _use(
    counted: Sequence[Recorded], late: Sequence[Recorded], days: tuple[date, ...]
) -> UseFigures:
    today = figures.use(counted, told_late=late, days=days[-1:])
    over = days if today.with_use or today.without_use else days[:-1]
    return figures.use(counted, told_late=late, days=over)


def _course(daily: statistics.Daily, days: Sequence[date], scale: Scale) -> Course:
    return Course(
        scale,
        statistics.trend(daily, days=days, scale=scale),
        statistics.week_against_week(daily, days=days, scale=scale),
    )


def _since_here(
    entries: Sequence[Recorded], first: date, today: date, calendar: Calendar
) -> tuple[date, ...]:
    known = [entry.local_date for entry in entries]
    if calendar.enrolled_at is not None:
        known.append(calendar.local.day_of(calendar.enrolled_at))
    begins = max(first, min([*known, today]))
    return tuple(begins + timedelta(days=n) for n in range((today - begins).days + 1))
