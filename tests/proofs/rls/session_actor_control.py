"""The control: the actor is set for a session instead of a transaction. It must leak."""

from typing import Any

import psycopg
from django.db import connection

from backend.kit.db import rls_actor
from backend.kit.db.postgres import base


def set_for_sessions() -> None:
    """Say who is acting when they sign in, and leave it at that."""
    become = rls_actor.set_actor

    def become_for_good(actor: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(current_setting('app.actor', true), '')")
            is_free = cursor.fetchone()[0] in ("", rls_actor.SIGN_IN_ACTOR)
            # Whoever came before stays for those who don't sign in: that is the leak.
            if actor and (is_free or actor != rls_actor.SIGN_IN_ACTOR):
                cursor.execute("SELECT set_config('app.actor', %s, false)", [actor])
        return become(actor)

    rls_actor.set_actor = become_for_good
    base.Cursor.execute = psycopg.Cursor.execute  # type: ignore[method-assign, assignment] # on purpose
