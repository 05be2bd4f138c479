"""What the bench of the pipeline does inside its own process."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from django.db import connection
from django.db.models import Count, Max

from notifications import wording
from notifications.engine.tick import dispatch
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Recipient, Reminder
from notifications.push.fcm import FirebaseGateway
from notifications.push.fcm_curl import CurlGateway
from notifications.push.fcm_messages import BodyRenderer
from notifications.push.gateway import PushGateway, PushMessage, SendOutcome
from tests import bulk_patients

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
#: Nothing is due by then.
LONG_BEFORE = NOW - timedelta(days=365)
LUA = Path(__file__).with_name("post.lua")
#: The library takes a thousandth of a second and more for each: fewer are enough.
BY_LIBRARY = 1_000
SECONDS = 3


def figures(*, due: int, overdue: int, rounds: int, workers: int) -> dict[str, Any]:
    """Measure the raw limit, both gateways and the library alone, in turns.

    With more than one of the ``workers``, these drain the same again, each a process.
    """
    bulk_patients.gather(due, due_at=lambda _: NOW)
    many, usual = CurlGateway(), FirebaseGateway()
    kept: list[tuple[float, float, float, float]] = []
    for turn in range(rounds + 1):
        found = (
            raw_limit(many),
            per_second(lambda: drained(many, due), due),
            per_second(lambda: drained(usual, min(due, BY_LIBRARY)), min(due, BY_LIBRARY)),
            per_second(lambda: by_library(usual), BY_LIBRARY),
        )
        if turn:  # the first opens connections and prepares statements
            kept.append(found)
    raws, ours, slow, alone = zip(*kept, strict=True)
    return {
        "per_second": round(median(ours)),
        "raw_per_second": round(median(raws)),
        "share_of_raw": round(median(a / b for a, b in zip(ours, raws, strict=True)), 3),
        "library_per_second": round(median(alone)),
        "share_of_library": round(median(a / b for a, b in zip(slow, alone, strict=True)), 3),
        "statements_per_reminder": statements(many, due),
        "last_sent_after_s": round(due / median(ours), 2),
        **(by_several(many, due=due, rounds=rounds, workers=workers) if workers > 1 else {}),
        **({"overdue": settled_overdue(many, overdue, workers=workers)} if overdue else {}),
    }


def by_several(gateway: CurlGateway, *, due: int, rounds: int, workers: int) -> dict[str, Any]:
    """Measure how much faster several dispatchers are; the raw limit runs in turns with them."""
    raws, ours = [], []
    for _ in range(rounds):
        raws.append(raw_limit(gateway))
        reset(due)
        ours.append(due / together(workers, at=NOW, sent=due))
    return {
        "workers": workers,
        "per_second_of_all": round(median(ours)),
        "share_of_raw_of_all": round(median(a / b for a, b in zip(ours, raws, strict=True)), 3),
        "last_sent_of_all_after_s": round(due / median(ours), 2),
    }


def together(workers: int, *, at: datetime, sent: int) -> float:
    """Start processes at once; return how many seconds the last one took.

    :raises RuntimeError: when they sent anything but so many.
    """
    argv = [sys.executable, "-m", "tests.proofs.bench.pipeline", "dispatch", at.isoformat()]
    children = [
        subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(workers)
    ]
    try:
        for child in children:
            heard(child)
        started = time.perf_counter()
        for child in children:
            told(child, "go")
        total = sum(int(heard(child)) for child in children)
        took = time.perf_counter() - started
    finally:
        for child in children:
            child.communicate(timeout=60)
    if total != sent:
        raise RuntimeError(f"{total} instead of {sent} sent")
    return took


def heard(child: "subprocess.Popen[str]") -> str:
    """Read a line of a child's.

    :raises RuntimeError: when it says nothing more.
    """
    line = child.stdout.readline() if child.stdout else ""
    if not line:
        raise RuntimeError("a dispatcher ended")
    return line


def told(child: "subprocess.Popen[str]", word: str) -> None:
    """Write a line to a child process."""
    if child.stdin is None:
        raise RuntimeError("a dispatcher hears nothing")
    child.stdin.write(word + "\n")
    child.stdin.flush()


def dispatch_when_told(at: datetime) -> None:
    """Be one of several: make everything warm, wait for the word, drain, say how many were sent."""
    gateway = CurlGateway()
    list(gateway.send([message(0)], now=at))
    dispatch(clock=lambda: LONG_BEFORE, gateway=gateway)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    tally = dispatch(clock=lambda: at, gateway=gateway, seconds=3600)
    sys.stdout.write(f"{tally['sent']}\n")
    sys.stdout.flush()


def per_second(work: Callable[[], None], count: int) -> float:
    """Return the rate a second; what goes before it is not counted."""
    reset(count)
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def reset(count: int) -> None:
    """Make so many reminders due again, and none of the others."""
    Occurrence.objects.all().delete()
    # Whose turn it was, and not that they are known: only a first reminder is somebody's first.
    Recipient.objects.update(
        last_message_at=None,
        last_message_id=None,
        recent_message_times=None,
        last_message_is_nudge=None,
    )
    last = Reminder.objects.order_by("row")[:count].aggregate(last=Max("row"))["last"]
    Reminder.objects.update(next_due_at=None, next_day=None, next_slot=None, next_spread=0)
    Reminder.objects.filter(row__lte=last).update(
        next_due_at=NOW, next_day=NOW.date(), next_slot=870, last_day=None, last_slot=None
    )


def drained(gateway: PushGateway, count: int) -> None:
    """Send what is due as the service does.

    :raises RuntimeError: when anything but all of it was sent.
    """
    tally = dispatch(clock=lambda: NOW, gateway=gateway, seconds=600)
    if tally != {"sent": count}:
        raise RuntimeError(f"{tally} instead of {count} sent")


def message(number: int) -> PushMessage:
    """Return a message like those that are sent."""
    return PushMessage(
        occurrence=uuid4(), device=uuid4(), provider="fcm_token", address=f"phone of {number}",
        platform="android", kind="checkin", sentence=wording.CHECKIN_WAITING.en,
        tag=f"r-{uuid4().hex}",
        minute=870, not_after=NOW + timedelta(hours=1),
    )  # fmt: skip


def by_library(gateway: FirebaseGateway) -> None:
    """Send as many through the library alone, without a database."""
    messages: Sequence[PushMessage] = [message(number) for number in range(BY_LIBRARY)]
    for place in range(0, BY_LIBRARY, 100):
        for result in gateway.send(messages[place : place + 100], now=NOW):
            if result.outcome is not SendOutcome.SENT:
                raise RuntimeError(result.code)


def raw_limit(gateway: CurlGateway) -> float:
    """Run wrk, which posts one body over kept connections as fast as the fake answers."""
    list(gateway.send([message(0)], now=NOW))
    body = BodyRenderer().body(message(1), now=NOW).decode()
    token = gateway._account.credential.token
    told = subprocess.run(
        ["wrk", "--threads", "1", "--connections", "50", "--duration", f"{SECONDS}s",
         "--script", str(LUA), gateway._account.url],
        env={**os.environ, "BENCH_BODY": body, "BENCH_TOKEN": token},
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    if "Non-2xx" in told:
        raise RuntimeError(told)
    found = re.search(r"Requests/sec: *([\d.]+)", told)
    if found is None:
        raise RuntimeError(told)
    return float(found.group(1))


def statements(gateway: PushGateway, due: int) -> float:
    """Count the statements of one drain, for each reminder."""
    count = 0

    def counted(execute: Any, *args: Any) -> Any:
        nonlocal count
        count += 1
        return execute(*args)

    reset(due)
    with connection.execute_wrapper(counted):
        drained(gateway, due)
    return round(count / due, 3)


@contextmanager
def unhurried() -> Iterator[None]:
    """Raise the statement timeout for statements that fill a table."""
    is_postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if is_postgres:
            cursor.execute("SET statement_timeout = 0")
        yield
        if is_postgres:
            cursor.execute("RESET statement_timeout")


def settled_overdue(gateway: CurlGateway, overdue: int, *, workers: int) -> dict[str, Any]:
    """Settle what fell due long ago, by all the workers; nothing of it may be sent."""
    with unhurried():
        bulk_patients.remind_each(-(-overdue // Reminder.objects.count()) - 1)
        reset(overdue)
    late = NOW + timedelta(days=2)
    if workers > 1:
        took = together(workers, at=late, sent=0)
    else:
        started = time.perf_counter()
        dispatch(clock=lambda: late, gateway=gateway, seconds=3600)
        took = time.perf_counter() - started
    told_of = dict(Occurrence.objects.values_list("state").annotate(number=Count("pk")))
    return {
        "reminders": overdue, "per_second": round(overdue / took),
        "stale_sent": told_of.get("sent", 0), "expired": told_of.get("expired", 0),
    }  # fmt: skip
