"""One run: who is killed when, and what came of it."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from django.conf import settings
from django.db import DatabaseError, connections

from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from tests import bulk_patients
from tests.proofs.chaos.postgres_server import Cluster
from tests.proofs.chaos.reminders.outcome_counts import (
    Accepted,
    accepted_by_browsers,
    accepted_by_fcm,
    count,
)
from tests.proofs.chaos.reminders.stepping_clock import BEGIN, SharedClock
from tests.proofs.fcm.server import FakeFcm
from tests.proofs.webpush.server import FakePushService
from tests.proofs.webpush.subscriptions import subscribe_all

Answer = TypeVar("Answer")

#: A minute of the clinic's day in one of our seconds: a lease of 20 minutes is 20 seconds.
SPEED = 60.0
#: Our seconds between two kills, about.
BREATH = 0.25
STEP_SECONDS = 300.0
#: When reminders would be due if nobody pulled them nearer.
EVENING = BEGIN + timedelta(hours=12)
#: So long a fuse waits for somebody who sends.
FUSE_SECONDS = 5.0
#: Rounds of "end everybody, let all leases run out, go on" until all is settled.
ROUNDS = 4
PATIENCE = 30.0
#: A round ends so long after the last one was settled; what is leased far ahead waits for the next.
ROUND_SECONDS = 10.0


class Upheaval:
    """The hand that kills, and the memory of when it did."""

    def __init__(
        self, *, folder: Path, fake: FakeFcm | FakePushService, server: Cluster | None,
        dice: Random, workers: int,
    ) -> None:  # fmt: skip
        self.folder, self.fake, self.server, self.dice = folder, fake, server, dice
        self.workers = workers
        self.clock = SharedClock(folder / "clock", speed=SPEED)
        self.living: list[int] = []
        self.rows: list[int] = []
        self.deaths: list[float] = []
        self.steps: list[float] = []
        self.crashes = 0
        self.nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.proofs.chaos.reminders.forking_dispatchers"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=(folder / "nursery.log").open("w"),
        )  # fmt: skip

    def run(self, *, reminders: int, kills: int, crashes: int, steps: int) -> dict[str, Any]:
        """Let so many reminders fall due while so many dispatchers die; return the figures."""
        self.gather(reminders)
        began = time.monotonic()
        try:
            self.break_things(kills, crashes=crashes, steps=steps)
            broken = time.monotonic()
            left = self.let_drain()
        finally:
            self.end_all()
            if self.nursery.stdin:
                self.nursery.stdin.close()
            self.nursery.wait(30)
        states = self.ask(lambda: dict(Occurrence.objects.values_list("id", "state")))
        found = count(
            accepted=self.accepted(),
            deaths=self.deaths,
            steps=self.steps,
            lease_seconds=settings.REMINDER_LEASE_SECONDS / SPEED,
            states={str(name): state for name, state in states.items()},
        )
        return {
            **found.told(),
            "undrained": left,
            "double_occurrences": len(states) - reminders,
            "states": dict(Counter(states.values())),
            "reasons": self.ask(_reasons),
            "crashes": self.crashes,
            "clock_steps": len(self.steps),
            "seconds_of_upheaval": round(broken - began, 1),
            "seconds_to_drain": round(time.monotonic() - broken, 1),
        }

    def accepted(self) -> list[Accepted]:
        """Return what reached phones or browsers, in order of arrival."""
        if isinstance(self.fake, FakeFcm):
            return list(accepted_by_fcm(self.fake))
        return list(accepted_by_browsers(self.fake))

    def gather(self, reminders: int) -> None:
        """Fill the database with reminders of the evening; the clock begins when all is there.

        The nursery looks at the database before it is ready, by a clock of its own.
        """
        if self.nursery.stdout is None or self.nursery.stdout.readline() != "ready\n":
            raise RuntimeError("the nursery did not get ready")
        bulk_patients.gather(reminders, due_at=lambda _: EVENING)
        if isinstance(self.fake, FakePushService):
            subscribe_all(self.fake)
        self.rows = list(Reminder.objects.order_by("row").values_list("row", flat=True))
        connections.close_all()
        self.fill_up()
        self.clock = SharedClock(self.folder / "clock", speed=SPEED)

    def let_fall_due(self, rows: Sequence[int]) -> None:
        """Pull these to this moment, so that every death finds something in somebody's hands."""
        now = self.clock.now()
        self.ask(lambda: Reminder.objects.filter(row__in=rows).update(next_due_at=now))

    def break_things(self, kills: int, *, crashes: int, steps: int) -> None:
        """Kill so often; now and then crash the database or step the clock."""
        crash_at = self.moments(kills, crashes if self.server else 0)
        step_at = self.moments(kills, steps)
        for turn in range(kills):
            self.fill_up()
            self.let_fall_due(self.rows[turn::kills])
            if turn in crash_at and self.server:
                self.server.crash_and_start()
                self.crashes += 1
            if turn in step_at:
                way = self.dice.choice([-1, 1]) * STEP_SECONDS
                self.step(way)
                time.sleep(BREATH)
                self.step(-way)
            self.kill_one(by_fuse=turn % 2 == 0)

    def moments(self, kills: int, number: int) -> set[int]:
        """Choose at which kills something else happens."""
        return set(self.dice.sample(range(kills), min(number, kills)))

    def step(self, seconds: float) -> None:
        """Set the clock of everybody."""
        self.steps.append(time.time())
        self.clock.step(seconds)

    def fill_up(self) -> None:
        """See to it that as many dispatchers live as were asked for."""
        while len(self.living) < self.workers:
            if self.nursery.stdin is None or self.nursery.stdout is None:
                raise RuntimeError("the nursery has no ears")
            self.nursery.stdin.write("one\n")
            self.nursery.stdin.flush()
            self.living.append(int(self.nursery.stdout.readline()))

    def kill_one(self, *, by_fuse: bool) -> None:
        """Kill whoever burns the fuse, or anybody if nobody does so soon."""
        if by_fuse:
            (self.folder / "fuse").touch()
            give_up_at = time.monotonic() + FUSE_SECONDS
            while time.monotonic() < give_up_at:
                burnt = [pid for pid in self.living if (self.folder / f"burnt-{pid}").exists()]
                if burnt:
                    self.living.remove(burnt[0])
                    (self.folder / f"burnt-{burnt[0]}").unlink()
                    self.deaths.append(time.time())
                    return
                time.sleep(0.005)
            with suppress(FileNotFoundError):
                (self.folder / "fuse").unlink()
        else:
            time.sleep(BREATH * self.dice.uniform(0.2, 1.8))
        self.kill(self.dice.choice(self.living))

    def kill(self, pid: int) -> None:
        """Kill one dispatcher with -9."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self.living.remove(pid)
        self.deaths.append(time.time())

    def end_all(self) -> None:
        """Kill everybody."""
        for pid in list(self.living):
            self.kill(pid)

    def let_drain(self) -> int:
        """Let everything fall due and every lease run out; return how much stays open for ever."""
        left = 0
        for _ in range(ROUNDS):
            self.end_all()
            time.sleep(0.2)
            self.step(settings.REMINDER_LEASE_SECONDS + STEP_SECONDS)
            self.fill_up()
            give_up_at, least = time.monotonic() + ROUND_SECONDS, sys.maxsize
            # A lease that a step had set far into the future is worth no waiting: the next round
            # goes beyond it.
            while (left := self.ask(_open)) and time.monotonic() < give_up_at:
                if left < least:
                    give_up_at, least = time.monotonic() + ROUND_SECONDS, left
                time.sleep(0.1)
            if not left:
                break
        return left

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """Ask the database, which may be down for a moment."""
        give_up_at = time.monotonic() + PATIENCE
        while True:
            try:
                return question()
            except DatabaseError:
                connections.close_all()
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.2)


def _reasons() -> dict[str, int]:
    """Count why occurrences stand where they stand."""
    return dict(Counter(Occurrence.objects.values_list("reason", flat=True)))


def _open() -> int:
    """Count what is not settled: reminders still to fall due, and occurrences in hand."""
    return (
        Reminder.objects.filter(last_day__isnull=True).count()
        + Occurrence.objects.filter(state__in=Occurrence.OPEN).count()
    )
