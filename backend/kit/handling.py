"""What is done with the rows of a table: one declaration on its model, ``HANDLING``.

Everybody who goes through tables reads it: the exporter, retention, erasure, key rotation, merging,
restores, the grants of the serving role, the row policies that migrations make, and the tests of
the house, which find a model without one, a field without a class and a name that is no field.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias

from django.apps import apps
from django.db.models import Model, Q


class Rows(StrEnum):
    """Which rows PostgreSQL shows to a person; ``backend.kit.db.postgres.row_policies`` has SQL.

    A row's patient is the column that the policy names. A clinician sees those of their care teams
    and of a chart opened in an emergency, in each of these.
    """

    #: The patient and their care team.
    TEAM = "team"
    #: These, and administrators of the patient's clinic.
    CLINIC = "clinic"
    #: The patient, and of their care team whom a consent to this part of the record names.
    SHARED_ENTRIES = "shared_entries"
    SAFETY = "safety"
    #: Whoever sees the row that the foreign key ``via`` leads to.
    PARENT = "parent"
    #: Accounts: of whoever sees the patient, of the staff of one's clinic, a support person's own.
    ACCOUNTS = "accounts"
    #: As CLINIC, and the clinician whom the row names.
    CARE_TEAM = "care_team"
    #: As TEAM, and the clinician whom the row names.
    CALLED_CLINICIAN = "called_clinician"
    #: As TEAM, and the support person whom the row names.
    SUPPORT_PERSON = "support_person"
    #: As CLINIC; of a group, the staff of its clinic and who is in it.
    PATIENT_OR_GROUP = "patient_or_group"
    #: Everybody of the clinic that the row names, except support persons.
    OF_CLINIC = "of_clinic"
    #: The originator of counselling notes, while they treat the patient.
    ORIGINATOR = "originator"
    #: The same, of a row that ``via`` leads to.
    ORIGINATORS_PARENT = "originators_parent"


@dataclass(frozen=True, slots=True)
class RowPolicy:
    """The row policy of one table; its migration makes it from an equal one (``ShowRows``)."""

    rows: Rows
    #: Who works there without being a person, and sees every row (``backend.kit.db.rls_actor``).
    tasks: tuple[str, ...] = ()
    #: Who writes there: such actors, and roles of people within the rows that they see.
    writers: tuple[str, ...] = ()
    #: The column that says whose row it is.
    whose: str = "patient_id"
    #: The foreign key to the row that decides, for ``Rows.PARENT``.
    via: str = ""
    #: Names of further policies, each made by a condition of its own (``AlsoAllow``).
    also: tuple[str, ...] = ()
    #: Columns of a row that nobody but an operator changes.
    fixed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoRowPolicy:
    """A table that names no patient, or is asked before anybody is signed in."""

    why: str


class Key(Enum):
    """The key that a sealed column lies under."""

    #: The patient's data key, bound to column and row.
    PATIENT = "patient"
    #: The key of one originator's counselling notes of one patient.
    COUNSELLING = "counselling"
    #: The ring of master keys itself: key rotation seals it anew.
    RING = "ring"


@dataclass(frozen=True, slots=True)
class Sealed:
    """How a column of bytes is encrypted. ``bound_to`` stands in stored data: it never changes."""

    bound_to: str
    key: Key = Key.PATIENT
    #: Read the value from the decrypted bytes.
    read: Callable[[bytes], Any] = bytes.decode


@dataclass(frozen=True, slots=True)
class Export:
    """One part of an export that is the columns of a table: their names, and each one's path.

    Sealed columns are decrypted. ``whose`` leads from a row to its patient.
    """

    part: str
    columns: Mapping[str, str]
    whose: str = "patient_id"
    only: Q = field(default_factory=Q)


@dataclass(frozen=True, slots=True)
class ExportedBySlice:
    """One part of an export that the slice which knows these rows reads in code of its own."""

    part: str


@dataclass(frozen=True, slots=True)
class NotExported:
    """A table that stands in no export, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Keep:
    """How long rows are kept; without a ``period`` no age ends them."""

    why: str
    period: timedelta | None = None
    #: What ``retention`` calls these rows.
    called: str = ""
    #: Columns with the instant of an end; the row is over when any of them lies further back.
    after: tuple[str, ...] = ()
    #: Only rows of which this holds.
    only: Q = field(default_factory=Q)
    #: The law has it kept: nothing deletes it, however old, also not with what it belongs to.
    for_good: bool = False


