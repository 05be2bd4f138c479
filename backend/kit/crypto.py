"""Free text at rest: AES-256-GCM under one data key per patient, itself under a master-key ring.

A value is ``version(1) | key id | nonce(12) | ciphertext and tag``. The associated data names the
column, the row and the patient, so a ciphertext moved elsewhere does not open.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

FORMAT_VERSION = b"\x01"
NONCE_BYTES = 12
KEY_BYTES = 32


class DecryptionFailed(Exception):
    """The ciphertext does not open here: another key, another row, or changed bytes."""


class KeyErased(DecryptionFailed):
    """The patient's data key has been destroyed, and their text with it."""


def _seal(key: bytes, plain: bytes, bound_to: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())


def _open(key: bytes, sealed: bytes, bound_to: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise DecryptionFailed(bound_to.split("|", 1)[0]) from error


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """The ring of master keys; the first one encrypts, each of them still decrypts."""

    ring: Mapping[str, bytes] = field(repr=False)

    def seal(self, plain: bytes, *, bound_to: str) -> bytes:
        """Encrypt what belongs to no patient's key, such as a secret of staff, for one place."""
        key_id, key = next(iter(self.ring.items()))
        name = key_id.encode()
        return FORMAT_VERSION + bytes([len(name)]) + name + _seal(key, plain, bound_to)

    def open(self, sealed: bytes | memoryview, *, bound_to: str) -> bytes:
        """Decrypt what ``seal`` made for the same place.

        :raises DecryptionFailed: when no key of the ring opens it, or it belongs elsewhere.
        """
        raw = bytes(sealed)
        name = raw[2 : 2 + raw[1]].decode("ascii", "replace") if len(raw) > 2 else ""
        key = self.ring.get(name)
        if raw[:1] != FORMAT_VERSION or key is None:
            raise DecryptionFailed(bound_to.split("|", 1)[0])
        return _open(key, raw[2 + len(name) :], bound_to)

    @property
    def current(self) -> str:
        """Return the id of the key that encrypts now."""
        return next(iter(self.ring))

    def derive(self, key_id: str, *, salt: bytes, purpose: str) -> bytes:
        """Derive a key for one purpose and one salt from a key of the ring.

        :raises DecryptionFailed: when the ring has no such key.
        """
        if key_id not in self.ring:
            raise DecryptionFailed(purpose)
        info = purpose.encode()
        return HKDF(SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(self.ring[key_id])

    def is_current(self, sealed: bytes | memoryview) -> bool:
        """Whether a ciphertext is under the key that encrypts now."""
        raw, name = bytes(sealed), next(iter(self.ring)).encode()
        return raw[: 2 + len(name)] == FORMAT_VERSION + bytes([len(name)]) + name

    def renew(self, sealed: bytes | memoryview, *, bound_to: str) -> bytes:
        """Return the same plaintext encrypted under the key that encrypts now.

        :raises DecryptionFailed: when no key of the ring opens it, or it belongs elsewhere.
        """
        return self.seal(self.open(sealed, bound_to=bound_to), bound_to=bound_to)

    def wrap(self, data_key: bytes, *, patient_id: object) -> bytes:
        """Encrypt a patient's data key for storage."""
        return self.seal(data_key, bound_to=f"data-key|{patient_id}")

    def unwrap(self, wrapped: bytes | memoryview | None, *, patient_id: object) -> bytes:
        """Decrypt a patient's data key.

        :raises KeyErased: when the key was destroyed.
        :raises DecryptionFailed: when no key of the ring opens it, or it belongs to another
            patient.
        """
        if wrapped is None:
            raise KeyErased("data-key")
        return self.open(wrapped, bound_to=f"data-key|{patient_id}")


def parse_key_ring(text: str) -> dict[str, bytes]:
    """Parse ``id:base64,id:base64`` into a ring, in that order.

    :raises ValueError: when an id is missing or doubled, or a key is not 32 bytes.
    """
    ring: dict[str, bytes] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        key_id, _, encoded = part.partition(":")
        key = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        if not key_id or key_id in ring or len(key) != KEY_BYTES:
            raise ValueError("a key ring is id:base64 of 32 bytes, ids once each")
        ring[key_id] = key
    return ring


@cache
def _parse_keys(text: str) -> MasterKeys:
    return MasterKeys(parse_key_ring(text))


def master_keys() -> MasterKeys:
    """Return the ring that the settings name."""
    return _parse_keys(settings.MASTER_KEYS)


def generate_data_key() -> bytes:
    """Return a fresh data key for one patient."""
    return os.urandom(KEY_BYTES)


@dataclass(frozen=True, slots=True)
class PatientCipher:
    """Seal and open the text of one patient."""

    patient_id: object
    data_key: bytes = field(repr=False)

    def seal(self, plain: bytes, *, column: str, row: object) -> bytes:
        """Encrypt a value for exactly this column, row and patient."""
        return FORMAT_VERSION + _seal(self.data_key, plain, f"{column}|{row}|{self.patient_id}")

    def open(self, sealed: bytes | memoryview, *, column: str, row: object) -> bytes:
        """Decrypt a value.

        :raises DecryptionFailed: when it was sealed for another place or its bytes changed;
            ciphertext is never returned in place of text.
        """
        raw = bytes(sealed)
        if raw[:1] != FORMAT_VERSION:
            raise DecryptionFailed(column)
        return _open(self.data_key, raw[1:], f"{column}|{row}|{self.patient_id}")

    def digest(self, content: bytes) -> bytes:
        """Return a keyed fingerprint of content, equal for equal content."""
        return hmac.new(self.data_key, content, hashlib.sha256).digest()


def fingerprint(secret: str, *, purpose: str) -> str:
    """Return the keyed fingerprint of a secret for look-up; it can't be guessed without the key."""
    key = f"{settings.SECRET_KEY}|{purpose}".encode()
    return hmac.new(key, secret.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
