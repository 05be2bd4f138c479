"""One HTTP request as its bytes arrive: nothing works on it before all of it is there.

What is too large, or framed in a way that two programs could read as two different requests, is
refused here: before a thread has it, before anybody is asked who they are, and before a byte of it
is kept anywhere but in this process. A body that came in chunks goes on as one with its length.
"""

import re

#: The request line and headers of one request, and how many headers there may be.
MAX_HEAD_BYTES, MAX_HEADERS = 32 * 1024, 100
#: SECURITY R35; whatever the content type, with a length or in chunks.
MAX_BODY_BYTES = 256 * 1024
_LARGEST_CHUNK_LINE, _LARGEST_TRAILER = 256, 4 * 1024
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LENGTH, _HEX = re.compile(rb"[0-9]{1,15}"), re.compile(rb"[0-9A-Fa-f]{1,8}")
_END = b"\r\n\r\n"


class RequestRefused(Exception):
    """Bytes that can't become a request we take; ``status`` is the answer."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


class RequestBuffer:
    """Bytes of one connection until they are a whole request.

    ``asks_to_go_on`` is set once the head is there and its client waits for "100 Continue";
    ``has_begun`` tells whether anything came at all; ``rest`` is what came after the request.
    """

    def __init__(self) -> None:
        self.asks_to_go_on = False
        self.has_begun = False
        self.path = b""
        self.rest = b""
        self._held = bytearray()
        self._lines: list[bytes] = []
        self._body: _SizedBody | _ChunkedBody | None = None

    def feed(self, data: bytes) -> bytes | None:
        """Add bytes that arrived; return the whole request when it is there.

        :raises RequestRefused: for what is too large, or no request.
        """
        if self._body is None:
            data = self._head(data)
            if self._body is None:
                return None
        body = self._body.feed(data)
        if body is None:
            return None
        self.rest = self._body.rest
        if body:
            self._lines.append(b"Content-Length: %d" % len(body))
        return b"\r\n".join(self._lines) + _END + body

    def _head(self, data: bytes) -> bytes:
        """Collect the head; return what came after it."""
        looked = max(0, len(self._held) - len(_END) + 1)
        self._held += data
        self.has_begun = True
        while self._held[:2] == b"\r\n":  # RFC 9112 §2.2: empty lines before a request are none
            del self._held[:2]
            looked = 0
        end = self._held.find(_END, looked)
        if (end if end >= 0 else len(self._held)) > MAX_HEAD_BYTES:
            raise RequestRefused(431)
        if end < 0:
            return b""
        lines = bytes(self._held[:end]).split(b"\r\n")
        after = bytes(self._held[end + len(_END) :])
        self._held.clear()
        self.path = lines[0].partition(b" ")[2][:200]
        self._lines, self._body, self.asks_to_go_on = parse_head(lines)
        return after


class _SizedBody:
    def __init__(self, length: int) -> None:
        self.length = length
        self.rest = b""
        self._held = bytearray()

    def feed(self, data: bytes) -> bytes | None:
        self._held += data
        if len(self._held) < self.length:
            return None
        self.rest = bytes(self._held[self.length :])
        return bytes(self._held[: self.length])


class _ChunkedBody:
    def __init__(self) -> None:
        self.rest = b""
        self._held = bytearray()
        self._body = bytearray()
        self._left: int | None = None
        self._is_last = False
        self._trailer = 0

    def feed(self, data: bytes) -> bytes | None:
        self._held += data
        while not self._is_last:
            if not (self._size() if self._left is None else self._data()):
                return None
        while (line := self._line(_LARGEST_TRAILER)) is not None:
            self._trailer += len(line)
            if self._trailer > _LARGEST_TRAILER:
                raise RequestRefused(431)
            if not line:
                self.rest = bytes(self._held)
                return bytes(self._body)
        return None

    def _size(self) -> bool:
        line = self._line(_LARGEST_CHUNK_LINE)
        if line is None:
            return False
        said = line.partition(b";")[0].strip(b" \t")
        if not _HEX.fullmatch(said):
            raise RequestRefused(400)
        size = int(said, 16)
        if len(self._body) + size > MAX_BODY_BYTES:
            raise RequestRefused(413)
        self._left, self._is_last = size, size == 0
        return True

    def _data(self) -> bool:
        left = self._left or 0
        if len(self._held) < left + 2:
            return False
        if self._held[left : left + 2] != b"\r\n":
            raise RequestRefused(400)
        self._body += self._held[:left]
        del self._held[: left + 2]
        self._left = None
        return True

    def _line(self, longest: int) -> bytes | None:
        end = self._held.find(b"\r\n", 0, longest + 2)
        if end < 0:
            if len(self._held) > longest:
                raise RequestRefused(400)
            return None
        line = bytes(self._held[:end])
        del self._held[: end + 2]
        return line


def parse_head(lines: list[bytes]) -> tuple[list[bytes], _SizedBody | _ChunkedBody, bool]:
    """Parse the head of a request: return the lines that go on, its body, and whether
    its client waits to be told to go on.

    :raises RequestRefused: for a head that could be read in two ways (RFC 9112 §6.3), or asks too
        much.
    """
    if len(lines) > MAX_HEADERS + 1:
        raise RequestRefused(431)
    kept, lengths, codings, expected = [lines[0]], set(), [], b""
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name) or b"\n" in line or b"\r" in line:
            raise RequestRefused(400)
        known, said = name.lower(), value.strip(b" \t")
        if known == b"content-length":
            lengths.add(said)
        elif known == b"transfer-encoding":
            codings.append(said.lower())
        elif known == b"expect":
            expected = said.lower()
        else:
            kept.append(line)
    if expected not in {b"", b"100-continue"}:
        raise RequestRefused(417)
    return kept, _body_reader(lines[0], lengths, codings), bool(expected)


def _body_reader(
    first: bytes, lengths: set[bytes], codings: list[bytes]
) -> _SizedBody | _ChunkedBody:
    if codings:
        if lengths or not first.endswith(b" HTTP/1.1"):
            raise RequestRefused(400)
        if codings != [b"chunked"]:
            raise RequestRefused(501)
        return _ChunkedBody()
    if not lengths:
        return _SizedBody(0)
    said = lengths.pop()
    if lengths or not _LENGTH.fullmatch(said):
        raise RequestRefused(400)
    if int(said) > MAX_BODY_BYTES:
        raise RequestRefused(413)
    return _SizedBody(int(said))
