"""What tells people of one name apart, where somebody chooses or acts on one of them."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from backend.kit.zones import zone
from care.access import on_team
from care.models import CareTeamMembership, User


@dataclass(frozen=True, slots=True)
class _Person:
    id: UUID
    name: str
    username: str | None
    created_at: datetime


def namesakes_of(*, viewer: User, now: datetime, also: Collection[UUID] = ()) -> dict[UUID, str]:
    """Find what tells those apart who share a name, among the viewer's patients and colleagues.

    ``also`` are others who are listed beside them. Who has a name of their own is not in it. One
    statement, however many there are; whoever shows the names has asked for the right to.
    """
    treated = CareTeamMembership.objects.filter(on_team(now), clinician_id=viewer.pk)
    staff = Q(clinic_id=viewer.clinic_id, role=User.Role.CLINICIAN)
    rows = User.objects.filter(
        Q(pk__in=treated.values("patient_id")) | Q(pk__in=list(also)) | staff
    ).values_list("role", "pk", "display_name", "username", "created_at")
    by_role: dict[str, list[_Person]] = defaultdict(list)
    for role, pk, name, username, created_at in rows:
        by_role[role].append(_Person(pk, name, username, created_at))
    found: dict[UUID, str] = {}
    for people in by_role.values():
        found |= _apart(people, viewer)
    return found


def apart(people: Iterable[tuple[UUID, str]], *, viewer: User, now: datetime) -> dict[UUID, str]:
    """Find what tells those of a list apart who share a name in it; without such, ask nothing."""
    listed = dict(people)
    if not share_a_name(listed.values()):
        return {}
    found = namesakes_of(viewer=viewer, now=now, also=listed)
    return {pk: told for pk, told in found.items() if pk in listed}


def share_a_name(names: Iterable[str]) -> bool:
    """Whether two of these are read as the same name."""
    folded = [fold(name) for name in names]
    return len(set(folded)) < len(folded)


def fold(name: str) -> str:
    """Reduce a name to what an eye tells apart: no case, accents, spaces, or invisible marks."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(
        char for char in unicodedata.normalize("NFKD", plain)
        if unicodedata.category(char)[0] in "LNS"
    )  # fmt: skip


def labels(pairs: Iterable[tuple[UUID, str]], apart: Mapping[UUID, str]) -> list[tuple[UUID, str]]:
    """Add to each name what tells it apart, for lists of plain text."""
    return [(pk, f"{name} ({apart[pk]})" if pk in apart else name) for pk, name in pairs]


def _apart(people: Iterable[_Person], viewer: User) -> dict[UUID, str]:
    alike: dict[str, list[_Person]] = defaultdict(list)
    for person in people:
        alike[fold(person.name)].append(person)
    found: dict[UUID, str] = {}
    for same in alike.values():
        if len(same) > 1:
            found |= _distinct({one.id: _told(one, viewer) for one in same})
    return found


def _told(person: _Person, viewer: User) -> str:
    """Name what they sign in with, or when they were invited while they have not enrolled."""
    if person.username:
        return person.username
    at = person.created_at.astimezone(zone(viewer.clinic.time_zone))
    return f"invited {at:%b} {at.day}, {at.hour % 12 or 12}:{at.minute:02d} {at:%p}".replace(
        "AM", "am"
    ).replace("PM", "pm")


def _distinct(told: Mapping[UUID, str]) -> dict[UUID, str]:
    """Add the end of the id where even that is alike."""
    seen = list(told.values())
    return {
        pk: text if seen.count(text) == 1 else f"{text}, no. {pk.hex[-4:]}"
        for pk, text in told.items()
    }
