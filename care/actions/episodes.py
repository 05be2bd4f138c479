"""Episodes of care: admission, steps up and down, discharge, and the physician's certification."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kit.errors import FieldError, InvalidInput, NotThere
from backend.kit.ids import new_id
from backend.kit.rows import claim
from backend.kit.zones import local_day
from care import access
from care.access import Chart, DataClass, on_team
from care.actions.groups import leave_all_groups
from care.limits import CERTIFIED_FOR, LEAST_IOP_HOURS
from care.models import (
    Admission,
    CareTeamMembership,
    Certification,
    Episode,
    LevelChange,
    Patient,
    User,
)

WORDS_COLUMN = "care.LevelChange.words"
#: The target of a level change that ends treatment.
DISCHARGE = "discharge"
#: How far ahead an admission or a step may be written down.
LATEST_START = timedelta(days=30)
#: From the most to the least hours a week.
LEVELS = tuple(level.value for level in Episode.LevelOfCare)
#: What admission to intensive outpatient care asks; each must be answered with yes.
ASKS = (
    "lower_level_insufficient",
    "tolerates_intensity",
    "co_occurring_manageable",
    "not_at_imminent_risk",
)


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


def admit(*, clinician: User, patient_id: UUID, placement: Placement, now: datetime) -> Episode:
    """Open an episode of care.

    Intensive outpatient care begins only with at least nine hours a week in the plan and every ask
    of admission met.

    :raises care.access.NoSuchChart: a patient whom this clinician doesn't treat; logged.
    :raises backend.kit.errors.InvalidInput: naming every ask that is not met.
    :raises EpisodeOpen: an episode is open.
    """
    access.check_team(viewer=clinician, patient_id=patient_id, what=DataClass.PROGRAMME, now=now)
    _refuse(placement, clinician, patient_id, now)
    try:
        with transaction.atomic():
            made = _open(patient_id, placement, clinician, now)
            _log(clinician, patient_id, now)
    except IntegrityError:
        raise EpisodeOpen from None
    return made


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
    episode, chart = _own(clinician, episode_id, now)
    if episode.discharged_on is not None:
        raise EpisodeOver
    _refuse_step(episode, placement)
    if placement.level != DISCHARGE:
        _refuse(placement, clinician, chart.patient_id, now)
    with transaction.atomic():
        still_open = Episode.objects.filter(pk=episode.pk, discharged_on__isnull=True)
        if not claim(still_open, discharged_on=placement.on):
            raise EpisodeOver
        entered = None
        if placement.level == DISCHARGE:
            Patient.objects.filter(pk=chart.patient_id).update(discharged_at=now)
            leave_all_groups(patient_id=chart.patient_id, now=now)
        else:
            entered = _open(chart.patient_id, placement, clinician, now)
        change_id = new_id()
        change = LevelChange.objects.create(
            id=change_id,
            patient_id=chart.patient_id,
            left=episode,
            entered=entered,
            step=_step(episode.level_of_care, placement.level),
            changed_on=placement.on,
            words=chart.cipher.seal(reason.encode(), column=WORDS_COLUMN, row=change_id),
            decided_by=clinician,
            decided_at=now,
        )
        access.log_write(chart=chart, what=DataClass.PROGRAMME, now=now)
    return change


def certify(
    *, physician: User, patient_id: UUID, certified_on: date, now: datetime
) -> tuple[Certification, bool]:
    """Record that a physician certifies the need for the open episode; it holds for 60 days.

    The same day again is the same certification. Returns it, and whether it is new.

    :raises care.access.NoSuchChart: a patient whom this clinician doesn't treat; logged.
    :raises NotPhysician: the caller treats the patient in another part; logged.
    :raises EpisodeOver: no episode is open.
    :raises backend.kit.errors.InvalidInput: naming the day.
    """
    access.check_team(viewer=physician, patient_id=patient_id, what=DataClass.PROGRAMME, now=now)
    if not _is_physician(physician.pk, patient_id, now):
        access.log_denial(
            viewer=physician, what=DataClass.PROGRAMME, reason="not_physician", now=now
        )
        raise NotPhysician
    episode = Episode.objects.filter(patient_id=patient_id, discharged_on__isnull=True).first()
    if episode is None:
        raise EpisodeOver
    today = local_day(now, physician.clinic.time_zone)
    if not episode.admitted_on - LATEST_START <= certified_on <= today:
        detail = "Must be today or earlier, and belong to the open episode."
        raise InvalidInput.of("certified_on", "out_of_range", detail)
    with transaction.atomic():
        made, is_new = Certification.objects.get_or_create(
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
            _log(physician, patient_id, now)
    return made, is_new


def _own(clinician: User, episode_id: UUID, now: datetime) -> tuple[Episode, Chart]:
    episode = Episode.objects.filter(pk=episode_id).first()
    if episode is None:
        access.log_denial(viewer=clinician, what=DataClass.PROGRAMME, reason="not_theirs", now=now)
        raise NoSuchEpisode
    try:
        chart = access.open_to_record(
            viewer=clinician, patient_id=episode.patient_id, what=DataClass.PROGRAMME, now=now
        )
    except access.NoSuchChart:
        raise NoSuchEpisode from None
    return episode, chart


def _open(patient_id: UUID, placement: Placement, clinician: User, now: datetime) -> Episode:
    made = Episode.objects.create(
        patient_id=patient_id,
        level_of_care=placement.level,
        admitted_on=placement.on,
        planned_hours_per_week=placement.hours_per_week,
    )
    Patient.objects.filter(pk=patient_id, discharged_at__isnull=False).update(discharged_at=None)
    if placement.asks is not None and placement.hours_per_week is not None:
        Admission.objects.create(
            episode=made,
            hours_per_week=placement.hours_per_week,
            physician_id=placement.asks["physician"],
            symptoms=placement.asks["symptoms"],
            complies=placement.asks["complies"],
            asked_by=clinician,
            asked_at=now,
            **{name: placement.asks[name] for name in ASKS},
        )
    return made


def _refuse(placement: Placement, clinician: User, patient_id: UUID, now: datetime) -> None:
    faults = []
    if placement.on > local_day(now, clinician.clinic.time_zone) + LATEST_START:
        faults.append(FieldError("on", "too_late", "At most 30 days ahead."))
    if placement.level == Episode.LevelOfCare.INTENSIVE_OUTPATIENT:
        faults += _unmet(placement, patient_id, now)
    elif placement.asks is not None:
        detail = "Asked at admission to intensive outpatient care only."
        faults.append(FieldError("admission", "not_asked", detail))
    if faults:
        raise InvalidInput(faults)


def _unmet(placement: Placement, patient_id: UUID, now: datetime) -> list[FieldError]:
    faults = []
    hours = placement.hours_per_week
    if hours is None or hours < LEAST_IOP_HOURS:
        detail = "Intensive outpatient care has at least 9 hours a week in the plan."
        faults.append(FieldError("planned_hours_per_week", "below_nine_hours", detail))
    if placement.asks is None:
        detail = "Answer what admission to intensive outpatient care asks."
        return [*faults, FieldError("admission", "required", detail)]
    faults += [
        FieldError(f"admission.{name}", "not_met", UNMET[name])
        for name in ASKS
        if not placement.asks[name]
    ]
    if not _is_physician(placement.asks["physician"], patient_id, now):
        detail = "Must be a physician of the patient's care team."
        faults.append(FieldError("admission.physician", "not_the_physician", detail))
    return faults


#: Why an ask keeps somebody out, in words for whoever decides.
UNMET = {
    "lower_level_insufficient": "A lower level of care may be enough.",
    "tolerates_intensity": "Someone who can't take part at this intensity needs another level.",
    "co_occurring_manageable": "Other conditions must be manageable at this level.",
    "not_at_imminent_risk": "Someone at imminent risk needs a higher level of care now.",
}


def _refuse_step(episode: Episode, placement: Placement) -> None:
    if placement.level == episode.level_of_care:
        raise InvalidInput.of("to", "same_level", "This is the level that the patient has.")
    if placement.on < episode.admitted_on:
        raise InvalidInput.of("on", "before_admission", "Must not be before the admission.")


def _step(left: str, entered: str) -> str:
    if entered == DISCHARGE:
        return LevelChange.Step.DISCHARGE
    is_up = LEVELS.index(entered) < LEVELS.index(left)
    return LevelChange.Step.UP if is_up else LevelChange.Step.DOWN


def _is_physician(clinician_id: UUID, patient_id: UUID, now: datetime) -> bool:
    return CareTeamMembership.objects.filter(
        on_team(now),
        patient_id=patient_id,
        clinician_id=clinician_id,
        role=CareTeamMembership.Role.PHYSICIAN,
    ).exists()


def _log(clinician: User, patient_id: UUID, now: datetime) -> None:
    access.log_writes(
        viewer=clinician, patient_ids=[patient_id], what=DataClass.PROGRAMME, reason="care_team",
        now=now,
    )  # fmt: skip
