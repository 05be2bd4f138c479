"""Routes of the patients' client."""

from django.urls import URLPattern, path

from web.app import pages

app_name = "app"
urlpatterns: list[URLPattern] = [
    path("", pages.client_page, name="client"),
    path("sw.js", pages.service_worker, name="service_worker"),
    path("manifest.webmanifest", pages.manifest, name="manifest"),
    path("shell/<slug:version>/<path:name>", pages.shell_file, name="file"),
]
