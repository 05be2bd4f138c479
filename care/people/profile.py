"""One's own account and profile: read and change them, and keep the history of time zones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from backend.kit.db.claims import claim
from backend.kit.errors import ChangedMeanwhile, InvalidInput, enforce_limit
from backend.kit.subscribers import Subscribers
from backend.kit.timezones import LocalCalendar
from care.access.admin_acts import acts_about
from care.access.chart import Chart
from care.accounts.device_sessions import device_sessions_of
from care.accounts.names import validate_display_name
from care.accounts.passkeys import passkeys_of
from care.accounts.password_reset import email_of, set_email
from care.accounts.second_factor import count_unused_recovery_codes, has_second_factor
from care.constants import MOST_ZONES_A_DAY, ONE_DAY
from care.models import (
    AdministrativeAct,
    DeviceSession,
    Passkey,
    Patient,
    User,
    ZoneChange,
)

#: What a person may change; the first three are the user's, the others a patient's only.
USER_FIELDS = ("display_name", "time_zone", "language")
PATIENT_FIELDS = ("quiet_start", "quiet_end", "day_starts_hour", "reminder_mail")


class ProfileChanged(ChangedMeanwhile):
    """The profile was changed from another device since it was read; nothing was written."""


@dataclass(frozen=True, slots=True)
class PatientClock:
    """A patient's local calendar, and when they enrolled."""

    local: LocalCalendar
    enrolled_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """How somebody signs in, where they are signed in, and what administrators did with it.

    ``email`` is empty where they gave none; ``codes_left`` are recovery codes.
    """

    sign_ins: Sequence[DeviceSession]
    has_second_factor: bool
    codes_left: int
    passkeys: Sequence[Passkey]
    email: str
    acts: Sequence[AdministrativeAct]


class ZoneSubscriber(Protocol):
    """Whoever follows the time zones of patients; told the same again it must change nothing."""

    def __call__(
        self, *, patient_id: UUID, now: datetime, except_device_session: UUID | None = None
    ) -> None:
        """Follow a patient to their new zone, in the transaction that changes it.

        ``except_device_session`` is the sign-in that told of it.
        """


ZONE_SUBSCRIBERS: Subscribers[ZoneSubscriber] = Subscribers()


def change_profile(
    *,
    user: User,
    rev: int,
    changes: Mapping[str, Any],
    now: datetime,
    told_by: UUID | None = None,
) -> User:
    """Change the user's own profile, if nobody changed it meanwhile.

    A patient's new time zone is written into the history of their zones.

    ``quiet_start`` and ``quiet_end`` are local wall-clock times; equal times mean no quiet hours.
    ``day_starts_hour`` are hours after local midnight, 0 to 4; it concerns what is logged from then
    on, and entries keep the day that they have. ``reminder_mail`` lets a reminder that reached no
    device go by mail.

    What staff are called is their administrator's to say, for patients read it in their access log;
    what a support person is called, the patient's.

    ``told_by`` is the sign-in on which it was changed, which needs no word of it. Before ``email``
    is changed whoever asks must have proved again who they are.

    :raises ProfileChanged: ``rev`` is not the newest.
    :raises backend.kit.errors.InvalidInput: naming ``display_name``, ``email`` or
        ``reminder_mail``.
    """
    if "display_name" in changes:
        _validate_own_name(user, changes["display_name"])
    with transaction.atomic():
        if "email" in changes:
            set_email(user=user, email=changes["email"])
        user_changes = {name: changes[name] for name in USER_FIELDS if name in changes}
        if not claim(User.objects.filter(pk=user.pk, rev=rev), rev=F("rev") + 1, **user_changes):
            raise ProfileChanged
        if changes.get("reminder_mail"):
            _require_way_for_mail(user)
        record_zone_change(user=user, after=user_changes.get("time_zone", user.time_zone), now=now)
        patient_changes = {name: changes[name] for name in PATIENT_FIELDS if name in changes}
        if patient_changes and user.role == User.Role.PATIENT:
            Patient.objects.filter(pk=user.pk).update(**patient_changes)
        if user.role == User.Role.PATIENT and "time_zone" in changes:
            for follow in ZONE_SUBSCRIBERS:
                follow(patient_id=user.pk, now=now, except_device_session=told_by)
    return User.objects.select_related("patient").get(pk=user.pk)


def record_zone_change(*, user: User, after: str, now: datetime) -> None:
    """Record that a patient's time zone changes, if it does."""
    if user.role == User.Role.PATIENT and after != user.time_zone:
        recent_changes = ZoneChange.objects.filter(patient_id=user.pk, at__gt=now - ONE_DAY)
        enforce_limit(
            recent_changes.count(), most=MOST_ZONES_A_DAY, what="changes of the zone within a day"
        )
        ZoneChange.objects.create(patient_id=user.pk, at=now, before=user.time_zone, after=after)


def read_own_account(*, user: User, now: datetime) -> OwnAccount:
    """Read what somebody may see of their own account."""
    return OwnAccount(
        sign_ins=device_sessions_of(user=user, now=now),
        has_second_factor=has_second_factor(user=user),
        codes_left=count_unused_recovery_codes(user=user),
        passkeys=passkeys_of(user=user),
        email=email_of(user),
        acts=acts_about(user=user),
    )


def patient_clock(*, chart: Chart) -> PatientClock:
    """Read the patient's local calendar and their enrolment."""
    zone, starts_hour, enrolled_at = Patient.objects.values_list(
        "user__time_zone", "day_starts_hour", "enrolled_at"
    ).get(pk=chart.patient_id)
    return PatientClock(LocalCalendar(zone, starts_hour), enrolled_at)


def own_calendar(*, user: User) -> LocalCalendar:
    """Return the calendar of a signed-in user; that of staff begins its days at midnight."""
    is_patient = user.role == User.Role.PATIENT
    return LocalCalendar(user.time_zone, user.patient.day_starts_hour if is_patient else 0)


def may_have_reminder_mail(user: User) -> bool:
    """Whether somebody can choose that reminders go by mail, or has chosen it."""
    if user.role != User.Role.PATIENT:
        return False
    return bool(settings.STAFF_MAIL) or user.patient.reminder_mail


def _require_way_for_mail(user: User) -> None:
    """Refuse mail to somebody whom none can reach; whoever removes the address waits for this."""
    if user.role != User.Role.PATIENT:
        raise InvalidInput.of("reminder_mail", "patients_only", "Only patients get reminders.")
    if not settings.STAFF_MAIL:
        detail = "No mail server is set up here, so nothing can go by mail."
        raise InvalidInput.of("reminder_mail", "no_mail_server", detail)
    if not User.objects.filter(pk=user.pk, sealed_email__isnull=False).exists():
        detail = "Give an e-mail address first."
        raise InvalidInput.of("reminder_mail", "no_address", detail)


def _validate_own_name(user: User, name: str) -> None:
    if name == user.display_name:
        return
    if user.role != User.Role.PATIENT:
        detail = "Your administrator sets what you are called."
        if user.role == User.Role.SUPPORTER:
            detail = "You are called what the person you support calls you."
        raise InvalidInput.of("display_name", "not_yours_to_change", detail)
    validate_display_name(name)
