"""When a patient's sessions are, for a support person: nothing of what they are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from care.access import on_team
from care.family import Shared
from care.models import GroupMembership, TreatmentSession

#: How far ahead a support person sees.
AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True, order=True)
class Appointment:
    """One session, as a time and nothing else: no kind, no title, no place, no clinician."""

    starts_at: datetime
    ends_at: datetime


def appointments(*, shared: Shared, now: datetime) -> list[Appointment]:
    """List the sessions of the coming fourteen days that aren't over, alone and in groups.

    :raises care.family.NotNamed: the consent does not name ``session_times``.
    """
    shared.require("session_times")
    until = now + AHEAD
    rows = (
        _by_function(shared, now, until)
        if connection.vendor == "postgresql"
        else _by_rows(shared, now, until)
    )
    return sorted(Appointment(*row) for row in rows)


def _by_function(shared: Shared, now: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT starts_at, ends_at FROM care_supported_sessions(%s, %s, %s)",
            [shared.consent_id, now, until],
        )
        return list(cursor.fetchall())


def _by_rows(shared: Shared, now: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    in_group = GroupMembership.objects.filter(
        on_team(now), patient_id=shared.patient_id, group_id=OuterRef("group_id")
    )
    rows = TreatmentSession.objects.filter(
        Q(patient_id=shared.patient_id) | Exists(in_group), cancelled_at__isnull=True,
        ends_at__gt=now, starts_at__lt=until,
    )  # fmt: skip
    return list(rows.values_list("starts_at", "ends_at"))
