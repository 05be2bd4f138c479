"""What goes along in a handover: the parts that the patient chose, as facts with their dates.

What the patient keeps to themselves, shares with one clinician alone, or struck from a brief, is
in none of it; counselling notes have no part here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from backend.kit.parsing import format_clock_minute
from backend.kit.timezones import local_day
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.rules import TEAM_LEVELS
from care.clinic.profile import ClinicDetails, clinic_profile
from care.handovers.make import HandoverConsent
from care.medical.medications import medication_histories
from care.medical.regimen import EVERY_DAY, Regimen
from care.models import Clinic, Episode, LevelChange
from care.people.patients import patient_name, staff_names
from care.programme.aftercare_plan import PARTS as AFTERCARE_PARTS
from care.programme.aftercare_plan import aftercare_plan_of
from care.programme.care_plan import CarePlanView, care_plan_of
from journaling import formatting
from journaling.briefs.mirror import stored_mirrors
from journaling.entries.entry import ENTRY_COLUMNS, EntryValue, entries_of_kind, entry_from_row
from journaling.entries.kinds.measure import Measure
from journaling.entries.kinds.skill_practice import SkillPractice
from journaling.entries.read import entries_shared_at
from journaling.insights.figures import count_names, skill_figures
from journaling.safety.safety_plan import PLAN_LABELS, newest_plan_of
from journaling.skills.clinic_vocabulary import skills_of_clinic

#: How far back skills are counted.
SKILL_DAYS = 90
MOST_EPISODES = 6
NOTHING_SHOWN = "Nothing is shown here."
#: Which class of data each part is; a chart that does not cover it shows nothing of it.
_CLASS_OF_PART = {
    "level": DataCategory.PROGRAMME, "plan": DataCategory.PROGRAMME, "skills": DataCategory.SKILLS,
    "measures": DataCategory.ENTRIES, "medicines": DataCategory.MEDICAL,
    "aftercare": DataCategory.PROGRAMME, "safety_plan": DataCategory.SAFETY_PLAN,
}  # fmt: skip
TITLES = {
    "level": "Levels of care", "plan": "Goals of the plan of care",
    "skills": f"Skills, last {SKILL_DAYS} days", "measures": "Questionnaires, last values",
    "medicines": "Medicines and supplements, as written down", "aftercare": "Plan for aftercare",
    "safety_plan": "Safety plan, in the patient's words",
}  # fmt: skip
ALWAYS_UNKNOWN = (
    "Not in this summary: what the patient keeps to themselves, and what clinicians note of "
    "conversations. A day without an entry is missing; nothing is known of it, good or bad."
)


@dataclass(frozen=True, slots=True)
class SummaryPart:
    """One part: its lines; ``is_whole`` where none of them may be left out of a page."""

    key: str
    title: str
    lines: tuple[str, ...]
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class HandoverSummary:
    """What goes along, for whom, made when; ``unknown`` says what is not known or not shown."""

    patient_id: UUID
    patient_name: str
    clinic: ClinicDetails
    made_at: datetime
    made_on: date
    made_by: str
    consent: HandoverConsent
    parts: tuple[SummaryPart, ...]
    unknown: tuple[str, ...]
    goals: tuple[str, ...]
    measures: tuple[EntryValue[Measure], ...]
    medicines: tuple[Regimen, ...]


@dataclass(frozen=True, slots=True)
class _Struck:
    """What the patient struck from briefs: entries, and sections of which any line is struck."""

    entries: frozenset[UUID]
    sections: frozenset[str]


def summarize(*, chart: Chart, consent: HandoverConsent, now: datetime) -> HandoverSummary:
    """Gather the parts that the consent names, as far as the chart covers each."""
    clinic = Clinic.objects.get(users=chart.patient_id)
    today = local_day(now, clinic.time_zone)
    shown = [part for part in TITLES if part in consent.parts]
    covered = [part for part in shown if chart.covers(_CLASS_OF_PART[part])]
    struck = _struck(chart)
    measures = _newest_measures(chart, struck) if "measures" in covered else ()
    medicines = _regimens(chart, today) if "medicines" in covered else ()
    plan = care_plan_of(chart=chart) if "plan" in covered else None
    goals = plan.goals if plan is not None else ()
    write: dict[str, Callable[[], Sequence[str]]] = {
        "level": lambda: _levels(chart),
        "plan": lambda: _goal_lines(plan),
        "skills": lambda: _skills(chart, struck, clinic.pk, today),
        "measures": lambda: [_measure_line(entry) for entry in measures],
        "medicines": lambda: [_regimen_line(regimen) for regimen in medicines],
        "aftercare": lambda: _aftercare(chart),
        "safety_plan": lambda: _safety_plan(chart),
    }
    lines = {part: tuple(write[part]()) for part in covered}
    return HandoverSummary(
        patient_id=chart.patient_id, patient_name=patient_name(patient_id=chart.patient_id),
        clinic=clinic_profile(clinic_id=clinic.pk).details, made_at=now, made_on=today,
        made_by=staff_names(ids={chart.viewer_id}).get(chart.viewer_id, ""), consent=consent,
        parts=tuple(
            SummaryPart(part, TITLES[part], lines[part], is_whole=part == "medicines")
            for part in covered
            if lines[part]
        ),
        unknown=_unknown(shown, lines), goals=goals, measures=measures, medicines=medicines,
    )  # fmt: skip


def _unknown(shown: Sequence[str], lines: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    empty = [TITLES[part] for part in shown if not lines.get(part)]
    nothing = [f"Agreed to, and nothing is known here of: {'; '.join(empty)}."] if empty else []
    return (*nothing, ALWAYS_UNKNOWN)


def _struck(chart: Chart) -> _Struck:
    names = {name for mirror in stored_mirrors(chart) for name in mirror.struck}
    one_entry = {name.rpartition(".")[2] for name in names if name.count(".") == 2}
    sections = {name.partition(".")[0] for name in names if name.count(".") == 1}
    return _Struck(frozenset(UUID(one) for one in one_entry), frozenset(sections))


def _shared(chart: Chart, struck: _Struck, kind: str) -> list[EntryValue]:
    """List what is shared with the whole care team and was not struck, oldest first."""
    rows = entries_shared_at(chart.patient_id, TEAM_LEVELS).filter(kind=kind)
    rows = rows.exclude(id__in=struck.entries).order_by("timeline_at", "row")
    return [entry_from_row(row, chart.cipher) for row in rows.values_list(*ENTRY_COLUMNS)]


def _levels(chart: Chart) -> list[str]:
    ended = {
        change.left_id: change
        for change in LevelChange.objects.filter(patient_id=chart.patient_id, step="discharge")
    }
    rows = Episode.objects.filter(patient_id=chart.patient_id).order_by("-admitted_on", "-id")
    return [_episode_line(row, ended.get(row.pk)) for row in rows[:MOST_EPISODES]]


def _episode_line(row: Episode, end: LevelChange | None) -> str:
    asam = f" (ASAM, edition {row.asam_edition}: {row.asam_code})" if row.asam_code else ""
    until = _day(row.discharged_on) if row.discharged_on is not None else "today"
    hours = row.planned_hours_per_week
    planned = f"; {formatting.format_number(float(hours))} hours a week planned" if hours else ""
    how = f"; ended: {formatting.humanize(end.outcome)}" if end and end.outcome else ""
    level = formatting.humanize(row.level_of_care).capitalize()
    return f"{level}{asam}, {_day(row.admitted_on)} to {until}{planned}{how}."


def _goal_lines(plan: CarePlanView | None) -> list[str]:
    if plan is None or plan.reviewed_on is None or not plan.goals:
        return []
    return [*plan.goals, f"Reviewed {_day(plan.reviewed_on)}."]


def _skills(chart: Chart, struck: _Struck, clinic_id: UUID, today: date) -> list[str]:
    """Count each skill, and of the answers to whether it helped how many say so."""
    if "skills" in struck.sections:
        return [NOTHING_SHOWN]
    first, known = today - timedelta(days=SKILL_DAYS), skills_of_clinic(clinic_id=clinic_id)
    used = [
        entry
        for entry in entries_of_kind(_shared(chart, struck, "skill_practice"), SkillPractice)
        if entry.values.is_skill_used and entry.is_countable and entry.local_date > first
    ]
    lines = []
    for slug, times in count_names(entry.values.skill for entry in used):
        numbers = skill_figures([one for one in used if one.values.skill == slug], days=())
        name = known[slug].name if slug in known else formatting.humanize(slug)
        answered = (
            f"said to have helped {numbers.helped} of {numbers.answered} times answered"
            if numbers.answered
            else "whether it helped was not answered"
        )
        lines.append(f"{name}: practised {_times(times)}; {answered}.")
    return lines


def _newest_measures(chart: Chart, struck: _Struck) -> tuple[EntryValue[Measure], ...]:
    if "measures" in struck.sections:
        return ()
    newest: dict[str, EntryValue[Measure]] = {}
    for entry in entries_of_kind(_shared(chart, struck, "measure"), Measure):
        newest[entry.values.instrument] = entry
    return tuple(newest[slug] for slug in sorted(newest))


def _measure_line(entry: EntryValue[Measure]) -> str:
    late = "" if entry.is_countable else " (written down later)"
    return f"{entry.values.description()}, {_day(entry.local_date)}{late}."


def _regimens(chart: Chart, today: date) -> tuple[Regimen, ...]:
    return tuple(
        history.newest
        for history in medication_histories(chart=chart)
        if not history.is_ended
        and (history.newest.ends_on is None or history.newest.ends_on >= today)
    )


def _regimen_line(regimen: Regimen) -> str:
    times = ", ".join(map(format_clock_minute, regimen.minutes)) or "as needed"
    if regimen.weekdays != EVERY_DAY:
        named = [day for bit, day in enumerate(formatting.WEEKDAYS) if regimen.weekdays >> bit & 1]
        times += f" on {', '.join(named)}"
    by = f"; prescribed by {regimen.prescriber}" if regimen.prescriber else ""
    until = f" to {_day(regimen.ends_on)}" if regimen.ends_on is not None else ""
    since = f"since {_day(regimen.starts_on)}{until}"
    return f"{regimen.name} ({regimen.kind}): {regimen.dose}; {times}; {since}{by}."


def _aftercare(chart: Chart) -> list[str]:
    plan = aftercare_plan_of(chart=chart)
    return [
        f"{formatting.humanize(part).capitalize()}: {'; '.join(plan.parts[part])}."
        for part in AFTERCARE_PARTS
        if plan.parts[part]
    ]


def _safety_plan(chart: Chart) -> list[str]:
    newest = newest_plan_of(chart=chart)
    if newest is None:
        return []
    plan: Mapping[str, Any] = newest.plan
    lines = []
    for name, label in PLAN_LABELS.items():
        said = [one if isinstance(one, str) else _person(one) for one in plan.get(name) or ()]
        if said:
            lines.append(f"{label}: {'; '.join(said)}.")
    return lines


def _person(one: Mapping[str, str | None]) -> str:
    return " ".join(filter(None, (one["name"], one["contact"])))


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"


def _day(on: date) -> str:
    return f"{on.day} {on:%B} {on.year}"
