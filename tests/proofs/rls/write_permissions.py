"""What each actor can write where, row by row, whatever the service itself would allow.

``python -m tests.proofs.rls.write_permissions`` on a database of its own tells it as JSON;
``--control`` first lets everybody write everything, as policies without a check would.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from django.apps import apps
from django.db import Error, connection, models, transaction

from backend.kit.db import rls_actor
from backend.kit.db.postgres.roles import connected_as_owner
from care.models import Clinic, User
from tests import cast as people
from tests.api import world as worlds
from tests.cast import Cast

EXPECTED = Path(__file__).with_name("writes.txt")
OURS = ("care", "journaling", "notifications")
#: How the database says no; what else it says came after it had let the write through.
REFUSED = ("row-level security", "append-only", "permission denied")
VERBS = ("insert", "update", "delete")
#: Who acts upon maya's rows; who is far is of another clinic.
ACTORS = ("own", "team", "admin", "supporter", "other", "stranger", "far", "far_admin", "nobody")


def actors_of(cast: Cast) -> dict[str, str]:
    """Name who acts, by what they are to maya; two of another clinic come along."""
    elsewhere = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    far = people.staff(elsewhere, "dr_far", "Dr. Far")
    far_admin = people.staff(elsewhere, "far_ada", "Far", role=User.Role.ADMIN)
    named = {
        "own": cast.maya, "team": cast.dr_okafor, "admin": cast.ada, "supporter": cast.sam,
        "other": cast.noah, "stranger": cast.dr_lind, "far": far, "far_admin": far_admin,
    }  # fmt: skip
    return {name: rls_actor.user_actor(user.role, user.pk) for name, user in named.items()} | {
        "nobody": ""
    }


def protected() -> list[type[models.Model]]:
    """List the tables that have row policies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity")
        names = {row[0] for row in cursor.fetchall()}
    found = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    return sorted(
        (model for model in found if model._meta.db_table in names),
        key=lambda model: model._meta.db_table,
    )


def rows_about(cast: Cast, model: type[models.Model]) -> list[Any]:
    """List rows about maya, or of nobody but her clinic, as who sees everything."""
    names = {field.column for field in model._meta.fields}
    rows = model._base_manager.order_by("pk")
    if model is User:
        rows = rows.filter(pk=cast.maya.pk)
    elif "patient_id" in names:
        rows = rows.filter(models.Q(patient_id=cast.maya.pk) | models.Q(patient_id=None))
    elif "user_id" in names:
        rows = rows.filter(user_id=cast.maya.pk)
    return list(rows.values_list("pk", flat=True)[:2])


def can(actor: str, model: type[models.Model], key: Any, verb: str) -> bool:
    """Try one write of one row as somebody, and take it back."""
    table = model._meta.db_table
    column = str(model._meta.pk.column if model._meta.pk else "id")
    # A column that the database computes takes no value from anybody: no policy refused that.
    given = ", ".join(str(f.column) for f in model._meta.local_concrete_fields if not f.generated)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if verb == "insert":
                _copied(cursor, table, column, key)
            with rls_actor.acting_as(actor):
                cursor.execute(
                    {
                        "insert": f"INSERT INTO {table} ({given}) SELECT {given} FROM copied",
                        "update": f"UPDATE {table} SET {column} = {column} WHERE {column} = %s",
                        "delete": f"DELETE FROM {table} WHERE {column} = %s",
                    }[verb],
                    [] if verb == "insert" else [key],
                )
                count = int(cursor.rowcount)
            transaction.set_rollback(True)
    except Error as error:
        said = str(error)
        return not any(word in said for word in REFUSED)
    return bool(count > 0)


def _copied(cursor: Any, table: str, column: str, key: Any) -> None:
    """Copy a row under a key of its own, for an actor who cannot read it."""
    cursor.execute("SELECT 1")  # says who is acting, which a CREATE doesn't
    cursor.execute(
        f"CREATE TEMP TABLE copied ON COMMIT DROP AS SELECT * FROM {table} WHERE {column} = %s",
        [key],
    )
    cursor.execute("SELECT format_type(atttypid, NULL) FROM pg_attribute "
                   "WHERE attrelid = 'copied'::regclass AND attname = %s", [column])  # fmt: skip
    if cursor.fetchone()[0] == "uuid" and column == "id" and table != "care_user":
        cursor.execute(f"UPDATE copied SET {column} = gen_random_uuid()")


def written(cast: Cast) -> Iterator[tuple[str, str, str]]:
    """Tell each write that went through: table, who and verb."""
    who = actors_of(cast)
    for model in protected():
        keys = rows_about(cast, model)
        for name in ACTORS:
            for verb in VERBS:
                if any(can(who[name], model, key, verb) for key in keys):
                    yield model._meta.db_table, name, verb


def told(found: Iterator[tuple[str, str, str]]) -> list[str]:
    """Write it as the file of what is expected has it: a line a table, with who may do what."""
    lines: dict[str, dict[str, list[str]]] = {}
    for table, name, verb in found:
        lines.setdefault(table, {}).setdefault(name, []).append(verb)
    return [
        f"{table}: " + ", ".join(f"{name} {'+'.join(does)}" for name, does in by.items())
        for table, by in lines.items()
    ]


def expected() -> list[str]:
    """Read what each may write."""
    lines = EXPECTED.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def let_everybody_write() -> None:
    """Be the control: read as before, and write without a check."""
    with connected_as_owner(), connection.cursor() as cursor:
        for model in protected():
            table = model._meta.db_table
            cursor.execute(f"CREATE POLICY control ON {table} FOR ALL USING (true)")


if __name__ == "__main__":
    with rls_actor.acting_as(rls_actor.OPERATOR_ACTOR):
        here = people.enter()
        worlds.build(here)
        if "--control" in sys.argv:
            let_everybody_write()
        breaches = sorted(set(told(written(here))) ^ set(expected()))
        sys.stdout.write(json.dumps({"unexpected": breaches}))
