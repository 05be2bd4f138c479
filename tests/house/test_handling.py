"""Every table says how it is handled, of fields that it has, and migrations do what it says."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.test.utils import isolate_apps

from backend.kit.db.postgres.row_policies import AddRowsOnly, AlsoAllow, ShowRows
from backend.kit.handling import (
    Export,
    Handling,
    Merging,
    NoRowPolicy,
    NotExported,
    RowPolicy,
    days,
    exported,
    handled_models,
    until_erased,
)
from care.models import Patient, User
from journaling.entries import entry
from journaling.models import Entry, EntryRevision

OURS = ("care", "journaling", "notifications")
MODELS = [model for label in OURS for model in apps.get_app_config(label).get_models()]
#: A column of bytes that is a digest, and hides nothing.
DIGEST_BYTES = 32


def faults_of(model: type[models.Model]) -> list[str]:
    """List what is wrong with how a model says that it is handled; nothing is right."""
    handling = getattr(model, "HANDLING", None)
    if not isinstance(handling, Handling):
        return ["no HANDLING"]
    checks = (_class_faults, _row_faults, _export_faults, _keep_faults, _seal_faults, _other_faults)
    return [fault for check in checks for fault in check(model, handling)]


def _has(model: type[models.Model], name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True


def _unknown(model: type[models.Model], names: Any, what: str) -> Iterator[str]:
    columns = {field.column for field in model._meta.concrete_fields}
    yield from (f"{what}: {name} is no field" for name in names
                if name not in columns and not _has(model, name))  # fmt: skip


def _class_faults(model: type[models.Model], handling: Handling) -> Iterator[str]:
    times = Counter((*handling.phi, *handling.not_phi))
    names = {field.name for field in model._meta.fields}
    yield from _unknown(model, sorted(times), "phi")
    yield from (f"{name} is classed {times[name]} times" for name in sorted(names)
                if times[name] != 1)  # fmt: skip


def _row_faults(model: type[models.Model], handling: Handling) -> Iterator[str]:
    policy = handling.rows
    if isinstance(policy, NoRowPolicy):
        if _is_about_patients(model):
            yield "rows: about a patient, and without a policy"
        return
    has_patient = _has(model, "patient") or not policy.via
    names = [policy.via] if policy.via else [policy.whose] if has_patient else []
    names = [name for name in names if name != "patient_id" or _is_about_patients(model)]
    yield from _unknown(model, (*names, *policy.fixed), "rows")


def _is_about_patients(model: type[models.Model]) -> bool:
    return any(
        field.related_model is Patient or field.column == "patient_id"
        for field in model._meta.concrete_fields
    )


def _export_faults(model: type[models.Model], handling: Handling) -> Iterator[str]:
    if isinstance(handling.exports, NotExported):
        return
    for export in handling.exports:
        if not isinstance(export, Export):
            continue
        for path in (*export.columns.values(), export.whose):
            try:
                model._default_manager.filter(export.only).values_list(path)
            except FieldError:
                yield f"exports: {path} leads nowhere"


def _keep_faults(model: type[models.Model], handling: Handling) -> Iterator[str]:
    keep = handling.keep
    yield from _unknown(model, keep.after, "keep")
    if keep.period is not None:
        if not (keep.called and keep.after and keep.why):
            yield "keep: a period without name, end or source"
        if handling.phi and not (_has(model, "patient") or _has(model, "user")):
            yield "keep: a legal hold can't find whose rows these are"
        if handling.append_only or keep.for_good:
            yield "keep: a period of what nothing deletes"


def _seal_faults(model: type[models.Model], handling: Handling) -> Iterator[str]:
    yield from _unknown(model, handling.sealed, "sealed")
    for field in model._meta.concrete_fields:
        is_text = type(field) is models.BinaryField and field.max_length != DIGEST_BYTES
        if is_text and field.name not in handling.sealed:
            yield f"sealed: {field.name} says nothing of its key"


def _other_faults(model: type[models.Model], handling: Handling) -> Iterator[str]:
    if handling.merging is Merging.MOVED and not _has(model, "patient"):
        yield "merging: whose it is does not stand in patient"
    if handling.revocable and not _has(model, "revoked_at"):
        yield "revocable: no revoked_at"
    if handling.append_only and handling.never_updated:
        yield "append_only: and never_updated"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_table_says_how_it_is_handled(model: type[models.Model]) -> None:
    assert faults_of(model) == []


def test_every_table_about_a_patient_holds_health_data() -> None:
    about = [(model, handling) for model, handling in handled_models() if _is_about_patients(model)]

    assert len(about) > 25
    assert [model._meta.label for model, handling in about if not handling.phi] == []


def test_nothing_of_the_law_is_said_without_a_reason() -> None:
    for model, handling in handled_models():
        reasons = [handling.keep.why]
        if isinstance(handling.rows, NoRowPolicy):
            reasons.append(handling.rows.why)
        if isinstance(handling.exports, NotExported):
            reasons.append(handling.exports.why)
        assert all(len(reason) > 10 for reason in reasons), model


def test_each_part_and_each_class_has_a_name_of_its_own() -> None:
    parts: Counter[str] = Counter(
        export.part
        for _, handling in handled_models()
        if not isinstance(handling.exports, NotExported)
        for export in handling.exports
    )
    called = Counter(
        handling.keep.called for _, handling in handled_models() if handling.keep.period
    )

    for names in (parts, called):
        assert {name for name, count in names.items() if count > 1} == set()
    assert len(parts) > 30


@isolate_apps("care")
def test_what_a_table_leaves_out_or_misspells_is_a_fault() -> None:
    class Unhandled(models.Model):
        class Meta:
            app_label = "care"

    class Misspelt(models.Model):
        patient = models.ForeignKey(Patient, on_delete=models.CASCADE)
        user = models.ForeignKey(User, on_delete=models.CASCADE)
        words = models.BinaryField()
        HANDLING = Handling(
            rows=NoRowPolicy("names no patient, it says"),
            exports=exported("misspelt", "wrods"),
            keep=days(1, called="misspelt", after=("endde_at",), why="ours"),
            phi=("patient", "words", "patient"),
            not_phi=("idd",),
            revocable=True,
        )

        class Meta:
            app_label = "care"

    assert faults_of(Unhandled) == ["no HANDLING"]
    assert faults_of(Misspelt) == [
        "phi: idd is no field", "id is classed 0 times", "patient is classed 2 times",
        "user is classed 0 times", "rows: about a patient, and without a policy",
        "exports: wrods leads nowhere", "keep: endde_at is no field",
        "sealed: words says nothing of its key", "revocable: no revoked_at",
    ]  # fmt: skip


def operations_of_migrations() -> Iterator[tuple[str, Any]]:
    """Yield the operations of every migration of ours, each with the label of its model."""
    loader = MigrationLoader(None)
    for key in sorted(key for key in loader.disk_migrations if key[0] in OURS):
        for operation in loader.disk_migrations[key].operations:
            if isinstance(operation, ShowRows | AlsoAllow | AddRowsOnly):
                yield f"{key[0]}.{operation.model_name}", operation


def test_migrations_show_the_rows_that_tables_declare() -> None:
    made, also = {}, defaultdict(list)
    for label, operation in operations_of_migrations():
        if isinstance(operation, ShowRows):
            # Further policies are compared by their own operations: later migrations add some.
            made[label] = replace(operation.policy, also=())
        if isinstance(operation, AlsoAllow):
            also[label].append(operation.name)

    policies = {model._meta.label: handling.rows for model, handling in handled_models()
                if isinstance(handling.rows, RowPolicy)}  # fmt: skip
    assert made == {label: replace(policy, also=()) for label, policy in policies.items()}
    assert {label: sorted(names) for label, names in also.items()} == {
        label: sorted(policy.also) for label, policy in policies.items() if policy.also
    }


def test_migrations_stop_changes_where_tables_declare_it() -> None:
    made = {
        label: "never updated" if operation.deletes else "append only"
        for label, operation in operations_of_migrations()
        if isinstance(operation, AddRowsOnly)
    }

    declared = {
        model._meta.label: "never updated" if handling.never_updated else "append only"
        for model, handling in handled_models()
        if handling.never_updated or handling.append_only
    }
    assert made == declared != {}


def test_a_kept_row_is_no_part_of_one_that_age_ends() -> None:
    assert until_erased("ours").period is None
    for model, handling in handled_models():
        if handling.keep.period is None:
            continue
        for relation in model._meta.related_objects:
            other = getattr(relation.related_model, "HANDLING", None)
            assert other is None or not other.keep.for_good, relation


def test_the_text_of_entries_is_bound_to_what_their_tables_declare() -> None:
    """The module of entries is read before Django is ready, and so names it once more."""
    assert Entry.HANDLING.sealed["encrypted_text"].bound_to == entry.ENTRY_TEXT_COLUMN
    assert EntryRevision.HANDLING.sealed["before"].bound_to == entry.REVISION_COLUMN
