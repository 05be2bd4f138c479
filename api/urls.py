"""Every address of the API: below /api/v1/, and of whoever runs the service."""

from django.urls import URLPattern, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from api.account import mfa, profile, sign_in
from api.clinic import profile as clinic_profile
from api.clinic import resources
from api.journal import day, entries, instruments, one_entry, summary, sync
from api.ops import health, schema_view
from api.privacy import access_log, consents, exports, handovers, restrictions, support_persons
from api.programme import (
    care_plan,
    case_management,
    episodes,
    groups,
    medications,
    patients,
    screenings,
    vital_bounds,
)
from api.reminders import devices, occurrences
from api.reminders import plan as reminder_plan
from api.safety import crisis_resources, events, safety_plan
from api.sessions import (
    attendance,
    brief,
    calendar_feed,
    counselling_notes,
    feedback,
    hours,
    mirror,
    plan,
)
from api.skills import assignments, catalogue, lessons, situation_plans, targets

urlpatterns: list[URLPattern] = [
    # account
    path("auth/enroll", sign_in.EnrollPatient.as_view()),
    path("auth/enroll-staff", sign_in.EnrollStaff.as_view()),
    path("auth/token", sign_in.Token.as_view()),
    path("auth/token/refresh", sign_in.TokenRefresh.as_view()),
    path("auth/logout", sign_in.Logout.as_view()),
    path("auth/sessions", sign_in.SignIns.as_view()),
    path("auth/sessions/revoke-others", sign_in.RevokeOtherSignIns.as_view()),
    path("auth/sessions/<uuid:session_id>", sign_in.OneSignIn.as_view()),
    path("auth/mfa/totp", mfa.BeginTotp.as_view()),
    path("auth/mfa/totp/confirm", mfa.ConfirmTotp.as_view()),
    path("auth/mfa/recovery-codes", mfa.RecoveryCodes.as_view()),
    path("auth/step-up", mfa.StepUp.as_view()),
    path("auth/password", mfa.Password.as_view()),
    path("auth/password/reset", mfa.ForgottenPassword.as_view()),
    path("auth/password/reset/confirm", mfa.ResetPassword.as_view()),
    path("me", profile.Me.as_view()),
    # privacy
    path("consents/texts", consents.ConsentTexts.as_view()),
    path("consents", consents.Consents.as_view()),
    path("consents/<uuid:consent_id>/revoke", consents.RevokeConsent.as_view()),
    path("consents/<uuid:consent_id>/invite", support_persons.InviteSupportPerson.as_view()),
    path("supported", support_persons.SharingPatients.as_view()),
    path("supported/<uuid:support_id>", support_persons.OneSharingPatient.as_view()),
    path("access-log", access_log.AccessLog.as_view()),
    path("notice", restrictions.Notice.as_view()),
    path("restriction-requests", restrictions.OwnRestrictions.as_view()),
    path(
        "restriction-requests/<uuid:request_id>/answer", restrictions.AnswerRestriction.as_view()
    ),
    path(
        "patients/<uuid:patient_id>/restriction-requests",
        restrictions.RestrictionsOfPatient.as_view(),
    ),
    path("handovers", handovers.OwnHandovers.as_view()),
    path("handovers/<uuid:handover_id>", handovers.OneHandover.as_view()),
    path("patients/<uuid:patient_id>/handovers", handovers.HandoversOfPatient.as_view()),
    path("shl/<slug:link>", handovers.LinkManifest.as_view()),
    path("shl/files/<slug:ticket>", handovers.LinkFile.as_view()),
    path("disclosures", consents.Disclosures.as_view()),
    path("patients/<uuid:patient_id>/break-glass", access_log.OpenChartInEmergency.as_view()),
    path("emergencies", access_log.UnreviewedEmergencies.as_view()),
    path("emergencies/<uuid:emergency_id>/reviewed", access_log.ReviewEmergency.as_view()),
    path("exports", exports.Exports.as_view()),
    path("exports/<uuid:export_id>", exports.OneExport.as_view()),
    # journal
    path("entries", entries.Entries.as_view()),
    path("entries/<uuid:entry_id>", one_entry.OneEntry.as_view()),
    path("entries/<uuid:entry_id>/after", one_entry.EntryAfterwards.as_view()),
    path("entries/<uuid:entry_id>/history", one_entry.EntryHistory.as_view()),
    path("instruments", instruments.Instruments.as_view()),
    path("instruments/<slug:instrument>", instruments.OneInstrument.as_view()),
    path("sync", sync.Sync.as_view()),
    path("patients/<uuid:patient_id>/entries", entries.EntriesOfPatient.as_view()),
    path("day/<slug:date>", day.Day.as_view()),
    path("summary", summary.OwnSummary.as_view()),
    path("patients/<uuid:patient_id>/summary", summary.SummaryOfPatient.as_view()),
    # skills
    path("skills", catalogue.Skills.as_view()),
    path("assignments", assignments.Assignments.as_view()),
    path("assignments/<uuid:assignment_id>/close", assignments.CloseAssignment.as_view()),
    path("lessons", lessons.Lessons.as_view()),
    path("lessons/<slug:lesson>", lessons.OneLesson.as_view()),
    path("lessons/<slug:lesson>/read", lessons.ReadLesson.as_view()),
    path("targets", targets.Targets.as_view()),
    path("situation-plans", situation_plans.SituationPlans.as_view()),
    path("situation-plans/history", situation_plans.SituationPlanHistory.as_view()),
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
    path("patients/<uuid:patient_id>/lessons", lessons.LessonsOfPatient.as_view()),
    path("patients/<uuid:patient_id>/lessons/<slug:lesson>", lessons.OneLessonOfPatient.as_view()),
    path("patients/<uuid:patient_id>/targets", targets.TargetsOfPatient.as_view()),
    path(
        "patients/<uuid:patient_id>/situation-plans",
        situation_plans.SituationPlansOfPatient.as_view(),
    ),
    # clinic
    path("clinic", clinic_profile.ClinicProfile.as_view()),
    path("clinic/history", clinic_profile.ClinicProfileHistory.as_view()),
    path("resources", resources.CommunityResources.as_view()),
    path("resources/<uuid:resource_id>", resources.OneCommunityResource.as_view()),
    # programme
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
    path("certifications", episodes.Certifications.as_view()),
    path("care-plan", care_plan.CarePlan.as_view()),
    path("care-plan/<int:rev>/response", care_plan.CarePlanAnswer.as_view()),
    path("patients/<uuid:patient_id>/care-plan", care_plan.CarePlanOfPatient.as_view()),
    path("patients/<uuid:patient_id>/screenings", screenings.Screenings.as_view()),
    path("patients/<uuid:patient_id>/vital-bounds", vital_bounds.VitalBounds.as_view()),
    path("aftercare-plan", case_management.AftercarePlan.as_view()),
    path(
        "patients/<uuid:patient_id>/aftercare-plan",
        case_management.AftercarePlanOfPatient.as_view(),
    ),
    path("patients/<uuid:patient_id>/needs", case_management.NeedsOfPatient.as_view()),
    path("patients/<uuid:patient_id>/tasks", case_management.TasksOfPatient.as_view()),
    path("tasks", case_management.Tasks.as_view()),
    path("tasks/<uuid:task_id>/done", case_management.FinishTask.as_view()),
    path("medications", medications.Medications.as_view()),
    path("medications/<uuid:medication_id>", medications.OneMedication.as_view()),
    path("patients/<uuid:patient_id>/medications", medications.MedicationsOfPatient.as_view()),
    # sessions
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
    path("sessions/<uuid:session_id>/feedback", feedback.Feedback.as_view()),
    path("sessions/<uuid:session_id>/brief", brief.Brief.as_view()),
    path("sessions/<uuid:session_id>/mirror", mirror.Mirror.as_view()),
    path("sessions/<uuid:session_id>/room", brief.GroupRoom.as_view()),
    path("sessions/<uuid:session_id>/reviewed", brief.MarkReviewed.as_view()),
    path("patients/<uuid:patient_id>/hours", hours.HoursOfPatient.as_view()),
    path("reports/attendance", hours.AttendanceReport.as_view()),
    path("me/calendar", calendar_feed.CalendarLink.as_view()),
    path("calendar/<slug:secret>.ics", calendar_feed.CalendarFeed.as_view(), name="calendar"),
    # reminders
    path("reminders", reminder_plan.Reminders.as_view()),
    path("reminders/upcoming", occurrences.UpcomingOccurrences.as_view()),
    path("reminders/pause", reminder_plan.PauseReminders.as_view()),
    path("reminders/<uuid:reminder_id>", reminder_plan.OneReminder.as_view()),
    path("reminders/<uuid:reminder_id>/time-question", reminder_plan.TimeQuestion.as_view()),
    path("occurrences/<uuid:occurrence_id>/opened", occurrences.RecordOpened.as_view()),
    path("occurrences/<uuid:occurrence_id>/answered", occurrences.RecordAnswered.as_view()),
    path("occurrences/<uuid:occurrence_id>/snooze", occurrences.Snooze.as_view()),
    path("devices", devices.Devices.as_view()),
    path("devices/<uuid:device_id>", devices.OneDevice.as_view()),
    path("push/web-key", devices.WebKey.as_view()),
    path("default-reminders", reminder_plan.DefaultReminders.as_view()),
    path("patients/<uuid:patient_id>/reminder-history", occurrences.ReminderHistory.as_view()),
    path("inbox", occurrences.Inbox.as_view()),
    # safety
    path("crisis-resources", crisis_resources.CrisisResources.as_view()),
    path("safety-plan", safety_plan.SafetyPlan.as_view()),
    path("safety-plan/history", safety_plan.SafetyPlanHistory.as_view()),
    path("patients/<uuid:patient_id>/safety-plan", safety_plan.PatientSafetyPlan.as_view()),
    path("safety-events", events.SafetyEvents.as_view()),
    path("safety-events/<uuid:event_id>", events.OneSafetyEvent.as_view()),
    path("safety-events/<uuid:event_id>/acknowledge", events.AcknowledgeSafetyEvent.as_view()),
]

#: Not below /api/v1/: health, metrics, and the description of the API.
unversioned_urlpatterns: list[URLPattern] = [
    path("healthz", health.Liveness.as_view()),
    path("readyz", health.Readiness.as_view()),
    path("metrics", health.Metrics.as_view()),
    path("api/schema/", schema_view.CachedSchemaView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]
