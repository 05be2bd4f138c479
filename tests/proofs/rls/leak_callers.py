"""Many callers at once, each asking for everything, and what they were shown that isn't theirs."""

import http.client
import json
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

CALLERS = 8
#: One in ten requests crashes half-way: a fault of ours, a statement that fails, the thread itself.
#: The last ends its worker, and a new one takes seconds.
CRASHES, WEIGHTS = ("fault", "statement", "hard"), (48, 48, 4)
CRASHING = 0.1
#: Of the requests, how many come without a token.
SIGNED_OUT = 0.2
#: Rows that somebody who has not signed in may need, to do so.
OF_SIGN_IN = frozenset({"care_patient"})


@dataclass
class Found:
    """What all callers together saw."""

    answers: Counter[str] = field(default_factory=Counter)
    foreign: int = 0
    own: int = 0
    missing: int = 0

    def __iadd__(self, other: "Found") -> "Found":
        self.answers += other.answers
        self.foreign += other.foreign
        self.own += other.own
        self.missing += other.missing
        return self


def ask_all(port: int, people: Sequence[dict[str, Any]], *, requests: int, seed: int) -> Found:
    """Ask as everybody in turns until so many requests were made."""
    found = Found()
    share = -(-requests // CALLERS)
    with ThreadPoolExecutor(CALLERS) as pool:
        for one in pool.map(
            lambda n: _Caller(port, people, random.Random(f"{seed} {n}")).ask(share), range(CALLERS)
        ):
            found += one
    return found


class _Caller:
    def __init__(self, port: int, people: Sequence[dict[str, Any]], dice: random.Random) -> None:
        self.port, self.people, self.dice = port, people, dice
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.found = Found()

    def ask(self, count: int) -> Found:
        for _ in range(count):
            who = None if self.dice.random() < SIGNED_OUT else self.dice.choice(self.people)
            crash = self.dice.choices(CRASHES, WEIGHTS)[0] if self.dice.random() < CRASHING else ""
            self._one(who, crash, is_atomic=self.dice.random() < 0.5)
        self.line.close()
        return self.found

    def _one(self, who: dict[str, Any] | None, crash: str, *, is_atomic: bool) -> None:
        path = f"/rls/{'everything' if who else 'signed-out'}?crash={crash}"
        headers = {"X-Forwarded-Proto": "https"}
        if who is not None:
            headers["Authorization"] = f"Bearer {who['token']}"
        try:
            self.line.request("GET", path + ("&atomic=1" if is_atomic else ""), headers=headers)
            answer = self.line.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            self.found.answers["dropped"] += 1
            self.line.close()
            return
        self.found.answers[str(answer.status)] += 1
        if answer.status == 200:
            self._judge(who, json.loads(body))

    def _judge(self, who: dict[str, Any] | None, shown: dict[str, list[str]]) -> None:
        sees = set(who["sees"]) if who else set()
        for table, ids in shown.items():
            if who is None and table in OF_SIGN_IN:
                continue
            self.found.foreign += sum(one not in sees for one in ids)
            self.found.own += sum(one in sees for one in ids)
            # A policy that hid what is one's own would leak nothing either.
            self.found.missing += len(sees - set(ids)) if table == "journaling_entry" else 0
