"""One of the signed-in patient's own entries: read, changed, rated later, and its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http import error_support
from api.http.fields import OneOf, WholeNumber
from api.http.inputs import Input, if_match_rev, require_object, validated_body
from api.http.permissions import IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.journal.entries import entry_to_json, open_own_entries
from api.journal.entry_schema import CHANGES_IN, ENTRY_OUT
from care.access.data_categories import DataCategory
from care.access.open import open_own_chart
from journaling.entries.edit import LaterRating, delete_entry, save_changes, save_later_rating
from journaling.entries.kinds.craving import OUTCOMES
from journaling.entries.read import RevisionChange, entry_history, entry_of
from journaling.entries.record import SavedEntry


class OneEntry(APIView):
    """One of the signed-in patient's own entries."""

    permission_classes = [IsPatient]
    find_entries = staticmethod(error_support.entries_in_body)

    @extend_schema(operation_id="read_entry", responses=ENTRY_OUT)
    def get(self, request: SignedIn, entry_id: UUID) -> HttpResponse:
        """Read it as it stands."""
        now = timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.ENTRIES, now=now)
        entry = entry_of(chart=chart, entry_id=entry_id)
        return json_response(entry_to_json(entry), rev=entry.rev)

    @extend_schema(operation_id="change_entry", request=CHANGES_IN, responses=ENTRY_OUT)
    def patch(self, request: SignedIn, entry_id: UUID) -> HttpResponse:
        """Change the fields that are sent; null takes an answer back. Needs ``If-Match``.

        What stood before stays in the history. ``id``, ``kind`` and ``recorded_at`` never change.
        """
        rev, now = if_match_rev(request), timezone.now()
        chart = open_own_entries(request)
        saved = save_changes(
            chart=chart, entry_id=entry_id, rev=rev, changes=require_object(request.data), now=now
        )
        return _saved_response(saved)

    @extend_schema(operation_id="delete_entry", responses={204: None})
    def delete(self, request: SignedIn, entry_id: UUID) -> HttpResponse:
        """Delete it; its words stay in the history. ``If-Match`` is honoured where it is sent."""
        rev = if_match_rev(request) if "If-Match" in request.headers else None
        delete_entry(
            chart=open_own_entries(request), entry_id=entry_id, rev=rev, now=timezone.now()
        )
        return HttpResponse(status=204)


class AfterwardsIn(Input):
    """How the craving went on."""

    intensity_after: Annotated[int, WholeNumber(0, 10)]
    minutes_later: Annotated[int, WholeNumber(5, 1_440)]
    outcome: Annotated[str, OneOf(OUTCOMES)] | None = None

    def rating(self) -> LaterRating:
        """Return what was sent as the rating that it is."""
        return LaterRating(self.intensity_after, self.minutes_later, self.outcome)


class EntryAfterwards(APIView):
    """The later rating of a craving."""

    permission_classes = [IsPatient]
    find_entries = staticmethod(error_support.entries_in_body)

    @extend_schema(operation_id="rate_entry_after", request=AfterwardsIn, responses=ENTRY_OUT)
    def post(self, request: SignedIn, entry_id: UUID) -> HttpResponse:
        """Attach it; the same again changes nothing.

        A rating 5 to 60 minutes later counts; a later one is kept and stands in no statistic.
        """
        sent, now = validated_body(AfterwardsIn, request), timezone.now()
        chart = open_own_entries(request)
        return _saved_response(
            save_later_rating(chart=chart, entry_id=entry_id, rating=sent.rating(), now=now)
        )


@dataclass(frozen=True, slots=True)
class AuthorOut:
    """Who made a change."""

    id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class FieldChangeOut:
    """One field before and after; null is an answer that is missing."""

    field: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class RevisionOut:
    """One revision of an entry."""

    rev: int
    at: datetime
    author: AuthorOut
    action: Annotated[str, OneOf(["created", "changed", "deleted"])]
    changes: Sequence[FieldChangeOut]

    @classmethod
    def of(cls, revision: RevisionChange) -> Self:
        """Show a revision."""
        return cls(
            rev=revision.rev,
            at=revision.at,
            author=AuthorOut(revision.author_id, revision.author_role),
            action=revision.action,
            changes=[
                FieldChangeOut(change.field, change.before, change.after)
                for change in revision.changes
            ],
        )


@dataclass(frozen=True, slots=True)
class HistoryOut:
    """Every revision of an entry, the first one first."""

    results: Sequence[RevisionOut]


class EntryHistory(APIView):
    """How one of the signed-in patient's own entries came to say what it says."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_entry_history", responses=HistoryOut)
    def get(self, request: SignedIn, entry_id: UUID) -> HttpResponse:
        """List every revision, the first one first: author, time, and what changed.

        The history of a deleted entry stays readable for its author.
        """
        now = timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.ENTRIES, now=now)
        revisions = entry_history(chart=chart, entry_id=entry_id)
        return json_response(HistoryOut(list(map(RevisionOut.of, revisions))))


def _saved_response(saved: SavedEntry) -> HttpResponse:
    return json_response(entry_to_json(saved.entry, support=saved.support), rev=saved.entry.rev)
