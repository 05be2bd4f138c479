"""The signed-in patient's reminders: their plan, what comes, and a pause."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.views import APIView

from api.answers import answer
from api.paging import whole
from api.permissions import IsPatient
from api.reading import asked, checked, sent_rev
from api.reminder_shapes import (
    ComingAsked,
    ComingListOut,
    PauseIn,
    PauseOut,
    ReminderChangeIn,
    ReminderIn,
    ReminderOut,
    RemindersOut,
    TimeAnswerIn,
    shape,
)
from api.requests import SignedIn
from backend.kit.errors import InvalidInput
from care import access
from care.access import Chart, DataClass
from notifications import actions, queries
from notifications.upcoming import FURTHEST

#: A phone may plan as far ahead as a fortnight.
MOST_HOURS = int(FURTHEST.total_seconds()) // 3600


class Reminders(APIView):
    """The signed-in patient's reminders."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="list_reminders", responses=RemindersOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them all, oldest first."""
        now = timezone.now()
        chart = access.open_own_chart(viewer=request.user, what=DataClass.REMINDERS, now=now)
        found = [shape(reminder) for reminder in queries.reminders_of(chart=chart)]
        return answer({**whole(found), "paused_until": queries.paused_until(chart=chart, now=now)})

    @extend_schema(
        operation_id="plan_reminder",
        request=ReminderIn,
        responses={200: ReminderOut, 201: ReminderOut},
    )
    def post(self, request: SignedIn) -> HttpResponse:
        """Plan a reminder.

        The phone may choose the id: the same id and plan again answers 200 and changes nothing, and
        so does the same plan without an id while it stands.
        """
        sent = checked(ReminderIn, request)
        now = timezone.now()
        reminder, is_new = actions.create_reminder(
            chart=chart_to_write(request, now),
            reminder_id=sent.pop("id", None),
            sent=sent,
            now=now,
        )
        return answer(shape(reminder), status=201 if is_new else 200, rev=reminder.rev)


class OneReminder(APIView):
    """One of the signed-in patient's reminders."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="read_reminder", responses=ReminderOut)
    def get(self, request: SignedIn, reminder_id: UUID) -> HttpResponse:
        """Read it as it stands."""
        now = timezone.now()
        chart = access.open_own_chart(viewer=request.user, what=DataClass.REMINDERS, now=now)
        reminder = queries.reminder_of(chart=chart, reminder_id=reminder_id)
        return answer(shape(reminder), rev=reminder.rev)

    @extend_schema(operation_id="change_reminder", request=ReminderChangeIn, responses=ReminderOut)
    def patch(self, request: SignedIn, reminder_id: UUID) -> HttpResponse:
        """Change it, from now on; what was sent is never sent again."""
        changes = checked(ReminderChangeIn, request)
        rev = sent_rev(request)
        now = timezone.now()
        reminder = actions.change_reminder(
            chart=chart_to_write(request, now),
            reminder_id=reminder_id,
            rev=rev,
            changes=changes,
            now=now,
        )
        return answer(shape(reminder), rev=reminder.rev)

    @extend_schema(operation_id="end_reminder", responses={204: None})
    def delete(self, request: SignedIn, reminder_id: UUID) -> HttpResponse:
        """End it; what waits to be sent is withdrawn."""
        rev = sent_rev(request)
        now = timezone.now()
        actions.delete_reminder(
            chart=chart_to_write(request, now), reminder_id=reminder_id, rev=rev, now=now
        )
        return HttpResponse(status=204)


class TimeQuestion(APIView):
    """The question whether another time would suit the patient better."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="answer_time_question", request=TimeAnswerIn, responses=ReminderOut)
    def post(self, request: SignedIn, reminder_id: UUID) -> HttpResponse:
        """Answer it. It is asked once when three reminders in a row had no answer."""
        sent = checked(TimeAnswerIn, request)
        now = timezone.now()
        reminder = actions.answer_time_question(
            chart=chart_to_write(request, now),
            reminder_id=reminder_id,
            answer=sent["answer"],
            times=sent["times"],
            now=now,
        )
        return answer(shape(reminder), rev=reminder.rev)


class Upcoming(APIView):
    """What comes, for a phone to plan by itself."""

    permission_classes = [IsPatient]

    @extend_schema(
        operation_id="list_upcoming_reminders",
        parameters=[
            OpenApiParameter("hours", {"type": "integer", "minimum": 1, "maximum": MOST_HOURS})
        ],
        responses=ComingListOut,
    )
    def get(self, request: SignedIn) -> HttpResponse:
        """List the occurrences of the next hours (48 unless told), each with its id and tag."""
        hours = _hours(asked(ComingAsked, request).get("hours", "48"))
        now = timezone.now()
        chart = access.open_own_chart(viewer=request.user, what=DataClass.REMINDERS, now=now)
        found = [
            {
                "id": item.id,
                "reminder": item.reminder_id,
                "purpose": item.purpose,
                "due_at": item.due_at,
                "expires_at": item.expires_at,
                "tag": item.tag,
            }
            for item in queries.coming(chart=chart, hours=hours, now=now)
        ]
        return answer(whole(found))


class PauseReminders(APIView):
    """Silence for a while."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="pause_reminders", request=PauseIn, responses=PauseOut)
    def post(self, request: SignedIn) -> HttpResponse:
        """Send nothing until then; a newer pause replaces the older."""
        sent = checked(PauseIn, request)
        now = timezone.now()
        until = actions.pause(chart=chart_to_write(request, now), until=sent["until"], now=now)
        return answer({"until": until})

    @extend_schema(operation_id="resume_reminders", responses={204: None})
    def delete(self, request: SignedIn) -> HttpResponse:
        """Send again from now on; what was paused is not made up for."""
        now = timezone.now()
        actions.unpause(chart=chart_to_write(request, now), now=now)
        return HttpResponse(status=204)


def chart_to_write(request: SignedIn, now: datetime) -> Chart:
    """Open the caller's own chart for a change of reminders."""
    return access.open_own_chart(
        viewer=request.user, what=DataClass.REMINDERS, now=now, to_write=True
    )


def _hours(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
    if not 1 <= number <= MOST_HOURS:
        raise InvalidInput.of("hours", "out_of_range", f"Must be from 1 to {MOST_HOURS}.")
    return number
