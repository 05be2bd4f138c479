"""Episodes of care: admission, steps up and down, discharge, and the physician's certification."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kit.db.claims import claim
from backend.kit.errors import InvalidInput, NotThere
from backend.kit.ids import new_id
from backend.kit.timezones import local_day
from care.access.chart import Chart, NoSuchChart
from care.access.data_categories import DataCategory
from care.access.log import log_denial, log_write, log_writes_many
from care.access.open import check_team, open_write_only_chart
from care.consents.consents import record_disclosure
from care.constants import CERTIFIED_FOR
from care.models import (
    Admission,
    Certification,
    Episode,
    LevelChange,
    Patient,
    User,
)
from care.programme.groups import end_group_memberships
from care.programme.placement import (
    ADMISSION_CRITERIA,
    LATEST_START,
    LEVELS,
    Ending,
    Placement,
    is_physician,
    validate_ending,
    validate_placement,
)

REASON_BINDING = LevelChange.HANDLING.sealed["words"].bound_to
#: The target of a level change that ends treatment.
DISCHARGE = "discharge"
#: What a transfer tells the programme that goes on.
TRANSFER_TEXT = "That treatment ended here and goes on with them."


class EpisodeOpen(Exception):
    """The patient is in an episode of care already; change its level instead."""


class EpisodeOver(Exception):
    """The episode has ended."""


class NoSuchEpisode(NotThere):
    """There is no such episode of a patient whom this clinician treats."""


class NotPhysician(Exception):
    """Only a physician of the patient's care team certifies."""


def admit_or_change_level(
    *,
    clinician: User,
    patient_id: UUID,
    episode: Episode | None,
    placement: Placement,
    reason: str,
    now: datetime,
    ending: Ending | None = None,
) -> None:
    """Admit a patient who is in no episode of care, or change the level of the one they are in."""
    if episode is None:
        admit_patient(clinician=clinician, patient_id=patient_id, placement=placement, now=now)
    else:
        change_level(
            clinician=clinician, episode_id=episode.pk, placement=placement, reason=reason,
            ending=ending, now=now,
        )  # fmt: skip


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
    validate_placement(placement, clinician, patient_id, now)
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
    ending: Ending | None = None,
) -> LevelChange:
    """End an episode and open the next at another level, or discharge; the reason is encrypted.

    A discharged patient leaves their groups, and gets no more reminders. A transfer is accounted
    for as a disclosure to the programme that goes on.

    :raises NoSuchEpisode: none of theirs; logged.
    :raises EpisodeOver: it has ended.
    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    """
    episode, chart = _treated_episode(clinician, episode_id, now)
    if episode.discharged_on is not None:
        raise EpisodeOver
    _validate_level_change(episode, placement, ending)
    if placement.level != DISCHARGE:
        validate_placement(placement, clinician, chart.patient_id, now)
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
            outcome=ending.outcome if ending is not None else None,
            receiving=ending.receiving if ending is not None else None,
        )
        if ending is not None and ending.receiving is not None:
            record_disclosure(
                chart=chart, to=ending.receiving, purpose="transfer", what=TRANSFER_TEXT,
                consent_id=None, now=now,
            )  # fmt: skip
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
    if not is_physician(physician.pk, patient_id, now):
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
        asam_edition=placement.asam.edition if placement.asam is not None else None,
        asam_code=placement.asam.code if placement.asam is not None else None,
        referral_kind=placement.referral.kind if placement.referral is not None else None,
        referral_from=(placement.referral.name or None) if placement.referral is not None else None,
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


def _validate_level_change(episode: Episode, placement: Placement, ending: Ending | None) -> None:
    validate_ending(ending, is_discharge=placement.level == DISCHARGE)
    if placement.level == episode.level_of_care:
        raise InvalidInput.of("to", "same_level", "This is the level that the patient has.")
    if placement.on < episode.admitted_on:
        raise InvalidInput.of("on", "before_admission", "Must not be before the admission.")


def _step_between(left: str, entered: str) -> str:
    if entered == DISCHARGE:
        return LevelChange.Step.DISCHARGE
    is_up = LEVELS.index(entered) < LEVELS.index(left)
    return LevelChange.Step.UP if is_up else LevelChange.Step.DOWN


def _log_programme_write(clinician: User, patient_id: UUID, now: datetime) -> None:
    log_writes_many(
        viewer=clinician, patient_ids=[patient_id], what=DataCategory.PROGRAMME, reason="care_team",
        now=now,
    )  # fmt: skip
