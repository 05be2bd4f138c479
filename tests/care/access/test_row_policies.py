"""PostgreSQL itself shows each actor their own patients' rows alone (SECURITY R33).

Under the application's own checks, which SQLite has alone. Rows are asked for without a condition.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, models, transaction
from django.utils import timezone

from backend.kit.db import rls_actor
from backend.kit.handling import RowPolicy, Rows, handled_models
from care.models import AccessLogEntry, BreakGlass, CareTeamMembership, Consent, Patient, User
from journaling.models import Entry
from tests.api import world as worlds
from tests.cast import Cast
from tests.database_roles import append_only_lifted

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row policies"),
    pytest.mark.django_db,
]

OURS = ("care", "journaling", "notifications")
#: Nothing of these is an administrator's to see.
CLINICAL = (
    "journaling_", "care_attendance", "care_careplan", "care_certification", "care_levelchange",
    "care_personaltargets", "care_accesslogentry", "care_counselling",
)  # fmt: skip


def tables() -> dict[str, type[models.Model]]:
    return {
        model._meta.db_table: model
        for label in OURS
        for model in apps.get_app_config(label).get_models()
    }


def protected() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_policies JOIN pg_class ON relname = tablename "
            "WHERE relrowsecurity AND NOT relforcerowsecurity AND schemaname = current_schema()"
        )
        return {row[0] for row in cursor.fetchall()}


def whose(table: str) -> str:
    """Find the column that says whose row it is; a table without one takes its parent's."""
    columns = {str(field.column) for field in tables()[table]._meta.fields}
    own = {"care_user": "id", "care_patient": "user_id"}
    return own.get(table, "patient_id" if "patient_id" in columns else "")


def seen_by(actor: str) -> Iterator[tuple[str, UUID | None]]:
    """Ask for every row of every protected table, as somebody."""
    with rls_actor.acting_as(actor), connection.cursor() as cursor:
        for table in sorted(protected()):
            column = whose(table)
            only = " WHERE role NOT IN ('clinician', 'admin')" if table == "care_user" else ""
            cursor.execute(f"SELECT {column or 'NULL::uuid'} FROM {table}{only}")
            for row in cursor.fetchall():
                yield table, row[0]


def patients_of(actor: str) -> dict[str, set[UUID]]:
    found: dict[str, set[UUID]] = {}
    for table, patient in seen_by(actor):
        if patient is not None:
            found.setdefault(table, set()).add(patient)
    return found


def as_person(user: User) -> str:
    return rls_actor.user_actor(user.role, user.pk)


def test_each_table_that_declares_a_policy_has_one(db: None) -> None:
    declared = {model._meta.db_table for model, handling in handled_models()
                if isinstance(handling.rows, RowPolicy)}  # fmt: skip

    assert protected() == declared
    assert len(declared) > 40


def test_no_table_with_a_key_to_a_patient_has_merely_a_reason(db: None) -> None:
    about = {
        name
        for name, model in tables().items()
        for field in model._meta.fields
        if field.related_model is Patient or field.column == "patient_id"
    }

    assert about - protected() == set()
    assert len(about) > 25


def test_the_planner_notes_nothing_of_columns_that_can_hold_words(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid "
            "WHERE relkind = 'r' AND attnum > 0 AND NOT attisdropped AND attstattarget <> 0 "
            "AND (atttypid IN ('text'::regtype, 'bytea'::regtype, 'jsonb'::regtype) "
            "OR atttypid = 'varchar'::regtype AND atttypmod > 34)"
        )
        noted = {row for row in cursor.fetchall() if row[0] in tables()}

    # A new column: let its migration call care_note_no_words, or values outlive their rows.
    assert noted == set()


@pytest.fixture
def world(cast: Cast) -> worlds.World:
    return worlds.build(cast)


def test_a_patient_sees_their_own_rows_alone(world: worlds.World) -> None:
    cast = world.cast
    mine, others = patients_of(as_person(cast.maya)), patients_of(as_person(cast.noah))

    assert set().union(*mine.values()) == {cast.maya.pk}
    assert set().union(*others.values()) == {cast.noah.pk}
    assert {"journaling_entry", "care_user", "notifications_device", "care_consent"} <= set(mine)
    assert "journaling_entry" not in others


def test_a_clinician_sees_rows_of_those_they_treat(world: worlds.World) -> None:
    cast = world.cast
    treats = patients_of(as_person(cast.dr_okafor))

    assert set().union(*treats.values()) == {cast.maya.pk}
    assert {"journaling_entry", "journaling_safetyplan", "care_attendance"} & set(treats)
    CareTeamMembership.objects.filter(clinician=cast.dr_okafor).update(ends_at=timezone.now())
    left = patients_of(as_person(cast.dr_okafor))
    assert set(left) <= {"care_careteammembership", "care_breakglass"}