class Merging(Enum):
    """What becomes of the rows of a record that was made twice by mistake, when it is merged."""

    #: The record can't be merged while it has such a row.
    IN_THE_WAY = "in the way"
    #: They move to the record that stays: whose they are stands in ``patient`` alone.
    MOVED = "moved"
    #: They go with the mistaken record, as every record has them from its invitation on.
    LEFT = "left"


class Revisions(Enum):
    """What ``rev`` counts, for a restore, which raises revisions so that none is given twice."""

    #: Changes of the row, in place.
    OF_ROW = "of the row"
    #: Rows: each version is one, and the newest is what an edit names.
    NEW_ROWS = "new rows"
    #: It is part of what is sealed, or of a history that never changes: never raised.
    NEVER_RAISED = "never raised"


ExportPolicy: TypeAlias = "tuple[Export | ExportedBySlice, ...] | NotExported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """What is done with the rows of one table, by everybody who goes through tables."""

    #: Every field is in one of these two: it says something about a patient (protected health
    #: information), or it does not.
    phi: tuple[str, ...] = ()
    not_phi: tuple[str, ...] = ()
    rows: RowPolicy | NoRowPolicy
    exports: ExportPolicy
    keep: Keep
    #: Columns of sealed bytes; a ``SealedField`` seals itself and is not named.
    sealed: Mapping[str, Sealed] = field(default_factory=lambda: MappingProxyType({}))
    #: Rows are only added: the serving role changes and deletes none, and triggers refuse it.
    append_only: bool = False
    #: Rows are added, and go with what they belong to; none ever changes.
    never_updated: bool = False
    #: Why an erasure leaves rows about its patient; empty where it deletes them.
    survives_erasure: str = ""
    merging: Merging = Merging.IN_THE_WAY
    revisions: Revisions = Revisions.OF_ROW
    #: Somebody takes it back: a restore must not let it hold again.
    revocable: bool = False


def columns(*names: str, **paths: str) -> dict[str, str]:
    """Name the columns of an export: those that are called as their field, then others by path."""
    return {name: name for name in names} | paths


def exported(part: str, *names: str, whose: str = "patient_id", **paths: str) -> tuple[Export]:
    """Export the rows of a table as one part, with the columns that ``columns`` names."""
    return (Export(part, columns(*names, **paths), whose=whose),)


def days(
    count: int, *, called: str, after: tuple[str, ...], why: str, only: Q | None = None
) -> Keep:
    """Keep rows for so many days after what ended them; ``why`` names the source of the period."""
    return Keep(why, timedelta(days=count), called, after, Q() if only is None else only)


def until_erased(why: str) -> Keep:
    """Keep rows until the patient is erased, or what they belong to goes."""
    return Keep(why)


def for_good(why: str) -> Keep:
    """Keep rows whatever their age, as a law that ``why`` names requires."""
    return Keep(why, for_good=True)


#: Why rows that only let somebody in, or only tell of it, go when they are over.
NEEDED_NO_LONGER = "45 CFR 164.502(b): no longer than it is needed"
#: The medical record: the law of the clinic's state says how long, and an erasure ends it.
RECORD = until_erased("the medical record: as long as the law of the clinic's state has it")


def handled_models() -> Iterator[tuple[type[Model], Handling]]:
    """Yield every model that says how it is handled, with what it says, in the order of tables."""
    for model in apps.get_models():
        handling = getattr(model, "HANDLING", None)
        if isinstance(handling, Handling):
            yield model, handling
