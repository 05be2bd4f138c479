"""Treatments: from one admission over steps up and down to the discharge.

For sums over many patients, which ``journaling.reports`` alone asks for: no chart is opened, and
nobody is shown one treatment.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from backend.kit.timezones import start_of_day
from care.access.data_categories import CONSENT_SCOPES
from care.models import Consent, Episode, LevelChange, User
from care.programme.episodes import DISCHARGE

#: What a consent to treatment must have covered for somebody to be counted in outcomes.
COUNTED_PARTS = frozenset({"shared_entries", "sessions"}) & frozenset(CONSENT_SCOPES["treatment"])


@dataclass(frozen=True, slots=True)
class Treatment:
    """One person's treatment from admission to discharge, by days of the clinic's calendar.

    ``ending`` is the code of how it ended; empty where none was recorded.
    """

    patient_id: UUID
    admitted_on: date
    discharged_on: date
    ending: str


@dataclass(frozen=True, slots=True)
class DischargedPatients:
    """Patients with an episode that ended in some days, and how many of them are not counted."""

    counted: tuple[UUID, ...]
    not_counted: int


def discharged_patients(*, viewer: User, first: date, last: date) -> DischargedPatients:
    """List the clinic's patients with an episode that ended from ``first`` to ``last``.

    Counted are those whose consent to treatment covered their entries and sessions when it ended,
    reached the clinic's staff as a whole, and was not taken back since. That it ended with the
    treatment is no withdrawal.
    """
    ended = Episode.objects.filter(
        patient__user__clinic_id=viewer.clinic_id, discharged_on__gte=first, discharged_on__lte=last
    ).values_list("patient_id", "discharged_on")
    ends: dict[UUID, date] = {}
    for patient_id, discharged_on in ended:
        if discharged_on is not None:
            ends[patient_id] = max(discharged_on, ends.get(patient_id, discharged_on))
    zone = viewer.clinic.time_zone
    agreed = _parts_agreed(
        {one: start_of_day(day + timedelta(days=1), zone) for one, day in ends.items()}
    )
    counted = sorted(one for one in ends if agreed.get(one, frozenset()) >= COUNTED_PARTS)
    return DischargedPatients(tuple(counted), len(ends) - len(counted))


def treatments_of(*, patient_id: UUID, first: date, last: date) -> list[Treatment]:
    """List a patient's treatments that ended from ``first`` to ``last``, oldest first."""
    episodes = {row.pk: row for row in Episode.objects.filter(patient_id=patient_id)}
    changes = list(LevelChange.objects.filter(patient_id=patient_id))
    came_from = {change.entered_id: change.left_id for change in changes}
    left_by = {change.left_id: change for change in changes}
    found = []
    for episode in episodes.values():
        ended_on, change = episode.discharged_on, left_by.get(episode.pk)
        is_step = change is not None and change.step != DISCHARGE
        if ended_on is None or is_step or not first <= ended_on <= last:
            continue
        began = episode
        while (before := episodes.get(came_from.get(began.pk))) is not None:  # type: ignore[arg-type] # None is no key
            began = before
        found.append(Treatment(patient_id, began.admitted_on, ended_on, ending_of(change)))
    return sorted(found, key=lambda treatment: treatment.discharged_on)


def ending_of(change: LevelChange | None) -> str:
    """Return the code of how treatment ended, whatever codes there are; empty without one."""
    return str(getattr(change, "outcome", None) or "")


def _parts_agreed(ends: Mapping[UUID, datetime]) -> dict[UUID, frozenset[str]]:
    """Return what the consents of each covered at an instant, unless they were taken back."""
    rows: Iterable[Consent] = Consent.objects.filter(
        Q(recipient_clinician__isnull=True), patient_id__in=ends, is_for_others=False,
        purpose=Consent.Purpose.TREATMENT, revoked_at__isnull=True,
    )  # fmt: skip
    agreed: dict[UUID, frozenset[str]] = {}
    for row in rows:
        end = ends[row.patient_id]
        if row.agreed_at < end and (row.expires_at is None or row.expires_at >= end):
            agreed[row.patient_id] = agreed.get(row.patient_id, frozenset()) | {*row.scope}
    return agreed


def days_by_level(*, clinic_id: UUID, on: date) -> list[tuple[str, int]]:
    """List the level of care of everybody who was in an episode on a day, and its days until then.

    An episode holds up to the day before it ends: on that day the next one does.
    """
    rows = Episode.objects.filter(
        Q(discharged_on__isnull=True) | Q(discharged_on__gt=on),
        patient__user__clinic_id=clinic_id, admitted_on__lte=on,
    ).values_list("level_of_care", "admitted_on")  # fmt: skip
    return [(level, (on - admitted_on).days) for level, admitted_on in rows]
