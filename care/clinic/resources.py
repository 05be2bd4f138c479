"""The community resources that a clinic knows of: found by everybody, kept by its administrators.

A resource is withdrawn, never deleted. One that nobody has checked for long is stale, and said so.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from backend.kit.db.claims import claim
from backend.kit.errors import ChangedMeanwhile, FieldError, InvalidInput, NotThere, enforce_limit
from backend.kit.text import fold_name
from backend.kit.timezones import local_day
from care.clinic.contact import MOST_HOURS, contact_faults
from care.models import Clinic, CommunityResource, User

#: As crisis lines (CLINICAL §3): numbers rot, and who calls a dead one may not try another.
STALE_AFTER = timedelta(days=180)
#: So many stand in one answer, which a phone keeps whole; more would be no list to search.
MOST_RESOURCES = 200
MOST_LANGUAGES = 10
Kind = CommunityResource.Kind
Position = tuple[datetime, UUID]


class NoSuchResource(NotThere):
    """There is no such resource in this clinic."""


class ResourceExists(Exception):
    """There is a resource of this id that says something else; whoever changes it names its rev."""


class ResourceChanged(ChangedMeanwhile):
    """Somebody changed the resource meanwhile; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceDetails:
    """What is said of a resource; None and an empty tuple are what nobody knows."""

    kind: str
    name: str
    description: str | None = None
    region: str | None = None
    address: str | None = None
    phone: str | None = None
    website: str | None = None
    hours: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    verified_at: date | None = None
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class ResourceView:
    """One resource as it stands; a stale one should be checked before somebody relies on it."""

    id: UUID
    details: ResourceDetails
    is_stale: bool
    rev: int
    created_at: datetime
    changed_at: datetime


def find_resources(
    *,
    clinic_id: UUID,
    now: datetime,
    limit: int,
    text: str = "",
    kind: str | None = None,
    region: str = "",
    with_withdrawn: bool = False,
    position: Position | None = None,
    is_backwards: bool = False,
) -> list[ResourceView]:
    """Find up to ``limit`` resources around a position, the newest first.

    Each word of ``text`` stands in name, description or region, in whatever spelling; ``region`` is
    a part of the region's name.
    """
    rows = CommunityResource.objects.filter(clinic_id=clinic_id).select_related("clinic")
    if not with_withdrawn:
        rows = rows.filter(is_withdrawn=False)
    if kind is not None:
        rows = rows.filter(kind=kind)
    # Few enough to be read whole (MOST_RESOURCES), and databases fold no names.
    found = [
        row
        for row in rows.order_by("-created_at", "-id")
        if _says(row, text) and fold_name(region) in fold_name(row.region or "")
    ]
    if position is not None and is_backwards:
        chosen = [row for row in found if (row.created_at, row.pk) > position][-limit:]
    else:
        chosen = [row for row in found if position is None or (row.created_at, row.pk) < position]
    return [_view(row, now) for row in chosen[:limit]]


def is_stale(*, verified_at: date | None, today: date) -> bool:
    """Whether somebody should check a resource again."""
    return verified_at is None or today - verified_at > STALE_AFTER


def put_resource(
    *, admin: User, resource_id: UUID, details: ResourceDetails, rev: int | None, now: datetime
) -> tuple[ResourceView, bool]:
    """Add a resource under an id of the caller's, or change it; return it, and whether it is new.

    Without ``rev``, and with 0, it is a new one; what stands already in the same words is answered
    as it is.

    :raises backend.kit.errors.InvalidInput: naming every field at fault, or the clinic has as many
        as it may.
    :raises NoSuchResource: none of this clinic has that id, or another clinic's has.
    :raises ResourceExists: it is there, and no ``rev`` was named.
    :raises ResourceChanged: ``rev`` is not the newest.
    """
    _validate(details, today=local_day(now, admin.clinic.time_zone))
    with transaction.atomic():
        # The row is the lock that counts how many there are.
        Clinic.objects.select_for_update().only("pk").get(pk=admin.clinic_id)
        row = _rows_of(admin).filter(pk=resource_id).first()
        if row is None:
            if rev:
                raise NoSuchResource
            return _view(_add(admin, resource_id, details, now), now), True
        if _details(row) == details:
            return _view(row, now), False
        if rev is None:
            raise ResourceExists
        if row.is_withdrawn and not details.is_withdrawn:
            _enforce_limit(admin)
        _change(admin, resource_id, details, rev, now)
    return _view(_rows_of(admin).get(pk=resource_id), now), False


