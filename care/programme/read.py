"""A patient's status in the programme: episodes, certifications, level changes, what is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from backend.kit.db.compiled import CompiledQuery
from backend.kit.parsing import format_plain_number
from backend.kit.timezones import local_day
from care.access.chart import Chart, NoSuchChart
from care.access.data_categories import DataCategory
from care.access.log import log_denial, log_reads_many
from care.access.open import open_chart
from care.access.rules import membership_holds, readable_rows
from care.constants import RENEWAL_ASKED_BEFORE
from care.models import (
    CareTeamMembership,
    Certification,
    Episode,
    GroupMembership,
    LevelChange,
    Patient,
    TreatmentSession,
    User,
)
from care.programme.care_plan import CarePlanView, care_plan_of
from care.programme.care_plan_responses import PlanResponse, response_to_plan
from care.programme.care_team import TeamMember, care_team_of
from care.programme.episodes import REASON_BINDING
from care.programme.required_hours import planned_hours

_WEEK = timedelta(days=7)
#: Levels whose need a physician certifies.
CERTIFIED_LEVELS = (
    Episode.LevelOfCare.PARTIAL_HOSPITALIZATION,
    Episode.LevelOfCare.INTENSIVE_OUTPATIENT,
)


@dataclass(frozen=True, slots=True)
class LevelChangeView:
    """One step up or down, with its reason."""

    id: UUID
    step: str
    changed_on: date
    reason: str
    decided_by: str
    entered_id: UUID | None
    #: How it ended, of a discharge where that was told; and who goes on after a transfer.
    outcome: str | None = None
    receiving: str | None = None


@dataclass(frozen=True, slots=True)
class DueItem:
    """Something that the programme asks for: what, by when, and in words."""

    code: str
    on: date | None
    text: str


@dataclass(frozen=True, slots=True)
class ProgrammeStatus:
    """The status of one patient in the programme, and what is due."""

    episode: Episode | None
    certification: Certification | None
    plan: CarePlanView
    hours_ahead: float
    due: tuple[DueItem, ...]
    response: PlanResponse | None = None


@dataclass(frozen=True, slots=True)
class LevelOfCareView:
    """The status of one patient, their steps up and down, and the physicians of their care team."""

    status: ProgrammeStatus
    changes: Sequence[LevelChangeView]
    physicians: Sequence[TeamMember]


@dataclass(frozen=True, slots=True)
class EpisodeOnDay:
    """The episode of care that covers the session's day; days are of the clinic's calendar.

    ``step`` is "up" or "down" where the episode began with a change of level, and ``came_from`` the
    level before it.
    """

    level_of_care: str
    admitted_on: date
    planned_hours_per_week: Decimal | None
    step: str | None = None
    came_from: str | None = None


def episodes_of(*, viewer: User, patient_id: UUID | None, now: datetime) -> list[Episode]:
    """List episodes of the viewer, or of whom they treat, newest first; each patient is logged.

    :raises care.access.chart.NoSuchChart: for a named patient who isn't theirs to read.
    """
    rows = Episode.objects.filter(_readable_of(viewer, patient_id, now)).select_related("admission")
    episodes = list(rows.order_by("-admitted_on", "-id"))
    _log_list_read(viewer, patient_id, [row.patient_id for row in episodes], now)
    return episodes


def certifications_of(
    *, viewer: User, patient_id: UUID | None, now: datetime
) -> list[Certification]:
    """List certifications of the viewer, or of whom they treat, newest first; logged.

    :raises care.access.chart.NoSuchChart: for a named patient who isn't theirs to read.
    """
    rows = Certification.objects.filter(_readable_of(viewer, patient_id, now))
    certifications = list(rows.select_related("physician").order_by("-certified_on", "-id"))
    _log_list_read(viewer, patient_id, [row.patient_id for row in certifications], now)
    return certifications


def open_episode_chart(*, viewer: User, episode_id: UUID, now: datetime) -> Chart:
    """Open the chart of the patient of an episode of care.

    :raises care.access.chart.NoSuchChart: no such episode, or one of a patient whom the viewer may
        not see; logged.
    """
    episode = Episode.objects.filter(pk=episode_id).first()
    if episode is None:
        log_denial(viewer=viewer, what=DataCategory.PROGRAMME, reason="unknown", now=now)
        raise NoSuchChart
    return open_chart(
        viewer=viewer, patient_id=episode.patient_id, what=DataCategory.PROGRAMME, now=now
    )


def level_changes_of(*, chart: Chart, episode_id: UUID | None = None) -> list[LevelChangeView]:
    """List the steps up and down, oldest first, with their reasons."""
    rows = LevelChange.objects.filter(patient_id=chart.patient_id).select_related("decided_by")
    if episode_id is not None:
        rows = rows.filter(Q(left_id=episode_id) | Q(entered_id=episode_id))
    return [
        LevelChangeView(
            row.pk,
            row.step,
            row.changed_on,
            chart.cipher.open(row.words, column=REASON_BINDING, row=row.pk).decode(),
            row.decided_by.display_name,
            row.entered_id,
            row.outcome,
            row.receiving,
        )
        for row in rows.order_by("changed_on", "id")
    ]


def read_level_of_care(*, chart: Chart, zone_name: str, now: datetime) -> LevelOfCareView:
    """Read the patient's level of care, how it came about, and who may certify the need."""
    team = care_team_of(patient_id=chart.patient_id, now=now)
    return LevelOfCareView(
        status=programme_status(chart=chart, zone_name=zone_name, now=now),
        changes=level_changes_of(chart=chart),
        physicians=[member for member in team if member.role == CareTeamMembership.Role.PHYSICIAN],
    )


