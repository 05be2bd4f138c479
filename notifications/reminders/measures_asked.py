"""Questionnaires that a reminder asked for and that nobody has filled in since.

A reminder names no questionnaire, so any that was filled in since answers it. Only what the push
service took or the phone told of was asked: what never arrived was not ignored.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.roster import Roster
from care.models import User
from journaling.briefs.caseload import Caseload, read_caseload
from journaling.briefs.roster_data import measures_of_chart, measures_of_roster
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Purpose

#: Ours: what was asked longer ago is asked again, or was given up.
ASKED_PERIOD = timedelta(days=28)


def caseload_with_measures(
    *, viewer: User, roster: Roster, now: datetime
) -> tuple[Caseload, Mapping[UUID, date]]:
    """Read a caseload, and on which day a questionnaire was asked for that is not filled in."""
    asked = _asked(roster.ids_with_consent(DataCategory.REMINDERS), now)
    filled = {}
    if asked:
        filled = measures_of_roster(roster=roster, since=now - ASKED_PERIOD, until=now)
    return read_caseload(viewer=viewer, roster=roster, now=now), _waiting(asked, filled)


def measure_not_filled_in(*, chart: Chart, now: datetime) -> date | None:
    """Return on which day a questionnaire was asked for that is not filled in; None without one."""
    if not chart.covers(DataCategory.REMINDERS):
        return None
    asked = _asked([chart.patient_id], now)
    if not asked:
        return None
    filled = measures_of_chart(chart=chart, since=now - ASKED_PERIOD, until=now)
    return _waiting(asked, filled).get(chart.patient_id)


def _asked(patient_ids: Iterable[UUID], now: datetime) -> dict[UUID, tuple[datetime, date]]:
    """Return when each was last asked, and on which day; what was answered asks no more."""
    rows = Occurrence.objects.filter(
        Q(state=Occurrence.State.SENT) | Q(opened_at__isnull=False) | Q(snoozed_at__isnull=False),
        patient_id__in=list(patient_ids), purpose=Purpose.MEASURE, due_at__lt=now,
        due_at__gte=now - ASKED_PERIOD,
    ).order_by("due_at", "id")  # fmt: skip
    asked: dict[UUID, tuple[datetime, date]] = {}
    for row in rows:
        if row.answered_at is None:
            asked[row.patient_id] = (row.due_at, row.local_day)
        else:
            asked.pop(row.patient_id, None)
    return asked


def _waiting(
    asked: Mapping[UUID, tuple[datetime, date]], filled: Mapping[UUID, datetime]
) -> dict[UUID, date]:
    return {
        patient_id: day
        for patient_id, (due_at, day) in asked.items()
        if patient_id not in filled or filled[patient_id] < due_at
    }
