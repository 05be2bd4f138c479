"""The key to several charts at once: whom a list may show to a clinician, and what of each.

Like ``care.access`` it judges care team and consent at this moment, in one query, and writes one
row a patient to the access log before any data is fetched. Who may not be seen is not in a roster:
neither by name nor by number.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from backend.kit.cipher import PatientCipher, master_keys
from care import access
from care.access import DataClass, consent_holds, on_team
from care.models import CareTeamMembership, Consent, Episode, GroupMembership, User

if TYPE_CHECKING:
    from care.queries.briefing import GroupSession

_MADE_HERE = object()


@dataclass(frozen=True, slots=True)
class Listed:
    """One patient of a roster. ``sees`` are the sharing levels that the viewer is shown."""

    patient_id: UUID
    name: str
    time_zone: str
    enrolled_at: datetime | None
    level_of_care: str | None
    sees: frozenset[str]
    wrapped_key: "bytes | memoryview[int] | None" = field(repr=False)

    @property
    def cipher(self) -> PatientCipher:
        """Open the patient's data key; only what needs their words asks for it."""
        key = master_keys().unwrap(self.wrapped_key, patient_id=self.patient_id)
        return PatientCipher(self.patient_id, key)


@dataclass(frozen=True, slots=True)
class Roster:
    """Several patients whom one clinician may see together. Only this module makes one."""

    viewer_id: UUID
    people: tuple[Listed, ...]
    made_by: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.made_by is not _MADE_HERE:
            raise TypeError("care.roster alone makes rosters")

    @property
    def ids(self) -> list[UUID]:
        """List whose they are."""
        return [person.patient_id for person in self.people]

    @property
    def sees(self) -> dict[UUID, frozenset[str]]:
        """Tell which sharing levels of each are shown."""
        return {person.patient_id: person.sees for person in self.people}

    def shown(self, share: str = "share") -> Q:
        """Build the condition under which a row of one of them is shown, by its sharing level."""
        return Q(patient_id__in=self.ids) & self.shared(share)

    def shared(self, share: str = "share") -> Q:
        """Build the same for rows that are known to be of one of them."""
        levels = {person.sees for person in self.people}
        if len(levels) <= 1:
            return Q(**{f"{share}__in": sorted(next(iter(levels), access.TEAM))})
        primary = [one.patient_id for one in self.people if "individual_therapist_only" in one.sees]
        return Q(**{share: "care_team"}) | Q(
            **{share: "individual_therapist_only"}, patient_id__in=primary
        )


def open_caseload(*, viewer: User, now: datetime) -> Roster:
    """Open what the clinician may see of everybody they treat; who was discharged is left out."""
    rows = _treated(viewer, now).filter(
        Q(patient__discharged_at__isnull=True) | Q(patient__discharged_at__gt=now)
    )
    return _opened(viewer, rows, what=DataClass.CASELOAD, reason="caseload", now=now)


def open_group(*, viewer: User, session: "GroupSession", what: DataClass, now: datetime) -> Roster:
    """Open what may be seen together of those who are in the group when the session starts.

    Of each only what is shared with the whole care team: a group's view never shows what is for
    the individual therapist alone, not even to them.
    """
    members = GroupMembership.objects.filter(
        on_team(session.starts_at), group_id=session.group_id, patient_id=OuterRef("patient_id")
    )
    rows = _treated(viewer, now).filter(Exists(members))
    return _opened(viewer, rows, what=what, reason="group_session", now=now, is_shared=True)


def _treated(viewer: User, now: datetime) -> "QuerySet[CareTeamMembership]":
    consent = Consent.objects.filter(consent_holds(now), patient_id=OuterRef("patient_id"))
    return CareTeamMembership.objects.filter(
        on_team(now), Exists(consent), clinician_id=viewer.pk,
        patient__user__clinic_id=viewer.clinic_id,
    )  # fmt: skip


def _opened(
    viewer: User,
    rows: "QuerySet[CareTeamMembership]",
    *,
    what: DataClass,
    reason: str,
    now: datetime,
    is_shared: bool = False,
) -> Roster:
    stay = Episode.objects.filter(patient_id=OuterRef("patient_id"), discharged_on__isnull=True)
    found = rows.annotate(
        name=F("patient__user__display_name"),
        zone=F("patient__user__time_zone"),
        level=Subquery(stay.values("level_of_care")[:1]),
    ).order_by("-starts_at", "id")
    people: dict[UUID, Listed] = {}
    for patient_id, name, zone, enrolled_at, level, role, key in found.values_list(
        "patient_id", "name", "zone", "patient__enrolled_at", "level", "role",
        "patient__wrapped_key",
    ):  # fmt: skip
        # The newest membership decides, as it does for a chart.
        sees = access.TEAM if is_shared else access.sees_of(role)
        people.setdefault(patient_id, Listed(patient_id, name, zone, enrolled_at, level, sees, key))
    access.log_list(viewer=viewer, patient_ids=people, what=what, reason=reason, now=now)
    by_name = sorted(people.values(), key=lambda one: (one.name.casefold(), one.patient_id))
    return Roster(viewer.pk, tuple(by_name), made_by=_MADE_HERE)
