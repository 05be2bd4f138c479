"""Rosters: several patients whom a list may show to a clinician, and what of each.

Like ``care.access.open`` it checks care team and consent, its scope and recipient, at this moment,
in one query, and writes one row a patient to the access log before any data is fetched. Whoever may
not be seen is not in a roster: neither by name nor by number.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Subquery

from backend.kit.crypto import PatientCipher, master_keys
from backend.kit.db.compiled import CompiledQuery
from backend.kit.timezones import LocalCalendar
from care.access.data_categories import DataCategory
from care.access.log import log_reads_many
from care.access.rules import (
    TEAM_LEVELS,
    consents_in_force,
    granted_scopes,
    is_covered,
    membership_holds,
    sharing_levels_of_role,
)
from care.models import CareTeamMembership, Episode, Group, GroupMembership, User

if TYPE_CHECKING:
    from care.sessions.for_brief import GroupSession

_MADE_HERE = object()
#: The sets of sharing levels that a viewer is shown of the people in one roster.
LevelSets = frozenset[frozenset[str]]


@dataclass(frozen=True, slots=True)
class RosterPatient:
    """One patient of a roster. ``sharing_levels`` are the sharing levels that the viewer is shown.

    ``parts`` are the parts that the patient's consents let them see.
    """

    patient_id: UUID
    name: str
    calendar: LocalCalendar
    enrolled_at: datetime | None
    level_of_care: str | None
    sharing_levels: frozenset[str]
    parts: frozenset[str]
    wrapped_key: "bytes | memoryview[int] | None" = field(repr=False)

    @property
    def cipher(self) -> PatientCipher:
        """Open the patient's data key; only what needs their text asks for it."""
        key = master_keys().unwrap(self.wrapped_key, patient_id=self.patient_id)
        return PatientCipher(self.patient_id, key)


@dataclass(frozen=True, slots=True)
class Roster:
    """Several patients whom one clinician may see together. Only this module makes one."""

    viewer_id: UUID
    people: tuple[RosterPatient, ...]
    made_by: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.made_by is not _MADE_HERE:
            raise TypeError("care.access.roster alone makes rosters")

    @property
    def ids(self) -> list[UUID]:
        """List the ids of the patients."""
        return [person.patient_id for person in self.people]

    @property
    def sharing_levels(self) -> dict[UUID, frozenset[str]]:
        """Return the sharing levels that are shown of each."""
        return {person.patient_id: person.sharing_levels for person in self.people}

    def ids_with_consent(self, what: DataCategory) -> list[UUID]:
        """List the patients of whom data of that class may be shown too."""
        return [person.patient_id for person in self.people if is_covered(what, person.parts)]

    @property
    def levels(self) -> LevelSets:
        """Return the sets of sharing levels in it; queries are compiled once for each."""
        return frozenset(person.sharing_levels for person in self.people)

    @property
    def primary(self) -> list[UUID]:
        """List the patients of whom the viewer sees what is for the individual therapist."""
        return [
            person.patient_id
            for person in self.people
            if "individual_therapist_only" in person.sharing_levels
        ]


def shown_to_viewer(levels: LevelSets, primary: list[UUID]) -> Q:
    """Build the condition under which a row of somebody in a roster is shown to its viewer."""
    if len(levels) <= 1:
        return Q(share__in=sorted(next(iter(levels), TEAM_LEVELS)))
    return Q(share="care_team") | Q(share="individual_therapist_only", patient_id__in=primary)


def open_caseload_roster(*, viewer: User, now: datetime) -> Roster:
    """Open a roster of everybody the clinician treats, without who was discharged."""
    rows = _CASELOAD.all(viewer=viewer.pk, clinic=viewer.clinic_id, now=now)
    return _open_roster(viewer, rows, what=DataCategory.CASELOAD, reason="caseload", now=now)


