"""The root URL configuration."""

from django.urls import include, path

from backend import error_views
from web.admin.clinic import site

urlpatterns = [
    path("api/v1/", include("api.urls")),
    path("", include("api.ops.urls")),
    path("review/admin/", site.urls),
    path("app/", include("web.app.urls")),
    path("", include("web.urls")),
]

handler400 = error_views.bad_request
handler403 = error_views.forbidden
handler404 = error_views.not_found
handler500 = error_views.server_error
