"""The brief about one patient (CLINICAL §5).

The facts are read once, then thirteen sections are written from them, always in the same order.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import orjson

from backend.kit.timezones import LocalCalendar, local_day, monday_of, start_of_day
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.medical.medications import medication_histories
from care.medical.vital_bounds import vital_bounds_of
from care.people.patients import staff_names
from care.programme.care_plan_responses import response_to_plan
from care.programme.read import EpisodeOnDay, episode_on_day
from care.sessions import for_brief
from care.sessions.around import RecordedAttendance, sessions_around
from care.sessions.feedback import feedback_before
from care.sessions.for_brief import IndividualSession
from care.sessions.move_requests import standing_move_request
from journaling.briefs import phrases
from journaling.briefs.ask_first import add_ask_first
from journaling.briefs.document import (
    AssignmentToClose,
    Brief,
    Line,
    Section,
    SectionWriter,
    Sparkline,
    add_review_texts,
    fit_page,
    reviewer_ids,
)
from journaling.briefs.facts import (
    BriefFacts,
    ClinicRecord,
    CountReminders,
    Window,
    add_logged_days,
    window_after_session,
    window_end,
    window_from_start_of_care,
)
from journaling.briefs.limits import MEASURES_BACK_DAYS
from journaling.briefs.mirror import (
    NO_CHANGES,
    apply_changes,
    changes_of_brief,
    entries_left_out,
)
from journaling.briefs.read import entries_for_brief
from journaling.briefs.sections import (
    agenda,
    barriers,
    header,
    key_episode,
    measures,
    mood_sleep,
    safety,
    skills,
)
from journaling.briefs.sections.body import write_body
from journaling.briefs.sections.craving import write_craving
from journaling.briefs.sections.use import write_use
from journaling.briefs.silence import read_silence
from journaling.briefs.status import CurrentStatus, current_status_of
from journaling.entries.entry import EntryValue
from journaling.entries.kinds.header import plan_of_origin
from journaling.entries.read import first_entry_at
from journaling.skills import catalogue
from journaling.skills.situation_plans import situations_by_plan

#: The sections in their fixed order: readers find each at the same place every day.
SECTIONS: tuple[SectionWriter, ...] = (
    SectionWriter("header", "Who and when", header.write_header),
    SectionWriter("safety", "Safety", safety.write_safety),
    SectionWriter("agenda", "On their mind", agenda.write_agenda),
    SectionWriter("in_the_way", "Getting in the way", barriers.write_barriers),
    SectionWriter("use", "Use", write_use),
    SectionWriter("moment", "The one moment to look at", key_episode.write_key_episode),
    SectionWriter("craving", "Craving", write_craving),
    SectionWriter("mood_sleep", "Mood and sleep", mood_sleep.write_mood_sleep),
    SectionWriter("body", "Body and community", write_body),
    SectionWriter("skills", "Skills", skills.write_skills),
    SectionWriter("measures", "Measures", measures.write_measures),
    SectionWriter("went_well", "Went well", agenda.write_went_well),
    SectionWriter("data", "About these data", header.write_data),
)

#: What a brief holds beside entries, each if the patient's consent covers it.
CONSENTED_EXTRAS = (DataCategory.PROGRAMME, DataCategory.SAFETY_EVENTS, DataCategory.REMINDERS)


def individual_brief(
    *, chart: Chart, session: IndividualSession, prompts: CountReminders, now: datetime
) -> Brief:
    """Make the brief for a session with one patient, from what the chart shows.

    Without what the patient struck of it, and with what they added (``journaling.briefs.mirror``).
    ``prompts`` is asked once, about the window. The same data always gives the same digest. The
    number of statements does not grow with the number of entries.
    """
    facts = read_facts(chart=chart, session=session, prompts=prompts, now=now)
    written = write_sections(facts)
    changes = NO_CHANGES
    if facts.status.has_mirrors:
        changes = changes_of_brief(chart=chart, session=session, since=facts.window.since)
    shown = apply_changes(written, changes, zone=session.time_zone)
    left_out = entries_left_out(written, shown)
    sections = fit_page(add_ask_first(facts, shown, shown=shown))
    others = reviewer_ids(sections) - {chart.viewer_id}
    return Brief(
        session=session,
        since=facts.window.since,
        until=facts.window.until,
        generated_at=now,
        digest=brief_digest(facts, sections),
        sections=add_review_texts(
            chart.viewer_id, sections, names=staff_names(ids=others) if others else {}, now=now,
            zone=session.time_zone,
        ),
        shown=tuple((entry.id, entry.rev) for entry in facts.entries if entry.id not in left_out),
        acknowledged=frozenset(
            entry.id for entry in facts.entries if entry.acknowledged_at is not None
        ),
        homework=_homework_to_close(facts),
    )  # fmt: skip


def read_facts(
    *, chart: Chart, session: IndividualSession, prompts: CountReminders, now: datetime
) -> BriefFacts:
    """Read everything that a brief is made from, through the chart."""
    today = for_brief.clinic_day_of(session=session)
    stay = episode_on_day(chart=chart, day=today)
    until = window_end(starts_at=session.starts_at, now=now)
    week_starts = _weeks_start(session, today, until)
    around = sessions_around(chart=chart, session=session, since=week_starts, until=until)
    visits = around.visits
    window = _find_window(chart, session, stay, visits, until)
    found = entries_for_brief(
        chart=chart,
        kind=session.kind,
        since=window.since,
        until=window.until,
        context_since=window.context_since,
        measures_since=window.context_since - timedelta(days=MEASURES_BACK_DAYS),
    )
    entries = [one.entry for one in found]
    unread = frozenset(one.entry.id for one in found if one.is_unread)
    in_window = [
        entry
        for entry in entries
        if window.since <= entry.timeline_at < window.until and entry.id not in unread
    ]
    status = current_status_of(
        chart=chart, session_id=session.id, since=window.since, until=window.until
    )
    reminders = prompts(window.since, window.until)
    return BriefFacts(
        session=session,
        stay=stay,
        visits=tuple(visit for visit in visits if visit.starts_at > window.since),
        week_visits=tuple(visit for visit in visits if visit.starts_at >= week_starts),
        window=window,
        days=add_logged_days(window.days, _days_in_other_zones(in_window, window.today)),
        sharing_levels=chart.sharing_levels,
        reminders=reminders,
        status=status,
        record=_clinic_record(chart, status, session.id, until),
        entries=tuple(
            entry
            for entry in entries
            if entry.id in unread or window.since <= entry.timeline_at < window.until
        ),
        context=tuple(
            entry for entry in entries if window.context_since <= entry.timeline_at < window.since
        ),
        measures=tuple(entry for entry in entries if entry.kind == "measure"),
        not_agreed=frozenset(what for what in CONSENTED_EXTRAS if not chart.covers(what)),
        unread=unread,
        missed=frozenset(one.entry.id for one in found if one.is_missed),
        situations=_situations_named(chart, entries),
        next_session=around.next_session,
        silence=read_silence(
            chart=chart, window=window, entries=entries, reminders=reminders,
            enrolled_at=session.enrolled_at,
        ),
    )  # fmt: skip


def _homework_to_close(facts: BriefFacts) -> tuple[AssignmentToClose, ...]:
    names = facts.status.names
    return tuple(
        AssignmentToClose(given.id, names.get(given.skill) or catalogue.skill_name(given.skill))
        for given in facts.status.assignments
    )


def _clinic_record(
    chart: Chart, status: CurrentStatus, session_id: UUID, until: datetime
) -> ClinicRecord:
    """Read what the clinic and the patient wrote beside entries, each only where there is any."""
    covers_plan = chart.covers(DataCategory.PROGRAMME)
    return ClinicRecord(
        medications=medication_histories(chart=chart) if status.has_medications else (),
        bounds=vital_bounds_of(chart=chart).by_type if status.has_bounds else {},
        feedback=tuple(feedback_before(chart=chart, until=until)) if status.has_feedback else (),
        plan_response=(
            response_to_plan(chart=chart) if status.has_plan_response and covers_plan else None
        ),
        move_request=(
            standing_move_request(chart=chart, session_id=session_id)
            if status.has_move_request
            else None
        ),
    )


def _situations_named(chart: Chart, entries: Iterable[EntryValue]) -> Mapping[UUID, str]:
    """Read the situations of the patient's plans where an entry names a plan."""
    is_named = any(plan_of_origin(entry.origin) is not None for entry in entries)
    return situations_by_plan(chart=chart) if is_named else {}


