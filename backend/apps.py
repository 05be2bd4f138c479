"""App configuration of the frame: registers the lookup ``__among`` and UUIDs in any case."""

import sys
from pathlib import Path

from django.apps import AppConfig
from django.urls.converters import DEFAULT_CONVERTERS, UUIDConverter, get_converters

from backend.kit.db import bulk, rls_actor


class AnyCaseUUIDConverter(UUIDConverter):
    """A UUID in lower case or capitals: an id is one thing in a body and in an address."""

    regex = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"


def register_any_case_uuid() -> None:
    """Register ``<uuid:…>`` anew for all routes, so that it takes capitals, which Django's doesn't.

    It takes the place of Django's, so that no route can forget it; ``register_converter`` refuses
    to replace one. Call it before the first route is read.
    """
    DEFAULT_CONVERTERS["uuid"] = AnyCaseUUIDConverter()
    get_converters.cache_clear()  # type: ignore[attr-defined] # it is cached by functools


class BackendConfig(AppConfig):
    """Configuration of the frame; it has no tables."""

    name = "backend"

    def ready(self) -> None:
        """Set the process's actor: commands act for the operator, servers and workers for nobody.

        Each request and task says itself on whose behalf it works. Querysets may ask ``__among``;
        ids in addresses may be in capitals.
        """
        bulk.register_any_lookup()
        register_any_case_uuid()
        if Path(sys.argv[0]).parent.name == "django":
            rls_actor.set_process_actor(rls_actor.OPERATOR_ACTOR)
