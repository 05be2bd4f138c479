"""What a brief says of itself: its header, and at its end how far its figures can be trusted.

The header says who comes, when, how far along they are, and how much there is to read; the end says
when entries were written, and which are left out.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from backend.kit.timezones import local_day, monday_of, start_of_day
from care.access.data_categories import DataCategory
from care.programme.read import EpisodeOnDay
from care.sessions.around import RecordedAttendance
from care.sessions.for_brief import NO_SESSION_KIND
from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.document import Line, SectionContent, lines_only, make_line, name_lines
from journaling.briefs.facts import BriefFacts, ReminderCounts, WindowStart
from journaling.briefs.limits import MAX_ASIDE_LENGTH, MAX_OPEN_ASSIGNMENTS
from journaling.entries.entry import EntryValue, Recall
from journaling.skills import catalogue
from journaling.skills.read import OpenAssignment

_WEEK = timedelta(days=7)
#: A window excludes its end: at midnight it is about the day before.
_INSTANT = timedelta(microseconds=1)
_NO_SESSION_BEFORE = "no {kind} was attended before"
_WINDOW_PHRASES = {
    WindowStart.LAST_SESSION: "Since the last attended {kind}, {since}",
    WindowStart.ADMISSION: f"Since admission, {{day}} ({_NO_SESSION_BEFORE})",
    WindowStart.FIRST_ENTRY: f"Since the first entry, {{day}} ({_NO_SESSION_BEFORE})",
    WindowStart.ENROLMENT: f"Since enrolment, {{day}} ({_NO_SESSION_BEFORE})",
}


def write_header(facts: BriefFacts) -> SectionContent:
    """Write the session, the stay, the homework that nobody closed, the window and the entries."""
    return lines_only(
        *name_lines(
            session=_session(facts), stay=_stay(facts), plan=_plan_response(facts),
            homework=_open_homework(facts),
            window=_window(facts), entries=_entries(facts),
        )
    )  # fmt: skip


def _session(facts: BriefFacts) -> Line:
    session = facts.session
    if session.kind == NO_SESSION_KIND:
        today = formatting.format_datetime_with_year(
            session.starts_at, session.time_zone
        ).partition(",")[0]
        ahead = _next_session(facts, "Next session")
        return make_line(f"{session.patient_name}: where things stand on {today}.{ahead}")
    ends = formatting.format_time(session.ends_at, session.time_zone)
    parts = [
        f"{session.patient_name}: {formatting.humanize(session.kind)} session",
        f"{formatting.format_datetime_with_year(session.starts_at, session.time_zone)} to {ends}",
        f"with {session.clinician_name}",
        session.title,
        session.place,
    ]
    cancelled = " This session was cancelled." if session.is_cancelled else ""
    ahead = _next_session(facts, "Next after it")
    return make_line(", ".join(filter(None, parts)) + "." + cancelled + ahead)


def _next_session(facts: BriefFacts, opening: str) -> str:
    """Return when they come next, by the clinic's clock; or that nothing is planned."""
    if DataCategory.PROGRAMME in facts.not_agreed:
        return ""
    if facts.next_session is None:
        return f" {opening}: none planned."
    when = formatting.format_datetime(facts.next_session.starts_at, facts.session.time_zone)
    return f" {opening}: {formatting.humanize(facts.next_session.kind)} {when}."


def _stay(facts: BriefFacts) -> Line:
    if DataCategory.PROGRAMME in facts.not_agreed:
        return make_line("Their consent doesn't cover the programme and attendance.")
    if facts.stay is None:
        return make_line(f"No episode of care is open on this day. {_attended(facts, '')}.")
    day = (facts.session_day - facts.stay.admitted_on).days + 1
    level = formatting.humanize(facts.stay.level_of_care).capitalize()
    planned = facts.stay.planned_hours_per_week
    plan = (
        f" of {formatting.format_number(float(planned))} h planned"
        if planned
        else ", no plan on record"
    )
    return make_line(
        f"{level}, day {day} in the programme{_step(facts.stay)}. {_attended(facts, plan)}."
    )


def _plan_response(facts: BriefFacts) -> Line | None:
    """Write what the patient said of the plan of care: a no until they say yes, a yes once."""
    said = facts.record.plan_response
    if said is None or (said.agreed and said.at < facts.window.since):
        return None
    what = "Agreed to" if said.agreed else "Did not agree to"
    comment = (
        f": {formatting.quote(said.comment, longest=MAX_ASIDE_LENGTH)}" if said.comment else "."
    )
    return make_line(f"{what} version {said.plan_rev} of the plan of care{comment}")