def test_an_emergency_shows_one_chart_until_it_is_over(world: worlds.World) -> None:
    cast, now = world.cast, timezone.now()
    stranger = as_person(cast.dr_lind)
    BreakGlass.objects.all().delete()
    assert cast.maya.pk not in patients_of(stranger).get("journaling_entry", set())

    made = BreakGlass.objects.create(
        patient_id=cast.maya.pk, clinician=cast.dr_lind, opened_at=now,
        ends_at=now + timedelta(minutes=60), sealed_reason=b"x",
    )  # fmt: skip
    assert cast.maya.pk in patients_of(stranger)["journaling_entry"]
    BreakGlass.objects.filter(pk=made.pk).update(ends_at=now)
    assert cast.maya.pk not in patients_of(stranger).get("journaling_entry", set())


def test_an_administrator_sees_nothing_clinical(world: worlds.World) -> None:
    found = {table for table, _ in seen_by(as_person(world.cast.ada))}

    assert {"care_user", "care_patient", "notifications_reminder"} <= found
    assert {table for table in found if table.startswith(CLINICAL)} == set()


#: Who is no person and sees rows of maya's world, or is nobody and sees none.
WORKERS = (
    rls_actor.SIGN_IN_ACTOR, rls_actor.SEALING_ACTOR, rls_actor.EXPORTS_ACTOR,
    rls_actor.RESETS_ACTOR, rls_actor.METRICS_ACTOR, rls_actor.RETENTION_ACTOR,
    rls_actor.EMERGENCY_ACTOR,
)  # fmt: skip
NOBODY = ("", "clinician", "somebody:else")


def tables_of_work(actor: str) -> set[str]:
    """Find the tables that name an actor, and those that are seen with a row of such a table."""
    named: set[str] = set()
    for model, handling in handled_models():
        policy = handling.rows
        if isinstance(policy, RowPolicy) and actor in policy.tasks:
            named.add(model._meta.db_table)
    with_them = {
        model._meta.db_table
        for model, handling in handled_models()
        if isinstance(handling.rows, RowPolicy) and handling.rows.rows is Rows.PARENT
        and table_of_parent(model, handling.rows.via) in named
    }  # fmt: skip
    return named | with_them


def table_of_parent(model: type[models.Model], via: str) -> str:
    parent: Any = model._meta.get_field(via).related_model
    return str(parent._meta.db_table)


@pytest.mark.parametrize("actor", WORKERS)
def test_who_is_no_person_sees_the_tables_of_their_work(actor: str, world: worlds.World) -> None:
    seen = {table for table, _ in seen_by(actor)}

    assert seen <= tables_of_work(actor)
    assert seen
    assert len(tables_of_work(actor)) <= 12


@pytest.mark.parametrize("actor", NOBODY)
def test_nobody_sees_nothing(actor: str, world: worlds.World) -> None:
    assert list(seen_by(actor)) == []


def test_no_row_is_written_for_somebody_else(world: worlds.World) -> None:
    cast = world.cast
    with rls_actor.acting_as(as_person(cast.noah)):
        assert Entry.objects.filter(patient_id=cast.maya.pk).update(intensity=1) == 0
        assert Entry.objects.filter(patient_id=cast.maya.pk).delete()[0] == 0
        with (
            pytest.raises(ProgrammingError, match="row-level security"),
            transaction.atomic(),
        ):
            BreakGlass.objects.create(
                patient_id=cast.maya.pk, clinician=cast.dr_lind, opened_at=timezone.now(),
                ends_at=timezone.now(), sealed_reason=b"x",
            )  # fmt: skip


@pytest.mark.parametrize(
    ("column", "other"), [("version", "2"), ("text", "Another."), ("language", "es"), ("scope", [])]
)
def test_what_was_signed_is_not_changed_by_who_signed_it(
    world: worlds.World, column: str, other: Any
) -> None:
    signed = Consent.objects.filter(pk=world.consent_id)
    with (
        rls_actor.acting_as(as_person(world.cast.maya)),
        pytest.raises(ProgrammingError, match=f"care_consent.{column} is not changed"),
        transaction.atomic(),
    ):
        signed.update(**{column: other})


def test_the_serving_role_may_only_add_to_the_log(cast: Cast) -> None:
    # Not the triggers: those are out of the way.
    with append_only_lifted(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE between_test_serving")
        for table in ("care_accesslogentry", "care_auditseal"):
            for verb in ("UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"):
                with (
                    pytest.raises(ProgrammingError, match="permission denied"),
                    transaction.atomic(),
                ):
                    cursor.execute(verb.format(table))
        cursor.execute("SET LOCAL ROLE NONE")


def test_a_refusal_is_noted_by_who_may_not_read_the_log(world: worlds.World) -> None:
    before = AccessLogEntry.objects.count()
    from tests.cast import signed_in

    refused = signed_in(world.cast.dr_lind).get(f"/api/v1/patients/{world.cast.maya.pk}")

    assert refused.status_code == 404
    assert AccessLogEntry.objects.count() == before + 1
    with rls_actor.acting_as(as_person(world.cast.dr_lind)):
        assert not AccessLogEntry.objects.filter(patient_id=world.cast.maya.pk).exists()
