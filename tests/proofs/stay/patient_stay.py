"""Who takes part in a stay, the clock that it goes by, and a ledger of what the patient sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import time_machine

from care.models import User
from tests.api.responses import API
from tests.cast import Cast, signed_in

CHICAGO = ZoneInfo("America/Chicago")
#: A Monday. Clocks go forward on the Sunday after it.
ADMITTED = date(2026, 3, 2)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return an hour of the wall clock, so many days after admission."""
    return datetime.combine(ADMITTED + timedelta(days=day), time(hour, minute), CHICAGO)


@contextmanager
def clock(when: datetime) -> Iterator[None]:
    """Let it be that time."""
    with time_machine.travel(when, tick=False):
        yield


@dataclass
class Sent:
    """The ledger: what the patient sent, by the moment it is about."""

    entries: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)

    def between(self, since: datetime, until: datetime, kind: str = "") -> list[dict[str, Any]]:
        """List what is about moments from ``since`` up to before ``until``."""
        return [body for when, body in self.entries
                if since <= when < until and kind in ("", body["kind"])]  # fmt: skip

    def days(self, since: datetime, until: datetime, kind: str) -> set[date]:
        """List the days on which something of a kind was sent."""
        return {when.date() for when, body in self.entries
                if since <= when < until and body["kind"] == kind}  # fmt: skip


@dataclass
class Stay:
    """Who takes part, and what they made."""

    cast: Cast
    physician: User
    iris: User
    sent: Sent = field(default_factory=Sent)
    attended: list[tuple[datetime, int]] = field(default_factory=list)

    def call(self, who: User, method: str, path: str, body: Any = None, *, status: int = 200,
             if_match: int | None = None) -> Any:  # fmt: skip
        """Call a door as somebody, and return what it answers with."""
        send = getattr(signed_in(who), method.lower())
        headers = {} if if_match is None else {"If-Match": f'"{if_match}"'}
        answer = send(API + path, *(() if body is None else (body,)), headers=headers)
        assert answer.status_code == status, (method, path, answer.content)
        return answer.json() if answer.content else None

    @property
    def door(self) -> str:
        """Return the address of the patient."""
        return f"patients/{self.iris.pk}"

    def logs(self, when: datetime, kind: str, **fields: Any) -> None:
        """Let the patient log something of that moment, five minutes later."""
        body = {"id": str(uuid4()), "kind": kind, "occurred_at": when.isoformat(),
                "recorded_at": (when + timedelta(minutes=5)).isoformat(),
                "time_zone": str(CHICAGO)} | fields  # fmt: skip
        with clock(when + timedelta(minutes=5)):
            self.call(self.iris, "POST", "entries", body, status=201)
        self.sent.entries.append((when, body))
