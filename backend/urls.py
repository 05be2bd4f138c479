"""Where every door is."""

from django.urls import include, path

from backend import doors
from web.administered import site

urlpatterns = [
    path("api/v1/", include("api.urls")),
    path("api/", include("api.schema_urls")),
    path("", include("api.health_urls")),
    path("review/admin/", site.urls),
    path("", include("web.urls")),
]

handler400 = doors.bad_request
handler403 = doors.forbidden
handler404 = doors.not_found
handler500 = doors.failed
