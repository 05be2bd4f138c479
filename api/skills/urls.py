"""Routes of skills, assignments and targets."""

from django.urls import URLPattern, path

from api.skills import assignments, catalogue, targets

urlpatterns: list[URLPattern] = [
    path("skills", catalogue.Skills.as_view()),
    path("assignments", assignments.Assignments.as_view()),
    path("targets", targets.Targets.as_view()),
    path("clinic/skills", catalogue.ClinicSkills.as_view()),
    path("clinic/skills/<slug:skill>", catalogue.OneClinicSkill.as_view()),
    path("clinic/terms", targets.TermsOfClinic.as_view()),
    path("patients/<uuid:patient_id>/skills", catalogue.SkillsOfPatient.as_view()),
    path("patients/<uuid:patient_id>/skills/<slug:skill>", catalogue.OneSkillOfPatient.as_view()),
    path("patients/<uuid:patient_id>/assignments", assignments.AssignmentsOfPatient.as_view()),
    path(
        "patients/<uuid:patient_id>/assignments/<uuid:assignment_id>",
        assignments.OneAssignment.as_view(),
    ),
    path("patients/<uuid:patient_id>/targets", targets.TargetsOfPatient.as_view()),
]
