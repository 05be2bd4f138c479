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

from backend.kit.db.bulk import bulk_insert_ignore, bulk_update
from backend.kit.db.claims import is_refused_by_policy, policy_clock
from backend.kit.db.compiled import upsert_row
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.log import log_read, log_write
from care.access.open import deny_ended_access
from care.access.roster import Roster
from care.sessions.for_brief import NO_SESSION_KIND, GroupSession, IndividualSession
from journaling.briefs.document import Brief
from journaling.briefs.facts import CountReminders
from journaling.briefs.group import GroupBrief, group_brief
from journaling.briefs.individual import individual_brief
from journaling.entries.entry import EntryValue
from journaling.entries.read import entry_of
from journaling.models import BriefOpening, Entry, Journal
from journaling.models.journal import take_next_seq


class BriefNotOpened(Exception):
    """This clinician was not shown that brief of the session, so nothing can be marked."""


class OnlyCareTeamReviews(Exception):
    """Reviewing is what the care team does; nobody reviews their own entries."""


def open_brief(
    *, chart: Chart, session: IndividualSession, prompts: CountReminders, now: datetime
) -> Brief:
    """Make the brief and remember who was shown which entries, in which revision.

    The same brief opened again keeps the instant at which it was first opened.

    :raises OnlyCareTeamReviews: through the patient's own chart.
    :raises care.access.chart.NoSuchChart: when the right to it ended while it was made; logged.
    """
    _require_care_team(chart)
    brief = individual_brief(chart=chart, session=session, prompts=prompts, now=now)
    with _denying_ended_consent(chart.viewer_id, [chart.patient_id]):
        upsert_row(
            BriefOpening,
            ("session_id", "clinician_id", "digest"),
            ("shown",),
            session_id=None if session.kind == NO_SESSION_KIND else session.id,
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

    :raises care.access.chart.NoSuchChart: when the right to a member ended while it was made;
        logged.
    """
    brief = group_brief(roster=roster, session=session, now=now)
    names = ("session_id", "patient_id", "clinician_id", "digest", "opened_at", "shown")
    rows: list[tuple[Any, ...]] = [
        (session.id, one.patient_id, roster.viewer_id, f"group {one.patient_id}", now, {})
        for one in brief.members
    ]
    with _denying_ended_consent(roster.viewer_id, [one.patient_id for one in brief.members]):
        bulk_insert_ignore(BriefOpening, names, rows)
    return brief


def mark_reviewed(*, chart: Chart, session_id: UUID | None, digest: str, now: datetime) -> int:
    """Mark the entries that the brief of that digest showed; return how many were marked now.

    Without a session it is the brief of the patient as they stood.
    An entry that came later, was changed since or is no longer shared stays unreviewed. A repeat
    marks nothing.

    :raises BriefNotOpened: this clinician has not opened that brief of the session.
    :raises OnlyCareTeamReviews: through the patient's own chart.
    """
    _require_care_team(chart)
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
        raise BriefNotOpened
    row, shown = opening
    with transaction.atomic():
        BriefOpening.objects.filter(row=row, reviewed_at__isnull=True).update(reviewed_at=now)
        return _mark(chart, shown, now)


def _mark(chart: Chart, shown: dict[str, int], now: datetime) -> int:
    with transaction.atomic():
        seq = take_next_seq(patient_id=chart.patient_id)
        rows = _unreviewed_rows(chart, shown)
        if rows:
            _mark_and_number(chart, rows, first=seq, now=now)
            log_write(chart=chart, what=DataCategory.REVIEW, now=now)
        else:
            # Give the number of the journal back: nothing happened.
            transaction.set_rollback(True)
    return len(rows)


def backfill_reviewed(*, patient_id: UUID, by: UUID, at: datetime) -> None:
    """Mark what had arrived by then as reviewed at that moment, but for private entries.

    For a clinic that is loaded with weeks behind it; the numbers of the journal stay.
    """
    Entry.objects.filter(
        patient_id=patient_id, received_at__lt=at, deleted_at__isnull=True, reviewed_at__isnull=True
    ).exclude(share="private").update(reviewed_at=at, reviewed_by=by)


def acknowledge_entry(*, chart: Chart, entry_id: UUID, now: datetime) -> EntryValue:
    """Record "let's talk about this" on one entry for the patient; the first time stands.

    :raises journaling.entries.read.NoSuchEntry: when there is none that this chart shows.
    :raises OnlyCareTeamReviews: through the patient's own chart.
    """
    _require_care_team(chart)
    with transaction.atomic():
        seq = take_next_seq(patient_id=chart.patient_id)
        entry = entry_of(chart=chart, entry_id=entry_id)
        is_new = entry.acknowledged_at is None
        if is_new:
            Entry.objects.filter(patient_id=chart.patient_id, id=entry_id).update(
                acknowledged_at=now, acknowledged_by=chart.viewer_id, seq=seq
            )
            log_write(chart=chart, what=DataCategory.REVIEW, now=now)
        else:
            transaction.set_rollback(True)
    if not is_new:
        log_read(chart=chart, what=DataCategory.REVIEW, now=now)
        return entry
    return entry_of(chart=chart, entry_id=entry_id)


@contextmanager
def _denying_ended_consent(viewer_id: UUID, patient_ids: list[UUID]) -> Iterator[None]:
    """Deny, and log it, where a consent taken back in between made the row policies refuse."""
    try:
        yield
    except ProgrammingError as error:
        if not is_refused_by_policy(error):
            raise
        deny_ended_access(
            viewer_id=viewer_id,
            patient_ids=patient_ids,
            what=DataCategory.BRIEF,
            now=policy_clock(),
        )


def _require_care_team(chart: Chart) -> None:
    if chart.is_own:
        raise OnlyCareTeamReviews


def _unreviewed_rows(chart: Chart, shown: dict[str, int]) -> list[int]:
    """List the rows that still say what was shown, in the order of the journal."""
    entries = _unreviewed_shared(chart).filter(id__in=[UUID(entry_id) for entry_id in shown])
    return [
        row
        for row, entry_id, rev in entries.order_by("seq").values_list("row", "id", "rev")
        if shown[str(entry_id)] == rev
    ]


def _unreviewed_shared(chart: Chart) -> "QuerySet[Entry]":
    return Entry.objects.filter(
        patient_id=chart.patient_id, deleted_at__isnull=True, reviewed_at__isnull=True,
        share__in=sorted(chart.sharing_levels),
    )  # fmt: skip


def _mark_and_number(chart: Chart, rows: Sequence[int], *, first: int, now: datetime) -> None:
    """Mark each row as reviewed under the next number of the journal, whose lock is held."""
    numbered = [(row, seq, now, chart.viewer_id) for seq, row in enumerate(rows, start=first)]
    bulk_update(Entry, ("row", "seq", "reviewed_at", "reviewed_by"), numbered)
    Journal.objects.filter(patient_id=chart.patient_id).update(last_seq=first + len(rows) - 1)
