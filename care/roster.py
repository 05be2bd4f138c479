"""The key to several charts at once: whom a list may show to a clinician, and what of each.

Like ``care.access`` it judges care team and consent, its scope and recipient, at this moment, in
one query, and writes one row a patient to the access log before any data is fetched. Who may not be
seen is not in a roster: neither by name nor by number.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Subquery

from backend.kit.cipher import PatientCipher, master_keys
from backend.kit.prepared import Prepared
from backend.kit.zones import LocalCalendar
from care import access
from care.access import DataClass, on_team
from care.consent_rules import agreements, granted, is_covered
from care.models import CareTeamMembership, Episode, Group, GroupMembership, User

if TYPE_CHECKING:
    from care.queries.briefing import GroupSession

_MADE_HERE = object()
#: The sets of sharing levels that a viewer is shown of the people in one roster.
Levels = frozenset[frozenset[str]]


@dataclass(frozen=True, slots=True)
class Listed:
    """One patient of a roster. ``sees`` are the sharing levels that the viewer is shown.

    ``parts`` are the parts that the patient's consents let them see.
    """

    patient_id: UUID
    name: str
    calendar: LocalCalendar
    enrolled_at: datetime | None
    level_of_care: str | None
    sees: frozenset[str]
    parts: frozenset[str]
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

    def covering(self, what: DataClass) -> list[UUID]:
        """List of whom data of that class may be told beside what the roster was opened for."""
        return [one.patient_id for one in self.people if is_covered(what, one.parts)]

    @property
    def levels(self) -> Levels:
        """Tell which sets of sharing levels stand in it; queries are compiled once for each."""
        return frozenset(person.sees for person in self.people)

    @property
    def primary(self) -> list[UUID]:
        """List of whom the viewer is shown what is for the individual therapist."""
        return [one.patient_id for one in self.people if "individual_therapist_only" in one.sees]


def shared(levels: Levels, primary: list[UUID]) -> Q:
    """Build the condition under which a row of somebody in a roster is shown to its viewer."""
    if len(levels) <= 1:
        return Q(share__in=sorted(next(iter(levels), access.TEAM)))
    return Q(share="care_team") | Q(share="individual_therapist_only", patient_id__in=primary)


def open_caseload(*, viewer: User, now: datetime) -> Roster:
    """Open what the clinician may see of everybody they treat; who was discharged is left out."""
    rows = _CASELOAD.all(viewer=viewer.pk, clinic=viewer.clinic_id, now=now)
    return _opened(viewer, rows, what=DataClass.CASELOAD, reason="caseload", now=now)


def open_group(*, viewer: User, session: "GroupSession", what: DataClass, now: datetime) -> Roster:
    """Open what may be seen together of those who are in the group when the session starts.

    Of each only what is shared with the whole care team: a group's view never shows what is for
    the individual therapist alone, not even to them.
    """
    rows = _GROUP.all(
        viewer=viewer.pk, clinic=viewer.clinic_id, now=now, group=session.group_id,
        starts_at=session.starts_at,
    )  # fmt: skip
    return _opened(viewer, rows, what=what, reason="group_session", now=now, is_shared=True)


def _caseload(*, viewer: UUID, clinic: UUID, now: datetime) -> Any:
    return _treated(viewer, clinic, now).filter(
        Q(patient__discharged_at__isnull=True) | Q(patient__discharged_at__gt=now)
    )


def _group(*, viewer: UUID, clinic: UUID, now: datetime, group: UUID, starts_at: datetime) -> Any:
    members = GroupMembership.objects.filter(
        on_team(starts_at), group_id=group, patient_id=OuterRef("patient_id")
    )
    return _treated(viewer, clinic, now).filter(Exists(members))


def _treated(viewer: UUID, clinic: UUID, now: datetime) -> Any:
    stay = Episode.objects.filter(patient_id=OuterRef("patient_id"), discharged_on__isnull=True)
    return (
        CareTeamMembership.objects.filter(
            on_team(now), clinician_id=viewer, patient__user__clinic_id=clinic
        )
        .order_by("-starts_at", "id")
        .values_list(
            "patient_id", "patient__user__display_name", "patient__user__time_zone",
            "patient__day_starts_hour", "patient__enrolled_at",
            Subquery(stay.values("level_of_care")[:1]), "role",
            "patient__wrapped_key", agreements(now),
        )
    )  # fmt: skip


_WHO = {
    "viewer": User._meta.pk,
    "clinic": User._meta.get_field("clinic"),
    "now": CareTeamMembership._meta.get_field("starts_at"),
}
_CASELOAD = Prepared(_caseload, **_WHO)
_GROUP = Prepared(
    _group,
    **_WHO,
    group=Group._meta.pk,
    starts_at=CareTeamMembership._meta.get_field("starts_at"),
)


def _opened(
    viewer: User,
    rows: Iterable[tuple[Any, ...]],
    *,
    what: DataClass,
    reason: str,
    now: datetime,
    is_shared: bool = False,
) -> Roster:
    people: dict[UUID, Listed] = {}
    for patient_id, name, zone, starts_hour, enrolled_at, level, role, key, agreed in rows:
        parts, _ = granted(agreed, viewer.pk)
        if not is_covered(what, parts):
            continue
        # The newest membership decides, as it does for a chart.
        sees = access.TEAM if is_shared else access.sees_of(role)
        shown = level if is_covered(DataClass.PROGRAMME, parts) else None
        calendar = LocalCalendar(zone, starts_hour)
        people.setdefault(
            patient_id, Listed(patient_id, name, calendar, enrolled_at, shown, sees, parts, key)
        )
    access.log_list(viewer=viewer, patient_ids=people, what=what, reason=reason, now=now)
    by_name = sorted(people.values(), key=lambda one: (one.name.casefold(), one.patient_id))
    return Roster(viewer.pk, tuple(by_name), made_by=_MADE_HERE)
