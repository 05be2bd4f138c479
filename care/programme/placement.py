"""A level of care from a day on: its ASAM code, who referred, and what admission asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from backend.kit.errors import FieldError, InvalidInput
from backend.kit.timezones import local_day
from care.access.rules import membership_holds
from care.constants import LEAST_IOP_HOURS
from care.models import CareTeamMembership, Episode, User

#: How far ahead an admission or a step may be written down.
LATEST_START = timedelta(days=30)
#: From the most to the least hours a week.
LEVELS = tuple(level.value for level in Episode.LevelOfCare)
#: Codes of the ASAM criteria by edition: names of levels alone, no text of the criteria.
ASAM_CODES = {
    "3": ("0.5", "1", "OTP", "2.1", "2.5", "3.1", "3.3", "3.5", "3.7", "4"),
    "4": ("1.0", "1.5", "1.7", "2.1", "2.5", "2.7", "3.1", "3.5", "3.7", "4"),
}
#: Who sent a patient here.
REFERRAL_KINDS = (
    "self", "family", "hospital", "emergency", "outpatient_care", "another_programme",
    "primary_care", "court", "school", "employer", "insurer", "community", "other",
)  # fmt: skip
#: How an episode ended that no other followed.
ENDINGS = ("completed", "transferred", "left", "ended_by_programme", "other")
TRANSFERRED = "transferred"
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


@dataclass(frozen=True, slots=True)
class AsamLevel:
    """A level of the ASAM criteria: the edition, and the code that it has there."""

    edition: str
    code: str


@dataclass(frozen=True, slots=True)
class Referral:
    """Who sent a patient: the kind, and a name in short, empty where nobody wrote one."""

    kind: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """A level of care from a day on; ``asks`` are the answers at admission."""

    level: str
    on: date
    hours_per_week: Decimal | None
    asks: Mapping[str, Any] | None = None
    asam: AsamLevel | None = None
    referral: Referral | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How an episode ended; ``receiving`` is the programme that goes on after a transfer."""

    outcome: str
    receiving: str | None = None


def validate_placement(
    placement: Placement, clinician: User, patient_id: UUID, now: datetime
) -> None:
    """Check a level of care before an episode begins with it.

    :raises backend.kit.errors.InvalidInput: naming every field at fault.
    """
    faults = []
    if placement.on > local_day(now, clinician.clinic.time_zone) + LATEST_START:
        faults.append(FieldError("on", "too_late", "At most 30 days ahead."))
    if placement.level == Episode.LevelOfCare.INTENSIVE_OUTPATIENT:
        faults += _unmet_criteria(placement, patient_id, now)
    elif placement.asks is not None:
        detail = "Asked at admission to intensive outpatient care only."
        faults.append(FieldError("admission", "not_asked", detail))
    if placement.asam is not None and placement.asam.code not in ASAM_CODES[placement.asam.edition]:
        detail = f"That edition has: {', '.join(ASAM_CODES[placement.asam.edition])}."
        faults.append(FieldError("asam.code", "unknown", detail))
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
    if not is_physician(placement.asks["physician"], patient_id, now):
        detail = "Must be a physician of the patient's care team."
        faults.append(FieldError("admission.physician", "not_the_physician", detail))
    return faults


def validate_ending(ending: Ending | None, *, is_discharge: bool) -> None:
    """Check how an episode ended; a transfer names who goes on, and nothing else does.

    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    """
    if ending is None:
        return
    if not is_discharge:
        raise InvalidInput.of("outcome", "not_asked", "Asked at discharge only.")
    if ending.outcome == TRANSFERRED and ending.receiving is None:
        raise InvalidInput.of("receiving", "required", "Name the programme that goes on.")
    if ending.outcome != TRANSFERRED and ending.receiving is not None:
        raise InvalidInput.of("receiving", "not_asked", "Asked after a transfer only.")


def is_physician(clinician_id: UUID, patient_id: UUID, now: datetime) -> bool:
    """Whether somebody is a physician of the patient's care team at that moment."""
    return CareTeamMembership.objects.filter(
        membership_holds(now),
        patient_id=patient_id,
        clinician_id=clinician_id,
        role=CareTeamMembership.Role.PHYSICIAN,
    ).exists()
