"""What becomes a request, however its bytes are cut, and what does not."""

import random

import pytest

from backend.serving.request_buffer import (
    MAX_BODY_BYTES,
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    RequestBuffer,
    RequestRefused,
)

PLAIN = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
SIZED = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nhel\r\n2;note=x\r\nlo\r\n0\r\nTrailer: x\r\n\r\n"
)


def gathered(sent: bytes, *, cuts: random.Random | None = None) -> tuple[bytes | None, bytes]:
    found = RequestBuffer()
    while sent:
        size = cuts.randint(1, 9) if cuts else len(sent)
        whole = found.feed(sent[:size])
        sent = sent[size:]
        if whole is not None:
            return whole, found.rest + sent
    return None, b""


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(
    ("sent", "whole"),
    [
        (PLAIN, b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"),
        (b"\r\n\r\n" + PLAIN, b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"),
        (SIZED, b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
        (CHUNKED, b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
        (
            b"POST /x HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n"
            b"content-length: 5\r\n\r\nhello",
            b"POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
        ),
        (b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n"),
    ],
)
def test_a_request_is_whole_however_it_is_cut(sent: bytes, whole: bytes, seed: int) -> None:
    for after in (b"", PLAIN):
        assert gathered(sent + after, cuts=random.Random(seed)) == (whole, after)
    assert gathered(sent[:-1])[0] is None


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\nX: " + b"a" * MAX_HEAD_BYTES, 431),
        (b"GET /" + b"a" * MAX_HEAD_BYTES, 431),
        (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * (MAX_HEADERS + 1) + b"\r\n", 431),
        (b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1), 413),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 5, 5\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: \xb2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length : 5\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\n Content-Length: 5\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\nContent-Length: 5\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\rContent-Length: 5\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n: nameless\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nExpect: magic\r\n\r\n", 417),
    ],
)
def test_what_is_too_large_or_could_be_read_in_two_ways_is_refused(
    head: bytes, status: int
) -> None:
    for cuts in (None, random.Random(1)):
        with pytest.raises(RequestRefused) as refusal:
            gathered(head, cuts=cuts)
        assert refusal.value.status == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"x\r\n", 400), (b"\r\n", 400), (b"-1\r\n", 400), (b"0x5\r\n", 400),
        (b"3\r\nhello\r\n", 400), (b"1" * 300, 400), (b"5;" + b"x" * 300, 400),
        (b"FFFFFFFFF\r\n", 400), (b"FFFFFFFF\r\n", 413),
        (b"%x\r\n" % (MAX_BODY_BYTES + 1), 413),
        (b"10000\r\n" + b"x" * 65536 + b"\r\n" + b"30001\r\n", 413),
        (b"0\r\n" + b"X: " + b"a" * 5000, 400),
        (b"0\r\n" + b"X: aaaaaaaaaaaaaaaa\r\n" * 400, 431),
    ],
)  # fmt: skip
def test_chunks_that_are_none_or_too_many_are_refused(body: bytes, status: int) -> None:
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    with pytest.raises(RequestRefused) as refusal:
        gathered(head + body)

    assert refusal.value.status == status


def test_the_largest_that_is_taken() -> None:
    body = b"x" * MAX_BODY_BYTES
    sized = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % MAX_BODY_BYTES
    chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(b"10000\r\n" + body[:65536] + b"\r\n" for _ in range(4)) + b"0\r\n\r\n"

    assert gathered(sized + body)[0] == sized + body
    assert gathered(chunked + chunks)[0] == sized + body


def test_gathering_grows_with_what_is_sent_and_no_faster() -> None:
    """Byte by byte, a head is looked through once and not again for each byte."""
    found = RequestBuffer()
    looked = 0

    class Counted(bytearray):
        def find(self, *what: int | bytes) -> int:  # type: ignore[override] # as it is called
            nonlocal looked
            looked += len(self) - int(what[1])
            return super().find(*what)  # type: ignore[arg-type] # as it came

    found._held = Counted()
    for _ in range(20_000):
        found.feed(b"a")

    assert looked < 5 * 20_000
