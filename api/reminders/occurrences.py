"""Occurrences of reminders: upcoming, the inbox, receipts, and how they fared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Self, cast
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.fields import OneOf, WholeNumber
from api.http.inputs import Input, validated_body, validated_query
from api.http.openapi import query_parameters
from api.http.paging import PageQuery, paged
from api.http.permissions import IsPatient, IsPatientOrStaff
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.reminders.plan import open_own_reminders
from api.reminders.reminder_schema import PURPOSES, ComingListOut, ComingOut, UpcomingQuery
from care.access.data_categories import DataCategory
from care.access.open import check_administrator, open_chart, open_own_chart
from care.models import User
from notifications import wording
from notifications.engine.forecast import upcoming
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.push.devices import DeviceStatus, device_statuses
from notifications.reminders import receipts
from notifications.reminders.edit import TIME_ANSWERS
from notifications.reminders.history import HistoryLine, history_page
from notifications.reminders.read import read_inbox
from notifications.reminders.receipts import record_answered, record_opened


class UpcomingOccurrences(APIView):
    """What comes, for a phone to plan by itself."""

    permission_classes = [IsPatient]

    @extend_schema(
        operation_id="list_upcoming_reminders",
        parameters=query_parameters(UpcomingQuery),
        responses=ComingListOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List the occurrences of the next hours (48 unless told), each with its id and tag."""
        hours, now = validated_query(UpcomingQuery, request).hours, timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.REMINDERS, now=now)
        coming = upcoming(chart=chart, hours=hours, now=now)
        return json_response(ComingListOut([ComingOut.of(occurrence) for occurrence in coming]))


