"""The gateway to Firebase Cloud Messaging: its own library, tamed.

As it comes, the library posts up to five times when an answer is a fault, waits inside a call when
told to come back later, starts a thread per message, and loses results that FCM accepted when a
token can't be refreshed in mid-batch (all measured). Here every message is posted once, waits at
most ten seconds, and has a result of its own.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import datetime
from typing import Any

import firebase_admin
import requests
from firebase_admin import exceptions, messaging
from google.auth import exceptions as auth_exceptions
from google.auth.transport.requests import AuthorizedSession
from requests.adapters import HTTPAdapter
from urllib3 import exceptions as wire

from backend.kit.ids import new_id
from notifications import push_account
from notifications.gateways import Message, Outcome, Result
from notifications.gateways.stopping import Stops
from notifications.push_account import Account
from notifications.push_answers import no_answer, result_of, shut_out
from notifications.push_message import fcm_message

_Signed: Any = AuthorizedSession

#: Two rounds of a chunk at the longest time-out end well within half a lease.
THREADS = 50


class FirebaseGateway:
    """Push through FCM; made once in a process, only in one that sends."""

    name = "fcm"
    needs_devices = True

    def __init__(self) -> None:
        self._account = Account()
        self._app = firebase_admin.initialize_app(
            self._account.certificate,
            {"httpTimeout": push_account.TIMEOUT_SECONDS},
            name=f"between-{new_id()}",
        )
        self._tame()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="fcm")

    def _tame(self) -> None:
        """Point the library to the base URL, and take its retries and mid-send refreshes away."""
        service = messaging._get_messaging_service(self._app)
        # The library's own session must sign with the credential whose token we renew.
        session = _session(self._account.credential)
        for scheme in ("https://", "http://"):
            adapter = HTTPAdapter(max_retries=0, pool_connections=THREADS, pool_maxsize=THREADS)
            session.mount(scheme, adapter)
        service._client._session = session
        service._fcm_url = self._account.url

    def send(self, messages: Sequence[Message], *, now: datetime) -> Iterator[Result]:
        """Post every message once, in parallel; after a refusal of all, no more are begun."""
        fault = self._account.fresh_token() if messages else ""
        if fault:
            yield from (no_answer(message, Outcome.NOT_SENT, fault) for message in messages)
            return
        stops = Stops(self.name, now=now)
        posted: list[Future[Result]] = [
            self._threads.submit(self._unless_stopped, stops, message) for message in messages
        ]
        try:
            for future in as_completed(posted):
                yield future.result()
        finally:
            for future in posted:
                future.cancel()

    def _unless_stopped(self, stops: Stops, message: Message) -> Result:
        result = stops.held(message) or self._post(message, now=stops.now())
        stops.hear(message, result)
        return result

    def _post(self, message: Message, *, now: datetime) -> Result:
        token = self._account.credential.token
        try:
            messaging.send(fcm_message(message, now=now), app=self._app)
        except exceptions.FirebaseError as error:
            return self._judge(message, error, token=token, now=now)
        except auth_exceptions.GoogleAuthError as error:
            return no_answer(message, Outcome.NOT_SENT, type(error).__name__)
        except ValueError:
            # The library refuses to encode it, so it never left.
            return no_answer(message, Outcome.REFUSED, "not_encodable")
        self._account.trust()
        return no_answer(message, Outcome.SENT, "fcm")

    def _judge(
        self, message: Message, error: exceptions.FirebaseError, *, token: str, now: datetime
    ) -> Result:
        answer = error.http_response
        if answer is None:
            return no_answer(message, *_without_answer(error.cause))
        result = result_of(
            message, status=answer.status_code, body=answer.text,
            retry_after=answer.headers.get("Retry-After", ""), name=self.name, now=now,
        )  # fmt: skip
        if result.code == "unauthenticated" and not self._account.refuse(token):
            return shut_out(message, gate=self.name)
        return result


def _session(credential: Any) -> requests.Session:
    """Make a session that signs requests and neither refreshes nor repeats one by itself."""
    signed = _Signed(credential, refresh_status_codes=(), max_refresh_attempts=0)
    return push_account.trusting(signed)


def _without_answer(cause: BaseException | None) -> tuple[Outcome, str]:
    """Whether the message can have left: no connection, no message."""
    if isinstance(cause, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
        return Outcome.NOT_SENT, "no_connection"
    inner = (
        cause.args[0]
        if isinstance(cause, requests.exceptions.ConnectionError) and cause.args
        else None
    )
    reason = inner.reason if isinstance(inner, wire.MaxRetryError) else inner
    if isinstance(reason, wire.NewConnectionError | wire.ConnectTimeoutError | wire.SSLError):
        return Outcome.NOT_SENT, "no_connection"
    is_timeout = isinstance(cause, requests.exceptions.Timeout)
    return Outcome.DOUBTFUL, "timeout" if is_timeout else "dropped"
