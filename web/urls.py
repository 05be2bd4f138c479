"""Routes of the therapists' pages."""

from django.urls import URLPattern, URLResolver, path

from web import account, review, second_step, signing

app_name = "web"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", review.front, name="front"),
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
    path("review/sessions/<uuid:session_id>/", review.brief, name="brief"),
]
