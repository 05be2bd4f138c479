"""Read what a brief is made from.

That is: the entries of its time and those heard of late, and which briefs were opened.

The window of a report begins with a session. What was heard of only afterwards fell between two of
them. So did what came before that session, but after the brief reviewed for it had been opened: its
reader could not see it any more. Both are reported until somebody reviewed them; what was reviewed
since the session is marked as that. Briefs, groups and caseloads all use this one definition.
Entries of a clock that can't be right stand where they arrived, whatever time they claim.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from functools import cache, partial
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    Exists,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from backend.kit.db.compiled import CompiledQuery
from care.access.chart import Chart
from care.access.roster import LevelSets, Roster, shown_to_viewer
from care.models import Group, TreatmentSession
from care.sessions.for_brief import NO_SESSION_KIND, group_met_between
from care.sessions.read import attended_between
from journaling.briefs.limits import CONTEXT_DAYS, REVIEW_LEAD_TIME
from journaling.entries.entry import ENTRY_COLUMNS, EntryValue, entry_from_row
from journaling.entries.read import entries_shared_at
from journaling.models import BriefOpening, Entry

_PATIENT = Entry._meta.get_field("patient")
_OCCURRED = Entry._meta.get_field("occurred_at")
_NEWS_AT, _RECEIVED_AT = ENTRY_COLUMNS.index("news_at"), ENTRY_COLUMNS.index("received_at")
#: What a report of a time is asked with; ``back`` is where looking for what came at once begins.
_INSTANTS = dict.fromkeys(("since", "until", "back"), _OCCURRED)
#: So far before a session it is looked for what came at once, between a review and a session.
LOOKED_BACK = timedelta(days=CONTEXT_DAYS)
#: What came at once arrived within the minute in which it occurred.
MINUTE = timedelta(minutes=1)
#: Build whether a session lies after one instant of a row, and up to another; both named.
Between = Callable[..., Exists]


class _Why(IntEnum):
    """Why a row was found; what is greater says more."""

    OF_TIME = 0
    UNREAD = 1
    UNSEEN = 2


@dataclass(frozen=True, slots=True)
class BriefEntry:
    """One entry; whether it is from before the window yet reported, and whether it was missed.

    Missed is what came after the last session's brief had been opened that somebody reviewed.
    """

    entry: EntryValue
    is_unread: bool
    is_missed: bool


def unread(
    rows: "QuerySet[Entry]", *, since: Any, until: Any, back: Any, between: Between
) -> "tuple[QuerySet[Entry, Any], QuerySet[Entry, Any]]":
    """Select entries from before ``since`` that are still reported; ``why`` marks missed ones.

    First what was heard of later than it happened, then what came within its own minute, looked for
    from ``back`` on; no entry is in both. Apart, as each is found by an index of its own.
    ``between`` builds whether a session lies between what an entry is about and its reader.
    """
    before = rows.filter(timeline_at__lt=since)
    kept = Q(reviewed_at__isnull=True) | Q(reviewed_at__gte=since)
    unseen = Q(_came_unseen("news_at", between))
    parted = Q(between(after="timeline_at", until="news_at")) | unseen
    later = before.filter(Q(news_at__gte=since) | kept & parted, news_at__lt=until)
    # Sessions begin on whole minutes: what came within its own was there before this one as well.
    at_once = before.filter(
        kept, _came_unseen("received_at", between), news_at__isnull=True, timeline_at__gte=back
    )
    why = Case(
        When(unseen, news_at__lt=since, then=Value(_Why.UNSEEN.value)),
        default=Value(_Why.UNREAD.value),
        output_field=IntegerField(),
    )
    return later.annotate(why=why), _with_why(at_once, _Why.UNSEEN)


def first_reviewed_at() -> Subquery:
    """Build when the first brief was opened that somebody reviewed, of the patient of a row (its
    key); null without one.
    """
    openings = BriefOpening.objects.filter(patient_id=OuterRef("pk"), reviewed_at__isnull=False)
    return Subquery(openings.order_by("opened_at").values("opened_at")[:1])


def entries_for_brief(
    *,
    chart: Chart,
    kind: str,
    since: datetime,
    until: datetime,
    context_since: datetime,
    measures_since: datetime,
) -> list[BriefEntry]:
    """List what the brief of a session of this kind is made from, and which of it is unread.

    That is what stands from ``context_since`` up to before ``until``, the questionnaires from
    ``measures_since`` on, and what stands before ``since`` but was heard of later. One statement;
    oldest first, by id within one instant: the order in which a phone happened to send them says
    nothing.
    """
    rows = _for_brief_query(chart.visible_levels, is_of_kind=kind != NO_SESSION_KIND).all(
        patient_id=chart.patient_id, since=since, until=until, back=since - LOOKED_BACK,
        context_since=context_since, measures_since=measures_since,
        **({} if kind == NO_SESSION_KIND else {"kind": kind}),
    )  # fmt: skip
    best_rows: dict[UUID, tuple[Any, ...]] = {}
    for row in rows:
        known = best_rows.get(row[0])
        if known is None or row[-1] > known[-1]:
            best_rows[row[0]] = row
    listed = [
        BriefEntry(
            entry_from_row(row[:-1], chart.cipher),
            is_unread=row[-1] > _Why.OF_TIME,
            is_missed=_is_missed(row, row[-1], since),
        )
        for row in best_rows.values()
    ]
    return sorted(listed, key=lambda one: (one.entry.timeline_at, one.entry.id))


def unread_rows_of_roster(
    *, roster: Roster, group_id: UUID, since: datetime, until: datetime
) -> list[tuple[UUID, tuple[Any, ...], bool]]:
    """List the same for a group's roster: patient, the ``ENTRY_COLUMNS``, whether it was missed."""
    rows = _unread_of_group_query(roster.levels).all(
        ids=roster.ids, primary=roster.primary, since=since, until=until, group=group_id,
        back=since - LOOKED_BACK,
    )  # fmt: skip
    return [(row[0], row[1:-1], _is_missed(row[1:-1], row[-1], since)) for row in rows]


