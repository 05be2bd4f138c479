"""What a report tells although it happened before: it arrived, was marked or was changed since.

The window of a report begins with a session. What was heard of only afterwards fell between two of
them, so it is told until somebody reviewed it; what was reviewed since the session is told as that.
Entries of a clock that can't be right stand where they arrived, whatever time they claim.
"""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Exists, Q, Value

from backend.kit.prepared import Prepared
from care.access import Chart
from care.models import Group, TreatmentSession
from care.queries.briefing import met_between
from care.queries.caseload import attended_between
from care.roster import Levels, Roster, shared
from journaling.entries import COLUMNS, Recorded, from_row
from journaling.models import Entry
from journaling.queries.entries import visible_rows

_PATIENT = Entry._meta.get_field("patient")
_OCCURRED = Entry._meta.get_field("occurred_at")
_INSTANTS = {"since": _OCCURRED, "until": _OCCURRED}


def is_unread(*, since: Any, until: Any, between: Exists) -> Q:
    """Build the condition under which an entry lies outside of a time and is told in it.

    ``between`` tells whether a session parted what the entry speaks of from when it was heard of.
    """
    return Q(
        Q(news_at__gte=since)
        | Q(Q(reviewed_at__isnull=True) | Q(reviewed_at__gte=since)) & Q(between),
        shown_at__lt=since,
        news_at__lt=until,
    )


def entries_to_tell(
    *,
    chart: Chart,
    kind: str,
    since: datetime,
    until: datetime,
    context_since: datetime,
    measures_since: datetime,
) -> list[tuple[Recorded, bool]]:
    """List what the brief of a session of this kind is made from, and which of it is unread.

    That is what stands from ``context_since`` up to before ``until``, the questionnaires from
    ``measures_since`` on, and what stands before ``since`` but was heard of later. One statement;
    oldest first, by id within one instant: the order in which a phone happened to send them says
    nothing.
    """
    rows = _to_tell(chart.only).all(
        patient_id=chart.patient_id, kind=kind, since=since, until=until,
        context_since=context_since, measures_since=measures_since,
    )  # fmt: skip
    found: dict[UUID, tuple[Recorded, bool]] = {}
    for row in rows:
        known = found.get(row[0])
        if known is None:
            found[row[0]] = from_row(row[:-1], chart.cipher), bool(row[-1])
        elif row[-1]:
            found[row[0]] = known[0], True
    return sorted(found.values(), key=lambda pair: (pair[0].shown_at, pair[0].id))


def unread_of(
    *, roster: Roster, group_id: UUID, since: datetime, until: datetime
) -> list[tuple[UUID, tuple[Any, ...]]]:
    """List the same for everybody in a group's roster: whose it is, and its ``COLUMNS``."""
    rows = _of_group(roster.levels).all(
        ids=roster.ids, primary=roster.primary, since=since, until=until, group=group_id
    )
    return [(row[0], row[1:]) for row in rows]


@cache
def _to_tell(sees: frozenset[str] | None) -> Prepared:
    def build(
        *,
        patient_id: UUID,
        kind: str,
        since: datetime,
        until: datetime,
        context_since: datetime,
        measures_since: datetime,
    ) -> Any:
        rows = visible_rows(patient_id, sees)
        of_time = rows.filter(shown_at__gte=context_since, shown_at__lt=until)
        measures = rows.filter(
            kind="measure", shown_at__gte=measures_since, shown_at__lt=context_since
        )
        between = attended_between(after="shown_at", until="news_at", kind=kind)
        unread = rows.filter(is_unread(since=since, until=until, between=between))
        return _flagged(of_time, unread=False).union(
            _flagged(measures, unread=False), _flagged(unread, unread=True), all=True
        )

    instants = dict.fromkeys(("context_since", "measures_since"), _OCCURRED)
    kinds = TreatmentSession._meta.get_field("kind")
    return Prepared(build, patient_id=_PATIENT, kind=kinds, **_INSTANTS, **instants)


def _flagged(rows: Any, *, unread: bool) -> Any:
    flag = Value(unread, BooleanField())
    return rows.annotate(is_unread=flag).values_list(*COLUMNS, "is_unread")


@cache
def _of_group(levels: Levels) -> Prepared:
    def build(
        *, ids: list[UUID], primary: list[UUID], since: datetime, until: datetime, group: UUID
    ) -> Any:
        between = met_between(group=group, after="shown_at", until="news_at")
        return Entry.objects.filter(
            is_unread(since=since, until=until, between=between),
            shared(levels, primary),
            patient_id__in=ids,
            deleted_at__isnull=True,
        ).values_list("patient_id", *COLUMNS)

    return Prepared(build, ids=_PATIENT, primary=_PATIENT, **_INSTANTS, group=Group._meta.pk)
