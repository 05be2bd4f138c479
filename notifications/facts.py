"""What must be known before anything is sent, for many patients in a fixed number of statements.

The dispatcher is no person and has no chart: it asks whether, never what. Only this file, wishes.py
and meetings.py look into the tables of other rooms.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Case, Exists, F, Max, OuterRef, Q, QuerySet, When

from backend.kit.among import Many
from backend.kit.prepared import Prepared
from care.access import consent_holds, on_team
from care.models import Consent, GroupMembership, Patient, TreatmentSession
from journaling.models import Assignment, Entry
from notifications.models import Device, Recipient
from notifications.rules import LOOKED_BACK, Facts


@dataclass(frozen=True, slots=True)
class Homework:
    """One skill that is or was assigned: how often a week, from which day until which."""

    id: UUID
    patient_id: UUID
    per_week: int
    since: date
    until: date | None
    is_ended: bool


def facts_of(*, patients: Collection[UUID], now: datetime) -> dict[UUID, Facts]:
    """Gather what is known of these patients at this moment."""
    ids = Many(patients)
    recipients = {
        pk: (paused_until, heard_at) for pk, paused_until, heard_at in _RECIPIENTS.all(patients=ids)
    }
    logged = _logged(ids, now)
    busy = _in_session(ids, now)
    found = {}
    for pk, zone_name, start, end, is_active, enrolled, discharged, agreed in _PEOPLE.all(
        patients=ids, now=now
    ):
        paused_until, heard_at = recipients.get(pk, _NEVER)
        entries = logged.get(pk, _NO_ENTRIES)
        found[pk] = Facts(
            zone_name=zone_name,
            quiet_start=start,
            quiet_end=end,
            is_enrolled=is_active and enrolled is not None
            and (discharged is None or discharged > now),
            has_consent=agreed,
            paused_until=paused_until,
            is_in_session=pk in busy,
            logged=entries,
            heard_at=_newest((enrolled, heard_at, *entries.values())),
        )  # fmt: skip
    return found


def homework_of(*, patient: UUID) -> list[Homework]:
    """List what is and was assigned to a patient, oldest first."""
    return _homework(Assignment.objects.filter(patient_id=patient))


def current_homework(*, since: date) -> list[Homework]:
    """List everybody's homework that isn't over, or that ended on that day (UTC) or later."""
    open_or_near = Q(ended_at__isnull=True) | Q(ended_at__date__gte=since)
    not_over = Q(until__isnull=True) | Q(until__gte=since)
    return _homework(Assignment.objects.filter(open_or_near, not_over))


def _homework(found: "QuerySet[Assignment]") -> list[Homework]:
    rows = found.order_by("assigned_at", "id").values_list(
        "id", "patient_id", "per_week", "since", "until", "ended_at"
    )
    return [
        Homework(pk, patient_id, per_week, since, until, ended_at is not None)
        for pk, patient_id, per_week, since, until, ended_at in rows
    ]


def ends_of(*, patient: UUID, now: datetime) -> datetime | None:
    """Tell when reminders end, as far as it is planned: with a discharge, or with a consent."""
    discharged_at = Patient.objects.values_list("discharged_at", flat=True).get(pk=patient)
    consents = list(
        Consent.objects.filter(consent_holds(now), patient_id=patient).values_list(
            "expires_at", flat=True
        )
    )
    ends = [at for at in consents if at is not None]
    consent_ends = max(ends) if ends and len(ends) == len(consents) else None
    return min((at for at in (discharged_at, consent_ends) if at is not None), default=None)


class Phone(NamedTuple):
    """Where a message may be shown, as far as sending asks."""

    pk: UUID
    provider: str
    address: str
    platform: str
    covered_until: datetime | None


def devices_of(*, patients: Collection[UUID]) -> dict[UUID, list[Phone]]:
    """Gather the patients' live devices; one whose sign-in has ended is none."""
    found: dict[UUID, list[Phone]] = {}
    for patient, *columns in _PHONES.all(patients=Many(patients)):
        found.setdefault(patient, []).append(Phone(*columns))
    return found


def _newest(signs: Iterable[datetime | None]) -> datetime | None:
    """Find the last sign of life of a patient; enrolling is the first."""
    return max(filter(None, signs), default=None)


def _logged(patients: Many, now: datetime) -> dict[UUID, dict[str, datetime]]:
    """Find when each last recorded something of each kind, as far back as any rule looks.

    What counts is when it happened or when it was written down, whichever is later: somebody who
    tells at 8:40 of a craving of 8:00 has answered the reminder of 8:30.
    """
    found: dict[UUID, dict[str, datetime]] = {}
    bounds = {"since": now - LOOKED_BACK, "until": now + _AHEAD}
    for pk, kind, *instants in (
        *_TIMELY.all(patients=patients, early=bounds["since"] - TIMELY, until=bounds["until"]),
        *_RECALLED.all(patients=patients, **bounds),
    ):
        mine = found.setdefault(pk, {})
        last = max((at for at in instants if at is not None), default=None)
        if last is not None and last > mine.get(kind, bounds["since"]):
            mine[kind] = last
    return found


