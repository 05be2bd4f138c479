"""Routes of the therapists' pages."""

from django.urls import URLPattern, URLResolver, path

from web import (
    account,
    assignments,
    attendance,
    break_glass,
    brief,
    care_plan,
    case_management,
    counselling_notes,
    curriculum,
    diary_week,
    handovers,
    hours,
    lessons,
    level_of_care,
    level_plan,
    medical,
    patient_page,
    patients,
    reports,
    safety_events,
    schedule,
    session_plan,
    sign_in,
    situation_plans,
    support_persons,
    vital_bounds,
    week,
)
from web.groups import (
    care_team_page,
    group_page,
    leave_group_page,
    leave_team_page,
    list_groups_page,
)

app_name = "web"
_SESSION = "review/sessions/<uuid:session_id>/"
_PATIENT = "review/patients/<uuid:patient_id>/"
_NOTE = f"{_PATIENT}counselling-notes/<uuid:note_id>/"
_SITUATIONS = f"{_PATIENT}situations/"
_GROUP = "review/groups/<uuid:group_id>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", schedule.redirect_to_today, name="front"),
    path("admin/", schedule.redirect_to_admin, name="administration"),
    path("review/", schedule.today, name="today"),
    path("review/sign-in/", sign_in.sign_in, name="sign_in"),
    path("review/sign-in/code/", sign_in.second_factor_page, name="second_step"),
    path("review/sign-in/passkey/options/", sign_in.passkey_challenge, name="sign_in_challenge"),
    path("review/sign-in/passkey/", sign_in.passkey_sign_in, name="sign_in_passkey"),
    path("review/account/", account.account, name="account"),
    path("review/account/password/", account.change_password_page, name="password"),
    path("review/account/email/", account.change_email_page, name="email"),
    path("review/account/prove/", account.reauthenticate_page, name="prove"),
    path("review/account/factor/", account.enrol_totp_page, name="factor"),
    path("review/account/recovery-codes/", account.recovery_codes_page, name="recovery_codes"),
    path(
        "review/account/passkeys/options/", account.new_passkey_challenge, name="passkey_challenge"
    ),
    path("review/account/passkeys/", account.add_passkey_page, name="add_passkey"),
    path("review/account/passkeys/remove/", account.remove_passkey_page, name="remove_passkey"),
    path("review/account/sign-ins/end-others/", account.end_others, name="end_others"),
    path("review/account/sign-ins/<uuid:session_id>/end/", account.end_sign_in, name="end_sign_in"),
    path("review/sign-out/", sign_in.sign_out, name="sign_out"),
    path("review/join/", support_persons.join_as_support_person, name="join"),
    path("review/start/", sign_in.enrol_staff_page, name="start"),
    path("review/shared/", support_persons.shared_page, name="shared"),
    path("review/plan/", session_plan.plan_session_page, name="plan"),
    path("review/calendar/", schedule.calendar_link, name="calendar"),
    path(_SESSION, brief.session_brief_page, name="session"),
    path(f"{_SESSION}reviewed/", brief.mark_reviewed_page, name="reviewed"),
    path(f"{_SESSION}change/", session_plan.change_session_page, name="change"),
    path(f"{_SESSION}stays/", week.dismiss_move_page, name="dismiss_move"),
    path(f"{_SESSION}attendance/", attendance.attendance, name="attendance"),
    path(f"{_SESSION}room/", brief.room_page, name="room"),
    path("review/caseload/", patients.caseload, name="caseload"),
    path("review/invite/", patients.invite_patient_page, name="invite"),
    path(_PATIENT, patient_page.patient_page, name="patient"),
    path(f"{_PATIENT}brief/", brief.present_brief_page, name="patient_brief"),
    path(f"{_PATIENT}brief/reviewed/", brief.mark_present_reviewed_page, name="patient_reviewed"),
    path(f"{_PATIENT}invite/", patients.invite_again_page, name="invite_again"),
    path(f"{_PATIENT}invited/", patients.show_invitation_page, name="invited"),
    path(
        f"{_PATIENT}entries/<uuid:entry_id>/talk/", patient_page.acknowledge_entry_page, name="talk"
    ),
    path(f"{_PATIENT}homework/", assignments.assign_skill_page, name="assign"),
    path(
        f"{_PATIENT}homework/<uuid:assignment_id>/end/",
        assignments.end_assignment_page,
        name="end_assignment",
    ),
    path(
        f"{_PATIENT}homework/<uuid:assignment_id>/close/",
        assignments.close_assignment_page,
        name="close_assignment",
    ),
    path(_SITUATIONS, situation_plans.situation_plans_page, name="situations"),
    path(f"{_SITUATIONS}<uuid:plan_id>/", situation_plans.change_plan_page, name="situation"),
    path(
        f"{_SITUATIONS}<uuid:plan_id>/remove/",
        situation_plans.remove_plan_page,
        name="remove_situation",
    ),
    path(f"{_PATIENT}medicine/", medical.medications_page, name="medications"),
    path(
        f"{_PATIENT}medicine/<uuid:medication_id>/",
        medical.change_medication_page,
        name="medication",
    ),
    path(
        f"{_PATIENT}medicine/<uuid:medication_id>/end/",
        medical.end_medication_page,
        name="end_medication",
    ),
    path(f"{_PATIENT}screenings/", medical.screenings_page, name="screenings"),
    path(f"{_PATIENT}bounds/", vital_bounds.vital_bounds_page, name="vital_bounds"),
    path(f"{_PATIENT}needs/", case_management.needs_page, name="needs"),
    path(f"{_PATIENT}tasks/", case_management.tasks_page, name="tasks"),
    path(
        f"{_PATIENT}tasks/<uuid:task_id>/done/",
        case_management.finish_task_page,
        name="finish_task",
    ),
    path(f"{_PATIENT}aftercare/", case_management.aftercare_page, name="aftercare"),
    path(f"{_PATIENT}lessons/", lessons.lessons_page, name="lessons"),
    path(f"{_PATIENT}lessons/<slug:lesson>/end/", lessons.end_lesson_page, name="end_lesson"),
    path(f"{_PATIENT}hours/", hours.hours_page, name="hours"),
    path(f"{_PATIENT}diary-week/", diary_week.diary_week_page, name="diary_week"),
    path(f"{_PATIENT}week/", week.week_page, name="week"),
    path(f"{_PATIENT}care-plan/", care_plan.care_plan_page, name="care_plan"),
    path(
        f"{_PATIENT}counselling-notes/", counselling_notes.list_notes_page, name="counselling_notes"
    ),
    path(_NOTE, counselling_notes.edit_note_page, name="counselling_note"),
    path(f"{_NOTE}delete/", counselling_notes.delete_note_page, name="delete_counselling_note"),
    path(f"{_PATIENT}level/", level_of_care.level_of_care_page, name="level"),
    path(f"{_PATIENT}level-plan/", level_plan.level_plan_page, name="level_plan"),
    path(f"{_PATIENT}certify/", level_of_care.certify_page, name="certify"),
    path(f"{_PATIENT}handovers/", handovers.handovers_page, name="handovers"),
    path(
        f"{_PATIENT}handovers/<uuid:handover_id>/end/",
        handovers.revoke_handover_page,
        name="revoke_handover",
    ),
    path(f"{_PATIENT}restrictions/", handovers.restrictions_page, name="restrictions"),
    path(f"{_PATIENT}team/", care_team_page, name="team"),
    path(f"{_PATIENT}team/<uuid:clinician_id>/leave/", leave_team_page, name="leave_team"),
    path(
        "review/safety-events/<uuid:event_id>/", safety_events.acknowledge_event_page, name="clear"
    ),
    path("review/reports/due/", reports.due_page, name="due"),
    path("review/reports/outcomes/", reports.outcomes_page, name="outcomes"),
    path("review/emergencies/", break_glass.emergencies, name="emergencies"),
    path(
        "review/emergencies/<uuid:emergency_id>/reviewed/",
        break_glass.review_emergency_page,
        name="looked_at",
    ),
    path(
        "review/emergencies/acts/<uuid:act_id>/reviewed/",
        break_glass.review_act_page,
        name="looked_at_act",
    ),
    path("review/groups/", list_groups_page, name="groups"),
    path(_GROUP, group_page, name="group"),
    path(f"{_GROUP}curriculum/", curriculum.curriculum_page, name="curriculum"),
    path(f"{_GROUP}members/<uuid:patient_id>/leave/", leave_group_page, name="leave_group"),
]
