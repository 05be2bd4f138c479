"""A large file at rest: AES-256-GCM in chunks, under a key of its own from the master-key ring.

``magic | length of key id | key id | salt(16)``, then frames of ``is last(1) | length(4) |
ciphertext and tag``. The nonce counts the frames and the flag is authenticated, so chunks that were
swapped, left out, taken from elsewhere or cut off at the end do not open.
"""

import os
import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.kit.crypto import DecryptionFailed, MasterKeys

MAGIC = b"BETWEEN-BACKUP-1\n"
SALT_BYTES = 16
CHUNK_BYTES = 1 << 20
_FRAME = struct.Struct(">BI")
_PURPOSE = "backup"
_TAG = 16


def encrypt_stream(pieces: Iterable[bytes], out: BinaryIO, *, ring: MasterKeys) -> None:
    """Encrypt a byte stream into a file, in constant memory."""
    salt, name = os.urandom(SALT_BYTES), ring.current.encode()
    header = MAGIC + bytes([len(name)]) + name + salt
    box = AESGCM(ring.derive(ring.current, salt=salt, purpose=_PURPOSE))
    out.write(header)
    waiting, number = b"", 0
    for chunk in _rechunk(pieces):
        if waiting:
            _write_chunk(out, box, header, number, waiting, is_last=False)
            number += 1
        waiting = chunk
    _write_chunk(out, box, header, number, waiting, is_last=True)


def decrypt_stream(file: BinaryIO, *, ring: MasterKeys) -> Iterator[bytes]:
    """Decrypt a file chunk by chunk; what is yielded is authentic, and whole when this ends.

    :raises DecryptionFailed: another key, or bytes that were changed, moved or cut off.
    """
    magic = file.read(len(MAGIC) + 1)
    if len(magic) <= len(MAGIC) or magic[:-1] != MAGIC:
        raise DecryptionFailed(_PURPOSE)
    header = file.read(magic[-1] + SALT_BYTES)
    name, salt = header[: magic[-1]].decode("ascii", "replace"), header[magic[-1] :]
    box = AESGCM(ring.derive(name, salt=salt, purpose=_PURPOSE))
    number, is_last = 0, 0
    while not is_last:
        start = file.read(_FRAME.size)
        if len(start) < _FRAME.size:
            raise DecryptionFailed(_PURPOSE)
        is_last, length = _FRAME.unpack(start)
        sealed = file.read(length) if length <= CHUNK_BYTES + _TAG else b""
        if len(sealed) != length:
            raise DecryptionFailed(_PURPOSE)
        try:
            yield box.decrypt(_nonce(number), sealed, magic + header + bytes([is_last]))
        except (InvalidTag, ValueError) as error:
            raise DecryptionFailed(_PURPOSE) from error
        number += 1
    if file.read(1):
        raise DecryptionFailed(_PURPOSE)


def _write_chunk(
    out: BinaryIO, box: AESGCM, header: bytes, number: int, plain: bytes, *, is_last: bool
) -> None:
    sealed = box.encrypt(_nonce(number), plain, header + bytes([is_last]))
    out.write(_FRAME.pack(is_last, len(sealed)) + sealed)


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _rechunk(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes in chunks of one size; the last may be shorter."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= CHUNK_BYTES:
            yield bytes(held[:CHUNK_BYTES])
            del held[:CHUNK_BYTES]
    if held:
        yield bytes(held)
