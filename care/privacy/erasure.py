"""Erase a patient: their keys first, then every row about them (SECURITY R23).

Tables are found through their keys to ``Patient`` and ``User``, so that a table that is added later
is erased as well unless it says why it survives (``survives_erasure`` of its ``HANDLING``). What
stays identifies nobody: the bare id, and what the law has a clinic keep (the access log; who got
what, 42 CFR 2.25 and 45 CFR 164.528; that they agreed).
"""

from collections import Counter
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models.functions import Coalesce

from backend.kit.handling import handled_models
from care.access.admin_acts import ActKind, record_act
from care.access.data_categories import DataCategory
from care.access.log import log_system_write
from care.accounts import idempotency
from care.models import (
    Consent,
    CounsellingKey,
    DeviceSession,
    LegalHold,
    Patient,
    SupportPerson,
    User,
)
from care.privacy.retention import NoSuchPatient

ERASED_NAME = "Erased"
#: Half a second each.
MOST_WAITS = 120


class ErasureReason(StrEnum):
    """Why a patient is erased, as the access log records it."""

    REQUEST = "erasure_requested"
    RETENTION_OVER = "erasure_retention_over"
    ORDER = "erasure_ordered"
    MISTAKE = "erasure_of_mistake"


class OnLegalHold(Exception):
    """A legal hold stands: nothing of this patient may be destroyed."""


def erase_patient(*, patient_id: UUID, reason: ErasureReason, now: datetime) -> Counter[str]:
    """Destroy a patient's keys, end their sign-ins, blank their name, and delete what is theirs.

    Return how many rows of each table are gone. The keys go first, in a transaction of its own:
    from then on no text opens, whatever happens to the rest. Again deletes what was left.

    :raises NoSuchPatient: there is none.
    :raises OnLegalHold: a legal hold stands; nothing was changed.
    """
    with transaction.atomic():
        _destroy_keys_and_names(patient_id, reason, now)
    with transaction.atomic():
        _require_no_hold(patient_id)
        supporters = _supporters_of(patient_id)
        gone = _delete_rows(patient_id)
        _rename_supporters(supporters)
        return gone


def tables_about(patient_id: UUID) -> set[str]:
    """Return the labels of the tables that have a row about a patient."""
    return {
        key.model._meta.label
        for key in (*_keys_to(Patient), *_keys_to(User))
        if key.model._base_manager.filter(**{key.name: patient_id}).exists()
    }


