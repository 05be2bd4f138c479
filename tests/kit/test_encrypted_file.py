"""A backup opens whole and unchanged, or not at all."""

import io
import os

import pytest

from backend.kit import encrypted_file
from backend.kit.crypto import DecryptionFailed, MasterKeys

RING = MasterKeys({"m1": b"1" * 32, "m0": b"0" * 32})
FRAME = 5 + 16


def locked(*pieces: bytes) -> bytes:
    out = io.BytesIO()
    encrypted_file.encrypt_stream(pieces, out, ring=RING)
    return out.getvalue()


def opened(raw: bytes, ring: MasterKeys = RING) -> bytes:
    return b"".join(encrypted_file.decrypt_stream(io.BytesIO(raw), ring=ring))


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 32, 33, 100])
def test_what_went_in_comes_out(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted_file, "CHUNK_BYTES", 16)
    plain = os.urandom(size)

    assert opened(locked(plain)) == plain
    assert opened(locked(*(plain[at : at + 7] for at in range(0, size, 7)))) == plain


def test_nothing_of_it_is_readable_and_none_is_like_another() -> None:
    one, two = locked(b"canary" * 100), locked(b"canary" * 100)

    assert b"canary" not in one
    assert one != two


def test_any_changed_byte_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted_file, "CHUNK_BYTES", 16)
    whole = locked(b"x" * 40)

    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1
        with pytest.raises(DecryptionFailed):
            opened(bytes(changed))


def test_any_cut_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted_file, "CHUNK_BYTES", 16)
    whole = locked(b"x" * 40)

    for length in range(len(whole)):
        with pytest.raises(DecryptionFailed):
            opened(whole[:length])
    with pytest.raises(DecryptionFailed):
        opened(whole + b"x")


def test_chunks_in_another_order_do_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted_file, "CHUNK_BYTES", 16)
    whole = locked(b"a" * 16 + b"b" * 16 + b"c" * 16)
    size = FRAME + 16
    start = len(whole) - 3 * size
    first, second = whole[start : start + size], whole[start + size : start + 2 * size]

    with pytest.raises(DecryptionFailed):
        opened(whole[:start] + second + first + whole[start + 2 * size :])


def test_it_opens_with_a_later_ring_that_still_has_the_key() -> None:
    raw = locked(b"text")

    assert opened(raw, MasterKeys({"m2": b"2" * 32, "m1": b"1" * 32})) == b"text"
    for ring in ({"m2": b"2" * 32}, {"m1": b"2" * 32}):
        with pytest.raises(DecryptionFailed):
            opened(raw, MasterKeys(ring))


def test_it_asks_for_few_bytes_at_a_time() -> None:
    held: list[int] = []

    class Watched(io.BytesIO):
        def write(self, data: object, /) -> int:
            held.append(len(data))  # type: ignore[arg-type] # bytes
            return super().write(data)  # type: ignore[arg-type] # the same

    encrypted_file.encrypt_stream((b"x" * 100_000 for _ in range(50)), Watched(), ring=RING)

    assert max(held) <= encrypted_file.CHUNK_BYTES + FRAME
    assert len(held) >= 5
