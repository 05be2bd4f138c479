"""A backup opens whole and unchanged, or not at all."""

import io
import os
from collections.abc import Iterator

import pytest

from backend.backup import archive
from backend.kit.crypto import DecryptionFailed, MasterKeys

RING = MasterKeys({"m1": b"1" * 32, "m0": b"0" * 32})
#: Salt and nonce before the first segment; a tag at the end of each.
HEADER, TAG = 40, 16
SEGMENT = 64
LATER = SEGMENT - TAG


@pytest.fixture
def short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "SEGMENT_BYTES", SEGMENT)


def encrypted(*pieces: bytes) -> bytes:
    out = io.BytesIO()
    archive.encrypt_stream(pieces, out, ring=RING)
    return out.getvalue()


def opened(raw: bytes, ring: MasterKeys = RING) -> bytes:
    return b"".join(archive.decrypt_stream(io.BytesIO(raw), ring=ring))


@pytest.mark.usefixtures("short_segments")
@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 55, 56, 57, 104, 300])
def test_what_went_in_comes_out(size: int) -> None:
    plain = os.urandom(size)

    assert opened(encrypted(plain)) == plain
    assert opened(encrypted(*(plain[at : at + 7] for at in range(0, size, 7)))) == plain


def test_nothing_of_it_is_readable_and_none_is_like_another() -> None:
    first, second = encrypted(b"canary" * 100), encrypted(b"canary" * 100)

    assert b"canary" not in first
    assert first != second


@pytest.mark.usefixtures("short_segments")
def test_any_changed_byte_is_found() -> None:
    whole = encrypted(b"x" * 100)

    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1
        with pytest.raises(DecryptionFailed):
            opened(bytes(changed))


@pytest.mark.usefixtures("short_segments")
def test_any_cut_is_found() -> None:
    whole = encrypted(b"x" * 100)

    for length in range(len(whole)):
        with pytest.raises(DecryptionFailed):
            opened(whole[:length])
    with pytest.raises(DecryptionFailed):
        opened(whole + b"x")


@pytest.mark.usefixtures("short_segments")
def test_segments_in_another_order_or_of_another_file_do_not_open() -> None:
    whole = encrypted(os.urandom(SEGMENT - HEADER - TAG + 3 * LATER))
    other = encrypted(os.urandom(SEGMENT - HEADER - TAG + 3 * LATER))
    first, second, third, last = (whole[at : at + SEGMENT] for at in range(0, 4 * SEGMENT, SEGMENT))

    assert len(whole) == 4 * SEGMENT
    for parts in (
        (first, third, second, last),
        (first, third, last),
        (first, second, second, last),
        (first, other[SEGMENT : 2 * SEGMENT], third, last),
    ):
        with pytest.raises(DecryptionFailed):
            opened(b"".join(parts))


def test_it_opens_with_a_later_ring_that_still_has_the_key() -> None:
    raw = encrypted(b"text")

    assert opened(raw, MasterKeys({"m2": b"2" * 32, "m1": b"1" * 32})) == b"text"
    for ring in ({"m2": b"2" * 32}, {"m1": b"2" * 32}):
        with pytest.raises(DecryptionFailed):
            opened(raw, MasterKeys(ring))


def test_what_stopped_half_way_does_not_open() -> None:
    out = io.BytesIO()

    def stops() -> Iterator[bytes]:
        yield b"x" * 3_000_000
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        archive.encrypt_stream(stops(), out, ring=RING)

    assert not out.closed
    assert len(out.getvalue()) > 500_000
    with pytest.raises(DecryptionFailed):
        opened(out.getvalue())


def test_it_asks_for_few_bytes_at_a_time() -> None:
    held: list[int] = []

    class Watched(io.BytesIO):
        def write(self, data: object, /) -> int:
            held.append(len(data))  # type: ignore[arg-type] # bytes
            return super().write(data)  # type: ignore[arg-type] # the same

    archive.encrypt_stream((b"x" * 100_000 for _ in range(50)), Watched(), ring=RING)

    assert max(held) <= archive.SEGMENT_BYTES
    assert len(held) >= 5
