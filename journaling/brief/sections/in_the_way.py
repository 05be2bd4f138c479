"""What may be in the way of treatment, told neutrally."""

from journaling.brief import figures, wording
from journaling.brief.document import Line, line, not_asked
from journaling.brief.facts import Facts
from journaling.brief.sections.part import Written, plain


def write(facts: Facts) -> Written:
    """Tell of sessions missed and of days without entries; name what nobody asked."""
    asked = not_asked("what got in the way, an urge to stop treatment, homework.")
    return plain(_sessions(facts), _days(facts), asked)


def _sessions(facts: Facts) -> Line:
    visits = facts.visits
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
    return line(f"{text}.")
