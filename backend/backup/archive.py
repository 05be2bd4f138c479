"""The backup file: a manifest and a copy of the database, encrypted together."""

import os
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from backend.backup import manifest, snapshot
from backend.kit import encrypted_file
from backend.kit.crypto import DecryptionFailed, master_keys

_LENGTH_BYTES = 8


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
                encrypted_file.encrypt_stream(chain(start, pieces), out, ring=master_keys())
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
        yield from encrypted_file.decrypt_stream(whole, ring=master_keys())