def mark_resources_checked(*, admin: User, resource_ids: Collection[UUID], now: datetime) -> int:
    """Note that somebody checked these today; return how many were there."""
    today = local_day(now, admin.clinic.time_zone)
    return _rows_of(admin).filter(pk__in=resource_ids).update(
        verified_at=today, rev=F("rev") + 1, changed_at=now, changed_by=admin.pk
    )  # fmt: skip


def withdraw_resources(*, admin: User, resource_ids: Collection[UUID], now: datetime) -> int:
    """Withdraw those that stand, and return how many did."""
    standing = _rows_of(admin).filter(pk__in=resource_ids, is_withdrawn=False)
    return standing.update(
        is_withdrawn=True, rev=F("rev") + 1, changed_at=now, changed_by=admin.pk
    )  # fmt: skip


def _rows_of(admin: User) -> "QuerySet[CommunityResource]":
    return CommunityResource.objects.filter(clinic_id=admin.clinic_id).select_related("clinic")


def _add(
    admin: User, resource_id: UUID, details: ResourceDetails, now: datetime
) -> CommunityResource:
    _enforce_limit(admin)
    row = CommunityResource(
        id=resource_id, clinic=admin.clinic, created_at=now, changed_at=now, changed_by=admin.pk,
        **_columns(details),
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        # Another clinic's, of which nobody learns here.
        raise NoSuchResource from None
    return row


def _change(
    admin: User, resource_id: UUID, details: ResourceDetails, rev: int, now: datetime
) -> None:
    same = CommunityResource.objects.filter(clinic_id=admin.clinic_id, pk=resource_id, rev=rev)
    changed = {"changed_at": now, "changed_by": admin.pk, **_columns(details)}
    if not claim(same, rev=F("rev") + 1, **changed):
        raise ResourceChanged


def _columns(details: ResourceDetails) -> dict[str, object]:
    lists = {"hours": list(details.hours), "languages": list(details.languages)}
    return asdict(details) | lists


def _enforce_limit(admin: User) -> None:
    count = _rows_of(admin).filter(is_withdrawn=False).count()
    enforce_limit(count, most=MOST_RESOURCES, what="resources in a clinic")


def _validate(details: ResourceDetails, *, today: date) -> None:
    faults = [*_list_faults(details)]
    faults += contact_faults(addresses={"website": details.website}, phone=details.phone)
    if details.kind not in Kind.values:
        faults.append(FieldError("kind", "invalid_choice", "Must be one of ours."))
    if details.verified_at is not None and details.verified_at > today:
        faults.append(FieldError("verified_at", "in_the_future", "Must not be in the future."))
    if faults:
        raise InvalidInput(faults)


def _list_faults(details: ResourceDetails) -> Iterator[FieldError]:
    lists: tuple[tuple[str, Sequence[str], int], ...] = (
        ("hours", details.hours, MOST_HOURS), ("languages", details.languages, MOST_LANGUAGES),
    )  # fmt: skip
    for field, values, most in lists:
        if len(values) > most:
            yield FieldError(field, "max_length", f"At most {most}.")


def _says(row: CommunityResource, text: str) -> bool:
    said = fold_name(f"{row.name} {row.description or ''} {row.region or ''}")
    return all(word in said for word in fold_name(text).split())


def _details(row: CommunityResource) -> ResourceDetails:
    return ResourceDetails(
        kind=row.kind,
        name=row.name,
        description=row.description,
        region=row.region,
        address=row.address,
        phone=row.phone,
        website=row.website,
        hours=tuple(row.hours),
        languages=tuple(row.languages),
        verified_at=row.verified_at,
        is_withdrawn=row.is_withdrawn,
    )


def _view(row: CommunityResource, now: datetime) -> ResourceView:
    today = local_day(now, row.clinic.time_zone)
    return ResourceView(
        id=row.pk,
        details=_details(row),
        is_stale=is_stale(verified_at=row.verified_at, today=today),
        rev=row.rev,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )
