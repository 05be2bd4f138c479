"""A clinic's settings, one way to the database, and a door that asks without any condition."""

import os
from datetime import timedelta

from backend.settings import *  # noqa: F403 (the real ones)
from backend.settings import DATABASES

ROOT_URLCONF = "tests.proofs.rls.urls"
#: A run outlives the five minutes of a clinic's.
ACCESS_TOKEN_LIFETIME = timedelta(hours=3)
WAY = os.environ["BETWEEN_TEST_WAY"]
if WAY != "pool":
    # Connections that stay with their thread: straight to the server, or to PgBouncer.
    del DATABASES["default"]["OPTIONS"]["pool"]
    DATABASES["default"]["CONN_MAX_AGE"] = None
if os.environ.get("BETWEEN_TEST_CONTROL"):
    # The usual mistake: the actor is set for the session, once, where somebody signs in.
    from tests.proofs.rls import session_actor_control

    session_actor_control.set_for_sessions()
