"""``migrate``: Django's own, as who owns the tables, and what the serving role may do then."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connection

from backend.kit.db.postgres import roles


class Command(migrate.Command):
    """Migrate; on PostgreSQL let the serving role reach what is new, and see that it is bound."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, grant, and check the serving role.

        :raises CommandError: no owner is named, or the role that would serve is not bound.
        """
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        if not settings.DEMO and not settings.OWNER_DATABASE:
            raise CommandError("Refused: BETWEEN_OWNER_DATABASE_URL is missing.")
        serving = str(connection.settings_dict["USER"])
        with roles.connected_as_owner():
            super().handle(*args, **options)
            if settings.OWNER_DATABASE:
                with connection.cursor() as cursor:
                    roles.grant_serving_role(cursor, serving)
        try:
            connection.ensure_connection()
        except ImproperlyConfigured as fault:
            raise CommandError(str(fault)) from None
