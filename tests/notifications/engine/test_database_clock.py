"""One time for all workers: the database's, and no step of a clock within a run."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from notifications.engine.tick import database_clock

pytestmark = pytest.mark.django_db

WRONG = datetime(2001, 1, 1, tzinfo=UTC)


def test_on_postgresql_a_worker_whose_clock_is_wrong_has_the_databases_time() -> None:
    now = database_clock(here=lambda: WRONG)()

    if connection.vendor == "postgresql":
        assert abs(datetime.now(UTC) - now) < timedelta(minutes=1)
    else:
        assert now - WRONG < timedelta(minutes=1)


def test_a_step_within_a_run_is_not_seen() -> None:
    stepping = iter([WRONG, WRONG + timedelta(minutes=5)])

    clock = database_clock(here=lambda: next(stepping))

    assert clock() <= clock() < clock() + timedelta(seconds=1)
    if connection.vendor == "sqlite":
        assert clock() - WRONG < timedelta(minutes=1)