def _in_session(patients: Many, now: datetime) -> set[UUID]:
    alone = _ALONE.all(patients=patients, now=now)
    in_groups = _IN_GROUPS.all(patients=patients, now=now)
    return {pk for (pk,) in (*alone, *in_groups)}


def _people(*, patients: Collection[UUID], now: datetime) -> "QuerySet[Any, Any]":
    agreed = Exists(Consent.objects.filter(consent_holds(now), patient_id=OuterRef("pk")))
    return Patient.objects.filter(pk__among=patients).values_list(
        "pk", "user__time_zone", "quiet_start", "quiet_end", "user__is_active", "enrolled_at",
        "discharged_at", agreed,
    )  # fmt: skip


def _recipients(*, patients: Collection[UUID]) -> "QuerySet[Any, Any]":
    return Recipient.objects.filter(pk__among=patients).values_list(
        "pk", "paused_until", "heard_at"
    )


def _phones(*, patients: Collection[UUID]) -> "QuerySet[Any, Any]":
    live = Device.objects.filter(
        Q(device_session__isnull=True) | Q(device_session__revoked_at__isnull=True),
        patient_id__among=patients, ended_at__isnull=True,
    )  # fmt: skip
    return live.order_by("created_at", "id").values_list("patient_id", *Phone._fields)


def _timely(
    *, patients: Collection[UUID], early: datetime, until: datetime
) -> "QuerySet[Any, Any]":
    """Find what was written down soon after it happened, so that one index leads to both."""
    live = Entry.objects.filter(
        patient_id__among=patients, deleted_at__isnull=True, counts=True, occurred_at__gt=early
    )
    return _newest_by_kind(live, until)


def _recalled(
    *, patients: Collection[UUID], since: datetime, until: datetime
) -> "QuerySet[Any, Any]":
    """Find the few that tell of something long past; they have an index of their own."""
    live = Entry.objects.filter(
        patient_id__among=patients, deleted_at__isnull=True, counts=False, received_at__gt=since
    )
    return _newest_by_kind(live, until)


def _newest_by_kind(entries: "QuerySet[Entry]", until: datetime) -> "QuerySet[Any, Any]":
    found: QuerySet[Any, Any] = (
        entries.annotate(written_at=written_at())
        .values("patient_id", "kind")
        .annotate(
            happened=Max("occurred_at", filter=Q(occurred_at__lte=until)),
            written=Max("written_at", filter=Q(written_at__lte=until)),
        )
        .order_by("patient_id", "kind")
        .values_list("patient_id", "kind", "happened", "written")
    )
    return found


def written_at() -> Case:
    """Tell when an entry was written: by the phone's clock, or by ours where that is wrong."""
    return Case(When(clock_suspect=True, then=F("received_at")), default=F("recorded_at"))


def _running(now: datetime) -> "QuerySet[TreatmentSession]":
    return TreatmentSession.objects.filter(
        cancelled_at__isnull=True, starts_at__lte=now, ends_at__gt=now
    )


def _alone(*, patients: Collection[UUID], now: datetime) -> "QuerySet[Any, Any]":
    return _running(now).filter(patient_id__among=patients).values_list("patient_id")


def _in_groups(*, patients: Collection[UUID], now: datetime) -> "QuerySet[Any, Any]":
    return GroupMembership.objects.filter(
        on_team(now),
        Exists(_running(now).filter(group_id=OuterRef("group_id"))),
        patient_id__among=patients,
    ).values_list("patient_id")


_NEVER = (None, None)
_NO_ENTRIES: Mapping[str, datetime] = {}
#: A phone's clock may be ahead by so much.
_AHEAD = timedelta(minutes=5)
#: What counts was written down so soon after: 48 hours, from the end of the day that it is about.
TIMELY = timedelta(days=3)
_ID, _AT = Patient._meta.pk, Entry._meta.get_field("occurred_at")
_PEOPLE = Prepared(_people, patients=_ID, now=_AT)
_RECIPIENTS = Prepared(_recipients, patients=_ID)
_PHONES = Prepared(_phones, patients=_ID)
_TIMELY = Prepared(_timely, patients=_ID, early=_AT, until=_AT)
_RECALLED = Prepared(_recalled, patients=_ID, since=_AT, until=_AT)
_ALONE = Prepared(_alone, patients=_ID, now=_AT)
_IN_GROUPS = Prepared(_in_groups, patients=_ID, now=_AT)
