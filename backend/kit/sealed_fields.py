"""Columns whose values are short words: encrypted at rest, and plain text to whoever reads a row.

A patient's free text lies under their own key, bound to its row (``backend.kit.crypto``). These are
read in places that have no patient's key in hand, such as sending a message or a list over many
patients, so each column has a key of its own, made from the master-key ring. In the database
stands ``version(1) | key id | nonce(12) | ciphertext and tag``, bound to the column; nothing where
the text is empty. No statement can ask for such a value, or sort or count by it.
"""

import os
from functools import lru_cache
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

from backend.kit.crypto import FORMAT_VERSION, NONCE_BYTES, DecryptionFailed, master_keys


@lru_cache(maxsize=512)
def _column_cipher(ring_text: str, key_id: str, column: str) -> AESGCM:
    """Return the key of one column; the ring's text is part of the cache key."""
    return AESGCM(master_keys().derive(key_id, salt=b"", purpose=f"column|{column}"))


def seal(plain: bytes, *, column: str) -> bytes:
    """Encrypt a value for this column, under the key of the ring that encrypts now."""
    if not plain:
        return b""
    key_id = master_keys().current
    name, fresh = key_id.encode(), os.urandom(NONCE_BYTES)
    head = FORMAT_VERSION + bytes([len(name)]) + name
    box = _column_cipher(settings.MASTER_KEYS, key_id, column)
    return head + fresh + box.encrypt(fresh, plain, column.encode())


def unseal(sealed: bytes | memoryview, *, column: str) -> bytes:
    """Decrypt what ``seal`` made for the same column.

    :raises DecryptionFailed: when no key of the ring opens it, or it belongs to another column.
    """
    raw = bytes(sealed)
    if not raw:
        return b""
    start = 2 + raw[1] if len(raw) > 1 else 0
    key_id = raw[2:start].decode("ascii", "replace")
    if raw[:1] != FORMAT_VERSION or key_id not in master_keys().ring:
        raise DecryptionFailed(column)
    box, end = _column_cipher(settings.MASTER_KEYS, key_id, column), start + NONCE_BYTES
    try:
        return box.decrypt(raw[start:end], raw[end:], column.encode())
    except (InvalidTag, ValueError) as error:
        raise DecryptionFailed(column) from error


class SealedField(models.Field):  # type: ignore[type-arg] # as wide as what it holds
    """What ``SealedText`` and ``SealedJson`` have in common. ``bound_to`` names the column."""

    def __init__(self, *args: Any, bound_to: str, **kwargs: Any) -> None:
        self.bound_to = bound_to
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """Return the field for migrations: bytes, as it is to the database."""
        name, _, args, kwargs = super().deconstruct()
        for option in ("default", "max_length"):
            kwargs.pop(option, None)
        return name, "django.db.models.BinaryField", args, kwargs

    def clone(self) -> "SealedField":
        """Return a copy, as Django needs for copies of a model."""
        _, _, args, kwargs = super().deconstruct()
        return type(self)(*args, bound_to=self.bound_to, **kwargs)

    def get_internal_type(self) -> str:
        """Return the type of the column."""
        return "BinaryField"

    def get_lookup(self, name: str) -> Any:
        """Return the ``isnull`` lookup, and refuse all others."""
        return super().get_lookup(name) if name == "isnull" else None

    def from_db_value(self, value: Any, *_: Any) -> Any:
        """Decrypt a value of the database.

        :raises DecryptionFailed: when it does not open in this column.
        """
        return None if value is None else self.opened(unseal(value, column=self.bound_to))

    def get_db_prep_value(self, value: Any, *_: Any, **__: Any) -> Any:
        """Encrypt a value; bytes are encrypted already, by a key rotation."""
        if value is None or isinstance(value, bytes | memoryview):
            return value
        return seal(self.plain(value), column=self.bound_to)

    def plain(self, value: Any) -> bytes:
        """Return a value as the bytes to encrypt."""
        raise NotImplementedError

    def opened(self, plain: bytes) -> Any:
        """Return a value from decrypted bytes."""
        raise NotImplementedError


class SealedText(SealedField):
    """A text; empty text stays empty."""

    def plain(self, value: Any) -> bytes:
        """Return the text in UTF-8."""
        return str(value).encode()

    def opened(self, plain: bytes) -> str:
        """Return the text from UTF-8."""
        return plain.decode()


class SealedJson(SealedField):
    """A value as JSON has it."""

    def plain(self, value: Any) -> bytes:
        """Return the value as JSON."""
        return orjson.dumps(value)

    def opened(self, plain: bytes) -> Any:
        """Return the value from JSON."""
        return orjson.loads(plain)
