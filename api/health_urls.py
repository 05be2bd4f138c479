"""The doors for whoever runs the service."""

from django.urls import path

from api import health, metrics

urlpatterns = [
    path("healthz", health.Alive.as_view()),
    path("readyz", health.Ready.as_view()),
    path("metrics", metrics.Metrics.as_view()),
]
