"""The programme's doors, under /api/v1/: groups, care teams, episodes, certifications, plan."""

from django.urls import URLPattern, path

from api import calendar, groups, programme

urlpatterns: list[URLPattern] = [
    path("groups", groups.Groups.as_view()),
    path("groups/<uuid:group_id>/members", groups.GroupMembers.as_view()),
    path("groups/<uuid:group_id>/members/<uuid:patient_id>", groups.GroupMember.as_view()),
    path("patients/<uuid:patient_id>/care-team", groups.CareTeam.as_view()),
    path(
        "patients/<uuid:patient_id>/care-team/<uuid:clinician_id>",
        groups.CareTeamMember.as_view(),
    ),
    path("episodes", programme.Episodes.as_view()),
    path("episodes/<uuid:episode_id>/level-changes", programme.LevelChanges.as_view()),
    path("certifications", programme.Certifications.as_view()),
    path("care-plan", programme.CarePlan.as_view()),
    path("me/calendar", calendar.MyCalendar.as_view()),
    path("calendar/<slug:secret>.ics", calendar.Feed.as_view(), name="calendar"),
]
