"""The doors of the API, all under /api/v1/."""

from django.urls import URLPattern, URLResolver, include, path

from api import (
    auth,
    brief,
    entries,
    factors,
    instruments,
    me,
    patients,
    reviewing,
    sessions,
    skills,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("auth/enroll", auth.Enroll.as_view()),
    path("auth/token", auth.Token.as_view()),
    path("auth/token/refresh", auth.TokenRefresh.as_view()),
    path("auth/logout", auth.Logout.as_view()),
    path("auth/sessions", auth.Sessions.as_view()),
    path("auth/sessions/revoke-others", auth.RevokeOthers.as_view()),
    path("auth/sessions/<uuid:session_id>", auth.OneSession.as_view()),
    path("auth/mfa/totp", factors.Totp.as_view()),
    path("auth/mfa/totp/confirm", factors.ConfirmTotp.as_view()),
    path("auth/mfa/recovery-codes", factors.RecoveryCodes.as_view()),
    path("auth/step-up", factors.StepUp.as_view()),
    path("auth/password", factors.Password.as_view()),
    path("auth/password/reset", factors.ForgottenPassword.as_view()),
    path("auth/password/reset/confirm", factors.ResetPassword.as_view()),
    path("me", me.Me.as_view()),
    path("entries", entries.Entries.as_view()),
    path("entries/<uuid:entry_id>", entries.OneEntry.as_view()),
    path("entries/<uuid:entry_id>/after", entries.Afterwards.as_view()),
    path("entries/<uuid:entry_id>/history", entries.EntryHistory.as_view()),
    path("instruments", instruments.Instruments.as_view()),
    path("instruments/<slug:instrument>", instruments.OneInstrument.as_view()),
    path("skills", skills.Skills.as_view()),
    path("patients", patients.Patients.as_view()),
    path("patients/<uuid:patient_id>/invite", patients.Invite.as_view()),
    path(
        "patients/<uuid:patient_id>/entries/<uuid:entry_id>/acknowledge",
        reviewing.Acknowledge.as_view(),
    ),
    path("sessions", sessions.Sessions.as_view()),
    path("sessions/<uuid:session_id>", sessions.OneSession.as_view()),
    path("sessions/<uuid:session_id>/attendance", sessions.TakeAttendance.as_view()),
    path("sessions/<uuid:session_id>/brief", brief.Brief.as_view()),
    path("sessions/<uuid:session_id>/reviewed", reviewing.Reviewed.as_view()),
    path("", include("api.reminder_urls")),
    path("", include("api.programme_urls")),
]
