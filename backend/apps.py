"""The frame as an app, for its commands and checks."""

import sys
from pathlib import Path

from django.apps import AppConfig

from backend.kit import actors, among, routes


class BackendConfig(AppConfig):
    """Name the frame; it has no tables."""

    name = "backend"

    def ready(self) -> None:
        """Let commands act for the operator who started them; servers and workers act for nobody.

        Each request and task says itself on whose behalf it works. Querysets may ask ``__among``;
        ids in addresses may be in capitals.
        """
        among.register()
        routes.take_any_case()
        if Path(sys.argv[0]).parent.name == "django":
            actors.run_process_as(actors.OPERATOR)