@dataclass(frozen=True, slots=True)
class InboxItemOut:
    """One reminder that waits to be answered; ``text`` is what a lock screen would show."""

    id: UUID
    reminder: UUID
    purpose: Annotated[str, OneOf(PURPOSES)]
    text: str
    due_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    opened_at: datetime | None
    tag: str

    @classmethod
    def of(cls, occurrence: Occurrence, language: str) -> Self:
        text = wording.push_sentence(purpose=occurrence.purpose, language=language)
        return cls(
            id=occurrence.pk, reminder=occurrence.reminder.id, purpose=occurrence.purpose,
            text=text, due_at=occurrence.due_at,
            expires_at=occurrence.not_after, sent_at=occurrence.sent_at,
            opened_at=occurrence.opened_at, tag=occurrence.tag,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class QuestionOut:
    """A question about a reminder that was missed; ``reminders/{id}/time-question`` answers it."""

    reminder: UUID
    text: str
    asked_at: datetime
    answers: Sequence[Annotated[str, OneOf(TIME_ANSWERS)]]

    @classmethod
    def of(cls, reminder: Reminder, language: str) -> Self:
        return cls(
            reminder=reminder.id, text=wording.TIME_QUESTION.spoken(language),
            asked_at=cast("datetime", reminder.asked_at), answers=list(TIME_ANSWERS),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxOut(Page):
    """What waits, newest first, and what the patient is asked about their reminders."""

    questions: Sequence[QuestionOut]
    results: Sequence[InboxItemOut]


class Inbox(APIView):
    """The signed-in patient's inbox."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="read_inbox", responses=InboxOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List what waits, whatever way it was sent; answered or over, it is gone from here."""
        now = timezone.now()
        chart = open_own_chart(viewer=request.user, what=DataCategory.REMINDERS, now=now)
        inbox = read_inbox(chart=chart, now=now)
        return json_response(
            InboxOut(
                results=[InboxItemOut.of(item, chart.language) for item in inbox.waiting],
                questions=[QuestionOut.of(reminder, chart.language) for reminder in inbox.asked],
            )
        )


class SnoozeIn(Input):
    """After how many minutes it comes again."""

    minutes: Annotated[int, WholeNumber(1, 1440)]


@dataclass(frozen=True, slots=True)
class OccurrenceOut:
    """One occurrence, as the patient's app needs it."""

    id: UUID
    purpose: Annotated[str, OneOf(PURPOSES)]
    due_at: datetime
    expires_at: datetime
    tag: str
    state: Annotated[str, OneOf(Occurrence.State.values)]
    reason: str
    opened_at: datetime | None
    answered_at: datetime | None
    next_at: datetime | None

    @classmethod
    def of(cls, occurrence: Occurrence) -> Self:
        """Show an occurrence to its patient."""
        return cls(
            id=occurrence.pk, purpose=occurrence.purpose, due_at=occurrence.due_at,
            expires_at=occurrence.not_after, tag=occurrence.tag, state=occurrence.state,
            reason=occurrence.reason, opened_at=occurrence.opened_at,
            answered_at=occurrence.answered_at, next_at=occurrence.next_attempt_at,
        )  # fmt: skip


class RecordOpened(APIView):
    """A receipt: the patient opened it."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="reminder_opened", request=None, responses=OccurrenceOut)
    def post(self, request: SignedIn, occurrence_id: UUID) -> HttpResponse:
        """Record it; repeated, the first instant counts."""
        return _record_receipt(request, partial(record_opened, occurrence_id=occurrence_id))


class RecordAnswered(APIView):
    """A receipt: the patient did what it asked for."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="reminder_answered", request=None, responses=OccurrenceOut)
    def post(self, request: SignedIn, occurrence_id: UUID) -> HttpResponse:
        """Record it; nothing more of it is sent, and it leaves the inbox."""
        return _record_receipt(request, partial(record_answered, occurrence_id=occurrence_id))


class Snooze(APIView):
    """Not now, but soon."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="snooze_reminder", request=SnoozeIn, responses=OccurrenceOut)
    def post(self, request: SignedIn, occurrence_id: UUID) -> HttpResponse:
        """Send it again after so many minutes, under the same tag."""
        sent = validated_body(SnoozeIn, request)
        snooze = partial(receipts.snooze, occurrence_id=occurrence_id, minutes=sent.minutes)
        return _record_receipt(request, snooze)


def _record_receipt(request: SignedIn, note: Callable[..., Occurrence]) -> HttpResponse:
    now = timezone.now()
    return json_response(OccurrenceOut.of(note(chart=open_own_reminders(request, now), now=now)))


OUTCOMES_SHOWN = ["sent", "silent", "undelivered", "waiting", "unknown"]


@dataclass(frozen=True, slots=True)
class HistoryLineOut:
    """One reminder. An administrator gets null for its id and what tells of the treatment."""

    id: UUID | None
    due_at: datetime
    became: Annotated[str, OneOf(OUTCOMES_SHOWN)]
    words: str
    sent_at: datetime | None
    purpose: Annotated[str, OneOf(PURPOSES)] | None
    opened_at: datetime | None
    answered_at: datetime | None

    @classmethod
    def of(cls, line: HistoryLine, *, is_admin: bool) -> Self:
        """Show a line of the history."""
        return cls(
            id=None if is_admin else line.id, due_at=line.due_at, became=line.became,
            words=line.words, sent_at=line.sent_at, purpose=line.purpose, opened_at=line.opened_at,
            answered_at=line.answered_at,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PhoneOut:
    """One device that reminders go or went to."""

    platform: str
    since: datetime
    last_seen_at: datetime
    words: str

    @classmethod
    def of(cls, device: DeviceStatus) -> Self:
        """Show a device."""
        return cls(
            platform=device.platform, since=device.since, last_seen_at=device.last_seen_at,
            words=device.words,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderHistoryOut(Page):
    """The reminders, newest first, and the devices."""

    results: Sequence[HistoryLineOut]
    phones: Sequence[PhoneOut]


class ReminderHistory(APIView):
    """How one patient's reminders fared."""

    permission_classes = [IsPatientOrStaff]

    @extend_schema(
        operation_id="read_reminder_history",
        parameters=query_parameters(PageQuery),
        responses=ReminderHistoryOut,
    )
    def get(self, request: SignedIn, patient_id: UUID) -> HttpResponse:
        """List each reminder with what became of it, and why, newest first.

        For the patient, the care team, and the clinic's administrator, who sees whether each
        was delivered, and nothing of what the patient does or is treated for.
        """
        wanted = validated_query(PageQuery, request).page(tie=UUID)
        now = timezone.now()
        is_admin = request.user.role == User.Role.ADMIN
        check = check_administrator if is_admin else open_chart
        check(viewer=request.user, patient_id=patient_id, what=DataCategory.REMINDERS, now=now)
        lines = history_page(
            patient_id=patient_id,
            may_see_clinical=not is_admin,
            limit=wanted.limit + 1,
            position=wanted.position,
            is_backwards=wanted.is_backwards,
            language=request.user.reading_language,
        )
        phones = device_statuses(patient_id=patient_id, language=request.user.reading_language)
        listed = paged(
            request,
            wanted=wanted,
            rows=lines,
            place=lambda line: (line.due_at, line.id),
            shape=partial(HistoryLineOut.of, is_admin=is_admin),
            answer=partial(ReminderHistoryOut, phones=list(map(PhoneOut.of, phones))),
        )
        return json_response(listed)