def briefs_opened_at(*, chart: Chart, session_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """Return when the brief about this patient was first opened, by session."""
    rows = (
        BriefOpening.objects.filter(patient_id=chart.patient_id, session_id__in=list(session_ids))
        .values_list("session_id")
        .annotate(first=Min("opened_at"))
    )
    return dict(rows)


def _came_unseen(came: str, between: Between) -> Exists:
    """Build whether it came after a brief was opened that somebody reviewed, before its session.

    A brief is that of the sessions within ``REVIEW_LEAD_TIME``; it may be reviewed after them.
    """
    openings = BriefOpening.objects.alias(
        came_at=OuterRef(came), ahead=F("opened_at") + REVIEW_LEAD_TIME
    ).filter(
        patient_id=OuterRef("patient_id"),
        reviewed_at__isnull=False,
        opened_at__lte=OuterRef(came),
        ahead__gt=OuterRef(came),
    )
    # Last, since it costs most.
    openings = openings.filter(between(after="came_at", until="ahead"))
    return Exists(openings)


def _with_why(rows: Any, why: _Why) -> Any:
    return rows.annotate(why=Value(why.value, IntegerField()))


def _is_missed(row: tuple[Any, ...], why: int, since: datetime) -> bool:
    """Whether it came before the last session itself, and not before an earlier one."""
    last_active_at: datetime = row[_NEWS_AT] or row[_RECEIVED_AT]
    return why == _Why.UNSEEN and last_active_at >= since - REVIEW_LEAD_TIME


@cache
def _for_brief_query(sharing_levels: frozenset[str] | None, *, is_of_kind: bool) -> CompiledQuery:
    def build(
        *,
        patient_id: UUID,
        since: datetime,
        until: datetime,
        back: datetime,
        context_since: datetime,
        measures_since: datetime,
        **of_kind: str,
    ) -> Any:
        rows = entries_shared_at(patient_id, sharing_levels)
        of_time = rows.filter(timeline_at__gte=context_since, timeline_at__lt=until)
        measures = rows.filter(
            kind="measure", timeline_at__gte=measures_since, timeline_at__lt=context_since
        )
        between = partial(attended_between, **of_kind)
        late = unread(rows, since=since, until=until, back=back, between=between)
        parts = [_with_why(of_time, _Why.OF_TIME), _with_why(measures, _Why.OF_TIME), *late]
        first, *rest = (part.values_list(*ENTRY_COLUMNS, "why") for part in parts)
        return first.union(*rest, all=True)

    instants = dict.fromkeys(("context_since", "measures_since"), _OCCURRED)
    kinds = {"kind": TreatmentSession._meta.get_field("kind")} if is_of_kind else {}
    return CompiledQuery(build, patient_id=_PATIENT, **kinds, **_INSTANTS, **instants)


@cache
def _unread_of_group_query(levels: LevelSets) -> CompiledQuery:
    def build(
        *,
        ids: list[UUID],
        primary: list[UUID],
        since: datetime,
        until: datetime,
        back: datetime,
        group: UUID,
    ) -> Any:
        rows = Entry.objects.filter(
            shown_to_viewer(levels, primary), patient_id__in=ids, deleted_at__isnull=True
        )
        between = partial(group_met_between, group=group)
        later, at_once = (
            part.values_list("patient_id", *ENTRY_COLUMNS, "why")
            for part in unread(rows, since=since, until=until, back=back, between=between)
        )
        return later.union(at_once, all=True)

    return CompiledQuery(build, ids=_PATIENT, primary=_PATIENT, **_INSTANTS, group=Group._meta.pk)
