"""The gateway to Firebase Cloud Messaging: its own library, tamed.

As it comes, the library posts up to five times when an answer is a fault, waits inside a call when
told to come back later, starts a thread per message, and loses results that FCM accepted when a
token can't be refreshed in mid-batch (all measured). Here every message is posted once, waits at
most ten seconds, and has a result of its own.
"""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import firebase_admin
import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from firebase_admin import credentials, exceptions, messaging
from google.auth import exceptions as auth_exceptions
from google.auth.credentials import TokenState
from google.auth.transport.requests import AuthorizedSession
from google.auth.transport.requests import Request as TokenRequest
from requests.adapters import HTTPAdapter
from urllib3 import exceptions as wire

from backend.kit.ids import new_id
from notifications.gateways import Message, Outcome, Result

log = logging.getLogger(__name__)

_Signed: Any = AuthorizedSession

TIMEOUT_SECONDS = 10
#: Two rounds of a chunk at the longest time-out end well within half a lease.
THREADS = 50
#: How long a gate stays shut that only somebody with the console can open.
SHUT_BY_FAULT = 300
SHUT_BY_QUOTA = 60


class FirebaseGateway:
    """Push through FCM; made once in a process, only in one that sends."""

    name = "fcm"
    needs_devices = True

    def __init__(self) -> None:
        base = settings.FCM_BASE_URL.rstrip("/")
        if not settings.FCM_CREDENTIALS:
            raise ImproperlyConfigured("BETWEEN_FCM_CREDENTIALS must name the service account file")
        if not base.startswith("https://") and not settings.DEMO:
            raise ImproperlyConfigured("BETWEEN_FCM_BASE_URL must be https outside the demo")
        certificate = credentials.Certificate(settings.FCM_CREDENTIALS)
        self._credential = certificate.get_credential()
        self._renew = partial(TokenRequest(requests.Session()), timeout=TIMEOUT_SECONDS)
        self._app = firebase_admin.initialize_app(
            certificate, {"httpTimeout": TIMEOUT_SECONDS}, name=f"between-{new_id()}"
        )
        self._tame(base, certificate.project_id)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="fcm")

    def _tame(self, base: str, project: str) -> None:
        """Point the library to the base URL, and take its retries and mid-send refreshes away."""
        service = messaging._get_messaging_service(self._app)
        session = _session(self._credential)
        for scheme in ("https://", "http://"):
            adapter = HTTPAdapter(max_retries=0, pool_connections=THREADS, pool_maxsize=THREADS)
            session.mount(scheme, adapter)
        service._client._session = session
        service._fcm_url = f"{base}/v1/projects/{project}/messages:send"

    def send(self, messages: Sequence[Message], *, now: datetime) -> list[Result]:
        """Post every message once, in parallel."""
        if not messages:
            return []
        fault = self._fresh_token()
        if fault:
            log.error("no access token", extra={"event": "fcm_token", "code": fault})
            return [_result(message, Outcome.NOT_SENT, fault) for message in messages]
        return list(self._threads.map(partial(self._post, now=now), messages))

    def _fresh_token(self) -> str:
        """Renew the access token here, by one hand, where a failure has sent nothing yet."""
        credential = self._credential
        if credential.token_state is TokenState.FRESH:
            return ""  # It holds for minutes yet, longer than a chunk takes.
        try:
            credential.refresh(self._renew)
        except auth_exceptions.GoogleAuthError as error:
            return type(error).__name__
        return ""

    def _post(self, message: Message, *, now: datetime) -> Result:
        try:
            messaging.send(_fcm_message(message, now=now), app=self._app)
        except exceptions.FirebaseError as error:
            return self._judge(message, error)
        except auth_exceptions.GoogleAuthError as error:
            return _result(message, Outcome.NOT_SENT, type(error).__name__)
        except ValueError:
            # The library refuses to encode it, so it never left.
            return _result(message, Outcome.REFUSED, "not_encodable")
        return _result(message, Outcome.SENT, "fcm")

    def _judge(self, message: Message, error: exceptions.FirebaseError) -> Result:
        if error.http_response is None:
            return _result(message, *_without_answer(error.cause))
        status = error.http_response.status_code
        if status == 401:
            self._credential.token = None  # renewed before the next chunk
        outcome, code, gate = _answered(status, _codes(error.http_response))
        if outcome in {Outcome.SHUT, Outcome.REFUSED}:
            log.error("refused", extra={"event": "fcm_refused", "code": code, "status": status,
                                        "occurrence": str(message.occurrence)})  # fmt: skip
        retry_after = _retry_after(error.http_response.headers)
        if outcome is Outcome.SHUT and retry_after is None:
            retry_after = SHUT_BY_QUOTA if status == 429 else SHUT_BY_FAULT
        gate = f"{self.name}:{message.platform}" if gate == "platform" else self.name
        return _result(message, outcome, code, retry_after=retry_after, gate=gate)


