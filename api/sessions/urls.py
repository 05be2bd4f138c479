"""Routes of sessions, briefs, the calendar feed and counselling notes."""

from django.urls import URLPattern, path

from api.sessions import attendance, brief, calendar_feed, counselling_notes, plan

urlpatterns: list[URLPattern] = [
    path("patients/<uuid:patient_id>/brief", brief.PresentBrief.as_view()),
    path("patients/<uuid:patient_id>/brief/reviewed", brief.MarkPresentReviewed.as_view()),
    path("counselling-notes/readers", counselling_notes.CounsellingNoteReaders.as_view()),
    path(
        "patients/<uuid:patient_id>/counselling-notes",
        counselling_notes.CounsellingNotes.as_view(),
    ),
    path(
        "patients/<uuid:patient_id>/counselling-notes/<uuid:note_id>",
        counselling_notes.OneCounsellingNote.as_view(),
    ),
    path(
        "patients/<uuid:patient_id>/counselling-notes/<uuid:note_id>/history",
        counselling_notes.CounsellingNoteHistory.as_view(),
    ),
    path(
        "patients/<uuid:patient_id>/entries/<uuid:entry_id>/acknowledge",
        brief.AcknowledgeEntry.as_view(),
    ),
    path("sessions", plan.Sessions.as_view()),
    path("sessions/<uuid:session_id>", plan.OneSession.as_view()),
    path("sessions/<uuid:session_id>/attendance", attendance.TakeAttendance.as_view()),
    path("sessions/<uuid:session_id>/brief", brief.Brief.as_view()),
    path("sessions/<uuid:session_id>/room", brief.GroupRoom.as_view()),
    path("sessions/<uuid:session_id>/reviewed", brief.MarkReviewed.as_view()),
    path("me/calendar", calendar_feed.CalendarLink.as_view()),
    path("calendar/<slug:secret>.ics", calendar_feed.CalendarFeed.as_view(), name="calendar"),
]
