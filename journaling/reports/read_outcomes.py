"""Read what became of a clinic's discharged patients, for whoever administers it.

Administrators may see no entry, and PostgreSQL shows them none. So each patient's rows are read as
that patient's own, one patient after another, and only sums leave this module.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from backend.kit.db import rls_actor
from backend.kit.timezones import local_day
from care.access.data_categories import DataCategory
from care.access.log import log_reads_many
from care.models import User
from care.programme.treatments import Treatment, discharged_patients, treatments_of
from care.sessions.feedback import sessions_with_feedback
from care.sessions.hours import Service, services_of
from journaling.briefs.limits import RELIABLE_CHANGE
from journaling.briefs.roster_data import SKILL_WAS_USED
from journaling.measures import instruments
from journaling.models import Assignment, Entry
from journaling.reports.outcomes import NOT_RECORDED, EndedTreatment, measure_change
from journaling.reports.small_cells import SMALLEST_CELL
from journaling.reports.year_report import YearOutcomes, year_report

#: Ours: a report of more years is made of several.
MAX_YEARS = 5


@dataclass(frozen=True, slots=True)
class OutcomesReport:
    """The years that were asked for; how many discharged patients are in none of them.

    ``smallest_cell`` is the least number of people shown; None stands where it is hidden.
    """

    years: Sequence[YearOutcomes]
    not_covered: int | None
    smallest_cell: int


@dataclass(frozen=True, slots=True)
class _Records:
    """What one patient's treatments are counted from."""

    treatments: Sequence[Treatment]
    #: By questionnaire: the day and score of each, oldest first.
    scores: Mapping[str, Sequence[tuple[date, int]]]
    #: Of each assignment: its first day, and whether it was practised and spoken of.
    assignments: Sequence[tuple[date, bool]]
    rated_sessions: frozenset[UUID]


def outcomes_report(*, viewer: User, first: date, last: date, now: datetime) -> OutcomesReport:
    """Report the calendar years of these days; each patient who is counted is logged.

    The looks are logged although nobody is named: each of them may ask who used what they wrote.
    """
    zone = viewer.clinic.time_zone
    begins, ends = date(first.year, 1, 1), date(last.year, 12, 31)
    patients = discharged_patients(viewer=viewer, first=begins, last=ends)
    log_reads_many(
        viewer=viewer, patient_ids=patients.counted, what=DataCategory.OUTCOMES,
        reason="administrator", now=now,
    )  # fmt: skip
    records = {
        patient_id: _records_of_patient(patient_id, begins, ends) for patient_id in patients.counted
    }
    services = _services(records, zone, now)
    treatments = [
        _ended_treatment(treatment, found, services.get(patient_id, []))
        for patient_id, found in records.items()
        for treatment in found.treatments
    ]
    least = max(SMALLEST_CELL, settings.SMALLEST_CELL)
    today = local_day(now, zone)
    years = [
        year_report(treatments, year=year, today=today, least=least)
        for year in range(first.year, last.year + 1)
    ]
    is_few = 0 < patients.not_counted < least
    return OutcomesReport(years, None if is_few else patients.not_counted, least)


def _records_of_patient(patient_id: UUID, first: date, last: date) -> _Records:
    """Read one patient's rows as the patient themself, whom alone the database then shows."""
    actor = rls_actor.user_actor(User.Role.PATIENT, patient_id)
    with rls_actor.acting_as(actor), transaction.atomic():
        treatments = treatments_of(patient_id=patient_id, first=first, last=last)
        if not treatments:
            return _Records((), {}, (), frozenset())
        since = min(treatment.admitted_on for treatment in treatments)
        return _Records(
            treatments,
            _scores(patient_id, since, last),
            _assignments(patient_id, since, last),
            sessions_with_feedback(patient_id=patient_id),
        )