def _session(credential: Any) -> requests.Session:
    """Make a session that signs requests and neither refreshes nor repeats one by itself."""
    made: requests.Session = _Signed(credential, refresh_status_codes=(), max_refresh_attempts=0)
    return made


def _result(
    message: Message, outcome: Outcome, code: str, *, retry_after: int | None = None, gate: str = ""
) -> Result:
    return Result(message.occurrence, message.device, outcome, code, retry_after, gate)


def _fcm_message(message: Message, *, now: datetime) -> messaging.Message:
    """Build the message: one neutral sentence, an opaque id, a type code, one tag, one end."""
    left = max(int((message.not_after - now).total_seconds()), 1)
    headers = {"TTL": str(left), "Urgency": "high"}
    built = messaging.Message(
        data={"id": str(message.occurrence), "kind": message.kind},
        notification=messaging.Notification(body=message.sentence),
        android=messaging.AndroidConfig(
            collapse_key=message.kind, priority="high", ttl=timedelta(seconds=left),
            notification=messaging.AndroidNotification(tag=message.tag),
        ),
        apns=messaging.APNSConfig(
            headers={
                "apns-collapse-id": message.tag,
                "apns-expiration": str(int(message.not_after.timestamp())),
                "apns-priority": "10",
                "apns-push-type": "alert",
            },
            payload=messaging.APNSPayload(messaging.Aps(sound="default")),
        ),
        webpush=messaging.WebpushConfig(
            headers=headers,
            notification=messaging.WebpushNotification(body=message.sentence, tag=message.tag),
        ),
    )  # fmt: skip
    # Set afterwards: the constructor warns about tokens, which phones in the field still have.
    setattr(built, "fid" if message.provider == "fcm_fid" else "token", message.address)
    return built


def _without_answer(cause: BaseException | None) -> tuple[Outcome, str]:
    """Tell whether the message can have left: no connection, no message."""
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


_ADDRESS_FIELDS = {"message.token", "message.fid"}
_BY_CODE = {
    "UNREGISTERED": (Outcome.DEAD, "unregistered", ""),
    "SENDER_ID_MISMATCH": (Outcome.DEAD, "sender_id_mismatch", ""),
    "QUOTA_EXCEEDED": (Outcome.SHUT, "quota_exceeded", ""),
    "THIRD_PARTY_AUTH_ERROR": (Outcome.SHUT, "third_party_auth", "platform"),
    "APNS_AUTH_ERROR": (Outcome.SHUT, "third_party_auth", "platform"),
}
_BY_STATUS = {
    401: (Outcome.NOT_SENT, "unauthenticated", ""),
    403: (Outcome.SHUT, "permission_denied", ""),
    408: (Outcome.DOUBTFUL, "status_408", ""),
    429: (Outcome.SHUT, "quota_exceeded", ""),
}


def _answered(status: int, codes: tuple[str, frozenset[str]]) -> tuple[Outcome, str, str]:
    """Judge an answer by FCM's own code, else by its status; name the gate it would shut."""
    code, fields = codes
    known = _BY_CODE.get(code) or _BY_STATUS.get(status)
    if known:
        return known
    if status >= 500:
        return Outcome.DOUBTFUL, f"status_{status}", ""
    # It complains about the address alone, or about a message of ours, which the phone can't help.
    is_address = status == 400 and code == "INVALID_ARGUMENT" and fields <= _ADDRESS_FIELDS
    if is_address:
        return Outcome.DEAD, "invalid_address", ""
    return Outcome.REFUSED, f"status_{status}", ""


def _codes(response: requests.Response) -> tuple[str, frozenset[str]]:
    """Read FCM's error code and the fields it complains about; anything else counts as none."""
    try:
        error = response.json()["error"]
        details = [found for found in error.get("details", []) if isinstance(found, Mapping)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", frozenset()
    code = next((str(found.get("errorCode")) for found in details if _is(found, "FcmError")), "")
    fields = frozenset(
        str(violation.get("field"))
        for found in details if _is(found, "BadRequest")
        for violation in found.get("fieldViolations", [])
    )  # fmt: skip
    return code, fields


def _is(detail: Mapping[str, Any], name: str) -> bool:
    return str(detail.get("@type", "")).endswith(f".{name}")


def _retry_after(headers: Mapping[str, str]) -> int | None:
    text = headers.get("Retry-After", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None
