"""A phone in a hand: somebody writes on it, the network drops, and it syncs whenever it can."""

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from uuid import UUID

import orjson

from tests.proofs.chaos.sync.phone import Json, Phone

PATH = "/api/v1/sync"
COMMON = {"time_zone": "America/Chicago"}


class Device(threading.Thread):
    """One phone that works until it is told to stop."""

    def __init__(self, name: str, port: int, token: Callable[[], str], *, seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self.dice = random.Random(seed)
        self.phone = Phone(name, lambda: self.dice.random() < 0.5)
        self.port = port
        self.token = token
        #: What exchanges came to: answered, aborted, broken, or a status.
        self.ends: Counter[str] = Counter()
        self.is_stopped = threading.Event()
        self.fault: BaseException | None = None
        self._connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        """Write and sync until stopped."""
        try:
            while not self.is_stopped.is_set():
                for _ in range(self.dice.randrange(4)):
                    self.use()
                self.exchange(may_abort=True)
        except BaseException as fault:  # told by the program, which would not see it otherwise
            self.fault = fault

    def use(self) -> None:
        """Do what somebody does with the app."""
        living, act = self.phone.living(), self.dice.random()
        if not living or act < 0.45:
            self.phone.write(str(UUID(int=self.dice.getrandbits(128), version=4)), self._body())
        elif act < 0.85:
            self.phone.edit(self.dice.choice(living))
        else:
            self.phone.delete(self.dice.choice(living))

    def exchange(self, *, may_abort: bool) -> bool:
        """Sync once; tell whether there was an answer."""
        body = orjson.dumps(self.phone.request(most=self.dice.choice([5, 30, 100])))
        abort_after = self.dice.uniform(0, 0.04) if may_abort and self.dice.random() < 0.2 else None
        try:
            status, told = self._send(body, abort_after)
        except (OSError, http.client.HTTPException):
            self.ends["broken"] += 1
            self._hang_up()
            time.sleep(0.02)
            return False
        if status is None:
            self.ends["aborted"] += 1
            return False
        return self._take(status, told)

    def comes_home(self) -> bool:
        """Sync without being disturbed; tell whether anything was still to be told or read."""
        before = self.phone.cursor
        is_waiting = self.phone.is_waiting
        is_answered = self.exchange(may_abort=False)
        return not is_answered or is_waiting or self.phone.cursor != before

    def _take(self, status: int, told: Json) -> bool:
        if status == 200:
            self.ends["answered"] += 1
            self.phone.take(told)
            return True
        self.ends[str(status)] += 1
        if status == 410:
            self.phone.start_again()
        elif status < 500:
            raise RuntimeError(f"the server refused: {status} {told.get('code')}")
        time.sleep(0.05)
        return False

    def _send(self, body: bytes, abort_after: float | None) -> tuple[int | None, Json]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self.token()}",
        }
        self._connection.request("POST", PATH, body, headers)
        if abort_after is not None:
            # The request is on its way; whoever sent it never hears what became of it.
            time.sleep(abort_after)
            self._hang_up()
            return None, {}
        response = self._connection.getresponse()
        return response.status, orjson.loads(response.read())

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _body(self) -> Json:
        day = self.dice.randrange(1, 28)
        at = f"2026-05-{day:02}T14:50:00-05:00"
        head = COMMON | {"occurred_at": at, "recorded_at": at}
        if self.dice.random() < 0.2:
            return head | {"kind": "daily", "date": f"2026-05-{day:02}"}
        return head | {"kind": "craving", "intensity": self.dice.randrange(11), "target": "wine"}
