"""Routes of the programme: patients, groups, care teams, episodes, certifications, care plans."""

from django.urls import URLPattern, path

from api.programme import care_plan, certifications, episodes, groups, patients

urlpatterns: list[URLPattern] = [
    path("patients", patients.Patients.as_view()),
    path("patients/<uuid:patient_id>", patients.OnePatient.as_view()),
    path("patients/<uuid:patient_id>/invite", patients.InviteAgain.as_view()),
    path("caseload", patients.Caseload.as_view()),
    path("groups", groups.Groups.as_view()),
    path("groups/<uuid:group_id>/members", groups.GroupMembers.as_view()),
    path("groups/<uuid:group_id>/members/<uuid:patient_id>", groups.GroupMember.as_view()),
    path("patients/<uuid:patient_id>/care-team", groups.CareTeam.as_view()),
    path(
        "patients/<uuid:patient_id>/care-team/<uuid:clinician_id>",
        groups.CareTeamMember.as_view(),
    ),
    path("episodes", episodes.Episodes.as_view()),
    path("episodes/<uuid:episode_id>/level-changes", episodes.LevelChanges.as_view()),
    path("certifications", certifications.Certifications.as_view()),
    path("care-plan", care_plan.CarePlan.as_view()),
]
