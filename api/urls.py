"""Routes of the API under /api/v1/, one file for each folder."""

from django.urls import URLResolver, include, path

urlpatterns: list[URLResolver] = [
    path("", include("api.account.urls")),
    path("", include("api.privacy.urls")),
    path("", include("api.journal.urls")),
    path("", include("api.skills.urls")),
    path("", include("api.programme.urls")),
    path("", include("api.sessions.urls")),
    path("", include("api.reminders.urls")),
    path("", include("api.safety.urls")),
]
