"""Who comes, when, how far along they are, and how much there is to read."""

from collections.abc import Sequence
from datetime import timedelta

from backend.kit.zones import day_start, local_day, monday_of
from care.access import DataClass
from care.queries.briefing import ANY_KIND, Stay, Visit
from journaling import wording
from journaling.brief import telling
from journaling.brief.document import Line, line
from journaling.brief.facts import Facts
from journaling.brief.sections.part import Written, plain
from journaling.brief.window import Beginning

_WEEK = timedelta(days=7)
#: A window ends before its end: at midnight it is the day before that is told of.
_INSTANT = timedelta(microseconds=1)
_UNTIL_NOW = "no {kind} was attended before"
_BEGINS = {
    Beginning.LAST_SESSION: "Since the last attended {kind}, {since}",
    Beginning.ADMISSION: f"Since admission, {{day}} ({_UNTIL_NOW})",
    Beginning.FIRST_ENTRY: f"Since the first entry, {{day}} ({_UNTIL_NOW})",
    Beginning.ENROLMENT: f"Since enrolment, {{day}} ({_UNTIL_NOW})",
}


def write(facts: Facts) -> Written:
    """Write four lines: the session, the stay, the window and the entries."""
    return plain(_session(facts), _stay(facts), _window(facts), _entries(facts))


def _session(facts: Facts) -> Line:
    session = facts.session
    if session.kind == ANY_KIND:
        today = wording.dated(session.starts_at, session.time_zone).partition(",")[0]
        return line(f"{session.patient_name}: where things stand on {today}.")
    ends = wording.clock(session.ends_at, session.time_zone)
    parts = [
        f"{session.patient_name}: {wording.spoken(session.kind)} session",
        f"{wording.dated(session.starts_at, session.time_zone)} to {ends}",
        f"with {session.clinician_name}",
        session.title,
        session.place,
    ]
    cancelled = " This session was cancelled." if session.is_cancelled else ""
    return line(", ".join(filter(None, parts)) + "." + cancelled)


def _stay(facts: Facts) -> Line:
    if DataClass.PROGRAMME in facts.not_agreed:
        return line("Their consent doesn't cover the programme and attendance.")
    if facts.stay is None:
        return line(f"No episode of care is open on this day. {_attended(facts, '')}.")
    day = (facts.session_day - facts.stay.admitted_on).days + 1
    level = wording.spoken(facts.stay.level_of_care).capitalize()
    planned = facts.stay.planned_hours_per_week
    plan = f" of {wording.number(float(planned))} h planned" if planned else ", no plan on record"
    return line(
        f"{level}, day {day} in the programme{_step(facts.stay)}. {_attended(facts, plan)}."
    )


def _step(stay: Stay) -> str:
    """Tell from which level the patient stepped up or down into this one."""
    if stay.step is None or stay.came_from is None:
        return ""
    came_from = wording.spoken(stay.came_from)
    return f" (stepped {stay.step} from {came_from}, {wording.day(stay.admitted_on)})"


def _attended(facts: Facts, plan: str) -> str:
    """Tell the hours of the session's own week, or of the running one while that lies ahead."""
    monday = monday_of(facts.session_day)
    zone = facts.session.time_zone
    begins = day_start(monday, zone)
    if facts.window.until <= begins:
        running = monday_of(local_day(facts.window.until - _INSTANT, zone))
        before = _hours(
            [v for v in facts.week_visits if day_start(running, zone) <= v.starts_at < begins]
        )
        is_next = monday - running == _WEEK
        week = "the week before it" if is_next else f"the week of {wording.day(running)}"
        return f"Attended in {week}, so far: {before}{plan}"
    own = _hours([visit for visit in facts.week_visits if visit.starts_at >= begins])
    return f"Attended this week so far: {own}{plan}"


def _hours(visits: Sequence[Visit]) -> str:
    came = [visit for visit in visits if visit.is_attended]
    minutes = [visit.minutes for visit in came if visit.minutes is not None]
    hours = f"{wording.number(round(sum(minutes) / 60, 1))} h"
    unknown = len(came) - len(minutes)
    if unknown:
        hours += f" (and {wording.counted(unknown, 'session')} of unknown length)"
    return hours


def _window(facts: Facts) -> Line:
    window = facts.window
    if window.beginning is Beginning.NOTHING:
        return line("Nothing to look back on: the patient enrolled after this session began.")
    begins = _BEGINS[window.beginning].format(
        kind=f"{wording.spoken(facts.session.kind)} session".strip(),
        since=wording.moment(window.since, facts.session.time_zone),
        day=wording.day(window.first_day),
    )
    days = f"{wording.counted(len(facts.days), 'day')} and today" if facts.days else "today"
    return line(f"{begins}: {days}.{_own_days(facts)}")


def _own_days(facts: Facts) -> str:
    """Tell how the patient's days differ from those of the clinic's calendar."""
    zone, starts_hour = facts.window.calendar.zone, facts.window.calendar.starts_hour
    parts = [f"in {zone}"] if zone != facts.session.time_zone else []
    if starts_hour:
        parts.append(f"from {starts_hour} am")
    return f" Days are the patient's own, {', '.join(parts)}." if parts else ""


def _entries(facts: Facts) -> Line:
    scope = "Shown here: what is shared with the care team"
    if "individual_therapist_only" in facts.sees:
        scope += " or with the primary therapist alone"
    told = " ".join(filter(None, (_inside(facts), _late(facts))))
    return line(f"{told} {scope}.", facts.entries)


def _inside(facts: Facts) -> str:
    if not facts.inside:
        return "No shared entries in this window."
    count = wording.counted(len(facts.inside), "entry", "entries")
    when = wording.when(facts.inside[-1]).removeprefix("arrived ")
    return f"{count}, the last on {when}."


def _late(facts: Facts) -> str:
    """Count what is told although it happened before, by how it was heard of."""
    if not facts.late:
        return ""
    known = {entry.id for entry in facts.left}
    fresh = [entry for entry in facts.late if entry.id not in known]
    came = sum(entry.received_at >= facts.window.since for entry in fresh)
    missed = sum(entry.id in facts.missed for entry in fresh)
    counts = (
        (came, "arrived after the last session"),
        (len(fresh) - came - missed, "marked, shared or changed since"),
        (missed, telling.MISSED),
        (len(known), "from earlier briefs and not reviewed"),
    )
    count = wording.counted(len(facts.late), "entry", "entries")
    told = [(n, how) for n, how in counts if n]
    how = told[0][1] if len(told) == 1 else ", ".join(f"{n} {how}" for n, how in told)
    return f"With {count} from before it ({telling.listed(facts.late)}): {how}."
