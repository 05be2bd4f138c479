"""The brief about one patient: read the facts once, then let each section speak."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import orjson

from backend.kit.zones import day_start, local_day
from care.access import Chart
from care.queries import briefing
from care.queries.briefing import BriefedSession, Stay, Visit
from journaling import wording
from journaling.brief import window as windows
from journaling.brief.document import Brief, Line, Section, Spark
from journaling.brief.facts import AskPrompts, Facts
from journaling.brief.sections import SECTIONS
from journaling.brief.window import Window
from journaling.entries import Recorded
from journaling.limits import MEASURES_BACK_DAYS
from journaling.queries import entries_between, entries_page
from journaling.queries.standing import standing


def individual(
    *, chart: Chart, session: BriefedSession, prompts: AskPrompts, now: datetime
) -> Brief:
    """Make the brief for a session with one patient, from what the chart shows.

    ``prompts`` is asked once, about the window. The same data always gives the same digest. The
    number of statements does not grow with the number of entries.
    """
    facts = facts_of(chart=chart, session=session, prompts=prompts, now=now)
    sections = write(facts)
    return Brief(
        session=session,
        since=facts.window.since,
        until=facts.window.until,
        generated_at=now,
        digest=digest_of(facts, sections),
        sections=sections,
        shown=tuple((entry.id, entry.rev) for entry in facts.entries),
    )


def facts_of(*, chart: Chart, session: BriefedSession, prompts: AskPrompts, now: datetime) -> Facts:
    """Read everything that a brief is made from, through the chart."""
    today = briefing.clinic_day(session=session)
    stay = briefing.stay_at(chart=chart, day=today)
    until = windows.ends_at(starts_at=session.starts_at, now=now)
    week_starts = day_start(today - timedelta(days=today.weekday()), session.time_zone)
    visits = briefing.visits_before(chart=chart, session=session, since=week_starts, until=until)
    window = _window(chart, session, stay, visits, until)
    context_since = window.context_since
    # By id within one instant: the order in which a phone happened to send them says nothing.
    found = sorted(
        entries_between(
            chart=chart,
            since=context_since,
            until=window.until,
            measures_since=context_since - timedelta(days=MEASURES_BACK_DAYS),
        ),
        key=lambda entry: (entry.shown_at, entry.id),
    )
    entries = tuple(entry for entry in found if entry.shown_at >= window.since)
    return Facts(
        session=session,
        stay=stay,
        visits=tuple(visit for visit in visits if visit.starts_at > window.since),
        week_visits=tuple(visit for visit in visits if visit.starts_at >= week_starts),
        window=window,
        days=windows.with_travel(window.days, _days_told(entries)),
        sees=chart.sees,
        prompts=prompts(window.since, window.until),
        standing=standing(
            chart=chart,
            today=local_day(window.until, window.zone),
            since=window.since,
        ),
        entries=entries,
        context=tuple(entry for entry in found if context_since <= entry.shown_at < window.since),
        measures=tuple(entry for entry in found if entry.kind == "measure"),
    )


def _days_told(entries: Sequence[Recorded]) -> list[date]:
    """List the days that entries fell on, as far as the phone's clock can be believed."""
    return [entry.local_date for entry in entries if not entry.clock_suspect]


def write(facts: Facts) -> tuple[Section, ...]:
    """Let every section speak, in the order that therapists know (CLINICAL §5)."""
    with wording.in_words_of(facts.standing.names):
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
    zone = session.patient_zone
    attended = [
        visit.starts_at for visit in visits if visit.is_attended and visit.kind == session.kind
    ]
    if attended:
        return windows.after_session(since=max(attended), until=until, zone=zone)
    return windows.from_the_start(
        admitted_at=day_start(stay.admitted_on, session.time_zone) if stay else None,
        first_entry_at=_first_entry_at(chart, until),
        enrolled_at=session.enrolled_at,
        until=until,
        zone=zone,
    )


def _first_entry_at(chart: Chart, until: datetime) -> datetime | None:
    # Without a position, the page before the end is the very first one.
    for entry, _ in entries_page(chart=chart, limit=1, is_backwards=True):
        first: date = local_day(entry.shown_at, entry.time_zone)
        return day_start(first, entry.time_zone) if entry.shown_at < until else None
    return None