def _scores(patient_id: UUID, since: date, until: date) -> dict[str, list[tuple[date, int]]]:
    """Read the scores of questionnaires that may be compared, of what the care team sees."""
    rows = Entry.objects.filter(
        patient_id=patient_id, kind="measure", share="care_team", deleted_at__isnull=True,
        is_countable=True, instrument__in=sorted(RELIABLE_CHANGE), local_date__gte=since,
        local_date__lte=until,
    ).order_by("local_date", "timeline_at", "row")  # fmt: skip
    versions: dict[str, str] = {}
    scores: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for slug, version, answers, day in rows.values_list(
        "instrument", "version", "answers", "local_date"
    ):
        # Another version asks otherwise, so its score is no later one of the first.
        if slug is None or version is None or versions.setdefault(slug, version) != version:
            continue
        instrument = instruments.find_instrument(slug, version)
        if instrument is None:
            continue
        total = instruments.score_total(instrument, answers or {})
        if total is not None and total.score is not None:
            scores[slug].append((day, total.score))
    return scores


def _assignments(patient_id: UUID, since: date, until: date) -> list[tuple[date, bool]]:
    """Read what was given, and whether it was practised and spoken of in a session."""
    given = list(
        Assignment.objects.filter(
            patient_id=patient_id, since__gte=since, since__lte=until
        ).values_list("skill", "since", "until", "outcome")
    )
    if not given:
        return []
    practised = Entry.objects.filter(
        patient_id=patient_id, kind="skill_practice", share="care_team", deleted_at__isnull=True,
        skill__in={skill for skill, *_ in given}, local_date__gte=since,
    ).filter(SKILL_WAS_USED)  # fmt: skip
    days: dict[str | None, list[date]] = defaultdict(list)
    for skill, day in practised.values_list("skill", "local_date"):
        days[skill].append(day)
    return [
        (
            begins,
            outcome is not None
            and any(begins <= day and (ends is None or day <= ends) for day in days[skill]),
        )
        for skill, begins, ends, outcome in given
    ]


def _services(
    records: Mapping[UUID, _Records], zone: str, now: datetime
) -> dict[UUID, list[Service]]:
    """Read the sessions of everybody's treatments at once; an administrator is shown attendance."""
    treatments = [treatment for found in records.values() for treatment in found.treatments]
    by_patient: dict[UUID, list[Service]] = defaultdict(list)
    if treatments:
        for service in services_of(
            patient_ids=list(records), first=min(treatment.admitted_on for treatment in treatments),
            last=max(treatment.discharged_on for treatment in treatments), zone=zone, now=now,
        ):  # fmt: skip
            by_patient[service.patient_id].append(service)
    return by_patient


def _ended_treatment(
    treatment: Treatment, found: _Records, services: Iterable[Service]
) -> EndedTreatment:
    within = [
        one for one in services if treatment.admitted_on <= one.day <= treatment.discharged_on
    ]
    known = [
        one for one in within if one.status and (not one.is_attended or one.minutes is not None)
    ]
    attended = [one for one in within if one.is_attended]
    given = [
        is_discussed
        for begins, is_discussed in found.assignments
        if treatment.admitted_on <= begins <= treatment.discharged_on
    ]
    return EndedTreatment(
        admitted_on=treatment.admitted_on,
        discharged_on=treatment.discharged_on,
        ending=treatment.ending or NOT_RECORDED,
        planned_minutes=sum(one.planned_minutes for one in known),
        minutes=sum(one.minutes or 0 for one in known if one.is_attended),
        unknown_minutes=sum(one.planned_minutes for one in within if one not in known),
        sessions=len(attended),
        feedback=sum(one.session_id in found.rated_sessions for one in attended),
        assignments=len(given),
        discussed=sum(given),
        changes={
            slug: measure_change(
                [
                    (day, score)
                    for day, score in found.scores.get(slug, ())
                    if treatment.admitted_on <= day <= treatment.discharged_on
                ],
                admitted_on=treatment.admitted_on,
                slug=slug,
            )
            for slug in RELIABLE_CHANGE
        },
    )
