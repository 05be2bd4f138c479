"""What a clinician sees at a glance: a day of theirs, and one patient."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from backend.kit.timezones import local_day
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_read
from care.access.roster import open_group_roster
from care.models import User
from care.programme.care_team import TeamMember, care_team_of
from care.programme.read import ProgrammeStatus, programme_status
from care.sessions.for_brief import NoSessionToBrief, group_session
from care.sessions.move_requests import MoveRequestView, move_requests_to
from care.sessions.occurrences import create_due_occurrences
from care.sessions.read import DaySession, day_plan, next_individual_sessions, next_own_session
from care.sessions.week_outlook import missing_minutes_of
from journaling.briefs.group import patients_needing_one_to_one
from journaling.briefs.over_time import OverTime, lines_over_time
from journaling.entries.entry import EntryValue
from journaling.entries.read import TimelinePosition, entries_page
from journaling.safety.read_events import VisibleEvent, events_of_patient
from journaling.safety.staff_events import list_events
from journaling.skills.agreed_plans import ShownPlan, plans_with_use
from journaling.skills.clinic_vocabulary import clinic_skill_names

#: How many events are shown at once; more follow as soon as some are acknowledged.
MAX_EVENTS = 20
#: How long an acknowledged event is shown with its patient.
RECENT_PERIOD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class OneToOneTalk:
    """A patient to see one-to-one before their group; the reason is in their own brief only."""

    patient_id: UUID
    name: str
    group: DaySession
    #: The viewer's next session with them alone, if there is one.
    next_session: UUID | None


@dataclass(frozen=True, slots=True)
class ClinicianDay:
    """The sessions of a day and the first one after it, whom to see before, and open events.

    Events come most serious first; ``next_sessions`` are those with the patients of events alone.
    """

    sessions: Sequence[DaySession]
    following: DaySession | None
    talks: Sequence[OneToOneTalk]
    events: Sequence[VisibleEvent]
    next_sessions: Mapping[UUID, UUID]
    #: What patients ask to have moved, of all sessions ahead.
    moves: Sequence[MoveRequestView] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """Entries of a patient, each with its place, and what their clinic calls skills."""

    entries: Sequence[tuple[EntryValue, TimelinePosition]]
    skill_names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PatientOverview:
    """One patient's events, their status in the programme if consent covers it, and their team.

    Their situation plans too, where consent covers them.
    """

    events: Sequence[VisibleEvent]
    status: ProgrammeStatus | None
    team: Sequence[TeamMember]
    plans: Sequence[ShownPlan]
    #: Questionnaires and balance, where there are enough of them to be drawn.
    over_time: OverTime
    #: The viewer's next session with them alone, if there is one.
    next_session: UUID | None
    #: How much this week lacks of the hours of their level, from its middle on.
    missing_minutes: int = 0


def read_clinician_day(
    *, viewer: User, since: datetime, until: datetime, now: datetime, with_events: bool
) -> ClinicianDay:
    """Read the clinician's sessions that start in that time, with what to know before them.

    Weekly sessions that are due are made first. Each patient named is logged. Open safety events
    and what is asked to be moved are read ``with_events`` only.
    """
    create_due_occurrences(now=now, viewer=viewer)
    sessions = day_plan(viewer=viewer, since=since, until=until, now=now)
    following = next_own_session(viewer=viewer, since=until, now=now)
    events = _open_events(viewer, now) if with_events else []
    # Whoever is on duty only is shown no brief.
    own = [event.patient_id for event in events if event.entries is not None]
    return ClinicianDay(
        sessions=sessions,
        following=following,
        talks=one_to_one_before_groups(viewer=viewer, sessions=sessions, now=now),
        events=events,
        next_sessions=_next_sessions(viewer, own, now),
        moves=move_requests_to(viewer=viewer, now=now) if with_events else (),
    )


def one_to_one_before_groups(
    *, viewer: User, sessions: Sequence[DaySession], now: datetime
) -> list[OneToOneTalk]:
    """List patients to see one-to-one before the groups of a day still to come; each is logged."""
    talks: list[OneToOneTalk] = []
    for planned in sessions:
        if not planned.is_group or planned.is_cancelled or planned.ends_at <= now:
            continue
        try:
            session = group_session(viewer=viewer, session_id=planned.id, now=now)
        except NoSessionToBrief:
            continue
        roster = open_group_roster(viewer=viewer, session=session, what=DataCategory.BRIEF, now=now)
        alone = patients_needing_one_to_one(roster=roster, session=session, now=now)
        next_sessions = _next_sessions(viewer, alone, now)
        talks += [
            OneToOneTalk(
                person.patient_id, person.name, planned, next_sessions.get(person.patient_id)
            )
            for person in roster.people
            if person.patient_id in alone
        ]
    return talks


def read_timeline(
    *,
    chart: Chart,
    limit: int,
    kind: str | None,
    first_day: date | None,
    last_day: date | None,
    position: TimelinePosition | None,
) -> Timeline:
    """Read a patient's entries as ``entries_page`` lists them, with the clinic's own words."""
    entries = entries_page(
        chart=chart, limit=limit, kind=kind, first_day=first_day, last_day=last_day,
        position=position,
    )  # fmt: skip
    return Timeline(entries, clinic_skill_names(user_id=chart.patient_id))


def read_patient_overview(
    *, chart: Chart, viewer: User, zone_name: str, now: datetime
) -> PatientOverview:
    """Read what stands around a patient's timeline; that events and plans were shown is logged."""
    events = events_of_patient(chart=chart, since=now - RECENT_PERIOD, limit=MAX_EVENTS)
    if events:
        log_read(chart=chart, what=DataCategory.SAFETY_EVENTS, now=now)
    plans = _situation_plans(chart, now)
    return PatientOverview(
        events=events,
        status=programme_status(chart=chart, zone_name=zone_name, now=now)
        if chart.covers(DataCategory.PROGRAMME)
        else None,
        team=care_team_of(patient_id=chart.patient_id, now=now),
        plans=plans,
        over_time=lines_over_time(chart=chart, today=local_day(now, zone_name)),
        next_session=_next_sessions(viewer, [chart.patient_id], now).get(chart.patient_id),
        missing_minutes=_missing_minutes(chart, zone_name, now),
    )


def _missing_minutes(chart: Chart, zone_name: str, now: datetime) -> int:
    if not chart.covers(DataCategory.PROGRAMME):
        return 0
    missing = missing_minutes_of(patient_ids=[chart.patient_id], zone=zone_name, now=now)
    return missing.get(chart.patient_id, 0)


def _situation_plans(chart: Chart, now: datetime) -> Sequence[ShownPlan]:
    if not chart.covers(DataCategory.SITUATION_PLANS):
        return ()
    plans = plans_with_use(chart=chart, now=now)
    if plans:
        log_read(chart=chart, what=DataCategory.SITUATION_PLANS, now=now)
    return plans


def _open_events(viewer: User, now: datetime) -> list[VisibleEvent]:
    """List what nobody has acknowledged yet, the most serious first; each patient is logged."""
    listed = list_events(viewer=viewer, now=now, limit=MAX_EVENTS, only_open=True)
    return sorted(listed.events, key=lambda event: (-event.level, event.opened_at, event.id))


def _next_sessions(viewer: User, patients: Collection[UUID], now: datetime) -> dict[UUID, UUID]:
    if not patients:
        return {}
    return next_individual_sessions(viewer=viewer, patients=patients, now=now)
