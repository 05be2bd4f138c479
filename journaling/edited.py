"""What an edit makes of an entry: when it was heard of, and whether its answers came too late."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from backend.kit.zones import LocalCalendar
from journaling import provenance
from journaling.drafts import Draft, changed
from journaling.entries import Recorded
from journaling.kinds import KINDS
from journaling.news import News
from journaling.provenance import Recall

#: Sharing levels, the narrowest first.
_LEVELS = ("private", "individual_therapist_only", "care_team")
#: Fields that point at something else: to change them changes no answer.
_LINKS = frozenset({"session", "assignment"})


def after_edit(stored: Recorded | Draft, draft: Draft, *, now: datetime) -> Draft:
    """Carry over what an edit doesn't change, and note what it makes of the entry.

    When it first arrived stays; a clock that was wrong then does not become right by an edit. A
    counted value that is first given or changed more than 48 hours after the event makes the whole
    entry a recalled one, for good: kept, and in no statistic (CLINICAL §2). Words, sharing and the
    mark for a session are no counted values.
    """
    draft = changed(draft, before=stored)
    is_in_time = all(_in_time(one, draft.starts_hour, now) for one in (stored, draft))
    late = stored.changed_late or (not is_in_time and _counted(stored) != _counted(draft))
    news, news_at = _news(stored, draft, now)
    return replace(
        draft,
        changed_late=late,
        recall=Recall.RECALLED.value if late else draft.recall,
        counts=draft.counts and not late,
        news=news,
        news_at=news_at,
    )


def _news(
    stored: Recorded | Draft, draft: Draft, now: datetime
) -> tuple[str | None, datetime | None]:
    reviewed = isinstance(stored, Recorded) and stored.reviewed_at is not None
    if _LEVELS.index(draft.share) > _LEVELS.index(stored.share):
        return News.SHARED.value, now
    if draft.discuss and not stored.discuss:
        return News.MARKED.value, now
    if _said(stored) != _said(draft):
        again = reviewed or stored.news == News.CHANGED
        return (News.CHANGED if again else News.EDITED).value, now
    # A mark or a share taken back is nothing to tell.
    return (None, None) if reviewed else (stored.news, stored.news_at)


def _in_time(entry: Recorded | Draft, starts_hour: int, now: datetime) -> bool:
    """Whether an answer given now is still in time; a wrong clock is judged by arrival."""
    happened = entry.received_at if entry.clock_suspect else entry.occurred_at
    if KINDS[entry.kind].is_of_a_day:
        calendar = LocalCalendar(entry.time_zone, starts_hour)
        day = calendar.day_of(happened) if entry.clock_suspect else entry.local_date
        return provenance.day_counts(day=day, recorded_at=now, calendar=calendar)
    return provenance.counts(occurred_at=happened, recorded_at=now)


def _counted(entry: Recorded | Draft) -> Mapping[str, Any]:
    """List the values that figures are made from, and when they are of."""
    values = entry.values if isinstance(entry, Recorded) else entry.plain
    given = {name: values.get(name) for name in KINDS[entry.kind].plain if name not in _LINKS}
    return given | {"at": entry.occurred_at, "zone": entry.time_zone, "on": entry.local_date}


def _said(entry: Recorded | Draft) -> Mapping[str, Any]:
    """List everything that can be read of it."""
    words = entry.values if isinstance(entry, Recorded) else entry.words
    sealed = {name: words.get(name) for name in KINDS[entry.kind].sealed}
    return {**_counted(entry), **sealed, "unanswered": entry.unanswered}
