"""The frame as an app, for its commands and checks."""

from django.apps import AppConfig


class BackendConfig(AppConfig):
    """Name the frame; it has no tables."""

    name = "backend"
