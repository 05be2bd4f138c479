"""The backup file: a manifest and a copy of the database, encrypted together.

It is encrypted by Tink's streaming AES-256-GCM, under keys from the master-key ring. Each file has
a key of its own, derived from its salt. Segments are numbered and the last one is marked, so
segments that were swapped, left out, taken from elsewhere or cut off do not open.
"""

import base64
import io
import json
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import tink
from tink import json_proto_keyset_format, secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2

from backend.backup import manifest, snapshot
from backend.kit.crypto import KEY_BYTES, DecryptionFailed, MasterKeys, master_keys

_LENGTH_BYTES = 8
SEGMENT_BYTES = 1 << 20
_PURPOSE = "backup"
_KEY_TYPE = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"

streaming_aead.register()


def write_archive(file: Path, *, now: datetime) -> dict[str, Any]:
    """Write a backup that was not there before; return its manifest.

    Half a backup never stands under its name.

    :raises FileExistsError: something of this name is there.
    :raises backend.backup.snapshot.ToolMissing: pg_dump can't read this server.
    """
    if file.exists():
        raise FileExistsError(file)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            with snapshot.snapshot_transaction() as cursor:
                told = manifest.build_manifest(now=now)
                head = orjson.dumps(told)
                pieces = snapshot.read_snapshot(cursor, snapshot.scratch_dir())
                start = [len(head).to_bytes(_LENGTH_BYTES, "big"), head]
                encrypt_stream(chain(start, pieces), out, ring=master_keys())
            out.flush()
            os.fsync(out.fileno())
        os.link(part, file)
    finally:
        part.unlink(missing_ok=True)
    return told


def read_archive(file: Path) -> tuple[dict[str, Any], Iterator[bytes]]:
    """Yield the manifest of a backup and the pieces of its copy.

    :raises DecryptionFailed: another key, or a file that was changed or cut off.
    """
    pieces = _decrypted(file)
    held = bytearray()
    wanted = _LENGTH_BYTES
    while len(held) < wanted:
        piece = next(pieces, None)
        if piece is None:
            raise DecryptionFailed("backup")
        held += piece
        if len(held) >= _LENGTH_BYTES:
            wanted = _LENGTH_BYTES + int.from_bytes(held[:_LENGTH_BYTES], "big")
    told: dict[str, Any] = orjson.loads(held[_LENGTH_BYTES:wanted])
    return told, chain([bytes(held[wanted:])], pieces)


def _decrypted(file: Path) -> Iterator[bytes]:
    with file.open("rb") as whole:
        yield from decrypt_stream(whole, ring=master_keys())


def encrypt_stream(pieces: Iterable[bytes], out: BinaryIO, *, ring: MasterKeys) -> None:
    """Encrypt a byte stream into a file under the newest key, in constant memory.

    What is left of it after a failure in between does not open.
    """
    borrowed = _Borrowed(out)
    stream = _primitive(ring).new_encrypting_stream(borrowed, _PURPOSE.encode())
    try:
        for piece in pieces:
            stream.write(piece)
    except BaseException:
        borrowed.forget()  # closing would mark what was written so far as all of it
        raise
    finally:
        stream.close()


def decrypt_stream(file: BinaryIO, *, ring: MasterKeys) -> Iterator[bytes]:
    """Decrypt a file segment by segment; what is yielded is authentic, and whole when this ends.

    :raises DecryptionFailed: another key, or bytes that were changed, moved or cut off.
    """
    try:
        with _primitive(ring).new_decrypting_stream(file, _PURPOSE.encode()) as stream:
            while piece := stream.read(SEGMENT_BYTES):
                yield piece
    except tink.TinkError as error:
        raise DecryptionFailed(_PURPOSE) from error


class _Borrowed(io.RawIOBase):
    """A file that its borrower does not close, and may have taken away."""

    def __init__(self, file: BinaryIO) -> None:
        self._file: BinaryIO | None = file

    def forget(self) -> None:
        """Write nothing more."""
        self._file = None

    def writable(self) -> bool:
        """Whether it is one to write to."""
        return True

    def write(self, data: Any, /) -> int:
        """Write to the file, while there is one."""
        return len(data) if self._file is None else self._file.write(data)


def _primitive(ring: MasterKeys) -> streaming_aead.StreamingAead:
    """Return Tink's cipher over the ring: its newest key encrypts, each of them decrypts."""
    keys = [
        {
            "keyId": number,
            "keyData": {
                "typeUrl": _KEY_TYPE,
                "value": base64.b64encode(_key(ring, key_id)).decode(),
                "keyMaterialType": "SYMMETRIC",
            },
            "status": "ENABLED",
            "outputPrefixType": "RAW",
        }
        for number, key_id in enumerate(ring.ring, start=1)
    ]
    text = json.dumps({"primaryKeyId": 1, "key": keys})
    handle = json_proto_keyset_format.parse(text, secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)


def _key(ring: MasterKeys, key_id: str) -> bytes:
    params = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=SEGMENT_BYTES,
        derived_key_size=KEY_BYTES,
        hkdf_hash_type=common_pb2.SHA256,
    )
    key: bytes = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(
        key_value=ring.derive(key_id, salt=b"", purpose=_PURPOSE), params=params
    ).SerializeToString()
    return key
