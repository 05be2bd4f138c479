"""Every migration is named and can be taken back, and no index is superfluous."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader

from tests import database_roles

OURS = ("care", "journaling", "notifications")
MODELS = [model for label in OURS for model in apps.get_app_config(label).get_models()]


def migrations() -> dict[tuple[str, str], Migration]:
    found = MigrationLoader(None).disk_migrations
    return {key: migration for key, migration in found.items() if key[0] in OURS}


def test_migrations_have_telling_names_and_one_line_of_history() -> None:
    names = sorted(migrations())

    for label in OURS:
        own = [name for app, name in names if app == label]
        assert [int(name[:4]) for name in own] == list(range(1, len(own) + 1))
        for name in own:
            assert re.fullmatch(r"\d{4}_[a-z]+(_[a-z0-9]+)+", name)
            assert "auto" not in name


def test_every_migration_can_be_taken_back() -> None:
    for key, migration in migrations().items():
        assert all(operation.reversible for operation in migration.operations), key


def test_migrations_know_nothing_of_our_code() -> None:
    for label in OURS:
        for path in Path(apps.get_app_config(label).path, "migrations").glob("0*.py"):
            imported = re.findall(r"^\s*(?:from|import) (\S+)", path.read_text(), re.MULTILINE)
            assert {name.split(".")[0] for name in imported} <= {
                "django", "uuid", "backend", "care", "datetime",
            }, path  # fmt: skip
            assert all(not name.startswith("care.") for name in imported), path


@pytest.mark.django_db(transaction=True)
def test_the_whole_history_goes_back_and_forth() -> None:
    from django.core.management import call_command

    for label in reversed(OURS):
        call_command("migrate", label, "zero", verbosity=0)
    assert "journaling_entry" not in connection.introspection.table_names()
    call_command("migrate", verbosity=0)
    assert "journaling_entry" in connection.introspection.table_names()
    database_roles.grant()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_index_is_only_the_beginning_of_another(model: type[models.Model]) -> None:
    """Every insertion writes to each of them, and PostgreSQL to all again with most changes."""
    longer = {index.fields[0].lstrip("-") for index in model._meta.indexes
              if len(index.fields) > 1 and not index.condition}  # fmt: skip
    longer |= {
        rule.fields[0] for rule in model._meta.constraints
        if isinstance(rule, models.UniqueConstraint) and len(rule.fields) > 1 and not rule.condition
    }  # fmt: skip

    alone = {field.name for field in model._meta.concrete_fields if field.db_index}  # type: ignore[attr-defined] # the stubs lack it

    assert not alone & longer
