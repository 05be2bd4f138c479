"""Rows written all at once are all there, or none of them."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from backend.kit.db import bulk
from care.models import Clinic

NAMES = ("id", "name", "time_zone", "created_at")
NOW = datetime(2026, 5, 4, 20, 0, 0, 7, tzinfo=UTC)


def row(name: str) -> tuple[object, ...]:
    return (uuid4(), name, "UTC", NOW)


@pytest.mark.django_db
def test_all_rows_are_one_statement() -> None:
    rows = [row(f"Clinic {place}") for place in range(150)]

    with CaptureQueriesContext(connection) as asked:
        bulk.bulk_insert(Clinic, NAMES, rows)
        bulk.bulk_insert(Clinic, NAMES, [])

    assert len(asked) == 1
    stored = Clinic.objects.values_list(*NAMES)
    assert sorted(stored) == sorted(rows)


@pytest.mark.django_db(transaction=True)
def test_a_row_that_stands_already_stops_them_all() -> None:
    first = row("Harbor")
    bulk.bulk_insert(Clinic, NAMES, [first])

    with pytest.raises(IntegrityError):
        bulk.bulk_insert(Clinic, NAMES, [row("Bay"), first, row("Hill")])

    assert [clinic.name for clinic in Clinic.objects.all()] == ["Harbor"]


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_they_end_with_it() -> None:
    with transaction.atomic():
        bulk.bulk_insert(Clinic, NAMES, [row("Bay")])
        transaction.set_rollback(True)

    assert not Clinic.objects.exists()
