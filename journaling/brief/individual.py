"""The brief about one patient: read the facts once, then let each section speak."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

import orjson

from backend.kit.zones import LocalCalendar, day_start, local_day, monday_of
from care.access import Chart, DataClass
from care.queries import briefing
from care.queries.briefing import BriefedSession, Stay, Visit
from care.queries.names import staff_names
from journaling import wording
from journaling.brief import seen, telling
from journaling.brief import window as windows
from journaling.brief.document import Brief, Line, Section, Spark
from journaling.brief.facts import AskPrompts, Facts
from journaling.brief.sections import SECTIONS
from journaling.brief.window import Window
from journaling.entries import Recorded
from journaling.kinds import KINDS
from journaling.limits import MEASURES_BACK_DAYS
from journaling.queries.entries import first_entry_at
from journaling.queries.standing import standing
from journaling.queries.unread import entries_to_tell

#: What a brief tells beside entries, each if the patient's consent covers it.
BESIDE = (DataClass.PROGRAMME, DataClass.SAFETY_EVENTS, DataClass.REMINDERS)


def individual(
    *, chart: Chart, session: BriefedSession, prompts: AskPrompts, now: datetime
) -> Brief:
    """Make the brief for a session with one patient, from what the chart shows.

    ``prompts`` is asked once, about the window. The same data always gives the same digest. The
    number of statements does not grow with the number of entries.
    """
    facts = facts_of(chart=chart, session=session, prompts=prompts, now=now)
    sections = write(facts)
    others = seen.readers(sections) - {chart.viewer_id}
    return Brief(
        session=session,
        since=facts.window.since,
        until=facts.window.until,
        generated_at=now,
        digest=digest_of(facts, sections),
        sections=seen.told_to(
            chart.viewer_id, sections, names=staff_names(ids=others) if others else {}, now=now,
            zone=session.time_zone,
        ),
        shown=tuple((entry.id, entry.rev) for entry in facts.entries),
    )  # fmt: skip


def facts_of(*, chart: Chart, session: BriefedSession, prompts: AskPrompts, now: datetime) -> Facts:
    """Read everything that a brief is made from, through the chart."""
    today = briefing.clinic_day(session=session)
    stay = briefing.stay_at(chart=chart, day=today)
    until = windows.ends_at(starts_at=session.starts_at, now=now)
    week_starts = _weeks_start(session, today, until)
    visits = briefing.visits_before(chart=chart, session=session, since=week_starts, until=until)
    window = _window(chart, session, stay, visits, until)
    found = entries_to_tell(
        chart=chart,
        kind=session.kind,
        since=window.since,
        until=window.until,
        context_since=window.context_since,
        measures_since=window.context_since - timedelta(days=MEASURES_BACK_DAYS),
    )
    told = [one.entry for one in found]
    unread = frozenset(one.entry.id for one in found if one.is_unread)
    inside = [
        entry
        for entry in told
        if window.since <= entry.shown_at < window.until and entry.id not in unread
    ]
    return Facts(
        session=session,
        stay=stay,
        visits=tuple(visit for visit in visits if visit.starts_at > window.since),
        week_visits=tuple(visit for visit in visits if visit.starts_at >= week_starts),
        window=window,
        days=windows.with_logged(window.days, _travelled(inside, window.today)),
        sees=chart.sees,
        prompts=prompts(window.since, window.until),
        standing=standing(chart=chart, today=window.today, since=window.since),
        entries=tuple(
            entry
            for entry in told
            if entry.id in unread or window.since <= entry.shown_at < window.until
        ),
        context=tuple(
            entry for entry in told if window.context_since <= entry.shown_at < window.since
        ),
        measures=tuple(entry for entry in told if entry.kind == "measure"),
        not_agreed=frozenset(what for what in BESIDE if not chart.covers(what)),
        unread=unread,
        missed=frozenset(one.entry.id for one in found if one.is_missed),
    )


def _weeks_start(session: BriefedSession, today: date, until: datetime) -> datetime:
    """Find from when hours are told: the week before the session's, or the one that runs now."""
    running = monday_of(local_day(until, session.time_zone)) - timedelta(days=7)
    return day_start(min(monday_of(today) - timedelta(days=7), running), session.time_zone)


def _travelled(entries: Iterable[Recorded], today: date) -> Iterator[date]:
    """List the days of moments that are over; a card speaks of any day, a wrong clock of none."""
    return (
        entry.local_date
        for entry in entries
        if entry.local_date < today
        and not entry.clock_suspect
        and not KINDS[entry.kind].is_of_a_day
    )


def write(facts: Facts) -> tuple[Section, ...]:
    """Let every section speak, in the order that therapists know (CLINICAL §5)."""
    reader = telling.Reader(facts.window.since, facts.window.calendar, facts.unread, facts.missed)
    with wording.in_words_of(facts.standing.names), telling.to(reader):
        return tuple(Section(part.key, part.title, *part.write(facts)) for part in SECTIONS)


def digest_of(facts: Facts, sections: tuple[Section, ...]) -> str:
    """Fingerprint what is said about which session and days.

    While a session lies ahead its window ends now, so the days stand here, not the instant. Whether
    a line was reviewed is left out: only what collapses by it changes what is said.
    """
    said = {
        "session": facts.session.id,
        "since": facts.window.since,
        "days": facts.days,
        "sections": [
            [part.key, part.title, list(map(_said, part.lines)), _drawn(part.spark)]
            for part in sections
        ],
    }
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_UTC_Z)).hexdigest()


def _said(line: Line) -> list[object]:
    return [line.text, line.entries]


def _drawn(spark: Spark | None) -> list[object] | None:
    if spark is None:
        return None
    return [spark.label, spark.scale, spark.first_day, spark.last_day, spark.values]


def _window(
    chart: Chart,
    session: BriefedSession,
    stay: Stay | None,
    visits: Sequence[Visit],
    until: datetime,
) -> Window:
    calendar = session.patient_calendar
    attended = [
        visit.starts_at
        for visit in visits
        if visit.is_attended and session.kind in {visit.kind, briefing.ANY_KIND}
    ]
    if attended:
        return windows.after_session(since=max(attended), until=until, calendar=calendar)
    return windows.from_the_start(
        admitted_at=day_start(stay.admitted_on, session.time_zone) if stay else None,
        first_entry_at=_first_entry_at(chart, until, calendar.starts_hour),
        enrolled_at=session.enrolled_at,
        until=until,
        calendar=calendar,
    )


def _first_entry_at(chart: Chart, until: datetime, starts_hour: int) -> datetime | None:
    found = first_entry_at(chart=chart)
    if found is None or found[0] >= until:
        return None
    at, zone = found
    there = LocalCalendar(zone, starts_hour)
    return there.start_of(there.day_of(at))
