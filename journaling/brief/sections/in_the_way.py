"""What may be in the way of treatment, told neutrally."""

from collections.abc import Sequence

from care.access import DataClass
from journaling import wording
from journaling.brief import figures, telling
from journaling.brief.document import Line, line, not_asked
from journaling.brief.facts import Facts
from journaling.brief.figures import LoggingFigures
from journaling.brief.sections.part import Written, plain
from journaling.entries import Recorded
from journaling.limits import ASIDE_LENGTH, MOST_HOMEWORK, MOST_MISSED


def write(facts: Facts) -> Written:
    """Tell of sessions missed, days without entries and homework; name what nobody asked."""
    barrier, quitting = _barrier(facts), _quitting(facts)
    missing = [] if barrier else ["what got in the way"]
    missing += [] if quitting else ["an urge to stop treatment"]
    asked = not_asked(", ".join(missing) + ".") if missing else None
    days = _days(facts)
    if barrier is not None:
        words = wording.quote(barrier.values["barrier"], longest=ASIDE_LENGTH)
        days = line(
            f"{days.text} In the way, {wording.day(barrier.local_date)}: {words}", [barrier]
        )
    lines = (_sessions(facts), days, quitting, _homework(facts), asked)
    return plain(*filter(None, lines))


def _barrier(facts: Facts) -> Recorded | None:
    named = [entry for entry in facts.heard if (entry.values.get("barrier") or "").strip()]
    return named[-1] if named else None


def _homework(facts: Facts) -> Line:
    """Tell which assigned skills were practised on how many days, and which not yet.

    A skill that was used in a craving was practised.
    """
    if not facts.standing.homework:
        return line("Homework: none is assigned.")
    if not facts.heard:
        return line(f"Homework: nothing was logged. Assigned: {_assigned(facts)}.")
    told, about = [], []
    for given in facts.standing.homework:
        own = [
            entry
            for entry in facts.heard
            if given.skill in figures.practised_skills(entry) and entry.local_date >= given.since
        ]
        told.append(
            f"{wording.skill(given.skill)} {_done(facts, own)} ({given.per_week} a week agreed)"
        )
        about += own
    return line(f"Homework: {wording.few(told, most=MOST_HOMEWORK, between='; ')}.", about)


def _assigned(facts: Facts) -> str:
    """Name what is assigned to somebody who is silent: of practice nothing is known."""
    given = [
        f"{wording.skill(one.skill)} ({one.per_week} a week agreed)"
        for one in facts.standing.homework
    ]
    return wording.few(given, most=MOST_HOMEWORK, between="; ")


def _done(facts: Facts, own: Sequence[Recorded]) -> str:
    """Tell on how many days it was done; days told too late are named, and in no figure."""
    known = {entry.id for entry in facts.counted}
    counted = [entry for entry in own if entry.id in known]
    days = {entry.local_date for entry in counted}
    in_craving = {entry.local_date for entry in counted if entry.kind == "craving"}
    if days:
        told = f"practised on {wording.counted(len(days), 'day')}"
        return f"{told}{telling.in_cravings(len(in_craving), len(days))}"
    late = len({entry.local_date for entry in own})
    if late:
        return f"practised on {wording.counted(late, 'day')}, told later and not in figures"
    return "not practised"


def _quitting(facts: Facts) -> Line | None:
    """Tell the strongest urge to stop treatment that was asked for; 0 is an answer."""
    rated = [(entry, urge) for entry in facts.heard if (urge := _urge_to_quit(entry)) is not None]
    if not rated:
        return None
    # max keeps the first of equals, so the order of entries decides.
    entry, most = max(rated, key=lambda pair: pair[1])
    if most == 0:
        return line("Urge to stop treatment: 0 of 5 each time asked.", [e for e, _ in rated])
    text = f"Urge to stop treatment: at most {most} of 5, {wording.day(entry.local_date)}"
    marks = telling.marked(entry, f"asked {wording.counted(len(rated), 'time')}")
    return line(f"{text}{marks}.", [entry])


def _urge_to_quit(entry: Recorded) -> int | None:
    urges, coming_in = entry.values.get("urges") or {}, entry.values.get("coming_in") or {}
    peak: int | None = urges.get("quit_treatment", {}).get("peak", coming_in.get("quit_treatment"))
    return peak


def _sessions(facts: Facts) -> Line:
    visits = facts.visits
    if DataClass.PROGRAMME in facts.not_agreed:
        return line("Sessions: their consent doesn't cover attendance.")
    if not visits:
        return line("Sessions: no attendance is on record in this window.")
    missed = [visit for visit in visits if not visit.is_attended]
    if not missed:
        came = "the 1" if len(visits) == 1 else f"all {len(visits)}"
        return line(f"Sessions: came to {came} on record in this window.")
    told = [
        f"{wording.spoken(visit.kind)} {wording.moment(visit.starts_at, facts.session.time_zone)}"
        f" ({'excused' if visit.status == 'excused' else 'not excused'})"
        for visit in missed
    ]
    named = wording.few(told, most=MOST_MISSED)
    return line(f"Sessions: missed {len(missed)} of {len(visits)}: {named}.")


def _days(facts: Facts) -> Line:
    """Tell the days without an entry; today is not over, so it is told apart."""
    if facts.window.until <= facts.window.since:
        return line("Logging: the window holds no day yet.")
    counted = [entry for entry in facts.of_days if entry.counts]
    so_far = sum(entry.local_date >= facts.today for entry in counted)
    today = f"today: {wording.counted(so_far, 'entry', 'entries')} so far"
    if not facts.days:
        return line(f"Logging: {today}.")
    found = figures.logging(counted, days=facts.days)
    text = _missing(facts, found)
    return line(f"{text}; {today}." if so_far else f"{text}.")


def _missing(facts: Facts, found: LoggingFigures) -> str:
    total = wording.counted(found.days, "day")
    if not found.without:
        return f"Logging: a shared entry on each of {total}"
    # A day that was filled in later has entries: they came too late to be of that day.
    late = {entry.local_date for entry in facts.hollow} & set(found.without)
    what = "no shared entry in time" if late else "no shared entry"
    text = f"Logging: {what} on {len(found.without)} of {total}"
    gap = found.longest_gap
    if len(gap) == 1:
        text += f": {wording.dates(found.without)}"
    elif len(gap) < found.days:
        text += f"; longest gap {wording.day(gap[0])} to {wording.day(gap[-1])}"
    if late:
        text += f"; {len(late)} of them filled in more than 48 hours later"
    return text