def open_group_roster(
    *, viewer: User, session: "GroupSession", what: DataCategory, now: datetime
) -> Roster:
    """Open a roster of those who are in the group when the session starts.

    Of each only what is shared with the whole care team: a group's view never shows what is for
    the individual therapist alone, not even to them.
    """
    rows = _GROUP.all(
        viewer=viewer.pk, clinic=viewer.clinic_id, now=now, group=session.group_id,
        starts_at=session.starts_at,
    )  # fmt: skip
    return _open_roster(viewer, rows, what=what, reason="group_session", now=now, is_shared=True)


def open_roster_of(
    *, viewer: User, patient_ids: Collection[UUID], what: DataCategory, reason: str, now: datetime
) -> Roster:
    """Open a roster of those of these patients whom the clinician treats, and who agreed to it."""
    rows = _treated(viewer.pk, viewer.clinic_id, now).filter(patient_id__in=patient_ids)
    return _open_roster(viewer, rows if patient_ids else (), what=what, reason=reason, now=now)


def _caseload(*, viewer: UUID, clinic: UUID, now: datetime) -> Any:
    return _treated(viewer, clinic, now).filter(
        Q(patient__discharged_at__isnull=True) | Q(patient__discharged_at__gt=now)
    )


def _group(*, viewer: UUID, clinic: UUID, now: datetime, group: UUID, starts_at: datetime) -> Any:
    members = GroupMembership.objects.filter(
        membership_holds(starts_at), group_id=group, patient_id=OuterRef("patient_id")
    )
    return _treated(viewer, clinic, now).filter(Exists(members))


def _treated(viewer: UUID, clinic: UUID, now: datetime) -> Any:
    stay = Episode.objects.filter(patient_id=OuterRef("patient_id"), discharged_on__isnull=True)
    return (
        CareTeamMembership.objects.filter(
            membership_holds(now), clinician_id=viewer, patient__user__clinic_id=clinic
        )
        .order_by("-starts_at", "id")
        .values_list(
            "patient_id", "patient__user__display_name", "patient__user__time_zone",
            "patient__day_starts_hour", "patient__enrolled_at",
            Subquery(stay.values("level_of_care")[:1]), "role",
            "patient__wrapped_key", consents_in_force(now),
        )
    )  # fmt: skip


_WHO = {
    "viewer": User._meta.pk,
    "clinic": User._meta.get_field("clinic"),
    "now": CareTeamMembership._meta.get_field("starts_at"),
}
_CASELOAD = CompiledQuery(_caseload, **_WHO)
_GROUP = CompiledQuery(
    _group,
    **_WHO,
    group=Group._meta.pk,
    starts_at=CareTeamMembership._meta.get_field("starts_at"),
)


def _open_roster(
    viewer: User,
    rows: Iterable[tuple[Any, ...]],
    *,
    what: DataCategory,
    reason: str,
    now: datetime,
    is_shared: bool = False,
) -> Roster:
    people: dict[UUID, RosterPatient] = {}
    for patient_id, name, zone, starts_hour, enrolled_at, level, role, key, agreed in rows:
        parts, _ = granted_scopes(agreed, viewer.pk)
        if not is_covered(what, parts):
            continue
        # The newest membership decides, as it does for a chart.
        sharing_levels = TEAM_LEVELS if is_shared else sharing_levels_of_role(role)
        shown = level if is_covered(DataCategory.PROGRAMME, parts) else None
        calendar = LocalCalendar(zone, starts_hour)
        people.setdefault(
            patient_id,
            RosterPatient(
                patient_id, name, calendar, enrolled_at, shown, sharing_levels, parts, key
            ),
        )
    log_reads_many(viewer=viewer, patient_ids=people, what=what, reason=reason, now=now)
    by_name = sorted(
        people.values(), key=lambda person: (person.name.casefold(), person.patient_id)
    )
    return Roster(viewer.pk, tuple(by_name), made_by=_MADE_HERE)
