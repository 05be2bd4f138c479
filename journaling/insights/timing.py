"""When cravings come: four parts of the day, seven weekdays, never hours (CLINICAL §6)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from backend.kit.languages import ENGLISH, Noun, Sentence
from backend.kit.timezones import get_zone
from journaling.entries.entry import EntryValue
from journaling.entries.kinds.craving import Craving
from journaling.insights import thresholds
from journaling.insights.confidence import Confidence, binomial_upper_tail, too_early_text
from journaling.insights.sampling import eligible_entries

WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_WHEN = {
    "morning": Sentence("in the morning", "por la mañana"),
    "midday": Sentence("around midday", "cerca del mediodía"),
    "afternoon": Sentence("in the afternoon", "por la tarde"),
    "evening": Sentence("in the evening", "por la noche"),
    "Mondays": Sentence("on Mondays", "los lunes"),
    "Tuesdays": Sentence("on Tuesdays", "los martes"),
    "Wednesdays": Sentence("on Wednesdays", "los miércoles"),
    "Thursdays": Sentence("on Thursdays", "los jueves"),
    "Fridays": Sentence("on Fridays", "los viernes"),
    "Saturdays": Sentence("on Saturdays", "los sábados"),
    "Sundays": Sentence("on Sundays", "los domingos"),
}
_SPREAD = {
    "day": Sentence("Spread over the day.", "Repartidas a lo largo del día."),
    "week": Sentence("Spread over the week.", "Repartidas a lo largo de la semana."),
}
_MORE = Sentence("More {when}: {n} of {all}.", "Más {when}: {n} de {all}.")
_TOO_FEW_DAYS = Sentence(
    "Too early to say: it takes {days} days.", "Es pronto para decirlo: hacen falta {days} días."
)
_CRAVINGS = Noun(Sentence("craving", "vez con ganas"), Sentence("cravings", "veces con ganas"))


@dataclass(frozen=True, slots=True)
class CravingTiming:
    """How the cravings are spread over parts of the day, or over weekdays.

    ``top`` is the part that stands out, if any. ``counts`` has every part, also those with none.
    """

    confidence: Confidence
    counts: Mapping[str, int]
    spread: str
    need: int
    top: str | None = None
    entries: tuple[UUID, ...] = ()

    @property
    def n(self) -> int:
        """Count the cravings that were looked at."""
        return sum(self.counts.values())

    @property
    def text(self) -> str:
        """Return it in the fixed words: "More in the evening: 14 of 24."."""
        return self.spoken(ENGLISH)

    def spoken(self, language: str) -> str:
        """Return it in the fixed words of one language."""
        if self.confidence is Confidence.TOO_EARLY:
            if self.n >= self.need:
                return _TOO_FEW_DAYS.format(language, days=thresholds.MIN_DAYS_FOR_WEEKDAYS)
            return too_early_text(have=self.n, need=self.need, noun=_CRAVINGS, language=language)
        if self.top is None:
            return _SPREAD[self.spread].spoken(language)
        when = _WHEN[self.top].spoken(language)
        return _MORE.format(language, when=when, n=self.counts[self.top], all=self.n)


def timing_by_daypart(entries: Iterable[EntryValue]) -> CravingTiming:
    """Look for a part of the day with more of the cravings that the patient logged unasked.

    The wall clock where the patient was decides; entries of a clock that can't be right say
    nothing about the time of day. Midnight to 3 belongs to the evening before.
    """
    cravings = _self_started(entries)
    names = [name for name, _ in thresholds.DAYPARTS]
    return _evaluate_timing(
        [(daypart_of(entry), entry) for entry in cravings],
        dict.fromkeys(names, 1 / len(names)),
        spread="day",
        need=thresholds.MIN_FOR_DAYPARTS,
        is_enough=True,
    )


def timing_by_weekday(entries: Iterable[EntryValue], *, days: Sequence[date]) -> CravingTiming:
    """Look for a weekday with more cravings, over at least four weeks of these days.

    A weekday is expected to have its share of the days on which anything was logged: somebody who
    logs nothing at weekends has not said that weekends are free of cravings.
    """
    wanted = set(days)
    logged = [entry for entry in entries if entry.local_date in wanted]
    logged_days = {entry.local_date for entry in logged}
    span = (max(logged_days) - min(logged_days)).days + 1 if logged_days else 0
    have = Counter(WEEKDAYS[day.weekday()] for day in logged_days)
    placed = [(WEEKDAYS[entry.local_date.weekday()], entry) for entry in _self_started(logged)]
    return _evaluate_timing(
        placed,
        {name: have[name] / max(1, len(logged_days)) for name in WEEKDAYS},
        spread="week",
        need=thresholds.MIN_FOR_WEEKDAYS,
        is_enough=span >= thresholds.MIN_DAYS_FOR_WEEKDAYS,
    )


def daypart_of(entry: EntryValue) -> str:
    """Return in which part of the day an entry occurred, where the patient was."""
    hour = entry.occurred_at.astimezone(get_zone(entry.time_zone)).hour
    begun = [name for name, starts in thresholds.DAYPARTS if hour >= starts]
    return begun[-1] if begun else thresholds.DAYPARTS[-1][0]


def _self_started(entries: Iterable[EntryValue]) -> list[EntryValue]:
    return [
        entry
        for entry in eligible_entries(entries, Craving)
        if entry.origin == "self" and not entry.clock_suspect
    ]


def _evaluate_timing(
    placed: Sequence[tuple[str, EntryValue]],
    shares: Mapping[str, float],
    *,
    spread: str,
    need: int,
    is_enough: bool,
) -> CravingTiming:
    counts = Counter(name for name, _ in placed)
    all_counts = {name: counts[name] for name in shares}
    if len(placed) < need or not is_enough:
        return CravingTiming(Confidence.TOO_EARLY, all_counts, spread, need)
    p_values = {
        name: binomial_upper_tail(all_counts[name], of=len(placed), chance=share)
        for name, share in shares.items()
    }
    top = min(p_values, key=lambda name: (p_values[name], name))
    if p_values[top] * len(shares) >= thresholds.TIMING_LEVEL:
        return CravingTiming(Confidence.NONE, all_counts, spread, need)
    of_top = tuple(entry.id for name, entry in placed if name == top)
    return CravingTiming(Confidence.FAIRLY_SURE, all_counts, spread, need, top, of_top)
