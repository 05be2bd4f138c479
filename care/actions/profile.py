"""What somebody changes about themselves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F

from backend.kit.errors import ChangedMeanwhile, InvalidInput, refuse_beyond
from backend.kit.rows import claim
from care.actions import resets
from care.limits import DAY, MOST_ZONES_A_DAY
from care.models import Patient, User, ZoneChange
from care.naming import refuse_misleading

#: What a person may change; the first three are the user's, the others a patient's only.
USER_FIELDS = ("display_name", "time_zone", "language")
PATIENT_FIELDS = ("quiet_start", "quiet_end", "day_starts_hour")


class ProfileChanged(ChangedMeanwhile):
    """The profile was changed from another device since it was read; nothing was written."""


def change_profile(*, user: User, rev: int, changes: Mapping[str, Any], now: datetime) -> User:
    """Change the user's own profile, if nobody changed it meanwhile.

    A patient's new time zone is written into the history of their zones.

    ``quiet_start`` and ``quiet_end`` are local wall-clock times; equal times mean no quiet hours.
    ``day_starts_hour`` are hours after local midnight, 0 to 4; it concerns what is logged from then
    on, and entries keep the day that they have.

    What staff are called is their administrator's to say, for patients read it in their access log;
    what a support person is called, the patient's.

    :raises ProfileChanged: ``rev`` is not the newest.
    :raises backend.kit.errors.InvalidInput: naming ``display_name``.
    """
    if "display_name" in changes:
        _refuse_name(user, changes["display_name"])
    with transaction.atomic():
        fresh = {name: changes[name] for name in USER_FIELDS if name in changes}
        if not claim(User.objects.filter(pk=user.pk, rev=rev), rev=F("rev") + 1, **fresh):
            raise ProfileChanged
        note_zone(user=user, after=fresh.get("time_zone", user.time_zone), now=now)
        own = {name: changes[name] for name in PATIENT_FIELDS if name in changes}
        if own and user.role == User.Role.PATIENT:
            Patient.objects.filter(pk=user.pk).update(**own)
    return User.objects.select_related("patient").get(pk=user.pk)


def _refuse_name(user: User, name: str) -> None:
    if name == user.display_name:
        return
    if user.role != User.Role.PATIENT:
        detail = "Your administrator sets what you are called."
        if user.role == User.Role.SUPPORTER:
            detail = "You are called what the person you support calls you."
        raise InvalidInput.of("display_name", "not_yours_to_change", detail)
    refuse_misleading(name)


def note_zone(*, user: User, after: str, now: datetime) -> None:
    """Write down that a patient's clocks stand in another zone, if they do."""
    if user.role == User.Role.PATIENT and after != user.time_zone:
        lately = ZoneChange.objects.filter(patient_id=user.pk, at__gt=now - DAY)
        refuse_beyond(
            lately.count(), most=MOST_ZONES_A_DAY, what="changes of the zone within a day"
        )
        ZoneChange.objects.create(patient_id=user.pk, at=now, before=user.time_zone, after=after)


def set_email(*, user: User, email: str) -> None:
    """Keep where a forgotten password may be reset; empty takes it back. Ask for a proof before.

    Of a support person none is kept, for nothing is ever sent to one.

    :raises backend.kit.errors.InvalidInput: naming ``email``.
    """
    if email and user.role == User.Role.SUPPORTER:
        raise InvalidInput.of("email", "not_kept", "No mail is sent to you, so none is kept.")
    plain = email.strip()
    try:
        if plain:
            validate_email(plain)
    except ValidationError:
        raise InvalidInput.of("email", "not_an_email", "Must be an e-mail address.") from None
    User.objects.filter(pk=user.pk).update(
        sealed_email=resets.sealed_email(user, plain) if plain else None
    )
