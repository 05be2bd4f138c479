"""The server: OAuth tokens for a signed assertion, messages for a token, and a record of both."""

import base64
import json
import re
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.fcm.answers import NAMED, Answer

PROJECT = "between-tests"
SEND = re.compile(r"^/v1/projects/([^/]+)/messages:send$")
TARGETS = ("token", "fid")
MOST_BYTES = 4096
#: google-auth signs for this audience, wherever the file says that tokens are had.
AUDIENCE = "https://oauth2.googleapis.com/token"


class FakeFcm(ThreadingHTTPServer):
    """FCM v1 on 127.0.0.1. ``accepted`` is what would be on phones, in order of arrival."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, *, port: int = 0, accepted_log: Path | None = None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.tokens: set[str] = set()
        self.token_fault = 0
        self.posts: list[dict[str, Any]] = []
        self.accepted: list[dict[str, Any]] = []
        self.script: deque[Answer] = deque()
        self.by_address: dict[str, Answer] = {}
        self.accepted_log = accepted_log
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> "FakeFcm":
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        self.shutdown()
        self.server_close()

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

    def grant(self, assertion: str) -> str | None:
        """Exchange an assertion for a token, if this project's key has signed it."""
        head, claims, signature = assertion.split(".")
        try:
            self.key.public_key().verify(
                _unbase64(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(),
                hashes.SHA256(),
            )  # fmt: skip
        except Exception:  # whatever is wrong with it, the answer is no
            return None
        if json.loads(_unbase64(claims))["aud"] != AUDIENCE:
            return None
        token = f"ya29.{uuid4().hex}"
        with self.lock:
            self.tokens.add(token)
        return token

    def judge(self, message: dict[str, Any]) -> Answer:
        """Choose the answer: by the script, else by the address, else accept."""
        address = next((message[name] for name in TARGETS if name in message), "")
        with self.lock:
            self.posts.append(message)
            answer = self.script.popleft() if self.script else self.by_address.get(address)
            answer = answer or NAMED["ok"]
            if answer.accepts:
                self.accepted.append({"at": time.time(), "message": message})
                if self.accepted_log:
                    with self.accepted_log.open("a", encoding="utf-8") as log:
                        log.write(json.dumps({"at": time.time(), "message": message}) + "\n")
        return answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeFcm

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/token":
            self._token(body)
            return
        found = SEND.match(self.path)
        if not found:
            self._answer(404, {"error": {"code": 404, "status": "NOT_FOUND"}})
            return
        self._send(found.group(1), body)

    def _token(self, body: bytes) -> None:
        if self.server.token_fault:
            self._answer(self.server.token_fault, {"error": "invalid_grant"})
            return
        form = parse_qs(body.decode())
        is_grant = form.get("grant_type") == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        token = self.server.grant(form["assertion"][0]) if is_grant else None
        if token is None:
            self._answer(400, {"error": "invalid_grant"})
            return
        self._answer(200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def _send(self, project: str, body: bytes) -> None:
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if bearer not in self.server.tokens:
            self._say(NAMED["unauthenticated"])
            return
        sent = json.loads(body)
        fault = _fault(project, sent, len(body))
        if fault:
            self._say(NAMED["bad_payload"])
            return
        answer = self.server.judge(sent["message"])
        if answer.slow_seconds:
            time.sleep(answer.slow_seconds)
        if answer.drops:
            self.close_connection = True
            self.connection.close()
            return
        self._say(answer, name=f"projects/{project}/messages/{uuid4().int}")

    def _say(self, answer: Answer, *, name: str = "") -> None:
        body = answer.body if answer.status != 200 else {"name": name}
        self._answer(answer.status, body, answer.headers)

    def _answer(
        self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> None:
        raw = json.dumps(body).encode()
        try:
            self.send_response(status)
            for key, value in (headers or {}).items():
                self.send_header(key, value)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class names it)
        """Say nothing: a test asks for the record."""


def _fault(project: str, sent: dict[str, Any], size: int) -> str:
    """Find what FCM would refuse about a request."""
    message = sent.get("message")
    if project != PROJECT or not isinstance(message, dict) or size > MOST_BYTES + 1024:
        return "request"
    if len([name for name in TARGETS if message.get(name)]) != 1:
        return "target"
    data = message.get("data", {})
    if not all(isinstance(value, str) for value in data.values()):
        return "data"
    ttl = message.get("android", {}).get("ttl", "1s")
    return "" if re.fullmatch(r"\d+(\.\d+)?s", ttl) else "ttl"


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
