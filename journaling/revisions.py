"""The whole content of an entry as plain JSON values, and its encrypted form in the history."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson

from backend.kit.cipher import PatientCipher
from journaling.entries import Recorded

#: Where an earlier version lies; part of what a ciphertext is bound to.
BEFORE_COLUMN = "journaling.EntryRevision.before"


def content_of(entry: Recorded) -> dict[str, Any]:
    """List what the patient said, as a phone would send it; missing answers are left out."""
    said = {
        "id": entry.id,
        "kind": entry.kind,
        "occurred_at": entry.occurred_at,
        "recorded_at": entry.recorded_at,
        "time_zone": entry.time_zone,
        "share": entry.share,
        "discuss": entry.discuss,
        "origin": entry.origin,
        "unanswered": entry.unanswered,
        **entry.values,
    }
    found: dict[str, Any] = orjson.loads(orjson.dumps(said))
    return {name: value for name, value in found.items() if value is not None}


def seal_before(
    before: Mapping[str, Any], *, entry_id: UUID, rev: int, cipher: PatientCipher
) -> bytes:
    """Encrypt what stands there before the change that makes revision ``rev``."""
    return cipher.seal(orjson.dumps(before), column=BEFORE_COLUMN, row=_name(entry_id, rev))


def open_before(
    sealed: bytes, *, entry_id: UUID, rev: int, cipher: PatientCipher
) -> dict[str, Any]:
    """Decrypt what stood there before the change that made revision ``rev``.

    :raises backend.kit.cipher.Unreadable: when it was changed or moved; never garbage.
    """
    opened: dict[str, Any] = orjson.loads(
        cipher.open(sealed, column=BEFORE_COLUMN, row=_name(entry_id, rev))
    )
    return opened


def _name(entry_id: UUID, rev: int) -> str:
    return f"{entry_id}:{rev}"
