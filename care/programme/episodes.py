"""Episodes of care: admission, steps up and down, discharge, and the physician's certification."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kit.db.claims import claim
from backend.kit.errors import FieldError, InvalidInput, NotThere
from backend.kit.ids import new_id
from backend.kit.timezones import local_day
from care.access.chart import Chart, NoSuchChart
from care.access.data_categories import DataCategory
from care.access.log import log_denial, log_write, log_writes_many
from care.access.open import check_team, open_write_only_chart
from care.access.rules import membership_holds
from care.constants import CERTIFIED_FOR, LEAST_IOP_HOURS
from care.models import (
    Admission,
    CareTeamMembership,
    Certification,
    Episode,
    LevelChange,
    Patient,
    User,
)
from care.programme.groups import end_group_memberships

REASON_BINDING = LevelChange.HANDLING.sealed["words"].bound_to
#: The target of a level change that ends treatment.
DISCHARGE = "discharge"
#: How far ahead an admission or a step may be written down.
LATEST_START = timedelta(days=30)
#: From the most to the least hours a week.
LEVELS = tuple(level.value for level in Episode.LevelOfCare)
#: What admission to intensive outpatient care asks; each must be answered with yes.
ADMISSION_CRITERIA = (
    "lower_level_insufficient",
    "tolerates_intensity",
    "co_occurring_manageable",
    "not_at_imminent_risk",
)
#: Why an ask keeps somebody out, in words for whoever decides.
UNMET_CRITERION_TEXTS = {
    "lower_level_insufficient": "A lower level of care may be enough.",
    "tolerates_intensity": "Someone who can't take part at this intensity needs another level.",
    "co_occurring_manageable": "Other conditions must be manageable at this level.",
    "not_at_imminent_risk": "Someone at imminent risk needs a higher level of care now.",
}


class EpisodeOpen(Exception):
    """The patient is in an episode of care already; change its level instead."""


class EpisodeOver(Exception):
    """The episode has ended."""


class NoSuchEpisode(NotThere):
    """There is no such episode of a patient whom this clinician treats."""


class NotPhysician(Exception):
    """Only a physician of the patient's care team certifies."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A level of care from a day on; ``asks`` are the answers at admission."""

    level: str
    on: date
    hours_per_week: Decimal | None
    asks: Mapping[str, Any] | None = None


def admit_or_change_level(
    *,
    clinician: User,
    patient_id: UUID,
    episode: Episode | None,
    placement: Placement,
    reason: str,
    now: datetime,
) -> None:
    """Admit a patient who is in no episode of care, or change the level of the one they are in."""
    if episode is None:
        admit_patient(clinician=clinician, patient_id=patient_id, placement=placement, now=now)
    else:
        change_level(
            clinician=clinician, episode_id=episode.pk, placement=placement, reason=reason, now=now
        )


def admit_patient(
    *, clinician: User, patient_id: UUID, placement: Placement, now: datetime
) -> Episode:
    """Open an episode of care.

    Intensive outpatient care begins only with at least nine hours a week in the plan and every ask
    of admission met.

    :raises care.access.chart.NoSuchChart: a patient whom this clinician doesn't treat; logged.
    :raises backend.kit.errors.InvalidInput: naming every ask that is not met.
    :raises EpisodeOpen: an episode is open.
    """
    check_team(viewer=clinician, patient_id=patient_id, what=DataCategory.PROGRAMME, now=now)
    _validate_placement(placement, clinician, patient_id, now)
    try:
        with transaction.atomic():
            episode = _create_episode(patient_id, placement, clinician, now)
            _log_programme_write(clinician, patient_id, now)
    except IntegrityError:
        raise EpisodeOpen from None
    return episode


def change_level(
    *,
    clinician: User,
    episode_id: UUID,
    placement: Placement,
    reason: str,
    now: datetime,
) -> LevelChange:
    """End an episode and open the next at another level, or discharge; the reason is encrypted.

    A discharged patient leaves their groups, and gets no more reminders.

    :raises NoSuchEpisode: none of theirs; logged.
    :raises EpisodeOver: it has ended.
    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    """
    episode, chart = _treated_episode(clinician, episode_id, now)
    if episode.discharged_on is not None:
        raise EpisodeOver
    _validate_level_change(episode, placement)
    if placement.level != DISCHARGE:
        _validate_placement(placement, clinician, chart.patient_id, now)
    with transaction.atomic():
        still_open = Episode.objects.filter(pk=episode.pk, discharged_on__isnull=True)
        if not claim(still_open, discharged_on=placement.on):
            raise EpisodeOver
        entered = None
        if placement.level == DISCHARGE:
            Patient.objects.filter(pk=chart.patient_id).update(discharged_at=now)
            end_group_memberships(patient_id=chart.patient_id, now=now)
        else:
            entered = _create_episode(chart.patient_id, placement, clinician, now)
        change_id = new_id()
        change = LevelChange.objects.create(
            id=change_id,
            patient_id=chart.patient_id,
            left=episode,
            entered=entered,
            step=_step_between(episode.level_of_care, placement.level),
            changed_on=placement.on,
            words=chart.cipher.seal(reason.encode(), column=REASON_BINDING, row=change_id),
            decided_by=clinician,
            decided_at=now,
        )
        log_write(chart=chart, what=DataCategory.PROGRAMME, now=now)
    return change


