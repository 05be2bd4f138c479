"""Where patients stand in the programme: episodes, certifications, the plan, and what is due."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from backend.kit.numbers import told
from backend.kit.zones import local_day
from care import access
from care.access import Chart, DataClass, on_team
from care.actions.careplan import goals_of
from care.actions.episodes import WORDS_COLUMN
from care.limits import PLAN_REVIEWED_EVERY, RENEWAL_ASKED_BEFORE
from care.models import (
    CarePlan,
    Certification,
    Episode,
    GroupMembership,
    LevelChange,
    TreatmentSession,
    User,
)

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PlanView:
    """The plan of care as it stands; without one, ``rev`` is 0 and nothing is known."""

    rev: int
    hours_per_week: Decimal | None
    goals: tuple[str, ...]
    reviewed_on: date | None
    written_by: str
    written_at: datetime | None

    @property
    def review_due_on(self) -> date | None:
        """Tell by when it should be looked at again."""
        return None if self.reviewed_on is None else self.reviewed_on + PLAN_REVIEWED_EVERY


@dataclass(frozen=True, slots=True)
class Step:
    """One step up or down, with its reason."""

    id: UUID
    step: str
    changed_on: date
    reason: str
    decided_by: str
    entered_id: UUID | None


@dataclass(frozen=True, slots=True)
class Due:
    """Something that the programme asks for: what, by when, and in words."""

    code: str
    on: date | None
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one patient stands, and what is due."""

    episode: Episode | None
    certification: Certification | None
    plan: PlanView
    hours_ahead: float
    due: tuple[Due, ...]


def episodes_of(*, viewer: User, patient_id: UUID | None, now: datetime) -> list[Episode]:
    """List episodes of the viewer, or of whom they treat, newest first; each patient is logged.

    :raises care.access.NoSuchChart: for a named patient who isn't theirs to read.
    """
    rows = Episode.objects.filter(_theirs(viewer, patient_id, now)).select_related("admission")
    found = list(rows.order_by("-admitted_on", "-id"))
    _log(viewer, patient_id, [row.patient_id for row in found], now)
    return found


def certifications_of(
    *, viewer: User, patient_id: UUID | None, now: datetime
) -> list[Certification]:
    """List certifications of the viewer, or of whom they treat, newest first; logged.

    :raises care.access.NoSuchChart: for a named patient who isn't theirs to read.
    """
    rows = Certification.objects.filter(_theirs(viewer, patient_id, now))
    found = list(rows.select_related("physician").order_by("-certified_on", "-id"))
    _log(viewer, patient_id, [row.patient_id for row in found], now)
    return found


def plan_of(*, chart: Chart) -> PlanView:
    """Read the newest version of the plan of care."""
    found = (
        CarePlan.objects.filter(patient_id=chart.patient_id)
        .select_related("written_by")
        .order_by("-rev")
        .first()
    )
    if found is None:
        return PlanView(0, None, (), None, "", None)
    return PlanView(
        found.rev,
        found.hours_per_week,
        tuple(goals_of(found, chart=chart)),
        found.reviewed_on,
        found.written_by.display_name,
        found.written_at,
    )


def steps_of(*, chart: Chart, episode_id: UUID | None = None) -> list[Step]:
    """List the steps up and down, oldest first, with their reasons."""
    rows = LevelChange.objects.filter(patient_id=chart.patient_id).select_related("decided_by")
    if episode_id is not None:
        rows = rows.filter(Q(left_id=episode_id) | Q(entered_id=episode_id))
    return [
        Step(
            row.pk,
            row.step,
            row.changed_on,
            chart.cipher.open(row.words, column=WORDS_COLUMN, row=row.pk).decode(),
            row.decided_by.display_name,
            row.entered_id,
        )
        for row in rows.order_by("changed_on", "id")
    ]


def standing_of(*, chart: Chart, zone_name: str, now: datetime) -> Standing:
    """Tell where the patient stands today, by the clinic's calendar, and what is due."""
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
    plan = plan_of(chart=chart)
    ahead = _hours_ahead(chart.patient_id, now)
    due = [
        *_certification_due(episode, certification, today),
        *_plan_due(episode, plan, today, ahead),
    ]
    return Standing(episode, certification, plan, ahead, tuple(due))


def _hours_ahead(patient_id: UUID, now: datetime) -> float:
    """Count the hours of the sessions of the coming seven days."""
    in_group = GroupMembership.objects.filter(
        on_team(now), patient_id=patient_id, group_id=OuterRef("group_id")
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
) -> list[Due]:
    if episode is None or episode.level_of_care not in CERTIFIED_LEVELS:
        return []
    if certification is None:
        return [Due("certification_missing", episode.admitted_on, "No physician has certified "
                    "the need for this level of care yet.")]  # fmt: skip
    by = certification.renew_by
    if by < today:
        return [Due("certification_overdue", by, "The physician's certification has run out.")]
    if by - today <= RENEWAL_ASKED_BEFORE:
        return [Due("certification_due", by, "The physician certifies again soon.")]
    return []


def _plan_due(episode: Episode | None, plan: PlanView, today: date, ahead: float) -> list[Due]:
    if episode is None:
        return []
    if plan.rev == 0:
        return [Due("plan_missing", None, "No plan of care has been written yet.")]
    due = []
    if plan.review_due_on is not None and plan.review_due_on < today:
        due.append(Due("plan_review_due", plan.review_due_on, "Review the plan of care."))
    planned = float(plan.hours_per_week or 0)
    if ahead < planned:
        have, need = told(round(ahead, 2)), told(planned)
        text = f"{have} of {need} planned hours are in the next seven days."
        due.append(Due("hours_below_plan", None, text))
    return due


#: Levels whose need a physician certifies.
CERTIFIED_LEVELS = (
    Episode.LevelOfCare.PARTIAL_HOSPITALIZATION,
    Episode.LevelOfCare.INTENSIVE_OUTPATIENT,
)


def _theirs(viewer: User, patient_id: UUID | None, now: datetime) -> Q:
    if patient_id is not None:
        access.open_chart(viewer=viewer, patient_id=patient_id, what=DataClass.PROGRAMME, now=now)
        return Q(patient_id=patient_id)
    return access.readable_by(viewer, now, what=DataClass.PROGRAMME)


def _log(viewer: User, patient_id: UUID | None, patients: list[UUID], now: datetime) -> None:
    if patient_id is None:  # a named patient's chart was logged when it was opened
        access.log_list(
            viewer=viewer,
            patient_ids=patients,
            what=DataClass.PROGRAMME,
            reason="own" if viewer.role == User.Role.PATIENT else "care_team",
            now=now,
        )
