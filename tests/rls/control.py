"""The control: the actor is set for a session instead of a transaction. It must leak."""

from typing import Any

import psycopg
from django.db import connection

from backend.kit import actors
from backend.kit.postgres import base


def set_for_sessions() -> None:
    """Say who is acting when they sign in, and leave it at that."""
    become = actors.become

    def become_for_good(actor: str) -> Any:
        if actor not in ("", actors.SIGN_IN):
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('app.actor', %s, false)", [actor])
        return become(actor)

    actors.become = become_for_good
    base.Cursor.execute = psycopg.Cursor.execute  # type: ignore[method-assign, assignment] # on purpose