def certify_episode(
    *, physician: User, patient_id: UUID, certified_on: date, now: datetime
) -> tuple[Certification, bool]:
    """Record that a physician certifies the need for the open episode; it holds for 60 days.

    The same day again is the same certification. Returns it, and whether it is new.

    :raises care.access.chart.NoSuchChart: a patient whom this clinician doesn't treat; logged.
    :raises NotPhysician: the caller treats the patient in another part; logged.
    :raises EpisodeOver: no episode is open.
    :raises backend.kit.errors.InvalidInput: naming the day.
    """
    check_team(viewer=physician, patient_id=patient_id, what=DataCategory.PROGRAMME, now=now)
    if not _is_physician(physician.pk, patient_id, now):
        log_denial(viewer=physician, what=DataCategory.PROGRAMME, reason="not_physician", now=now)
        raise NotPhysician
    episode = Episode.objects.filter(patient_id=patient_id, discharged_on__isnull=True).first()
    if episode is None:
        raise EpisodeOver
    today = local_day(now, physician.clinic.time_zone)
    if not episode.admitted_on - LATEST_START <= certified_on <= today:
        detail = "Must be today or earlier, and belong to the open episode."
        raise InvalidInput.of("certified_on", "out_of_range", detail)
    with transaction.atomic():
        certification, is_new = Certification.objects.get_or_create(
            episode=episode,
            certified_on=certified_on,
            defaults={
                "patient_id": patient_id,
                "physician": physician,
                "renew_by": certified_on + CERTIFIED_FOR,
                "recorded_at": now,
            },
        )
        if is_new:
            _log_programme_write(physician, patient_id, now)
    return certification, is_new


def _treated_episode(clinician: User, episode_id: UUID, now: datetime) -> tuple[Episode, Chart]:
    episode = Episode.objects.filter(pk=episode_id).first()
    if episode is None:
        log_denial(viewer=clinician, what=DataCategory.PROGRAMME, reason="not_theirs", now=now)
        raise NoSuchEpisode
    try:
        chart = open_write_only_chart(
            viewer=clinician, patient_id=episode.patient_id, what=DataCategory.PROGRAMME, now=now
        )
    except NoSuchChart:
        raise NoSuchEpisode from None
    return episode, chart


def _create_episode(
    patient_id: UUID, placement: Placement, clinician: User, now: datetime
) -> Episode:
    episode = Episode.objects.create(
        patient_id=patient_id,
        level_of_care=placement.level,
        admitted_on=placement.on,
        planned_hours_per_week=placement.hours_per_week,
    )
    Patient.objects.filter(pk=patient_id, discharged_at__isnull=False).update(discharged_at=None)
    if placement.asks is not None and placement.hours_per_week is not None:
        Admission.objects.create(
            episode=episode,
            hours_per_week=placement.hours_per_week,
            physician_id=placement.asks["physician"],
            symptoms=placement.asks["symptoms"],
            complies=placement.asks["complies"],
            asked_by=clinician,
            asked_at=now,
            **{name: placement.asks[name] for name in ADMISSION_CRITERIA},
        )
    return episode


def _validate_placement(
    placement: Placement, clinician: User, patient_id: UUID, now: datetime
) -> None:
    faults = []
    if placement.on > local_day(now, clinician.clinic.time_zone) + LATEST_START:
        faults.append(FieldError("on", "too_late", "At most 30 days ahead."))
    if placement.level == Episode.LevelOfCare.INTENSIVE_OUTPATIENT:
        faults += _unmet_criteria(placement, patient_id, now)
    elif placement.asks is not None:
        detail = "Asked at admission to intensive outpatient care only."
        faults.append(FieldError("admission", "not_asked", detail))
    if faults:
        raise InvalidInput(faults)


def _unmet_criteria(placement: Placement, patient_id: UUID, now: datetime) -> list[FieldError]:
    faults = []
    hours = placement.hours_per_week
    if hours is None or hours < LEAST_IOP_HOURS:
        detail = "Intensive outpatient care has at least 9 hours a week in the plan."
        faults.append(FieldError("planned_hours_per_week", "below_nine_hours", detail))
    if placement.asks is None:
        detail = "Answer what admission to intensive outpatient care asks."
        return [*faults, FieldError("admission", "required", detail)]
    faults += [
        FieldError(f"admission.{name}", "not_met", UNMET_CRITERION_TEXTS[name])
        for name in ADMISSION_CRITERIA
        if not placement.asks[name]
    ]
    if not _is_physician(placement.asks["physician"], patient_id, now):
        detail = "Must be a physician of the patient's care team."
        faults.append(FieldError("admission.physician", "not_the_physician", detail))
    return faults


def _validate_level_change(episode: Episode, placement: Placement) -> None:
    if placement.level == episode.level_of_care:
        raise InvalidInput.of("to", "same_level", "This is the level that the patient has.")
    if placement.on < episode.admitted_on:
        raise InvalidInput.of("on", "before_admission", "Must not be before the admission.")


def _step_between(left: str, entered: str) -> str:
    if entered == DISCHARGE:
        return LevelChange.Step.DISCHARGE
    is_up = LEVELS.index(entered) < LEVELS.index(left)
    return LevelChange.Step.UP if is_up else LevelChange.Step.DOWN


def _is_physician(clinician_id: UUID, patient_id: UUID, now: datetime) -> bool:
    return CareTeamMembership.objects.filter(
        membership_holds(now),
        patient_id=patient_id,
        clinician_id=clinician_id,
        role=CareTeamMembership.Role.PHYSICIAN,
    ).exists()


def _log_programme_write(clinician: User, patient_id: UUID, now: datetime) -> None:
    log_writes_many(
        viewer=clinician, patient_ids=[patient_id], what=DataCategory.PROGRAMME, reason="care_team",
        now=now,
    )  # fmt: skip