def rewrite_database_files() -> str:
    """Rewrite the database files, so that bytes of deleted rows are nowhere in them any more.

    It locks each table while it is rewritten, which on PostgreSQL only its owner may do; there the
    write-ahead log holds old bytes until the server recycles it. The planner's statistics never
    held text (``care_note_no_words``). Return what is in the way, or nothing when all was done.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return "somebody is reading the write-ahead log" if cursor.fetchone()[0] else ""
        cursor.execute("SET statement_timeout = 0")
        is_alone = _wait_for_older_transactions(cursor)
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"VACUUM (FULL, ANALYZE) {connection.ops.quote_name(table)}")
        cursor.execute("RESET statement_timeout")
    return "" if is_alone else "a transaction that began before is still open"


def _require_no_hold(patient_id: UUID) -> None:
    if not Patient.objects.select_for_update().filter(pk=patient_id).exists():
        raise NoSuchPatient
    if LegalHold.objects.filter(patient_id=patient_id, lifted_at__isnull=True).exists():
        raise OnLegalHold


def _destroy_keys_and_names(patient_id: UUID, reason: ErasureReason, now: datetime) -> None:
    """Destroy what could sign in, open a text, or name them."""
    _require_no_hold(patient_id)
    Patient.objects.filter(pk=patient_id).update(
        wrapped_key=None, day_starts_hour=0, reminder_mail=False,
        discharged_at=Coalesce("discharged_at", models.Value(now)),
    )  # fmt: skip
    CounsellingKey.objects.filter(patient_id=patient_id).update(wrapped_key=None)
    User.objects.filter(pk=patient_id).update(
        username=None, display_name=ERASED_NAME, sealed_email=None, is_active=False,
        last_login=None,
        password=make_password(None), time_zone="UTC", language="en",
    )  # fmt: skip
    Consent.objects.filter(patient_id=patient_id).update(
        signed_name="", recipient="",
        revoked_at=Coalesce("revoked_at", models.Value(now)),
    )  # fmt: skip
    # Under a key of the clinic's, not of the patient's: what staff were answered may be about them.
    clinic_id = User.objects.values_list("clinic_id", flat=True).get(pk=patient_id)
    idempotency.delete_keys_of_clinic(clinic_id=clinic_id)
    log_system_write(patient_id=patient_id, what=DataCategory.ERASURE, reason=reason, now=now)
    record_act(clinic_id=clinic_id, kind=ActKind.ERASED, actor=None, patients=1, now=now)


def _supporters_of(patient_id: UUID) -> list[UUID]:
    people = SupportPerson.objects.filter(patient_id=patient_id)
    return list(people.values_list("supporter_id", flat=True))


def _rename_supporters(supporters: list[UUID]) -> None:
    """Remove the patient's words from the accounts of their support persons.

    Such an account is called what the patient called the person. Whoever supports nobody else has
    no use for it: it is closed, and nothing in it names anybody. Of another patient's support
    person it is called what that patient says.
    """
    for user_id in supporters:
        remaining = (
            SupportPerson.objects.filter(supporter_id=user_id).select_related("consent").first()
        )
        account = User.objects.filter(pk=user_id, role=User.Role.SUPPORTER)
        if remaining is not None:
            account.update(display_name=remaining.consent.recipient[:120] or ERASED_NAME)
            continue
        account.update(
            username=None, display_name=ERASED_NAME, sealed_email=None, is_active=False,
            last_login=None, password=make_password(None),
        )  # fmt: skip
        DeviceSession.objects.filter(user_id=user_id).delete()


def _delete_rows(patient_id: UUID) -> Counter[str]:
    gone: Counter[str] = Counter()
    waiting = [*_keys_to(Patient), *_keys_to(User)]
    while waiting:
        held_up = []
        for key in waiting:
            rows = key.model._base_manager.filter(**{key.name: patient_id})
            try:
                gone.update(rows.delete()[1])
            except (models.ProtectedError, models.RestrictedError):
                held_up.append(key)
        if len(held_up) == len(waiting):
            names = ", ".join(key.model._meta.label for key in held_up)
            raise RuntimeError(f"rows of {names} keep each other from being erased")
        waiting = held_up
    return gone


def _keys_to(target: type[models.Model]) -> list["models.Field[object, object]"]:
    """Find each foreign key that makes a row one about a patient or user."""
    keys = [
        relation.field
        for relation in target._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ForeignObjectRel) and not relation.many_to_many
    ]
    surviving = {model for model, handling in handled_models() if handling.survives_erasure}
    return [key for key in keys if key.model not in surviving and _is_theirs(key, target)]


def _is_theirs(key: "models.Field[object, object]", target: type[models.Model]) -> bool:
    """Whether rows with this key are about its target, and not what staff did."""
    on_delete = key.remote_field.on_delete  # type: ignore[union-attr] # a key has one
    return target is Patient or on_delete is models.CASCADE


def _wait_for_older_transactions(cursor: CursorWrapper) -> bool:
    """Wait for transactions that may still see what was deleted: VACUUM keeps rows for those.

    Readers of this database count, and writers of every database of the server: our own snapshot
    reaches back to the oldest of those (measured: an index that was being built in another database
    kept all deleted rows in the files).
    """
    cursor.execute("SELECT pg_current_xact_id()::text")
    own_transaction = cursor.fetchone()[0]
    for _ in range(MOST_WAITS):
        cursor.execute(
            "SELECT pg_snapshot_xmin(pg_current_snapshot()) > %s::xid8 AND NOT EXISTS ("
            "SELECT FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND age(backend_xmin) > age(%s::xid8::xid))",
            [own_transaction, own_transaction],
        )
        if cursor.fetchone()[0]:
            return True
        cursor.execute("SELECT pg_sleep(0.5)")
    return False