def _weeks_start(session: IndividualSession, today: date, until: datetime) -> datetime:
    """Find from when hours are shown: the week before the session's, or the current one's."""
    running = monday_of(local_day(until, session.time_zone)) - timedelta(days=7)
    return start_of_day(min(monday_of(today) - timedelta(days=7), running), session.time_zone)


def _days_in_other_zones(entries: Iterable[EntryValue], today: date) -> Iterator[date]:
    """List the days of moments that are over; a card may be of any day, a wrong clock of none."""
    return (
        entry.local_date
        for entry in entries
        if entry.local_date < today and not entry.clock_suspect and not entry.values.is_daily
    )


def write_sections(facts: BriefFacts) -> tuple[Section, ...]:
    """Write every section, in the order that therapists know (CLINICAL §5)."""
    with phrases.described_for(facts):
        return tuple(Section(part.key, part.title, *part.write(facts)) for part in SECTIONS)


def brief_digest(facts: BriefFacts, sections: tuple[Section, ...]) -> str:
    """Fingerprint what is said about which session and days.

    While a session lies ahead its window ends now, so the days stand here, not the instant. Whether
    a line was reviewed is left out: only what collapses by it changes what is said.
    """
    content = {
        "session": facts.session.id,
        "since": facts.window.since,
        "days": facts.days,
        "sections": [
            [
                part.key,
                part.title,
                list(map(_line_content, part.lines)),
                _sparkline_content(part.spark),
            ]
            for part in sections
        ],
    }
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_UTC_Z)).hexdigest()


def _line_content(line: Line) -> list[object]:
    return [line.text, line.entries]


def _sparkline_content(spark: Sparkline | None) -> list[object] | None:
    if spark is None:
        return None
    return [spark.label, spark.scale, spark.first_day, spark.last_day, spark.values]


def _find_window(
    chart: Chart,
    session: IndividualSession,
    stay: EpisodeOnDay | None,
    visits: Sequence[RecordedAttendance],
    until: datetime,
) -> Window:
    calendar = session.patient_calendar
    attended = [
        visit.starts_at
        for visit in visits
        if visit.is_attended and session.kind in {visit.kind, for_brief.NO_SESSION_KIND}
    ]
    if attended:
        return window_after_session(since=max(attended), until=until, calendar=calendar)
    return window_from_start_of_care(
        admitted_at=start_of_day(stay.admitted_on, session.time_zone) if stay else None,
        first_entry_at=_first_entry_at(chart, until, calendar.starts_hour),
        enrolled_at=session.enrolled_at,
        until=until,
        calendar=calendar,
    )


def _first_entry_at(chart: Chart, until: datetime, starts_hour: int) -> datetime | None:
    first_entry = first_entry_at(chart=chart)
    if first_entry is None or first_entry[0] >= until:
        return None
    at, zone = first_entry
    calendar = LocalCalendar(zone, starts_hour)
    return calendar.start_of(calendar.day_of(at))