def programme_status(*, chart: Chart, zone_name: str, now: datetime) -> ProgrammeStatus:
    """Compute the patient's status today, by the clinic's calendar, and what is due."""
    today = local_day(now, zone_name)
    episode = (
        Episode.objects.filter(patient_id=chart.patient_id, discharged_on__isnull=True)
        .order_by("-admitted_on", "id")
        .first()
    )
    certification = (
        Certification.objects.filter(episode=episode)
        .select_related("physician")
        .order_by("-certified_on", "-id")
        .first()
        if episode is not None
        else None
    )
    plan = care_plan_of(chart=chart)
    ahead = _hours_ahead(chart.patient_id, now)
    due = [
        *_certification_due(episode, certification, today),
        *_plan_due(episode, plan, today, ahead),
    ]
    response = response_to_plan(chart=chart) if plan.rev else None
    return ProgrammeStatus(episode, certification, plan, ahead, tuple(due), response)


def episode_on_day(*, chart: Chart, day: date) -> EpisodeOnDay | None:
    """Find the patient's episode on a day of the clinic's calendar, if consent covers it."""
    if not chart.covers(DataCategory.PROGRAMME):
        return None
    row = _EPISODE_ON_DAY.first(patient_id=chart.patient_id, day=day)
    return EpisodeOnDay(*row) if row is not None else None


def _hours_ahead(patient_id: UUID, now: datetime) -> float:
    """Count the hours of the sessions of the coming seven days."""
    in_group = GroupMembership.objects.filter(
        membership_holds(now), patient_id=patient_id, group_id=OuterRef("group_id")
    )
    times = TreatmentSession.objects.filter(
        Q(patient_id=patient_id) | Exists(in_group),
        cancelled_at__isnull=True,
        starts_at__gte=now,
        starts_at__lt=now + _WEEK,
    ).values_list("starts_at", "ends_at")
    return sum((end - start).total_seconds() for start, end in times) / 3600


def _certification_due(
    episode: Episode | None, certification: Certification | None, today: date
) -> list[DueItem]:
    if episode is None or episode.level_of_care not in CERTIFIED_LEVELS:
        return []
    if certification is None:
        return [DueItem("certification_missing", episode.admitted_on, "No physician has certified "
                    "the need for this level of care yet.")]  # fmt: skip
    by = certification.renew_by
    if by < today:
        return [DueItem("certification_overdue", by, "The physician's certification has run out.")]
    if by - today <= RENEWAL_ASKED_BEFORE:
        return [DueItem("certification_due", by, "The physician certifies again soon.")]
    return []


def _plan_due(
    episode: Episode | None, plan: CarePlanView, today: date, ahead: float
) -> list[DueItem]:
    if episode is None:
        return []
    if plan.rev == 0:
        return [DueItem("plan_missing", None, "No plan of care has been written yet.")]
    due = []
    if plan.review_due_on is not None and plan.review_due_on < today:
        due.append(DueItem("plan_review_due", plan.review_due_on, "Review the plan of care."))
    planned = float(plan.hours_per_week or 0)
    if ahead < planned:
        have, need = format_plain_number(round(ahead, 2)), format_plain_number(planned)
        text = f"{have} of {need} planned hours are in the next seven days."
        due.append(DueItem("hours_below_plan", None, text))
    return due


def _readable_of(viewer: User, patient_id: UUID | None, now: datetime) -> Q:
    if patient_id is not None:
        open_chart(viewer=viewer, patient_id=patient_id, what=DataCategory.PROGRAMME, now=now)
        return Q(patient_id=patient_id)
    return readable_rows(viewer, now, what=DataCategory.PROGRAMME)


def _log_list_read(
    viewer: User, patient_id: UUID | None, patients: list[UUID], now: datetime
) -> None:
    if patient_id is None:  # a named patient's chart was logged when it was opened
        log_reads_many(
            viewer=viewer,
            patient_ids=patients,
            what=DataCategory.PROGRAMME,
            reason="own" if viewer.role == User.Role.PATIENT else "care_team",
            now=now,
        )


def _episode_on_day(*, patient_id: UUID, day: date) -> Any:
    return (
        Episode.objects.filter(
            Q(discharged_on__isnull=True) | Q(discharged_on__gte=day),
            patient_id=patient_id,
            admitted_on__lte=day,
        )
        .annotate(hours=planned_hours(day))
        .order_by("-admitted_on", "id")
        .values_list(
            "level_of_care", "admitted_on", "hours", "begun_by__step",
            "begun_by__left__level_of_care",
        )[:1]
    )  # fmt: skip


_EPISODE_ON_DAY = CompiledQuery(
    _episode_on_day, patient_id=Patient._meta.pk, day=Episode._meta.get_field("admitted_on")
)
