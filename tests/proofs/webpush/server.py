"""The fake: subscriptions, and messages for them, checked as RFC 8030, 8188, 8291 and 8292 ask.

It decrypts with the keys of the browser that it plays, by code of its own: the receiver's side.
"""

import base64
import json
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MOST_BYTES = 4096
LONGEST_TOKEN_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Answer:
    """What becomes of one message. ``accepts``: it reaches the browser all the same."""

    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    accepts: bool = False
    slow_seconds: float = 0.0
    drops: bool = False


@dataclass(frozen=True)
class Received:
    """A message as the browser reads it, and when it came."""

    at: float
    body: dict[str, Any]
    ttl: int
    urgency: str
    topic: str


class Browser:
    """One subscription: its keys, and what was delivered to it."""

    def __init__(self, service: "FakePushService", web_key: str) -> None:
        self.path = f"/push/{uuid4().hex}"
        self.endpoint = service.url + self.path
        self.web_key = web_key
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.secret = os.urandom(16)
        self.received: list[Received] = []

    @property
    def keys(self) -> dict[str, str]:
        """Return the keys as ``PushSubscription.toJSON`` gives them."""
        return {"p256dh": encoded(point(self.private.public_key())), "auth": encoded(self.secret)}

    def decrypt(self, sent: bytes) -> bytes:
        """Decrypt one record of aes128gcm.

        :raises ValueError: where it is not meant for this browser, or not whole.
        """
        salt, size, length = sent[:16], int.from_bytes(sent[16:20]), sent[20]
        sender, sealed = sent[21 : 21 + length], sent[21 + length :]
        if len(sealed) > size:
            raise ValueError("more than one record")
        other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.private.exchange(ec.ECDH(), other)
        info = b"WebPush: info\0" + point(self.private.public_key()) + sender
        secret = _expand(_extract(self.secret, shared), info, 32)
        pseudo_random = _extract(salt, secret)
        key = _expand(pseudo_random, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _expand(pseudo_random, b"Content-Encoding: nonce\0", 12)
        plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        if plain[-1:] != b"\x02":
            raise ValueError("not the last record")
        return plain[:-1]


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _extract(salt: bytes, secret: bytes) -> bytes:
    mac = hmac.HMAC(salt, hashes.SHA256())
    mac.update(secret)
    return mac.finalize()


def _expand(key: bytes, info: bytes, length: int) -> bytes:
    mac = hmac.HMAC(key, hashes.SHA256())
    mac.update(info + b"\x01")
    return mac.finalize()[:length]


class FakePushService:
    """A push service on 127.0.0.1, and the browsers that have subscribed to it.

    An answer is chosen by the script, else by the path, else by ``rule``, else it is delivered.
    """

    def __init__(self) -> None:
        self.browsers: dict[str, Browser] = {}
        self.script: deque[Answer] = deque()
        self.by_path: dict[str, Answer] = {}
        #: The status of each post, in order; 0 where the connection was dropped.
        self.statuses: list[int] = []
        #: When each post came, under which topic, and its status.
        self.record: list[tuple[float, str, int]] = []
        #: A test whose hours pass in seconds sets its own.
        self.now: Callable[[], float] = time.time
        self.tokens: set[str] = set()
        self.lock = threading.Lock()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                at, topic = service.now(), self.headers.get("Topic", "")
                answer = service.answer(self.path, dict(self.headers.items()), body)
                time.sleep(answer.slow_seconds)
                status = 0 if answer.drops else answer.status
                with service.lock:
                    service.statuses.append(status)
                    service.record.append((at, topic, status))
                if answer.drops:
                    self.close_connection = True
                    self.connection.shutdown(2)
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Write nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def start(self) -> "FakePushService":
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def subscribe(self, web_key: str) -> Browser:
        """Let a browser subscribe with the service's public key."""
        browser = Browser(self, web_key)
        self.browsers[browser.path] = browser
        return browser

    def rule(self, path: str) -> Answer | None:
        """Choose an answer by a rule of a test's own."""
        return None

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Check one message and deliver it, unless the script says otherwise."""
        browser = self.browsers.get(path)
        if browser is None:
            return Answer(404)
        with self.lock:
            scripted = self.script.popleft() if self.script else self.by_path.get(path)
            scripted = scripted or self.rule(path)
        if scripted is not None and not scripted.accepts:
            return scripted
        status = self.fault(browser, headers, body)
        if status:
            return Answer(status)
        received = Received(
            self.now(), json.loads(browser.decrypt(body)), int(headers["TTL"]), headers["Urgency"],
            headers["Topic"],
        )  # fmt: skip
        with self.lock:
            browser.received.append(received)
        return scripted or Answer()

    def fault(self, browser: Browser, headers: dict[str, str], body: bytes) -> int:
        """Return the status with which a push service would refuse the message, or 0."""
        if len(body) > MOST_BYTES:
            return 413
        if headers.get("Content-Encoding") != "aes128gcm" or not headers.get("TTL", "").isdecimal():
            return 400
        topic = headers.get("Topic", "")
        if len(topic) > 32 or not topic.replace("-", "").replace("_", "").isalnum():
            return 400
        return 0 if self._is_signed(browser, headers.get("Authorization", "")) else 403

    def _is_signed(self, browser: Browser, authorization: str) -> bool:
        """Whether the VAPID token is of the key of the subscription, for this origin, and short."""
        scheme, _, rest = authorization.partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
        if scheme != "vapid" or parts.get("k") != browser.web_key:
            return False
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
        try:
            # The time is checked below: a test may send at an instant of its own.
            claims = jwt.decode(
                parts["t"], key, algorithms=["ES256"], audience=self.url,
                options={"verify_exp": False, "require": ["exp", "aud", "sub"]},
            )  # fmt: skip
        except jwt.InvalidTokenError:
            return False
        self.tokens.add(parts["t"])
        return str(claims["sub"]).startswith(("mailto:", "https:"))
