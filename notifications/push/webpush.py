"""The gateway to browsers: Web Push (RFC 8030), encrypted end to end, without a vendor's account.

Push services limit themselves one by one, so that each has a throttle of its own. An address is a
URL that a patient's client names: only the push services of the settings are called, and no
redirect is followed.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from urllib.request import getproxies

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from backend.kit.web_push import InvalidKeys, encrypt
from notifications.push.gateway import (
    WEB_PUSH,
    Addressing,
    PushMessage,
    PushResult,
    SendOutcome,
    push_service_of,
    web_push_throttle,
)
from notifications.push.http_gateway import (
    TIMEOUT_SECONDS,
    CallBreaker,
    outcome_without_answer,
    post_in_parallel,
    result_without_answer,
    ttl_seconds,
)
from notifications.push.webpush_messages import (
    Subscription,
    VapidHeaders,
    declarative_body,
    result_of_status,
    topic_of,
    vapid_keys,
)

THREADS = 25
MOST_ANSWER_BYTES = 4096


class WebPushGateway:
    """Push to browsers; made once in a process, only in one that sends."""

    name = WEB_PUSH
    addressing = Addressing.DEVICES

    def __init__(self) -> None:
        self._vapid = VapidHeaders()
        self._session = requests.Session()
        # Proxies as the environment has them, but no passwords of a .netrc.
        self._session.trust_env = False
        self._session.proxies.update(getproxies())
        self._session.verify = settings.FCM_CA_FILE or True
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=0, pool_maxsize=THREADS))
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="webpush")

    def send(self, messages: Sequence[PushMessage], *, now: datetime) -> Iterator[PushResult]:
        """Post every message once, in parallel; yield each result as it arrives.

        What one push service refuses holds back no other.
        """
        throttles = [web_push_throttle(message.address) for message in messages]
        breakers = {throttle: CallBreaker(throttle, now=now) for throttle in set(throttles)}
        pairs = [
            (breakers[throttle], message)
            for throttle, message in zip(throttles, messages, strict=True)
        ]
        yield from post_in_parallel(self._threads, self._post, pairs)

    def _post(self, breaker: CallBreaker, message: PushMessage) -> PushResult:
        now = breaker.now()
        subscription = Subscription.from_text(message.subscription)
        # The settings may name fewer push services, or keys, than when it was registered.
        if subscription.key_id not in vapid_keys() or push_service_of(message.address) is None:
            return result_without_answer(message, SendOutcome.DEAD_ADDRESS, "key_or_service_gone")
        try:
            body = encrypt(
                declarative_body(message), p256dh=subscription.p256dh, auth=subscription.auth
            )
        except InvalidKeys:
            return result_without_answer(message, SendOutcome.DEAD_ADDRESS, "invalid_keys")
        headers = self._headers(message, subscription.key_id, now=now)
        try:
            answer = self._session.post(
                message.address, data=body, headers=headers, timeout=TIMEOUT_SECONDS,
                allow_redirects=False, stream=True,
            )  # fmt: skip
        except requests.exceptions.RequestException as error:
            return result_without_answer(message, *outcome_without_answer(error))
        with answer:
            # A short body is read, so that the connection is used again; a long one is not.
            with suppress(HTTPError):
                answer.raw.read(MOST_ANSWER_BYTES)
            retry_after = answer.headers.get("Retry-After", "")
            return result_of_status(message, answer.status_code, retry_after, now=now)

    def _headers(self, message: PushMessage, key_id: str, *, now: datetime) -> dict[str, str]:
        return {
            "Authorization": self._vapid.header(message.address, key_id, now=now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(ttl_seconds(message, now=now)),
            "Urgency": "high",
            "Topic": topic_of(message.tag),
        }
