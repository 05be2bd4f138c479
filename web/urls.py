"""Routes of the therapists' pages."""

from django.urls import URLPattern, URLResolver, path

from web import review, signing

app_name = "web"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", review.front, name="front"),
    path("review/", review.today, name="today"),
    path("review/sign-in/", signing.sign_in, name="sign_in"),
    path("review/sign-out/", signing.sign_out, name="sign_out"),
    path("review/sessions/<uuid:session_id>/", review.brief, name="brief"),
]
