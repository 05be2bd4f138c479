"""What a clinician does with entries: opens a brief, marks it as reviewed, says "let's talk".

None of it changes a word or a revision. It moves the entry's number in the journal, so that the
patient's phone learns of it the next time it asks.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import ProgrammingError, transaction
from django.db.models import QuerySet

from backend.kit.bulk import insert_new, update_each
from backend.kit.prepared import upsert
from backend.kit.rows import is_refused_by_policy, policies_now
from care import access
from care.access import Chart, DataClass
from care.queries.briefing import ANY_KIND, BriefedSession, GroupSession
from care.roster import Roster
from journaling.actions.entries import next_seq
from journaling.brief import AskPrompts, Brief, GroupBrief, group, individual
from journaling.entries import Recorded
from journaling.models import BriefOpening, Entry, Journal
from journaling.queries.entries import entry_of


class NotShown(Exception):
    """This clinician was not shown that brief of the session, so nothing can be marked."""


class OwnChart(Exception):
    """Reviewing is what the care team does; nobody reviews their own entries."""


def open_brief(
    *, chart: Chart, session: BriefedSession, prompts: AskPrompts, now: datetime
) -> Brief:
    """Make the brief and remember who was shown which entries, in which revision.

    The same brief opened again keeps the instant at which it was first opened.

    :raises OwnChart: through the patient's own chart.
    :raises care.access.NoSuchChart: when the right to it ended while it was made; logged.
    """
    _only_the_team(chart)
    brief = individual(chart=chart, session=session, prompts=prompts, now=now)
    with _still_open(chart.viewer_id, [chart.patient_id]):
        upsert(
            BriefOpening,
            ("session_id", "clinician_id", "digest"),
            ("shown",),
            session_id=None if session.kind == ANY_KIND else session.id,
            patient_id=chart.patient_id,
            clinician_id=chart.viewer_id,
            digest=brief.digest,
            opened_at=now,
            shown={str(entry_id): rev for entry_id, rev in brief.shown},
        )
    return brief


def open_group_brief(*, roster: Roster, session: GroupSession, now: datetime) -> GroupBrief:
    """Make a group's brief and remember for each member that it was opened.

    The first time it was opened stands. It shows no entry as read, so none can be marked.

    :raises care.access.NoSuchChart: when the right to a member ended while it was made; logged.
    """
    brief = group(roster=roster, session=session, now=now)
    names = ("session_id", "patient_id", "clinician_id", "digest", "opened_at", "shown")
    rows: list[tuple[Any, ...]] = [
        (session.id, one.patient_id, roster.viewer_id, f"group {one.patient_id}", now, {})
        for one in brief.members
    ]
    with _still_open(roster.viewer_id, [one.patient_id for one in brief.members]):
        insert_new(BriefOpening, names, rows)
    return brief


def mark_reviewed(*, chart: Chart, session_id: UUID | None, digest: str, now: datetime) -> int:
    """Mark the entries that the brief of that digest showed; return how many were marked now.

    Without a session it is the brief of the patient as they stood.
    An entry that came later, was changed since or is no longer shared stays unreviewed. A repeat
    marks nothing.

    :raises NotShown: this clinician has not opened that brief of the session.
    :raises OwnChart: through the patient's own chart.
    """
    _only_the_team(chart)
    opening = (
        BriefOpening.objects.filter(
            session_id=session_id, patient_id=chart.patient_id, clinician_id=chart.viewer_id,
            digest=digest,
        )
        .order_by("row")
        .values_list("row", "shown")
        .first()
    )  # fmt: skip
    if opening is None:
        raise NotShown
    row, shown = opening
    with transaction.atomic():
        BriefOpening.objects.filter(row=row, reviewed_at__isnull=True).update(reviewed_at=now)
        return _mark(chart, shown, now)


def _mark(chart: Chart, shown: dict[str, int], now: datetime) -> int:
    with transaction.atomic():
        seq = next_seq(patient_id=chart.patient_id)
        rows = _unreviewed(chart, shown)
        if rows:
            _number(chart, rows, first=seq, now=now)
            access.log_write(chart=chart, what=DataClass.REVIEW, now=now)
        else:
            # Give the number of the journal back: nothing happened.
            transaction.set_rollback(True)
    return len(rows)


def take_as_reviewed(*, patient_id: UUID, by: UUID, at: datetime) -> None:
    """Take what had arrived by then, and is no private matter, as reviewed at that moment.

    For a clinic that is loaded with weeks behind it; the numbers of the journal stay.
    """
    Entry.objects.filter(
        patient_id=patient_id, received_at__lt=at, deleted_at__isnull=True, reviewed_at__isnull=True
    ).exclude(share="private").update(reviewed_at=at, reviewed_by=by)


def acknowledge(*, chart: Chart, entry_id: UUID, now: datetime) -> Recorded:
    """Tell the patient "let's talk about this" on one entry; the first time it is said stands.

    :raises journaling.queries.NoSuchEntry: when there is none that this chart shows.
    :raises OwnChart: through the patient's own chart.
    """
    _only_the_team(chart)
    with transaction.atomic():
        seq = next_seq(patient_id=chart.patient_id)
        entry = entry_of(chart=chart, entry_id=entry_id)
        is_new = entry.acknowledged_at is None
        if is_new:
            Entry.objects.filter(patient_id=chart.patient_id, id=entry_id).update(
                acknowledged_at=now, acknowledged_by=chart.viewer_id, seq=seq
            )
            access.log_write(chart=chart, what=DataClass.REVIEW, now=now)
        else:
            transaction.set_rollback(True)
    if not is_new:
        access.log_read(chart=chart, what=DataClass.REVIEW, now=now)
        return entry
    return entry_of(chart=chart, entry_id=entry_id)


@contextmanager
def _still_open(viewer_id: UUID, patient_ids: list[UUID]) -> Iterator[None]:
    """Deny, and log it, where a consent taken back in between made the row policies refuse."""
    try:
        yield
    except ProgrammingError as error:
        if not is_refused_by_policy(error):
            raise
        access.deny_what_ended(
            viewer_id=viewer_id, patient_ids=patient_ids, what=DataClass.BRIEF, now=policies_now()
        )


def _only_the_team(chart: Chart) -> None:
    if chart.is_own:
        raise OwnChart


def _unreviewed(chart: Chart, shown: dict[str, int]) -> list[int]:
    """List the rows that still say what was shown, in the order of the journal."""
    found = _shared(chart).filter(id__in=[UUID(entry_id) for entry_id in shown])
    return [
        row
        for row, entry_id, rev in found.order_by("seq").values_list("row", "id", "rev")
        if shown[str(entry_id)] == rev
    ]


def _shared(chart: Chart) -> "QuerySet[Entry]":
    return Entry.objects.filter(
        patient_id=chart.patient_id, deleted_at__isnull=True, reviewed_at__isnull=True,
        share__in=sorted(chart.sees),
    )  # fmt: skip


def _number(chart: Chart, rows: Sequence[int], *, first: int, now: datetime) -> None:
    """Mark each row as reviewed under the next number of the journal, whose lock is held."""
    numbered = [(row, seq, now, chart.viewer_id) for seq, row in enumerate(rows, start=first)]
    update_each(Entry, ("row", "seq", "reviewed_at", "reviewed_by"), numbered)
    Journal.objects.filter(patient_id=chart.patient_id).update(last_seq=first + len(rows) - 1)
