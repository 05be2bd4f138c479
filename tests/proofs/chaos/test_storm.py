"""A storm of faults at FCM, over real HTTP, on a clock whose hour passes in seconds.

``BETWEEN_STORM=3000 pytest tests/proofs/chaos/test_storm.py`` is the full size.
"""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pytest_django import Settings

from notifications.engine.tick import dispatch
from notifications.models.device import Device, GatewayThrottle
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.push.fcm import FirebaseGateway
from notifications.push.fcm_curl import CurlGateway
from notifications.push.gateway import PushGateway
from tests import bulk_patients
from tests.proofs.chaos.reminders.stepping_clock import BEGIN
from tests.proofs.fcm.responses import NAMED, Answer, refused
from tests.proofs.fcm.server import FakeFcm

pytestmark = pytest.mark.django_db

REMINDERS = int(os.environ.get("BETWEEN_STORM", "150"))
SECOND = timedelta(seconds=1)
RETRY_AFTER = 45
#: In these seconds FCM refuses everybody.
QUOTA = range(60, 400)
WINDOW = timedelta(minutes=20)
WORKERS = 3
FAULTS = {
    "ok": 50, "internal": 8, "unavailable": 8, "unavailable_after_accept": 8, "drop": 5,
    "accept_then_drop": 5, "half_close": 3, "accept_then_half_close": 3, "unregistered": 4,
    "sender_mismatch": 2, "bad_token": 2, "bad_payload": 2,
}  # fmt: skip
#: What ends a reminder, or may have: taken, or nobody answered. A 500 or 503 is an answer.
MAYBE_TAKEN = {200, 0}


class Storm(FakeFcm):
    """A fake in whose weather anything may happen."""

    def __init__(self) -> None:
        super().__init__()
        self.dice = Random(7)
        self.second = 0
        self.now = lambda: float(self.second)

    def rule(self, address: str) -> Answer | None:
        if self.second in QUOTA:
            return refused(429, "QUOTA_EXCEEDED", retry_after=RETRY_AFTER)
        return NAMED[self.dice.choices(list(FAULTS), list(FAULTS.values()))[0]]


@pytest.fixture
def storm(settings: Settings, tmp_path: Path) -> Iterator[Storm]:
    """Run the fake and name it in the settings."""
    fake = Storm()
    fake.start()
    settings.FCM_BASE_URL = fake.url
    settings.FCM_CREDENTIALS = str(fake.write_credentials(tmp_path / "fcm.json"))
    yield fake
    fake.stop()


def blow(storm: Storm, gateways: list[PushGateway]) -> None:
    """Let three workers look every second until all is over."""
    bulk_patients.gather(REMINDERS, due_at=lambda place: BEGIN + SECOND * (place % 240))
    Reminder.objects.update(expires_minutes=WINDOW.total_seconds() // 60)
    while storm.second < 240 + WINDOW.total_seconds() + 200:
        at = BEGIN + SECOND * storm.second
        for gateway in gateways:
            dispatch(clock=lambda at=at: at, gateway=gateway)  # type: ignore[misc] # its own instant
        if storm.second == 30:
            storm.tokens.clear()  # every token is refused from now on
        storm.second += 1 if storm.second < 80 else 3


@pytest.mark.parametrize("made", [FirebaseGateway, CurlGateway], ids=["requests", "curl"])
def test_a_storm_of_faults_leaves_every_promise_whole(storm: Storm, made: type[Any]) -> None:
    blow(storm, [made() for _ in range(WORKERS)])

    posts: dict[str, list[tuple[float, int]]] = {}
    for at, tag, status in storm.record:
        posts.setdefault(tag, []).append((at, status))
    due = dict(Occurrence.objects.values_list("tag", "due_at"))
    # Whatever FCM may have taken was posted at most twice, and never twice within ten seconds.
    most = max(sum(status in MAYBE_TAKEN for _, status in found) for found in posts.values())
    assert most == 2
    assert min(b[0] - a[0] for found in posts.values() for a, b in pairwise(found)) >= 10
    assert all(
        BEGIN + SECOND * at < due[tag] + WINDOW for tag, found in posts.items() for at, _ in found
    )
    # While everybody was refused: those under way, and one for each Retry-After.
    refusals = sorted(at for at, _, status in storm.record if status == 429)
    after_the_first = Counter(at for at in refusals if at > refusals[0])
    assert set(after_the_first.values()) == {1}
    assert all(b - a >= RETRY_AFTER for a, b in pairwise(sorted(after_the_first)))
    # Every occurrence has an end, with its reason.
    ends = Counter(Occurrence.objects.values_list("state", flat=True))
    assert sum(ends.values()) == REMINDERS
    assert not set(ends) & {"pending", "leased"}
    assert ends["sent"] > REMINDERS / 2
    assert not Occurrence.objects.filter(reason="").exists()
    # Only those whose address is dead have lost it.
    dead = Device.objects.filter(ended_at__isnull=False).count()
    refused_for_ever = {"unregistered", "sender_id_mismatch", "invalid_address"}
    assert dead == Occurrence.objects.filter(reason__in=refused_for_ever).count() > 0
    # The last faults may have blocked it; whoever comes next finds its pause over.
    blocked_until = GatewayThrottle.objects.get().blocked_until
    assert blocked_until is None or blocked_until <= BEGIN + SECOND * storm.second
