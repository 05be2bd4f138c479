"""The guide's requests played in a clinic, with what happens elsewhere meanwhile."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from backend.backup import restore
from notifications.engine.tick import dispatch
from notifications.push.fcm_messages import BodyRenderer
from notifications.push.gateway import PushMessage
from notifications.push.webpush_messages import declarative_body
from tests import cast as people
from tests.contract.guide import (
    NO_BODY,
    TOLD_HEADERS,
    USUAL,
    Bindings,
    Differs,
    Message,
    Step,
    message_of,
)
from tests.notifications.reminder_scenario import FakePush

_LATER = re.compile(r"(\d+) (second|minute|hour|day)s? later")
_TIMES = re.compile(r"(\d+) times")
#: A phone refreshes before its access token is over; the guide does not show it each time.
_REFRESH_AFTER = timedelta(minutes=4)


@dataclass(frozen=True)
class Answered:
    """What came back: a message, or what was pushed."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass
class Player:
    """One phone that does what the guide says, and the clinic around it."""

    cast: people.Cast
    clock: time_machine.Traveller
    bound: Bindings = field(default_factory=Bindings)
    push: FakePush = field(default_factory=FakePush)
    answered: Answered | None = None
    _client: Client = field(default_factory=Client)
    _refreshed_at: Any = None
    _times: int = 1

    def __post_init__(self) -> None:
        """Know what the guide takes for granted: where the clinic's server is."""
        self.bound.values["server"] = settings.PUBLIC_URL
        self._refreshed_at = timezone.now()

    def play(self, step: Step) -> None:
        """Do one step: send a request, compare an answer or a push, or let something happen.

        :raises Differs: where the guide shows something else; no name has a new value then.
        """
        known = dict(self.bound.values)
        try:
            self._do(step)
        except Differs:
            self.bound.values = known
            raise

    def _do(self, step: Step) -> None:
        if step.kind == "scene":
            self._happen(step.about)
        elif step.kind == "json":
            self._compare_push(step)
        elif step.is_answer:
            self._compare_answer(message_of(step.text))
        else:
            self._send(step)

    def _happen(self, scene: str) -> None:
        if later := _LATER.fullmatch(scene):
            self.clock.shift(timedelta(**{f"{later[2]}s": int(later[1])}))
        elif times := _TIMES.fullmatch(scene):
            self._times = int(times[1])
        else:
            SCENES[scene](self)

    def _send(self, step: Step) -> None:
        request = message_of(step.text)
        self._keep_signed_in(request)
        for _ in range(self._times):
            self.answered = self._exchange(request)
        self._times = 1

    def _exchange(self, request: Message) -> Answered:
        method, path = self.bound.filled(request.first).split(" ")
        headers = {name: self.bound.filled(value) for name, value in request.headers.items()}
        body = "" if request.body is NO_BODY else json.dumps(self.bound.filled(request.body))
        response: Any = self._client.generic(
            method, path, body, content_type="application/json", headers=headers
        )
        if not response.get("X-Request-Id"):
            raise Differs("an answer without X-Request-Id")
        content = response.content
        told = {
            name: response[name]
            for name in TOLD_HEADERS
            if name in response
            and (name, response[name]) not in USUAL
            and (content or name != "Content-Type")
        }
        self.clock.shift(timedelta(seconds=1))
        return Answered(response.status_code, told, json.loads(content) if content else NO_BODY)

    def _compare_answer(self, shown: Message) -> None:
        told = self.answered
        if told is None:
            raise Differs("an answer without a request")
        self.bound.compare(shown.first.split(" ")[1], str(told.status), "status")
        self.bound.compare(dict(shown.headers), dict(told.headers), "headers")
        if (shown.body is NO_BODY) != (told.body is NO_BODY):
            raise Differs("body: shown or answered alone")
        if shown.body is not NO_BODY:
            self.bound.compare(shown.body, told.body)
            if isinstance(shown.body, dict) and "access_expires_at" in shown.body:
                self._refreshed_at = timezone.now()

    def _compare_push(self, step: Step) -> None:
        provider = step.about.split()[0]
        waiting = [one for one in self.push.sent if one.provider.startswith(provider)]
        if not waiting:
            raise Differs("nothing was pushed")
        self.answered = Answered(0, {}, json.loads(PUSHED[provider](waiting[0])))
        self.bound.compare(json.loads(step.text), self.answered.body, "push")
        self.push.sent.remove(waiting[0])

    def _keep_signed_in(self, request: Message) -> None:
        """Refresh as a phone does before a request whose token would be over."""
        is_late = timezone.now() - self._refreshed_at > _REFRESH_AFTER
        if request.headers.get("Authorization") != "Bearer <access>" or not is_late:
            return
        values = self.bound.values
        pair = self._exchange(
            Message("POST /api/v1/auth/token/refresh", {}, {"refresh": "<refresh>"})
        )
        if pair.status != 200:
            return  # This sign-in is over, as the guide is about to show.
        values["access"], values["refresh"] = pair.body["access"], pair.body["refresh"]
        self._refreshed_at = timezone.now()


def _invite(player: Player) -> None:
    clinician = people.signed_in(player.cast.dr_okafor)
    sent = {"display_name": "Iris", "time_zone": "America/Denver"}
    player.bound.values["invitation code"] = clinician.post("/api/v1/patients", sent).json()[
        "invite_code"
    ]


def _send_what_is_due(player: Player) -> None:
    dispatch(clock=timezone.now, gateway=player.push)


def _restore(player: Player) -> None:
    restore.begin_generation(now=timezone.now())


#: What happens elsewhere, by the words of the guide.
SCENES: dict[str, Callable[[Player], None]] = {
    "a therapist invites Iris": _invite,
    "the server sends what is due": _send_what_is_due,
    "the clinic restores a backup": _restore,
}


def _fcm_body(message: PushMessage) -> bytes:
    return BodyRenderer().body(message, now=timezone.now())


PUSHED: dict[str, Callable[[PushMessage], bytes]] = {
    "fcm": _fcm_body,
    "webpush": declarative_body,
}
