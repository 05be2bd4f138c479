"""What a report tells although it happened before: it came, was marked or was changed since.

The window of a report begins with a session. What was heard of only afterwards fell between two of
them, and so did what came before that session, but after the brief that was reviewed for it had
been opened: its reader could not see it any more. Both are told until somebody reviewed them; what
was reviewed since the session is told as that. This is the one definition of that, for briefs,
groups and caseloads. Entries of a clock that can't be right stand where they arrived, whatever time
they claim.
"""

from collections.abc import Callable
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
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from backend.kit.prepared import Prepared
from care.access import Chart
from care.models import Group, TreatmentSession
from care.queries.briefing import ANY_KIND, met_between
from care.queries.caseload import attended_between
from care.roster import Levels, Roster, shared
from journaling.entries import COLUMNS, Recorded, from_row
from journaling.limits import CONTEXT_DAYS, REVIEWED_BEFORE
from journaling.models import BriefOpening, Entry
from journaling.queries.entries import visible_rows

_PATIENT = Entry._meta.get_field("patient")
_OCCURRED = Entry._meta.get_field("occurred_at")
_NEWS_AT, _RECEIVED_AT = COLUMNS.index("news_at"), COLUMNS.index("received_at")
#: What a report of a time is asked with; ``back`` is where looking for what came at once begins.
_INSTANTS = dict.fromkeys(("since", "until", "back"), _OCCURRED)
#: So far before a session it is looked for what came at once, between a review and a session.
LOOKED_BACK = timedelta(days=CONTEXT_DAYS)

#: What came at once arrived within the minute of which it speaks.
MINUTE = timedelta(minutes=1)

#: Build whether a session lies after one instant of a row, and up to another; both named.
Between = Callable[..., Exists]


class _Why(IntEnum):
    """Why a row was found; what is greater says more."""

    OF_TIME = 0
    UNREAD = 1
    UNSEEN = 2


@dataclass(frozen=True, slots=True)
class Found:
    """One entry; whether it is told though it lies before the window, and whether it was missed.

    Missed is what came after the last session's brief had been opened that somebody reviewed.
    """

    entry: Recorded
    is_unread: bool
    is_missed: bool


def unread(
    rows: "QuerySet[Entry]", *, since: Any, until: Any, back: Any, between: Between
) -> "tuple[QuerySet[Entry, Any], QuerySet[Entry, Any]]":
    """Take the entries that lie before a time and are told in it; ``why`` tells missed ones.

    First what was heard of later than it happened, then what came within its own minute, looked for
    from ``back`` on; no entry is in both. Apart, as each is found by an index of its own.
    ``between`` tells whether a session parted what an entry speaks of from its reader.
    """
    before = rows.filter(shown_at__lt=since)
    kept = Q(reviewed_at__isnull=True) | Q(reviewed_at__gte=since)
    unseen = Q(_came_unseen("news_at", between))
    parted = Q(between(after="shown_at", until="news_at")) | unseen
    later = before.filter(Q(news_at__gte=since) | kept & parted, news_at__lt=until)
    # Sessions begin on whole minutes: what came within its own was there before this one as well.
    at_once = before.filter(
        kept, _came_unseen("received_at", between), news_at__isnull=True, shown_at__gte=back
    )
    why = Case(
        When(unseen, news_at__lt=since, then=Value(_Why.UNSEEN.value)),
        default=Value(_Why.UNREAD.value),
        output_field=IntegerField(),
    )
    return later.annotate(why=why), _because(at_once, _Why.UNSEEN)


def _came_unseen(came: str, between: Between) -> Exists:
    """Build whether it came after a brief was opened that somebody reviewed, before its session.

    A brief is that of the sessions within ``REVIEWED_BEFORE``; it may be reviewed after them.
    """
    openings = BriefOpening.objects.alias(
        came_at=OuterRef(came), ahead=F("opened_at") + REVIEWED_BEFORE
    ).filter(
        between(after="came_at", until="ahead"),
        patient_id=OuterRef("patient_id"),
        reviewed_at__isnull=False,
        opened_at__lte=OuterRef(came),
        opened_at__gt=OuterRef(came) - REVIEWED_BEFORE,
    )
    return Exists(openings)


