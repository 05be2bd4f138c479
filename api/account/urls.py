"""Routes of accounts: enrolment, sign-in, second factors, passwords, and the profile."""

from django.urls import URLPattern, path

from api.account import enrol, mfa, profile, sign_in

urlpatterns: list[URLPattern] = [
    path("auth/enroll", enrol.EnrollPatient.as_view()),
    path("auth/enroll-staff", enrol.EnrollStaff.as_view()),
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
]
