"""The gateway to Firebase Cloud Messaging by requests, and its service account.

Messages and credentials are those of FCM's own library, which does not send them here: by itself it
posts up to five times when an answer is a fault, waits inside a call for a Retry-After, starts a
thread per message, and loses results that FCM accepted when a token can't be refreshed in mid-batch
(all measured). Here every message is posted once, waits at most ten seconds, and has a result of
its own.
"""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any
from urllib.request import getproxies

import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from firebase_admin import credentials
from google.auth import exceptions as auth_exceptions
from google.auth.credentials import TokenState
from google.auth.transport.requests import AuthorizedSession
from google.auth.transport.requests import Request as TokenRequest
from requests.adapters import HTTPAdapter

from notifications.push.fcm_messages import (
    BodyRenderer,
    result_of_answer,
    result_of_refused_token,
)
from notifications.push.gateway import Addressing, PushMessage, PushResult, SendOutcome
from notifications.push.http_gateway import (
    TIMEOUT_SECONDS,
    CallBreaker,
    outcome_without_answer,
    post_in_parallel,
    result_without_answer,
)

log = logging.getLogger(__name__)

#: Two rounds of a chunk at the longest time-out end well within half a lease.
THREADS = 50
#: What FCM's own library sends beside the token: errors are told in their second format.
HEADERS = {"Content-Type": "application/json", "X-GOOG-API-FORMAT-VERSION": "2"}
_SignedSession: Any = AuthorizedSession


class ServiceAccount:
    """One service account in one process, and the only place that renews its token.

    A failed renewal in the middle of sending would lose what FCM accepted. Here it is renewed
    before anything is sent.
    """

    def __init__(self) -> None:
        base = settings.FCM_BASE_URL.rstrip("/")
        if not settings.FCM_CREDENTIALS:
            raise ImproperlyConfigured("BETWEEN_FCM_CREDENTIALS must name the service account file")
        if not base.startswith("https://") and not settings.DEMO:
            raise ImproperlyConfigured("BETWEEN_FCM_BASE_URL must be https outside the demo")
        self.certificate = credentials.Certificate(settings.FCM_CREDENTIALS)
        self.url = f"{base}/v1/projects/{self.certificate.project_id}/messages:send"
        self.credential: Any = self.certificate.get_credential()
        session = with_configured_ca(requests.Session())
        self._renew = partial(TokenRequest(session), timeout=TIMEOUT_SECONDS)
        #: The token that was requested because FCM refused the one before.
        self._second: str | None = None
        self._is_refused = False

    def ensure_token(self) -> str:
        """Renew the token if need be; return a code where there is none to be had."""
        if self.credential.token_state is TokenState.FRESH:
            return ""  # It holds for minutes yet, longer than a chunk takes.
        try:
            self.credential.refresh(self._renew)
        except auth_exceptions.GoogleAuthError as error:
            code = type(error).__name__
            log.error("no access token", extra={"event": "fcm_token", "code": code})
            return code
        self._second = self.credential.token if self._is_refused else None
        self._is_refused = False
        return ""

    def mark_token_refused(self, token: str) -> bool:
        """Record that FCM refused a token; return whether to request another: once only."""
        if token == self._second:
            return False
        if self.credential.token == token:
            self.credential.token = None
            self._is_refused = True
        return True

    def mark_token_taken(self) -> None:
        """Record that FCM accepted the token."""
        self._second = None


def with_configured_ca(session: requests.Session) -> requests.Session:
    """Make a session trust the CA file of the settings, whatever the environment names."""
    if settings.FCM_CA_FILE:
        session.proxies.update(getproxies())
        session.trust_env = False
        session.verify = settings.FCM_CA_FILE
    return session


class FirebaseGateway:
    """Push through FCM; made once in a process, only in one that sends."""

    name = "fcm"
    addressing = Addressing.DEVICES

    def __init__(self) -> None:
        self._account = ServiceAccount()
        self._session = _signed_session(self._account.credential)
        self._bodies = BodyRenderer()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="fcm")

    def send(self, messages: Sequence[PushMessage], *, now: datetime) -> Iterator[PushResult]:
        """Post every message once, in parallel; after a refusal of all, no more are begun."""
        fault = self._account.ensure_token() if messages else ""
        if fault:
            yield from (
                result_without_answer(message, SendOutcome.NOT_SENT, fault) for message in messages
            )
            return
        breaker = CallBreaker(self.name, now=now)
        yield from post_in_parallel(
            self._threads, self._post, ((breaker, message) for message in messages)
        )

    def _post(self, breaker: CallBreaker, message: PushMessage) -> PushResult:
        now = breaker.now()
        token = self._account.credential.token
        try:
            body = self._bodies.body(message, now=now)
        except ValueError:
            # FCM's library refuses to encode it, so it never left.
            return result_without_answer(message, SendOutcome.REFUSED, "not_encodable")
        try:
            answer = self._session.post(
                self._account.url, data=body, headers=HEADERS, timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            )  # fmt: skip
        except auth_exceptions.GoogleAuthError as error:
            return result_without_answer(message, SendOutcome.NOT_SENT, type(error).__name__)
        except requests.exceptions.RequestException as error:
            return result_without_answer(message, *outcome_without_answer(error))
        return self._result_of_answer(message, answer, token=token, now=now)

    def _result_of_answer(
        self, message: PushMessage, answer: requests.Response, *, token: str, now: datetime
    ) -> PushResult:
        result = result_of_answer(
            message, status=answer.status_code, body=answer.text,
            retry_after=answer.headers.get("Retry-After", ""), name=self.name, now=now,
        )  # fmt: skip
        if result.outcome is SendOutcome.SENT:
            self._account.mark_token_taken()
        elif result.code == "unauthenticated" and not self._account.mark_token_refused(token):
            return result_of_refused_token(message, throttle=self.name)
        return result


def _signed_session(credential: Any) -> requests.Session:
    """Return a session that signs requests and neither refreshes tokens nor retries."""
    signed: requests.Session = _SignedSession(
        credential, refresh_status_codes=(), max_refresh_attempts=0
    )
    for scheme in ("https://", "http://"):
        adapter = HTTPAdapter(max_retries=0, pool_connections=THREADS, pool_maxsize=THREADS)
        signed.mount(scheme, adapter)
    return with_configured_ca(signed)
