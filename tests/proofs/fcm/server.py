"""The fake: OAuth tokens for a signed assertion, messages for a token, and a record of both.

One loop in a thread of its own serves all connections, fast enough to be the limit that a bench
compares with (``python -m tests.proofs.fcm --uncounted`` keeps nothing but a number).
"""

import asyncio
import json
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.proofs.fcm import oauth
from tests.proofs.fcm.connection import Http
from tests.proofs.fcm.responses import NAMED, Answer

PROJECT = "between-tests"
TARGETS = ("token", "fid")


class FakeFcm:
    """FCM v1 on 127.0.0.1. ``accepted`` is what would be on phones, in order of arrival.

    An answer is chosen by the script, else by the address, else by ``rule``, else it is accepted.
    """

    def __init__(
        self, *, port: int = 0, accepted_log: Path | None = None, keeps: bool = True,
        tls: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        self.socket = socket.create_server(("127.0.0.1", port), backlog=1024)
        self.port = int(self.socket.getsockname()[1])
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.tls = tls
        self.keeps = keeps
        self.count = 0
        self.tokens: set[str] = set()
        self.token_fault = 0
        self.posts: list[dict[str, Any]] = []
        #: When each post came, under which tag, and what was answered.
        self.record: list[tuple[float, str, int]] = []
        self.accepted: list[dict[str, Any]] = []
        self.script: deque[Answer] = deque()
        self.by_address: dict[str, Answer] = {}
        self.accepted_log = accepted_log
        self.lock = threading.Lock()
        #: How many connections were made, and over how many requests came by HTTP/2.
        self.connections = 0
        self.live: set[asyncio.Transport] = set()
        self.streams = 0
        #: A test whose hours pass in seconds sets its own.
        self.now: Callable[[], float] = time.time
        self.loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None

    def rule(self, address: str) -> Answer | None:
        """Choose an answer by a rule of a test's own."""
        return None

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> "FakeFcm":
        ready = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait(10)
        return self

    def serve_forever(self, ready: threading.Event | None = None) -> None:
        """Serve until stopped."""
        asyncio.set_event_loop(self.loop)
        served = self.loop.run_until_complete(
            self.loop.create_server(lambda: Http(self), sock=self.socket, ssl=self.tls)
        )
        if ready:
            ready.set()
        try:
            self.loop.run_forever()
        finally:
            served.close()
            # What was accepted last is live when the loop has come round; what was aborted is
            # closed when it comes round again.
            for _ in range(2):
                self.loop.run_until_complete(asyncio.sleep(0.01))
                for live in list(self.live):
                    live.abort()
            self.loop.run_until_complete(asyncio.sleep(0.01))
            self.loop.close()

    def stop(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            return
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)

    def write_credentials(self, path: Path) -> Path:
        """Write a service-account file that firebase-admin reads like a real one."""
        pem = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        account = {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "k1",
            "private_key": pem,
            "client_email": f"push@{PROJECT}.iam.gserviceaccount.com",
            "client_id": "1",
            "token_uri": f"{self.url}/token",
        }
        path.write_text(json.dumps(account), encoding="utf-8")
        path.chmod(0o600)
        return path

    def grant(self, form: bytes) -> tuple[int, dict[str, Any]]:
        """Exchange an assertion for a token, if this project's key has signed it."""
        if self.token_fault:
            return self.token_fault, {"error": "invalid_grant"}
        if not oauth.holds(form, self.key.public_key()):
            return 400, {"error": "invalid_grant"}
        token = f"ya29.{uuid4().hex}"
        with self.lock:
            self.tokens.add(token)
        return 200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}

    def judge(self, message: dict[str, Any]) -> Answer:
        """Choose the answer, and keep a record."""
        self.count += 1
        if not self.keeps:
            return NAMED["ok"]
        address = str(next((message[name] for name in TARGETS if name in message), ""))
        tag = str(message.get("android", {}).get("notification", {}).get("tag", ""))
        with self.lock:
            self.posts.append(message)
            answer = self.script.popleft() if self.script else self.by_address.get(address)
            answer = answer or self.rule(address) or NAMED["ok"]
            at = self.now()
            self.record.append((at, tag, answer.status if not answer.drops else 0))
            if answer.accepts:
                self.accepted.append({"at": at, "message": message})
                if self.accepted_log:
                    with self.accepted_log.open("a", encoding="utf-8") as log:
                        log.write(json.dumps({"at": at, "message": message}) + "\n")
        return answer

    def order(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Take orders over HTTP: ``{"reset": true, "script": ["quota"], "by_address": {…}}``."""
        with self.lock:
            if wish.get("reset"):
                for kept in (self.script, self.by_address, self.posts, self.record, self.accepted):
                    kept.clear()
                self.token_fault = 0
            self.script.extend(NAMED[name] for name in wish.get("script", []))
            self.by_address.update(
                {address: NAMED[name] for address, name in wish.get("by_address", {}).items()}
            )
            self.token_fault = wish.get("token_fault", self.token_fault)
            if wish.get("forget_tokens"):
                self.tokens.clear()
            return {
                "posts": len(self.posts),
                "count": self.count,
                "accepted": self.accepted,
                "tokens": len(self.tokens),
            }
