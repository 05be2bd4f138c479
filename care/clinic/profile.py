"""What a clinic tells its people of itself: address, phone, hours, costs, and its own crisis phone.

Every version is kept, with who wrote it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from backend.kit.db.versions import next_version
from backend.kit.errors import ChangedMeanwhile, InvalidInput
from care.clinic.contact import MOST_HOURS, contact_faults
from care.models import Clinic, ClinicProfile, User
from care.models.people import logged_name


class ClinicProfileChanged(ChangedMeanwhile):
    """The profile has another revision than the caller read; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicDetails:
    """What a clinic says of itself; None and an empty tuple are what it does not say."""

    name: str
    address: str | None = None
    phone: str | None = None
    hours: tuple[str, ...] = ()
    cost_page: str | None = None
    website: str | None = None
    insurance: str | None = None
    scholarship_contact: str | None = None
    crisis_phone: str | None = None


@dataclass(frozen=True, slots=True)
class ProfileVersion:
    """One version of the profile, with when and by whom; ``rev`` is 0 before the first one."""

    rev: int
    details: ClinicDetails
    at: datetime | None
    written_by: str


def clinic_profile(*, clinic_id: UUID) -> ProfileVersion:
    """Read the profile as it stands; before the first version it is the clinic's name alone."""
    newest = ClinicProfile.objects.filter(clinic_id=clinic_id).order_by("-rev").first()
    if newest is None:
        name = Clinic.objects.values_list("name", flat=True).get(pk=clinic_id)
        return ProfileVersion(0, ClinicDetails(name=name), None, "")
    return _version(newest)


def clinic_profile_history(*, clinic_id: UUID) -> Sequence[ProfileVersion]:
    """Read every version, the newest first."""
    rows = ClinicProfile.objects.filter(clinic_id=clinic_id).order_by("-rev")
    return [_version(row) for row in rows]


def write_clinic_profile(
    *, admin: User, rev: int, details: ClinicDetails, now: datetime
) -> ProfileVersion:
    """Add a version after revision ``rev`` (0: there was none yet); the clinic's name goes with it.

    What stands already makes no new version, whatever ``rev`` names, so that a request whose answer
    was lost can be sent again (RFC 9110, 13.1.1).

    :raises backend.kit.errors.InvalidInput: naming every field at fault.
    :raises ClinicProfileChanged: ``rev`` is not the newest.
    """
    _validate(details)
    with next_version(ClinicProfileChanged):
        Clinic.objects.select_for_update().only("pk").get(pk=admin.clinic_id)
        newest = clinic_profile(clinic_id=admin.clinic_id)
        if details == newest.details:
            return newest
        if rev != newest.rev:
            raise ClinicProfileChanged
        row = ClinicProfile(
            clinic_id=admin.clinic_id,
            rev=rev + 1,
            at=now,
            written_by=admin.pk,
            written_by_name=logged_name(admin),
            **asdict(details) | {"hours": list(details.hours)},
        )
        row.save(force_insert=True)
        Clinic.objects.filter(pk=admin.clinic_id).update(name=details.name)
    return _version(row)


def _validate(details: ClinicDetails) -> None:
    faults = list(
        contact_faults(
            addresses={"cost_page": details.cost_page, "website": details.website},
            phone=details.phone,
            crisis_phone=details.crisis_phone,
        )
    )
    if len(details.hours) > MOST_HOURS:
        raise InvalidInput.of("hours", "max_length", f"At most {MOST_HOURS}.")
    if faults:
        raise InvalidInput(faults)


def _version(row: ClinicProfile) -> ProfileVersion:
    details = ClinicDetails(
        name=row.name,
        address=row.address,
        phone=row.phone,
        hours=tuple(row.hours),
        cost_page=row.cost_page,
        website=row.website,
        insurance=row.insurance,
        scholarship_contact=row.scholarship_contact,
        crisis_phone=row.crisis_phone,
    )
    return ProfileVersion(row.rev, details, row.at, row.written_by_name)
