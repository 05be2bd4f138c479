"""Playing a scenario: people send requests one second apart, and every exchange is written down."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from tests import cast as people
from tests.api.world import World
from tests.contract.naming import Names, noun_of

#: Monday, 10 in the morning in Chicago: the clinic is open. It must lie in the past of every day
#: the tests run on, since the policies of PostgreSQL go by the database's own clock.
MOMENT = datetime(2026, 5, 4, 15, tzinfo=UTC)
#: How long somebody goes on with one sign-in; its token lives a little longer.
SIGN_IN_LASTS = timedelta(minutes=4)
#: The headers that callers rely on.
HEADERS = (
    "Content-Type", "Content-Disposition", "ETag", "Location", "Cache-Control", "Retry-After",
    "WWW-Authenticate", "Allow", "Idempotency-Replayed",
)  # fmt: skip
NOTHING = object()
Exchange = dict[str, Any]


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: Any

    def __getitem__(self, name: str) -> Any:
        """Read one field of the body."""
        return self.body[name]


@dataclass
class Speaker:
    """Somebody who sends requests; None is nobody in particular."""

    stage: "Stage"
    name: str
    _client: APIClient | None = None
    _since: datetime | None = None

    def get(self, path: str, **headers: Any) -> Answer:
        """Read."""
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = NOTHING, **headers: Any) -> Answer:
        """Make or do something."""
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any, **headers: Any) -> Answer:
        """Replace something."""
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: Any) -> Answer:
        """Change something."""
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: Any) -> Answer:
        """End something."""
        return self.send("DELETE", path, **headers)

    def send(
        self,
        method: str,
        path: str,
        body: Any = NOTHING,
        *,
        rev: int | None = None,
        raw: str | None = None,
        kind: str = "application/json",
        **headers: str,
    ) -> Answer:
        """Send one request; ``rev`` is the revision that was read, ``raw`` a body as it is."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if rev is not None:
            sent["If-Match"] = f'"{rev}"'
        address = path if path.startswith("/") else f"/api/v1/{path}"
        text = raw if raw is not None else "" if body is NOTHING else json.dumps(body)
        response = self.client.generic(method, address, text, content_type=kind, headers=sent)
        if kind != "application/json":
            sent["Content-Type"] = kind
        said = raw if raw is not None else body
        return self.stage.note(self, method, address, said, sent, response)

    def with_token(self, access: str) -> "Speaker":
        """Be who came in by a door of the API."""
        self._client, self._since = APIClient(), timezone.now()
        self._client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
        return self

    @property
    def client(self) -> APIClient:
        """Sign in where that was not done, or is too long ago."""
        now = timezone.now()
        if self._client is None or self._since is None or now - self._since > SIGN_IN_LASTS:
            self._client, self._since = people.signed_in(self.stage.user(self.name)), now
        return self._client


@dataclass
class Stage:
    """The world, its clock, and what was said so far."""

    world: World
    clock: time_machine.Traveller
    names: Names = field(default_factory=Names)
    exchanges: list[Exchange] = field(default_factory=list)
    _speakers: dict[str, Speaker] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Name whom and what the world begins with."""
        cast = self.world.cast
        self.names.call(cast.clinic.pk, "id:clinic")
        for name in ("maya", "noah", "dr_okafor", "dr_lind", "ada", "sam"):
            self.names.call(getattr(cast, name).pk, f"id:{name}")
        for name, value in self.world.ids().items():
            if len(str(value)) >= 32:
                self.names.call(value, f"id:the-{name.removesuffix('_id').split('/')[-1]}")
        self.names.call(self.world.group_session.pk, "id:the-group-session")

    def __getattr__(self, name: str) -> Speaker:
        """Find a person of the cast by name; ``nobody`` did not sign in."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self._speakers.setdefault(name, Speaker(self, name))

    def user(self, name: str) -> Any:
        """Find who plays a part; None is a stranger."""
        return getattr(self.world.cast, name, None)

    def id(self, name: str) -> str:
        """Find the id of something that the world begins with, or of somebody of the cast."""
        user = self.user(name)
        return str(self.world.ids()[name] if user is None else user.pk)

    def wait(self, **time: float) -> datetime:
        """Let time pass."""
        self.clock.shift(timedelta(**time))
        return timezone.now()

    def note(
        self,
        who: Speaker,
        method: str,
        address: str,
        body: Any,
        sent: dict[str, str],
        response: Any,
    ) -> Answer:
        """Write an exchange down, and let a second pass."""
        found = _read(response)
        noun = noun_of(address)
        etag = found.headers.get("ETag", '"0"')
        if not etag.strip('"').isdecimal():
            self.names.number(etag, "etag")
        request: dict[str, Any] = {"method": method, "path": self.names.text(address, noun=noun)}
        if sent:
            request["headers"] = self.names.told(sent, noun=noun, is_sent=True)
        if body is not NOTHING:
            request["body"] = self.names.told(body, noun=noun, is_sent=True)
        shown = {name: found.headers[name] for name in HEADERS if name in found.headers}
        told = self.names.told(found.body, noun=noun)
        answer = {
            "status": found.status,
            "headers": self.names.told(shown, noun=noun),
            "body": told,
        }
        self.exchanges.append({"who": who.name, "request": request, "answer": answer})
        self.wait(seconds=1)
        return found


def _read(response: Any) -> Answer:
    streamed = getattr(response, "streaming_content", None)
    raw = response.content if streamed is None else b"".join(streamed)
    kind = response.headers.get("Content-Type", "")
    headers = dict(response.headers)
    if not raw:
        return Answer(response.status_code, headers, None)
    if "json" in kind:
        return Answer(response.status_code, headers, json.loads(raw))
    return Answer(response.status_code, headers, raw.decode().split("\n"))