def first_reviewed_at() -> Subquery:
    """Build when the first brief was opened that somebody reviewed, of the patient of a row (its
    key); null without one.
    """
    openings = BriefOpening.objects.filter(patient_id=OuterRef("pk"), reviewed_at__isnull=False)
    return Subquery(openings.order_by("opened_at").values("opened_at")[:1])


def _because(rows: Any, why: _Why) -> Any:
    return rows.annotate(why=Value(why.value, IntegerField()))


def entries_to_tell(
    *,
    chart: Chart,
    kind: str,
    since: datetime,
    until: datetime,
    context_since: datetime,
    measures_since: datetime,
) -> list[Found]:
    """List what the brief of a session of this kind is made from, and which of it is unread.

    That is what stands from ``context_since`` up to before ``until``, the questionnaires from
    ``measures_since`` on, and what stands before ``since`` but was heard of later. One statement;
    oldest first, by id within one instant: the order in which a phone happened to send them says
    nothing.
    """
    rows = _to_tell(chart.only, is_of_kind=kind != ANY_KIND).all(
        patient_id=chart.patient_id, since=since, until=until, back=since - LOOKED_BACK,
        context_since=context_since, measures_since=measures_since,
        **({} if kind == ANY_KIND else {"kind": kind}),
    )  # fmt: skip
    found: dict[UUID, tuple[Any, ...]] = {}
    for row in rows:
        known = found.get(row[0])
        if known is None or row[-1] > known[-1]:
            found[row[0]] = row
    told = [
        Found(
            from_row(row[:-1], chart.cipher),
            is_unread=row[-1] > _Why.OF_TIME,
            is_missed=_is_missed(row, row[-1], since),
        )
        for row in found.values()
    ]
    return sorted(told, key=lambda one: (one.entry.shown_at, one.entry.id))


def unread_of(
    *, roster: Roster, group_id: UUID, since: datetime, until: datetime
) -> list[tuple[UUID, tuple[Any, ...], bool]]:
    """List the same for everybody in a group's roster: whose, its ``COLUMNS``, whether missed."""
    rows = _of_group(roster.levels).all(
        ids=roster.ids, primary=roster.primary, since=since, until=until, group=group_id,
        back=since - LOOKED_BACK,
    )  # fmt: skip
    return [(row[0], row[1:-1], _is_missed(row[1:-1], row[-1], since)) for row in rows]


def _is_missed(row: tuple[Any, ...], why: int, since: datetime) -> bool:
    """Whether it came before the last session itself, and not before an earlier one."""
    heard_at: datetime = row[_NEWS_AT] or row[_RECEIVED_AT]
    return why == _Why.UNSEEN and heard_at >= since - REVIEWED_BEFORE


@cache
def _to_tell(sees: frozenset[str] | None, *, is_of_kind: bool) -> Prepared:
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
        rows = visible_rows(patient_id, sees)
        of_time = rows.filter(shown_at__gte=context_since, shown_at__lt=until)
        measures = rows.filter(
            kind="measure", shown_at__gte=measures_since, shown_at__lt=context_since
        )
        between = partial(attended_between, **of_kind)
        late = unread(rows, since=since, until=until, back=back, between=between)
        parts = [_because(of_time, _Why.OF_TIME), _because(measures, _Why.OF_TIME), *late]
        first, *rest = (part.values_list(*COLUMNS, "why") for part in parts)
        return first.union(*rest, all=True)

    instants = dict.fromkeys(("context_since", "measures_since"), _OCCURRED)
    kinds = {"kind": TreatmentSession._meta.get_field("kind")} if is_of_kind else {}
    return Prepared(build, patient_id=_PATIENT, **kinds, **_INSTANTS, **instants)


@cache
def _of_group(levels: Levels) -> Prepared:
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
            shared(levels, primary), patient_id__in=ids, deleted_at__isnull=True
        )
        between = partial(met_between, group=group)
        later, at_once = (
            part.values_list("patient_id", *COLUMNS, "why")
            for part in unread(rows, since=since, until=until, back=back, between=between)
        )
        return later.union(at_once, all=True)

    return Prepared(build, ids=_PATIENT, primary=_PATIENT, **_INSTANTS, group=Group._meta.pk)
