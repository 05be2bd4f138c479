"""Routes for whoever runs the service, and of the schema; not under /api/v1/."""

from django.urls import URLPattern, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from api.ops import health, schema_view

urlpatterns: list[URLPattern] = [
    path("healthz", health.Liveness.as_view()),
    path("readyz", health.Readiness.as_view()),
    path("metrics", health.Metrics.as_view()),
    path("api/schema/", schema_view.CachedSchemaView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]
