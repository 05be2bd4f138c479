"""A gunicorn worker whose threads see whole requests alone, and never wait for a client.

One loop talks to all clients: it gathers each request, hands it to a thread when it is whole, and
sends the answer as fast as its client reads. So a thousand clients that send or read slowly cost
memory, within limits, and no thread.
"""

import os
import selectors
import socket
import time
from concurrent.futures import Future
from datetime import timedelta
from functools import partial
from typing import Any

from gunicorn import http
from gunicorn.http import errors, wsgi
from gunicorn.workers.gthread import ThreadWorker

from backend.kit.logs import redact_gunicorn_log
from backend.serving import response_writer
from backend.serving.request_buffer import RequestBuffer, RequestRefused
from backend.serving.response_writer import (
    MAX_BUFFERED_BYTES_OF_WORKER,
    BufferBudget,
    ClientGone,
    ResponseWriter,
)
from backend.serving.thread_lanes import ThreadLanes

#: Seconds for the head of a request from its first byte on, and for all of it.
HEAD_TIMEOUT, REQUEST_TIMEOUT = 10.0, 60.0
#: How long the end of an answer is waited for, so that it is not cut off by a reset.
LINGER_SECONDS, MAX_DISCARDED_BYTES = 2.0, 512 * 1024
#: How often clients are looked through for those who had their time.
CHECK_INTERVAL = 0.25
#: What a stop leaves to a request that is still being sent.
SHUTDOWN_GRACE = 2.0
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class ClientConnection:
    """One connection, and what is being done with it."""

    def __init__(self, sock: socket.socket, address: Any, server: Any) -> None:
        self.sock = sock
        self.address = address
        self.server = server
        self.gathering: RequestBuffer | None = RequestBuffer()
        self.since = self.due = 0.0
        self.watched = 0
        self.is_working = self.goes_on = self.is_leaving = False
        self.discarded = 0
        self.out: ResponseWriter


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Threads for whole requests, and one loop for all clients."""

    def init_process(self) -> None:
        """Prepare the connections and the buffer budget of a worker process."""
        self.clients: dict[int, ClientConnection] = {}
        self.budget = BufferBudget(self.cfg.threads)
        self.looked = 0.0
        self.cfg.set("sendfile", value=False)
        super().init_process()

    def get_thread_pool(self) -> ThreadLanes:
        """Return the thread pools."""
        return ThreadLanes(self.cfg.threads)

    def run(self) -> None:
        """Serve until told to stop; then finish what is under way."""
        redact_gunicorn_log()
        self.poller.register(self.method_queue.fileno(), _READ, self._called)
        self.set_accept_enabled(True)
        while self.alive:
            self._turn()
            self.set_accept_enabled(self._has_room())
            if not self.is_parent_alive():
                break
        self._stop()

    def accept(self, listener: socket.socket) -> None:
        """Accept a client; where there is no room, close the one that was slow for longest."""
        try:
            sock, address = listener.accept()
        except OSError:
            return
        sock.settimeout(0)
        if sock.family in {socket.AF_INET, socket.AF_INET6}:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = ClientConnection(sock, address, listener.getsockname())
        watch = partial(self.method_queue.defer, self._watch, client)
        client.out = ResponseWriter(sock, self.budget, watch)
        client.since = time.monotonic()
        client.due = client.since + HEAD_TIMEOUT
        self.clients[sock.fileno()] = client
        self._watch(client, _READ)
        self._read(client)

    def _turn(self) -> None:
        self.notify()
        for key, mask in self.poller.select(CHECK_INTERVAL):
            key.data(key.fileobj) if key.fileobj in self.sockets else key.data(mask)
        now = time.monotonic()
        if now - self.looked >= CHECK_INTERVAL:
            self.looked = now
            self._look_through(now)

    def _called(self, _: int) -> None:
        self.method_queue.run_callbacks(None, max_callbacks=200)

    def _has_room(self) -> bool:
        if len(self.clients) < self.worker_connections:
            return True
        waiting = [one for one in self.clients.values() if not one.is_working]
        if not waiting:
            return False
        self._close(min(waiting, key=lambda one: one.since))
        return True

    # --- What a client sends ----------------------------------------------------------------

    def _ready(self, client: ClientConnection, mask: int) -> None:
        if mask & _WRITE:
            self._write(client)
        if mask & _READ and client.sock.fileno() >= 0:
            self._discard(client) if client.is_leaving else self._read(client)

    def _read(self, client: ClientConnection) -> None:
        try:
            data = client.sock.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._gather(client, data)
        else:
            self._close(client)

    def _gather(self, client: ClientConnection, data: bytes) -> None:
        gathering = client.gathering
        if gathering is None:
            return
        if not gathering.has_begun:
            client.since = time.monotonic()
            client.due = client.since + HEAD_TIMEOUT
        try:
            whole = gathering.feed(data)
            if whole is None and gathering.path:
                self._let_go_on(client, gathering)
        except RequestRefused as refusal:
            self._refuse(client, refusal.status)
        except ClientGone:
            self._close(client)
        else:
            if whole is not None:
                self._hand_over(client, whole)

    def _let_go_on(self, client: ClientConnection, gathering: RequestBuffer) -> None:
        client.due = client.since + REQUEST_TIMEOUT
        if gathering.asks_to_go_on:
            gathering.asks_to_go_on = False
            client.out.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _refuse(self, client: ClientConnection, status: int) -> None:
        path = client.gathering.path if client.gathering else b""
        try:
            client.out.sendall(response_writer.error_response(status, path))
        except ClientGone:
            self._close(client)
        else:
            self._finished(client, goes_on=False)

    def _hand_over(self, client: ClientConnection, whole: bytes) -> None:
        client.is_working = True
        self._watch(client, 0)
        future = self.tpool.submit(whole, self._serve, client, whole)
        future.add_done_callback(lambda done: self.method_queue.defer(self._served, client, done))

    # --- In a thread ------------------------------------------------------------------------

    def _serve(self, client: ClientConnection, whole: bytes) -> bool:
        """Answer a whole request; return whether the connection goes on."""
        try:
            request = next(http.get_parser(self.cfg, iter((whole,)), client.address))
        except (errors.ParseException, StopIteration) as fault:
            client.out.sendall(
                response_writer.error_response(response_writer.error_status(fault), b"")
            )
            return False
        return self._answer(request, client)

    def _answer(self, request: Any, client: ClientConnection) -> bool:
        response, environ = wsgi.create(
            request, client.out, client.address, client.server, self.cfg
        )
        environ["wsgi.multithread"] = True
        self.nr += 1
        if self.nr >= self.max_requests:
            self.alive = False
        if not self.alive or not self.cfg.keepalive:
            response.force_close()
        began = time.monotonic()
        try:
            chunks = self.wsgi(environ, response.start_response)
            try:
                for chunk in chunks:
                    response.write(chunk)
                response.close()
            finally:
                took = timedelta(seconds=time.monotonic() - began)
                self.log.access(response, request, environ, took)
                if hasattr(chunks, "close"):
                    chunks.close()
        except ClientGone:
            raise
        except Exception as fault:
            # Its text may hold what somebody sent: what it was is enough.
            self.log.error("unhandled %s", type(fault).__name__)
            if response.headers_sent:
                raise ClientGone from None
            client.out.sendall(response_writer.error_response(500, b""))
            return False
        return not response.should_close()

    # --- What a client is answered ------------------------------------------------------------

    def _served(self, client: ClientConnection, done: "Future[bool]") -> None:
        client.is_working = False
        fault = done.exception()
        if fault is not None or client.sock.fileno() < 0:
            if fault is not None and not isinstance(fault, OSError):
                self.log.error("unhandled %s", type(fault).__name__)
            self._close(client)
        else:
            self._finished(client, goes_on=done.result())

    def _finished(self, client: ClientConnection, *, goes_on: bool) -> None:
        client.goes_on = goes_on and self.alive
        rest = client.gathering.rest if client.gathering else b""
        client.gathering = RequestBuffer() if client.goes_on else None
        client.since = time.monotonic()
        client.due = client.since + self.cfg.keepalive
        if client.out.waiting:
            client.due = float("inf")  # the reader's own limits count
            client.goes_on = client.goes_on and not rest
            self._watch(client, _WRITE)
        elif client.goes_on:
            self._watch(client, _READ)
            if rest:
                self._gather(client, rest)
        else:
            self._leave(client)

    def _write(self, client: ClientConnection) -> None:
        try:
            is_done = client.out.flush(time.monotonic())
        except ClientGone:
            self._close(client)
            return
        if is_done:
            self._watch(client, client.watched & ~_WRITE)
            if not client.is_working:
                self._finished(client, goes_on=client.goes_on)

    def _leave(self, client: ClientConnection) -> None:
        """Shut down writing, and linger a moment so that the client reads the rest."""
        client.is_leaving = True
        client.due = time.monotonic() + LINGER_SECONDS
        try:
            client.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(client)
            return
        self._watch(client, _READ)

    def _discard(self, client: ClientConnection) -> None:
        try:
            count = len(client.sock.recv(65_536))
        except BlockingIOError:
            return
        except OSError:
            count = 0
        client.discarded += count
        if not count or client.discarded > MAX_DISCARDED_BYTES:
            self._close(client)

    # --- Keeping watch --------------------------------------------------------------------------

    def _watch(self, client: ClientConnection, events: int | None = None) -> None:
        """Watch a client for these events; without any named, also for room to write."""
        wanted = client.watched | _WRITE if events is None else events
        if client.sock.fileno() < 0 or wanted == client.watched:
            return
        if not client.watched:
            self.poller.register(client.sock, wanted, partial(self._ready, client))
        elif wanted:
            self.poller.modify(client.sock, wanted, partial(self._ready, client))
        else:
            self.poller.unregister(client.sock)
        client.watched = wanted

    def _look_through(self, now: float) -> None:
        """Close connections whose time is over: to send, to read, or between two requests."""
        is_full = self.budget.used > MAX_BUFFERED_BYTES_OF_WORKER // 2
        for client in list(self.clients.values()):
            stalled = now - client.out.moved > 1 and is_full and client.out.waiting
            if client.out.is_too_slow(now) or stalled:
                self._close(client)
            elif not client.is_working and now > client.due:
                self._overdue(client)

    def _overdue(self, client: ClientConnection) -> None:
        if client.gathering is not None and client.gathering.has_begun:
            self._refuse(client, 408)
        else:
            self._close(client)

    def _close(self, client: ClientConnection) -> None:
        number = client.sock.fileno()
        if number < 0:
            return
        self._watch(client, 0)
        self.clients.pop(number, None)
        client.out.drop()
        client.sock.close()

    def _stop(self) -> None:
        """Stop accepting, take requests for a moment more, and finish those under way."""
        self.set_accept_enabled(False)
        now = time.monotonic()
        last_call, end = now + SHUTDOWN_GRACE, now + self.cfg.graceful_timeout
        while self.clients and time.monotonic() < end:
            now = time.monotonic()
            for client in list(self.clients.values()):
                begun = client.gathering is not None and client.gathering.has_begun
                is_answered = client.is_working or client.out.waiting or client.is_leaving
                if not is_answered and not (begun and now < last_call):
                    self._close(client)
            self._turn()
        for client in list(self.clients.values()):
            self._close(client)
        self.tpool.shutdown(wait=False)
        self.poller.close()
        self.method_queue.close()
        for listener in self.sockets:
            listener.close()

    def is_parent_alive(self) -> bool:
        """Whether the parent process is alive."""
        return bool(self.ppid == os.getppid())