def _open_homework(facts: BriefFacts) -> Line | None:
    """Write what was given and not closed since, the oldest first: none may grow old unseen."""
    parts = [
        f"{catalogue.skill_name(given.skill)} ({_given(given, facts)})"
        for given in facts.status.assignments
    ]
    if not parts:
        return None
    listed = formatting.join_first(parts, most=MAX_OPEN_ASSIGNMENTS, between="; ")
    return make_line(f"Homework still open: {listed}.")


def _given(given: OpenAssignment, facts: BriefFacts) -> str:
    since = formatting.format_day(given.since)
    if given.until is None or given.until >= facts.today:
        return f"since {since}"
    return f"{since} to {formatting.format_day(given.until)}"


def _step(stay: EpisodeOnDay) -> str:
    """Describe from which level the patient stepped up or down into this one."""
    if stay.step is None or stay.came_from is None:
        return ""
    came_from = formatting.humanize(stay.came_from)
    return f" (stepped {stay.step} from {came_from}, {formatting.format_day(stay.admitted_on)})"


def _attended(facts: BriefFacts, plan: str) -> str:
    """Describe the hours of the session's own week, or of the current one while that lies ahead."""
    monday = monday_of(facts.session_day)
    zone = facts.session.time_zone
    begins = start_of_day(monday, zone)
    if facts.window.until <= begins:
        running = monday_of(local_day(facts.window.until - _INSTANT, zone))
        before = _hours(
            [v for v in facts.week_visits if start_of_day(running, zone) <= v.starts_at < begins]
        )
        is_next = monday - running == _WEEK
        week = "the week before it" if is_next else f"the week of {formatting.format_day(running)}"
        return f"Attended in {week}, so far: {before}{plan}"
    own = _hours([visit for visit in facts.week_visits if visit.starts_at >= begins])
    return f"Attended this week so far: {own}{plan}"


def _hours(visits: Sequence[RecordedAttendance]) -> str:
    came = [visit for visit in visits if visit.is_attended]
    minutes = [visit.minutes for visit in came if visit.minutes is not None]
    hours = f"{formatting.format_number(round(sum(minutes) / 60, 1))} h"
    unknown = len(came) - len(minutes)
    if unknown:
        hours += f" (and {formatting.pluralize(unknown, 'session')} of unknown length)"
    return hours


def _window(facts: BriefFacts) -> Line:
    window = facts.window
    if window.beginning is WindowStart.NOTHING:
        return make_line("Nothing to look back on: the patient enrolled after this session began.")
    begins = _WINDOW_PHRASES[window.beginning].format(
        kind=f"{formatting.humanize(facts.session.kind)} session".strip(),
        since=formatting.format_datetime(window.since, facts.session.time_zone),
        day=formatting.format_day(window.first_day),
    )
    days = f"{formatting.pluralize(len(facts.days), 'day')} and today" if facts.days else "today"
    return make_line(f"{begins}: {days}.{_own_days(facts)}")


def _own_days(facts: BriefFacts) -> str:
    """Describe how the patient's days differ from those of the clinic's calendar."""
    zone, starts_hour = facts.window.calendar.zone, facts.window.calendar.starts_hour
    parts = [f"in {zone}"] if zone != facts.session.time_zone else []
    if starts_hour:
        parts.append(f"from {starts_hour} am")
    return f" Days are the patient's own, {', '.join(parts)}." if parts else ""


def _entries(facts: BriefFacts) -> Line:
    scope = "Shown here: what is shared with the care team"
    if "individual_therapist_only" in facts.sharing_levels:
        scope += " or with the primary therapist alone"
    text = " ".join(filter(None, (_inside(facts), _late(facts))))
    return make_line(f"{text} {scope}.", facts.entries)


def _inside(facts: BriefFacts) -> str:
    if not facts.in_window:
        return "No shared entries in this window."
    count = formatting.pluralize(len(facts.in_window), "entry", "entries")
    when = phrases.occurrence_time(facts.in_window[-1]).removeprefix("arrived ")
    return f"{count}, the last on {when}."


