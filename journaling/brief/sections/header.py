"""Who comes, when, how far along they are, and how much there is to read."""

from care.queries.briefing import Stay
from journaling import wording
from journaling.brief.document import Line, line
from journaling.brief.facts import Facts
from journaling.brief.sections.part import Written, plain
from journaling.brief.window import Beginning

_UNTIL_NOW = "no {kind} session was attended before"
_BEGINS = {
    Beginning.LAST_SESSION: "Since the last attended {kind} session, {since}",
    Beginning.ADMISSION: f"Since admission, {{day}} ({_UNTIL_NOW})",
    Beginning.FIRST_ENTRY: f"Since the first entry, {{day}} ({_UNTIL_NOW})",
    Beginning.ENROLMENT: f"Since enrolment, {{day}} ({_UNTIL_NOW})",
}


def write(facts: Facts) -> Written:
    """Write four lines: the session, the stay, the window and the entries."""
    return plain(_session(facts), _stay(facts), _window(facts), _entries(facts))


def _session(facts: Facts) -> Line:
    session = facts.session
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
    if facts.stay is None:
        return line(f"No episode of care is open on this day. {_attended(facts)}.")
    day = (facts.session_day - facts.stay.admitted_on).days + 1
    level = wording.spoken(facts.stay.level_of_care).capitalize()
    planned = facts.stay.planned_hours_per_week
    plan = f" of {wording.number(float(planned))} h planned" if planned else ", no plan on record"
    return line(
        f"{level}, day {day} in the programme{_step(facts.stay)}. {_attended(facts)}{plan}."
    )


def _step(stay: Stay) -> str:
    """Tell from which level the patient stepped up or down into this one."""
    if stay.step is None or stay.came_from is None:
        return ""
    came_from = wording.spoken(stay.came_from)
    return f" (stepped {stay.step} from {came_from}, {wording.day(stay.admitted_on)})"


def _attended(facts: Facts) -> str:
    came = [visit for visit in facts.week_visits if visit.is_attended]
    minutes = [visit.minutes for visit in came if visit.minutes is not None]
    hours = f"Attended this week so far: {wording.number(round(sum(minutes) / 60, 1))} h"
    unknown = len(came) - len(minutes)
    if unknown:
        hours += f" (and {wording.counted(unknown, 'session')} of unknown length)"
    return hours


def _window(facts: Facts) -> Line:
    window = facts.window
    if window.beginning is Beginning.NOTHING:
        return line("Nothing to look back on: the patient enrolled after this session began.")
    begins = _BEGINS[window.beginning].format(
        kind=wording.spoken(facts.session.kind),
        since=wording.moment(window.since, facts.session.time_zone),
        day=wording.day(window.first_day),
    )
    zones = ""
    if window.zone != facts.session.time_zone:
        zones = f" Days are the patient's own, in {window.zone}."
    return line(f"{begins}: {wording.counted(len(facts.days), 'day')}.{zones}")


def _entries(facts: Facts) -> Line:
    scope = "Shown here: what is shared with the care team"
    if "individual_therapist_only" in facts.sees:
        scope += " or with the primary therapist alone"
    if not facts.entries:
        return line(f"No shared entries in this window. {scope}.")
    last = facts.entries[-1]
    count = wording.counted(len(facts.entries), "entry", "entries")
    when = wording.when(last).removeprefix("arrived ")
    return line(f"{count}, the last on {when}. {scope}.", facts.entries)
