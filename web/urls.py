"""Routes of the therapists' pages."""

from django.urls import URLPattern, URLResolver, path

from web import (
    account,
    calendar,
    caseload,
    counselling,
    emergencies,
    family,
    groups,
    groupwork,
    homework,
    joining,
    patient,
    people,
    planning,
    programme,
    review,
    safety,
    second_step,
    signing,
)

app_name = "web"
_SESSION = "review/sessions/<uuid:session_id>/"
_PATIENT = "review/patients/<uuid:patient_id>/"
_NOTE = f"{_PATIENT}counselling-notes/<uuid:note_id>/"
_GROUP = "review/groups/<uuid:group_id>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", review.front, name="front"),
    path("admin/", review.administration, name="administration"),
    path("review/", review.today, name="today"),
    path("review/sign-in/", signing.sign_in, name="sign_in"),
    path("review/sign-in/code/", second_step.second_step, name="second_step"),
    path("review/sign-in/passkey/options/", second_step.passkey_options, name="sign_in_challenge"),
    path("review/sign-in/passkey/", second_step.passkey_sign_in, name="sign_in_passkey"),
    path("review/account/", account.account, name="account"),
    path("review/account/password/", account.password, name="password"),
    path("review/account/email/", account.email, name="email"),
    path("review/account/prove/", account.prove, name="prove"),
    path("review/account/factor/", account.factor, name="factor"),
    path("review/account/recovery-codes/", account.recovery_codes, name="recovery_codes"),
    path("review/account/passkeys/options/", account.passkey_options, name="passkey_challenge"),
    path("review/account/passkeys/", account.add_passkey, name="add_passkey"),
    path("review/account/passkeys/remove/", account.remove_passkey, name="remove_passkey"),
    path("review/account/sign-ins/end-others/", account.end_others, name="end_others"),
    path("review/account/sign-ins/<uuid:session_id>/end/", account.end_sign_in, name="end_sign_in"),
    path("review/sign-out/", signing.sign_out, name="sign_out"),
    path("review/join/", family.join, name="join"),
    path("review/start/", joining.start, name="start"),
    path("review/shared/", family.shared, name="shared"),
    path("review/plan/", planning.plan, name="plan"),
    path("review/calendar/", calendar.calendar, name="calendar"),
    path(_SESSION, review.brief, name="session"),
    path(f"{_SESSION}reviewed/", review.reviewed, name="reviewed"),
    path(f"{_SESSION}change/", planning.change, name="change"),
    path(f"{_SESSION}attendance/", planning.attendance, name="attendance"),
    path(f"{_SESSION}room/", groupwork.room, name="room"),
    path("review/caseload/", caseload.caseload, name="caseload"),
    path("review/invite/", people.invite, name="invite"),
    path(_PATIENT, patient.patient, name="patient"),
    path(f"{_PATIENT}invite/", people.invite_again, name="invite_again"),
    path(f"{_PATIENT}entries/<uuid:entry_id>/talk/", patient.acknowledge, name="talk"),
    path(f"{_PATIENT}homework/", homework.assign, name="assign"),
    path(f"{_PATIENT}homework/<uuid:assignment_id>/end/", homework.end, name="end_assignment"),
    path(f"{_PATIENT}care-plan/", programme.care_plan, name="care_plan"),
    path(f"{_PATIENT}counselling-notes/", counselling.notes, name="counselling_notes"),
    path(_NOTE, counselling.note, name="counselling_note"),
    path(f"{_NOTE}delete/", counselling.delete, name="delete_counselling_note"),
    path(f"{_PATIENT}level/", programme.level, name="level"),
    path(f"{_PATIENT}certify/", programme.certify, name="certify"),
    path(f"{_PATIENT}team/", people.care_team, name="team"),
    path(f"{_PATIENT}team/<uuid:clinician_id>/leave/", people.leave_team, name="leave_team"),
    path("review/safety-events/<uuid:event_id>/", safety.clear, name="clear"),
    path("review/emergencies/", emergencies.emergencies, name="emergencies"),
    path(
        "review/emergencies/<uuid:emergency_id>/reviewed/", emergencies.looked_at, name="looked_at"
    ),
    path(
        "review/emergencies/acts/<uuid:act_id>/reviewed/",
        emergencies.looked_at_act,
        name="looked_at_act",
    ),
    path("review/groups/", groups.groups, name="groups"),
    path(_GROUP, groups.group, name="group"),
    path(f"{_GROUP}members/<uuid:patient_id>/leave/", groups.leave_group, name="leave_group"),
]