def _late(facts: BriefFacts) -> str:
    """Count what is in the brief although it happened before, by how it was heard of."""
    if not facts.late:
        return ""
    known = {entry.id for entry in facts.still_unreviewed}
    fresh = [entry for entry in facts.late if entry.id not in known]
    came = sum(entry.received_at >= facts.window.since for entry in fresh)
    missed = sum(entry.id in facts.missed for entry in fresh)
    counts = (
        (came, "arrived after the last session"),
        (len(fresh) - came - missed, "marked, shared or changed since"),
        (missed, phrases.MISSED),
        (len(known), "from earlier briefs and not reviewed"),
    )
    count = formatting.pluralize(len(facts.late), "entry", "entries")
    parts = [(n, how) for n, how in counts if n]
    how = parts[0][1] if len(parts) == 1 else ", ".join(f"{n} {how}" for n, how in parts)
    return f"With {count} from before it ({phrases.count_by_kind(facts.late)}): {how}."


NO_REMINDERS = ReminderCounts(delivered=0, answered=0, undelivered=0, paused=0)


def write_data(facts: BriefFacts) -> SectionContent:
    """Write the shares of recall, what is in no figure, and clocks that can't be right."""
    if not facts.news:
        text = f"No entry, so no figure: missing here means not known. {_reminders(facts)}"
        return lines_only(*name_lines(recall=make_line(text)))
    reminders = make_line(_reminders(facts))
    return lines_only(
        *name_lines(recall=_recall(facts), doubts=_doubts(facts), reminders=reminders)
    )


def _recall(facts: BriefFacts) -> Line:
    total = len(facts.news)
    # By a wrong clock nobody knows how fresh a memory was.
    by_recall = Counter(entry.recall for entry in facts.news if not entry.clock_suspect)
    doubted = sum(entry.clock_suspect for entry in facts.news)
    shares = [
        f"{formatting.format_share(by_recall[recall], total)} {words}"
        for recall, words in (
            (Recall.MOMENTARY, "in the moment"),
            (Recall.SAME_DAY, "the same day"),
            (Recall.RECALLED, "on a later day"),
        )
        if by_recall[recall]
    ]
    count = formatting.pluralize(total, "entry", "entries")
    if doubted:
        shares.append(
            f"{formatting.format_share(doubted, total)} by a clock that can't be believed"
        )
    return make_line(f"Of {count}, written down {', '.join(shares)}.", facts.news)


def _doubts(facts: BriefFacts) -> Line | None:
    """Write what is in no figure, and where the phone's clock can't be right."""
    doubted = [entry for entry in facts.news if entry.clock_suspect]
    uncounted = [entry for entry in facts.uncounted if not entry.clock_suspect]
    sentences = []
    if uncounted:
        sentences.append(_too_late(uncounted))
    if doubted:
        count = formatting.pluralize(len(doubted), "entry", "entries")
        each = "it" if len(doubted) == 1 else "each"
        text = f"The phone's clock can't be right for {count}; {each} stands where it arrived"
        lost = sum(not entry.is_countable for entry in doubted)
        sentences.append(f"{text}, {lost} of them in no figure." if lost else f"{text}.")
    about = {entry.id: entry for entry in (*uncounted, *doubted)}
    return make_line(" ".join(sentences), about.values()) if sentences else None


def _too_late(uncounted: Sequence[EntryValue]) -> str:
    """Count what came more than 48 hours later, and how much of it only by a change."""
    text = f"More than 48 hours later, so in no figure: {phrases.count_by_kind(uncounted)}"
    if changed := sum(entry.changed_late for entry in uncounted):
        text += f"; {changed} of them first answered or changed then"
    return f"{text}."


def _reminders(facts: BriefFacts) -> str:
    """Describe how many reminders were answered; one that never arrived was not ignored."""
    if DataCategory.REMINDERS in facts.not_agreed:
        return "Their consent doesn't cover how reminders went."
    counts = facts.reminders
    if counts == NO_REMINDERS:
        return "No reminder asked for an entry in this window."
    text = "none was delivered"
    if counts.delivered:
        text = f"answered {counts.answered} of {counts.delivered} delivered"
    if counts.undelivered:
        text += f"; {counts.undelivered} not delivered, so not ignored"
    if counts.paused:
        text += f"; {counts.paused} not sent while they had paused them"
    return f"Reminders: {text}."
