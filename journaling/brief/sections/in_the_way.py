"""What may be in the way of treatment, told neutrally."""

from care.access import DataClass
from journaling import wording
from journaling.brief import figures
from journaling.brief.document import Line, line, not_asked
from journaling.brief.facts import Facts
from journaling.brief.sections.part import Written, plain
from journaling.entries import Recorded
from journaling.limits import ASIDE_LENGTH, MOST_HOMEWORK


def write(facts: Facts) -> Written:
    """Tell of sessions missed and of days without entries; name what nobody asked."""
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
    named = [entry for entry in facts.entries if (entry.values.get("barrier") or "").strip()]
    return named[-1] if named else None


def _homework(facts: Facts) -> Line:
    """Tell which assigned skills were practised on how many days, and which not yet."""
    if not facts.standing.homework:
        return line("Homework: none is assigned.")
    practices = [entry for entry in facts.of("skill_practice") if figures.is_practised(entry)]
    told, about = [], []
    for given in facts.standing.homework:
        own = [
            entry
            for entry in practices
            if entry.values["skill"] == given.skill and entry.local_date >= given.since
        ]
        days = len({entry.local_date for entry in own})
        name = wording.skill(given.skill)
        done = f"practised on {wording.counted(days, 'day')}" if own else "not practised"
        told.append(f"{name} {done} ({given.per_week} a week agreed)")
        about += own
    shown, rest = told[:MOST_HOMEWORK], told[MOST_HOMEWORK:]
    more = f"; and {len(rest)} more" if rest else ""
    return line(f"Homework: {'; '.join(shown)}{more}.", about)


def _quitting(facts: Facts) -> Line | None:
    """Tell the strongest urge to stop treatment that was asked for; 0 is an answer."""
    rated = [(entry, urge) for entry in facts.entries if (urge := _urge_to_quit(entry)) is not None]
    if not rated:
        return None
    # max keeps the first of equals, so the order of entries decides.
    entry, most = max(rated, key=lambda pair: pair[1])
    if most == 0:
        return line("Urge to stop treatment: 0 of 5 each time asked.", [e for e, _ in rated])
    text = f"Urge to stop treatment: at most {most} of 5, {wording.day(entry.local_date)}"
    return line(f"{text} (asked {wording.counted(len(rated), 'time')}).", [entry])


def _urge_to_quit(entry: Recorded) -> int | None:
    urges, coming_in = entry.values.get("urges") or {}, entry.values.get("coming_in") or {}
    peak: int | None = urges.get("quit_treatment", {}).get("peak", coming_in.get("quit_treatment"))
    return peak


def _sessions(facts: Facts) -> Line:
    visits = facts.visits
    if DataClass.PROGRAMME in facts.not_agreed:
        return line("Sessions: their consent doesn't cover attendance.")
    if not visits:
        return line("Sessions: attendance was not recorded for any in this window.")
    missed = [visit for visit in visits if not visit.is_attended]
    if not missed:
        came = "the 1" if len(visits) == 1 else f"all {len(visits)}"
        return line(f"Sessions: came to {came} on record in this window.")
    told = [
        f"{wording.spoken(visit.kind)} {wording.moment(visit.starts_at, facts.session.time_zone)}"
        f" ({'excused' if visit.status == 'excused' else 'not excused'})"
        for visit in missed[:3]
    ]
    more = f" and {len(missed) - 3} more" if len(missed) > 3 else ""
    return line(f"Sessions: missed {len(missed)} of {len(visits)}: {', '.join(told)}{more}.")


def _days(facts: Facts) -> Line:
    found = figures.logging(facts.counted, days=facts.days)
    if not found.days:
        return line("Logging: the window holds no day yet.")
    total = wording.counted(found.days, "day")
    if not found.without:
        return line(f"Logging: a shared entry on each of {total}.")
    text = f"Logging: no shared entry on {len(found.without)} of {total}"
    gap = found.longest_gap
    if len(gap) == 1:
        text += f": {wording.dates(found.without)}"
    elif len(gap) < found.days:
        text += f"; longest gap {wording.day(gap[0])} to {wording.day(gap[-1])}"
    late = {entry.local_date for entry in facts.hollow} & set(found.without)
    if late:
        text += f"; {len(late)} of them filled in more than 48 hours later"
    return line(f"{text}.")
