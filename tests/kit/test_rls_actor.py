"""Who is acting is told to PostgreSQL in every transaction, and stays in none."""

from typing import Any

import pytest
from django.db import DataError, connection, transaction

from backend.kit.db import rls_actor
from backend.kit.db.postgres import roles
from care.models import Clinic
from tests.database_roles import as_owner

postgres = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has no row policies and is told nothing"
)
pytestmark = pytest.mark.postgres


def told() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.actor', true), '')")
        found: str = cursor.fetchone()[0]
    return found


def told_plainly() -> str:
    """Run a query on the same connection, past our cursor: what would the next caller inherit?"""
    assert connection.connection is not None
    plain: Any = connection.connection
    found = plain.pgconn.exec_(b"SELECT current_setting('app.actor', true)").get_value(0, 0)
    return (found or b"").decode()


def test_nobody_is_the_default_and_the_last_name_comes_back() -> None:
    token = rls_actor.set_actor("")
    with rls_actor.acting_as(rls_actor.SEALING_ACTOR):
        rls_actor.set_actor("patient:1")
        assert rls_actor.current_actor() == "patient:1"
    assert rls_actor.current_actor() == ""
    rls_actor.reset_actor(token)


def test_only_a_clinician_is_let_see_more() -> None:
    with rls_actor.acting_as("clinician:a"):
        rls_actor.grant_patient_visibility(["b", "b"])  # type: ignore[list-item] # any name will do
        assert rls_actor.current_actor() == "clinician:a:b"
    for other in ("patient:a", rls_actor.OPERATOR_ACTOR, ""):
        with rls_actor.acting_as(other):
            rls_actor.grant_patient_visibility(["b"])  # type: ignore[list-item] # any name will do
            assert rls_actor.current_actor() == other


@postgres
@pytest.mark.django_db(transaction=True)
def test_a_statement_outside_a_transaction_leaves_nothing_behind() -> None:
    with rls_actor.acting_as("patient:x"):
        assert told() == "patient:x"
    assert told_plainly() == ""
    with rls_actor.acting_as(rls_actor.SEALING_ACTOR):
        assert told() == rls_actor.SEALING_ACTOR


@postgres
@pytest.mark.django_db(transaction=True)
def test_a_transaction_is_told_once_and_again_when_somebody_else_acts() -> None:
    with transaction.atomic(), rls_actor.acting_as("patient:x"):
        assert told() == told_plainly() == "patient:x"
        with rls_actor.acting_as("patient:y"):
            assert told() == "patient:y"
        assert told() == "patient:x"
    assert told_plainly() == ""


@postgres
@pytest.mark.django_db(transaction=True)
def test_what_a_savepoint_takes_back_is_told_again() -> None:
    with transaction.atomic(), rls_actor.acting_as("patient:x"):
        told()
        point = transaction.savepoint()
        with rls_actor.acting_as("patient:y"):
            assert told() == "patient:y"
            transaction.savepoint_rollback(point)
            assert told() == "patient:y"
        with rls_actor.acting_as("patient:y"):
            assert told() == "patient:y"


@postgres
@pytest.mark.django_db(transaction=True)
def test_a_statement_that_fails_is_told_as_its_own_fault() -> None:
    for _ in range(2):
        with pytest.raises(DataError), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / %s", [0])
        with pytest.raises(DataError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / %s", [0])
        assert told() == rls_actor.OPERATOR_ACTOR


@postgres
@pytest.mark.django_db(transaction=True)
def test_many_rows_and_cursors_of_the_server_are_told_too() -> None:
    Clinic.objects.create(name="x", time_zone="UTC")
    sql = (
        "INSERT INTO care_clinic SELECT gen_random_uuid(), current_setting('app.actor'), %s, now()"
    )
    with rls_actor.acting_as("patient:x"):
        with connection.cursor() as cursor:
            cursor.executemany(sql, [["UTC"], ["UTC"]])
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(sql, [["UTC"]])
            transaction.set_rollback(True)
    assert Clinic.objects.filter(name="patient:x").count() == 2
    assert len(list(Clinic.objects.order_by("id").iterator(chunk_size=1))) == 3
    with transaction.atomic():
        assert len(list(Clinic.objects.order_by("id").iterator(chunk_size=1))) == 3


@postgres
@pytest.mark.django_db
def test_the_owner_a_superuser_and_a_bypasser_are_told_apart_from_the_serving_role() -> None:
    def faults() -> list[str]:
        assert connection.connection is not None
        return roles.faults_of_current_role(connection.connection)

    assert faults() == []
    with as_owner():
        assert any("superuser" in fault for fault in faults())
        with connection.cursor() as cursor:
            cursor.execute("CREATE ROLE between_test_owning")
            cursor.execute("ALTER TABLE care_clinic OWNER TO between_test_owning")
            cursor.execute("CREATE ROLE between_test_bypassing BYPASSRLS")
            cursor.execute("SET ROLE between_test_owning")
            assert any("owns tables" in fault for fault in faults())
            cursor.execute("SET ROLE between_test_bypassing")
            assert any("bypasses" in fault for fault in faults())
