"""The backup file: a manifest and a copy of the database, encrypted together."""

import os
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from backend.keeping import copying, manifest
from backend.kit import chest
from backend.kit.cipher import Unreadable, master_keys

_LENGTH = 8


def make(file: Path, *, now: datetime) -> dict[str, Any]:
    """Write a backup that was not there before; return its manifest.

    Half a backup never stands under its name.

    :raises FileExistsError: something of this name is there.
    :raises backend.keeping.copying.ToolMissing: pg_dump can't read this server.
    """
    if file.exists():
        raise FileExistsError(file)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            with copying.snapshot() as cursor:
                told = manifest.describe(now=now)
                head = orjson.dumps(told)
                pieces = copying.copied(cursor, copying.scratch())
                start = [len(head).to_bytes(_LENGTH, "big"), head]
                chest.lock_up(chain(start, pieces), out, ring=master_keys())
            out.flush()
            os.fsync(out.fileno())
        os.link(part, file)
    finally:
        part.unlink(missing_ok=True)
    return told


def read(file: Path) -> tuple[dict[str, Any], Iterator[bytes]]:
    """Open a backup: its manifest, and the copy in pieces.

    :raises Unreadable: another key, or a file that was changed or cut off.
    """
    pieces = _unlocked(file)
    held = bytearray()
    wanted = _LENGTH
    while len(held) < wanted:
        piece = next(pieces, None)
        if piece is None:
            raise Unreadable("backup")
        held += piece
        if len(held) >= _LENGTH:
            wanted = _LENGTH + int.from_bytes(held[:_LENGTH], "big")
    told: dict[str, Any] = orjson.loads(held[_LENGTH:wanted])
    return told, chain([bytes(held[wanted:])], pieces)


def _unlocked(file: Path) -> Iterator[bytes]:
    with file.open("rb") as whole:
        yield from chest.unlock(whole, ring=master_keys())
