"""The gateway for clinics that send much: FCM through libcurl, many messages on one connection.

The account, the bodies and the results are those of ``notifications.push.fcm``; HTTP/2 where the
server offers it. libcurl by itself repeats a request when a kept connection turns out to be
dead, though the server may have taken it. A body that it can't rewind it can't repeat: so bodies
are read from a function, and nothing is posted twice.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import certifi
import pycurl
from django.conf import settings

from notifications.push import fcm
from notifications.push.fcm import ServiceAccount
from notifications.push.fcm_messages import (
    BodyRenderer,
    result_of_answer,
    result_of_refused_token,
)
from notifications.push.gateway import Addressing, PushMessage, PushResult, SendOutcome
from notifications.push.http_gateway import (
    TIMEOUT_SECONDS,
    CallBreaker,
    result_without_answer,
)

#: As many connections as a server without HTTP/2 gets; with it one carries all.
CONNECTIONS = 50
_NEVER_LEFT = frozenset(
    {
        pycurl.E_COULDNT_RESOLVE_HOST, pycurl.E_COULDNT_RESOLVE_PROXY, pycurl.E_COULDNT_CONNECT,
        pycurl.E_SSL_CONNECT_ERROR, pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_CACERT_BADFILE,
    }
)  # fmt: skip


class CurlRequest:
    """One handle of libcurl, used again and again for one message at a time."""

    def __init__(self, url: str) -> None:
        self.message: PushMessage | None = None
        self._left = b""
        self._headers: list[str] = []
        self._answer: list[bytes] = []
        self.curl = curl = pycurl.Curl()
        curl.setopt(pycurl.URL, url)
        curl.setopt(pycurl.POST, 1)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
        # Wait to learn whether a connection can carry many, rather than open another.
        curl.setopt(pycurl.PIPEWAIT, 1)
        curl.setopt(pycurl.TIMEOUT, TIMEOUT_SECONDS)
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.CAINFO, settings.FCM_CA_FILE or certifi.where())
        curl.setopt(pycurl.READFUNCTION, self._read)
        curl.setopt(pycurl.WRITEFUNCTION, self._answer.append)

    def load(self, message: PushMessage, body: bytes, headers: list[str]) -> "pycurl.Curl":
        """Prepare the handle to post one message."""
        self.message, self._left = message, body
        self._answer.clear()
        if headers is not self._headers:
            self.curl.setopt(pycurl.HTTPHEADER, headers)
            self._headers = headers
        self.curl.setopt(pycurl.POSTFIELDSIZE, len(body))
        return self.curl

    def _read(self, size: int) -> bytes:
        """Return the next piece of the body, at most of the size asked for."""
        piece, self._left = self._left[:size], self._left[size:]
        return piece

    def answer(self) -> tuple[int, str, str]:
        """Return the status, the body, and the Retry-After of the answer."""
        status = self.curl.getinfo(pycurl.RESPONSE_CODE)
        if status == 200:
            return status, "", ""
        body = b"".join(self._answer).decode(errors="replace")
        return status, body, str(self.curl.getinfo(pycurl.RETRY_AFTER) or "")

    def failure(self, code: int) -> tuple[SendOutcome, str]:
        """Return the outcome without an answer: whether the message may have left."""
        is_timeout = code == pycurl.E_OPERATION_TIMEDOUT
        if code in _NEVER_LEFT or (is_timeout and not self.curl.getinfo(pycurl.PRETRANSFER_TIME)):
            return SendOutcome.NOT_SENT, "no_connection"
        return SendOutcome.AMBIGUOUS, "timeout" if is_timeout else "dropped"


class CurlGateway:
    """Push through FCM by libcurl; made once in a process, only in one that sends."""

    #: The throttle is that of FCM, whichever library a clinic sends by.
    name = "fcm"
    addressing = Addressing.DEVICES

    def __init__(self) -> None:
        self._account = ServiceAccount()
        self._multi = multi = pycurl.CurlMulti()
        multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, CONNECTIONS)
        self._bodies = BodyRenderer()
        self._headers = _request_headers("")
        self._token: str | None = ""
        self._free: list[CurlRequest] = []
        self._busy: dict[pycurl.Curl, CurlRequest] = {}

    def send(self, messages: Sequence[PushMessage], *, now: datetime) -> Iterator[PushResult]:
        """Post every message once, all at the same time; yield each result as it arrives."""
        fault = self._account.ensure_token() if messages else ""
        if fault:
            yield from (
                result_without_answer(message, SendOutcome.NOT_SENT, fault) for message in messages
            )
            return
        token, breaker = self._account.credential.token, CallBreaker(self.name, now=now)
        if token != self._token:
            self._token, self._headers = token, _request_headers(token)
        waiting = list(reversed(messages))
        try:
            while waiting or self._busy:
                while waiting and len(self._busy) < CONNECTIONS:
                    message = waiting.pop()
                    held = breaker.held(message) or self._begin(message, breaker.now())
                    if held:
                        yield held
                for request, code in self._finished():
                    result = self._result_of(request, code, token=token, now=breaker.now())
                    breaker.on_result(request.message, result)  # type: ignore[arg-type] # it was loaded
                    self._free.append(request)
                    yield result
        finally:
            self._drop_busy()

    def _begin(self, message: PushMessage, now: datetime) -> PushResult | None:
        try:
            body = self._bodies.body(message, now=now)
        except ValueError:
            return result_without_answer(message, SendOutcome.REFUSED, "not_encodable")
        request = self._free.pop() if self._free else CurlRequest(self._account.url)
        curl = request.load(message, body, self._headers)
        self._busy[curl] = request
        self._multi.add_handle(curl)
        return None

    def _finished(self) -> list[tuple[CurlRequest, int]]:
        """Perform the transfers; return those that have ended, with libcurl's code."""
        if not self._busy:
            return []
        self._multi.perform()
        done: list[tuple[CurlRequest, int]] = []
        more = 1
        while more:
            more, good, bad = self._multi.info_read()
            done += [(self._remove(curl), 0) for curl in good]
            done += [(self._remove(curl), code) for curl, code, _ in bad]
        if not done:
            self._multi.select(1.0)
        return done

    def _remove(self, curl: "pycurl.Curl") -> CurlRequest:
        self._multi.remove_handle(curl)
        return self._busy.pop(curl)

    def _result_of(
        self, request: CurlRequest, code: int, *, token: str, now: datetime
    ) -> PushResult:
        message = request.message
        if message is None:
            raise RuntimeError("a request without a message")
        if code:
            return result_without_answer(message, *request.failure(code))
        status, body, retry_after = request.answer()
        result = result_of_answer(
            message, status=status, body=body, retry_after=retry_after, name=self.name, now=now
        )
        if result.outcome is SendOutcome.SENT:
            self._account.mark_token_taken()
        elif result.code == "unauthenticated" and not self._account.mark_token_refused(token):
            return result_of_refused_token(message, throttle=self.name)
        return result

    def _drop_busy(self) -> None:
        """Drop the transfers under way when the caller stops early."""
        for curl in list(self._busy):
            self._remove(curl)


def _request_headers(token: str) -> list[str]:
    headers = fcm.HEADERS | {"Authorization": f"Bearer {token}"}
    return [*(f"{name}: {value}" for name, value in headers.items()), "Expect:"]
