"""Many rows in one statement: written exactly as Django itself writes them."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.kit.db import bulk
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Recipient
from tests.cast import Cast
from tests.notifications.reminder_scenario import DUE, planned

NAMES = (
    "id", "reminder", "patient", "purpose", "local_day", "slot", "due_at", "not_after",
    "next_attempt_at",
    "state", "lease_id", "settled_devices", "tag", "created_at",
)  # fmt: skip


@pytest.fixture
def row(cast: Cast) -> list[object]:
    """Make the columns of one occurrence, with microseconds and JSON."""
    reminder = planned(cast.maya)
    exact = DUE + timedelta(microseconds=7)
    return [
        uuid4(), reminder.pk, cast.maya.pk, "checkin", date(2026, 3, 2), 510, exact, DUE, None,
        "sent", uuid4(), ["a", "b"], "r-1", DUE,
    ]  # fmt: skip


def test_rows_read_back_as_django_writes_them(cast: Cast, row: list[object]) -> None:
    row[9] = "failed"
    bulk.bulk_insert_ignore(Occurrence, NAMES, [row])
    stored = Occurrence.objects.get()

    columns = [name + "_id" if name in {"reminder", "patient"} else name for name in NAMES]
    assert [getattr(stored, name) for name in columns] == row
    assert (stored.reason, stored.attempts, stored.ambiguous_count) == ("", 0, 0)
    # Found again by every type of column: text on SQLite must be the same text.
    same = Occurrence.objects.filter(
        pk=stored.pk, due_at=stored.due_at, local_day=stored.local_day, lease_id=stored.lease_id,
        patient_id=cast.maya.pk, not_after__lte=DUE, not_after__gte=DUE,
    )  # fmt: skip
    assert same.exists()


def test_what_stands_already_is_left_alone(cast: Cast, row: list[object]) -> None:
    row[9] = "failed"
    assert bulk.bulk_insert_ignore(Occurrence, NAMES, [row]) == 1
    other = [uuid4(), *row[1:]]

    assert bulk.bulk_insert_ignore(Occurrence, NAMES, [row, other]) == 0
    assert Occurrence.objects.count() == 1


def test_each_row_gets_its_own_values_and_others_none(cast: Cast) -> None:
    bulk.bulk_insert_ignore(Recipient, ("patient",), [(cast.maya.pk,), (cast.noah.pk,)])

    changed = bulk.bulk_update(
        Recipient, ("patient", "paused_until"), [(cast.maya.pk, DUE), (uuid4(), DUE)]
    )

    assert changed == 1
    assert Recipient.objects.get(pk=cast.maya.pk).paused_until == DUE
    assert Recipient.objects.get(pk=cast.noah.pk).paused_until is None


def test_a_row_whose_other_key_differs_is_left_alone(cast: Cast, row: list[object]) -> None:
    row[9] = "failed"
    bulk.bulk_insert_ignore(Occurrence, NAMES, [row])

    changed = bulk.bulk_update(
        Occurrence, ("id", "lease_id", "reason"), [(row[0], uuid4(), "late")], keys=2
    )

    assert changed == 0
    assert Occurrence.objects.get().reason == ""


def test_many_rows_are_one_statement(cast: Cast) -> None:
    rows = [(uuid4(), DUE) for _ in range(600)]

    with CaptureQueriesContext(connection) as asked:
        bulk.bulk_update(Recipient, ("patient", "paused_until"), rows)

    assert sum("UPDATE" in one["sql"] for one in asked) == 1


def test_no_rows_are_no_statement(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert bulk.bulk_insert_ignore(Recipient, ("patient",), []) == 0
        assert bulk.bulk_update(Recipient, ("patient", "paused_until"), []) == 0

    assert len(asked) == 0
