"""Answer a repeated request with the answer of the first (after the IETF draft of the header).

A phone or a browser whose answer was lost sends its request again. Under the same key it gets the
answer it missed, and nothing is made twice; also when both arrive at once, for one insert wins.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.kit.crypto import DecryptionFailed, fingerprint, master_keys
from backend.kit.db.claims import claim
from backend.kit.ids import new_id
from care.models import IdempotencyKey, User

#: How long a key is remembered, and how long a request under way is waited for before it counts as
#: broken off: longer than any request may take.
KEY_LIFETIME = timedelta(hours=24)
REQUEST_TIMEOUT = timedelta(seconds=90)
#: How long what is shown once can be looked at, so that loading its page again does not lose it.
SHOWN_FOR = timedelta(minutes=10)


class KeyReused(Exception):
    """The key was used for another request before."""


class KeyInUse(Exception):
    """A request under this key is under way, so its answer isn't known yet."""


@dataclass(frozen=True, slots=True)
class ClaimedKey:
    """The caller is the first: do the work, then ``store_answer`` its answer or ``release_key``."""

    id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The work was done before; this was the answer."""

    answer: bytes = field(repr=False)


def begin_request(
    *, user: User, key: str, request: bytes, now: datetime
) -> ClaimedKey | StoredAnswer:
    """Claim a key of the user's for a request, or find the answer that it got before.

    Of several who begin at once exactly one gets to do the work.

    :raises KeyReused: the key was used for a request that says something else.
    :raises KeyInUse: whoever claimed it has no answer yet.
    """
    key_fingerprint = fingerprint(key, purpose=f"idempotency-key|{user.pk}")
    request_fingerprint = fingerprint(request.decode("latin-1"), purpose="idempotency-request")
    claimed = ClaimedKey(new_id(), now)
    try:
        with transaction.atomic():
            IdempotencyKey.objects.create(
                id=claimed.id, user=user, created_at=now,
                key_fingerprint=key_fingerprint, request_fingerprint=request_fingerprint,
            )  # fmt: skip
    except IntegrityError:
        return _find_answer(user, key_fingerprint, request_fingerprint, now)
    return claimed


def store_answer(claimed: ClaimedKey, *, answer: bytes) -> None:
    """Store the answer for repeated requests; a claim that took too long is lost."""
    sealed = master_keys().seal(answer, bound_to=f"idempotency|{claimed.id}")
    IdempotencyKey.objects.filter(pk=claimed.id, created_at=claimed.at).update(sealed_answer=sealed)


def release_key(claimed: ClaimedKey) -> None:
    """Free the key of a request that made nothing, so that a corrected one may use it."""
    IdempotencyKey.objects.filter(
        pk=claimed.id, created_at=claimed.at, sealed_answer__isnull=True
    ).delete()


def store_secret_once(*, user: User, secret: bytes, now: datetime) -> UUID:
    """Store a secret of the user's for the page that shows it; return the id to read it by."""
    row_id = new_id()
    IdempotencyKey.objects.create(
        id=row_id, user=user, created_at=now, request_fingerprint="",
        key_fingerprint=fingerprint(str(row_id), purpose="shown-once"),
        sealed_answer=master_keys().seal(secret, bound_to=f"idempotency|{row_id}"),
    )  # fmt: skip
    return row_id


def read_stored_secret(*, user: User, shown_id: UUID, now: datetime) -> bytes | None:
    """Read a secret that was stored for the user; None after ten minutes or of others."""
    sealed = (
        IdempotencyKey.objects.filter(
            pk=shown_id, user=user, created_at__gt=now - SHOWN_FOR, request_fingerprint=""
        )
        .values_list("sealed_answer", flat=True)
        .first()
    )
    return _open_answer(shown_id, sealed)


def delete_keys_of_clinic(*, clinic_id: UUID) -> int:
    """Delete the stored answers to a clinic's requests, which may be about a patient."""
    return IdempotencyKey.objects.filter(user__clinic_id=clinic_id).delete()[0]


def _find_answer(
    user: User, key_fingerprint: str, request_fingerprint: str, now: datetime
) -> ClaimedKey | StoredAnswer:
    row = IdempotencyKey.objects.filter(user=user, key_fingerprint=key_fingerprint).first()
    if row is None:
        # Released between our insert and this read.
        raise KeyInUse
    deadline = now - (REQUEST_TIMEOUT if row.sealed_answer is None else KEY_LIFETIME)
    if row.created_at <= deadline:
        return _take_over(row, request_fingerprint, now)
    if row.request_fingerprint != request_fingerprint:
        raise KeyReused
    answer = _open_answer(row.pk, row.sealed_answer)
    if answer is None:
        raise KeyInUse
    return StoredAnswer(answer)


def _take_over(row: IdempotencyKey, request_fingerprint: str, now: datetime) -> ClaimedKey:
    unchanged = IdempotencyKey.objects.filter(pk=row.pk, created_at=row.created_at)
    if not claim(
        unchanged, created_at=now, request_fingerprint=request_fingerprint, sealed_answer=None
    ):
        raise KeyInUse
    return ClaimedKey(row.pk, now)


def _open_answer(row_id: UUID, sealed: bytes | memoryview | None) -> bytes | None:
    if sealed is None:
        return None
    try:
        return master_keys().open(sealed, bound_to=f"idempotency|{row_id}")
    except DecryptionFailed:
        return None
