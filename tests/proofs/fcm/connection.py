"""The fake's side of a connection: HTTP/1.1, kept open and pipelined, or HTTP/2 if asked for."""

import asyncio
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from h2 import config, connection, events

from tests.proofs.fcm.request_handler import answer_to
from tests.proofs.fcm.responses import Answer

if TYPE_CHECKING:
    from tests.proofs.fcm.server import FakeFcm

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_BEARER = re.compile(rb"(?i)\r\nauthorization: *bearer ([^\r]+)")
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}


class Http(asyncio.Protocol):
    """One connection."""

    transport: asyncio.Transport

    def __init__(self, fake: "FakeFcm") -> None:
        self.fake = fake
        self.buffer = b""
        self.is_waiting = False
        self.h2: connection.H2Connection | None = None
        self.bodies: dict[int, tuple[dict[str, str], bytearray]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.fake.connections += 1
        self.fake.live.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.fake.live.discard(self.transport)

    def data_received(self, data: bytes) -> None:
        if self.h2 is not None:
            self._frames(data)
            return
        self.buffer += data
        if self.buffer.startswith(_PREFACE):
            self.h2 = connection.H2Connection(config.H2Configuration(client_side=False))
            self.h2.initiate_connection()
            self._frames(self.buffer)
            return
        self._requests()

    # --- HTTP/1.1 ----------------------------------------------------------------------------
    def _requests(self) -> None:
        while not self.is_waiting:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.buffer[: end + 2]
            found = _LENGTH.search(head)
            whole = end + 4 + (int(found.group(1)) if found else 0)
            if len(self.buffer) < whole:
                return
            body, self.buffer = self.buffer[end + 4 : whole], self.buffer[whole:]
            bearer = _BEARER.search(head)
            path = head.split(b" ", 2)[1].decode()
            answer, said = answer_to(
                self.fake, path, bearer.group(1).decode() if bearer else "", body
            )
            if answer.slow_seconds:
                self.is_waiting = True
                self.fake.loop.call_later(answer.slow_seconds, self._resume, answer, said)
                return
            self._say(answer, said)

    def _resume(self, answer: Answer, said: bytes) -> None:
        self.is_waiting = False
        self._say(answer, said)
        self._requests()

    def _say(self, answer: Answer, said: bytes) -> None:
        if answer.drops:
            self.is_waiting = True
            self.transport.abort()
            return
        if answer.half_closes:
            # It has heard all and says nothing more, but the connection is not gone.
            self.is_waiting = True
            self.transport.write_eof()
            return
        extra = "".join(f"{key}: {value}\r\n" for key, value in answer.headers.items()).encode()
        self.transport.write(
            b"%bContent-Type: application/json; charset=UTF-8\r\nContent-Length: %d\r\n%b\r\n%b"
            % (_LINES[answer.status], len(said), extra, said)
        )
        if answer.closes_after:
            self.is_waiting = True
            self.transport.close()

    # --- HTTP/2 ------------------------------------------------------------------------------
    def _frames(self, data: bytes) -> None:
        assert self.h2 is not None
        for event in self.h2.receive_data(data):
            if isinstance(event, events.RequestReceived):
                self.bodies[event.stream_id] = (
                    {bytes(k).decode(): bytes(v).decode() for k, v in event.headers}, bytearray()
                )  # fmt: skip
            elif isinstance(event, events.DataReceived):
                self.bodies[event.stream_id][1].extend(event.data)
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, events.StreamEnded):
                self._stream(event.stream_id)
        self.transport.write(self.h2.data_to_send())

    def _stream(self, stream: int) -> None:
        head, body = self.bodies.pop(stream)
        self.fake.streams += 1
        bearer = head.get("authorization", "").removeprefix("Bearer ")
        answer, said = answer_to(self.fake, head[":path"], bearer, bytes(body))
        self.fake.loop.call_later(answer.slow_seconds, self._say_stream, stream, answer, said)

    def _say_stream(self, stream: int, answer: Answer, said: bytes) -> None:
        assert self.h2 is not None
        if answer.drops or answer.half_closes:
            self.transport.abort()
            return
        headers = [(":status", str(answer.status)), ("content-type", "application/json"),
                   *((key.lower(), value) for key, value in answer.headers.items())]  # fmt: skip
        self.h2.send_headers(stream, headers)
        self.h2.send_data(stream, said, end_stream=True)
        self.transport.write(self.h2.data_to_send())
