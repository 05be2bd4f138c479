"""A storm of faults at FCM or at a push service, over real HTTP; an hour passes in seconds.

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
from notifications.push.gateway import InboxGateway, PushGateway, RoutedGateway
from notifications.push.webpush import WebPushGateway
from notifications.push.webpush_messages import topic_of
from tests import bulk_patients
from tests.proofs.chaos.reminders.stepping_clock import BEGIN
from tests.proofs.fcm.responses import NAMED, Answer, refused
from tests.proofs.fcm.server import FakeFcm
from tests.proofs.webpush.server import Answer as WebAnswer
from tests.proofs.webpush.server import FakePushService
from tests.proofs.webpush.subscriptions import subscribe_all

pytestmark = pytest.mark.django_db

REMINDERS = int(os.environ.get("BETWEEN_STORM", "150"))
SECOND = timedelta(seconds=1)
RETRY_AFTER = 45
#: In these seconds everybody is refused.
QUOTA = range(60, 400)
WINDOW = timedelta(minutes=20)
WORKERS = 3
FAULTS = {
    "ok": 50, "internal": 8, "unavailable": 8, "unavailable_after_accept": 8, "drop": 5,
    "accept_then_drop": 5, "half_close": 3, "accept_then_half_close": 3, "unregistered": 4,
    "sender_mismatch": 2, "bad_token": 2, "bad_payload": 2,
}  # fmt: skip
#: The same of a push service; where it is well it answers 201.
WEB_FAULTS: tuple[tuple[int, WebAnswer | None], ...] = (
    (50, None), (8, WebAnswer(500)), (8, WebAnswer(503)), (8, WebAnswer(503, accepts=True)),
    (5, WebAnswer(drops=True)), (5, WebAnswer(drops=True, accepts=True)), (6, WebAnswer(401)),
    (4, WebAnswer(410)), (2, WebAnswer(404)), (2, WebAnswer(413)),
)  # fmt: skip
#: What ends a reminder, or may have: taken, or nobody answered. A 500 or 503 is an answer.
MAYBE_TAKEN = {200, 201, 0}
#: Why an address is dead, as FCM and as push services tell it.
DEAD = {"unregistered", "sender_id_mismatch", "invalid_address", "gone", "not_found"}


class Weather:
    """When a storm is where, and what it brings next."""

    def __init__(self) -> None:
        self.dice = Random(7)
        self.second = 0

    @property
    def is_quota_spent(self) -> bool:
        """Whether everybody is refused."""
        return self.second in QUOTA

    def fault(self) -> Answer:
        """Return what FCM answers now."""
        if self.is_quota_spent:
            return refused(429, "QUOTA_EXCEEDED", retry_after=RETRY_AFTER)
        return NAMED[self.dice.choices(list(FAULTS), list(FAULTS.values()))[0]]

    def web_fault(self) -> WebAnswer | None:
        """Return what a push service answers now, None where it delivers."""
        if self.is_quota_spent:
            return WebAnswer(429, {"Retry-After": str(RETRY_AFTER)})
        weights = [weight for weight, _ in WEB_FAULTS]
        return self.dice.choices(WEB_FAULTS, weights)[0][1]


@pytest.fixture
def weather() -> Weather:
    return Weather()


@pytest.fixture
def fcm(settings: Settings, tmp_path: Path, weather: Weather) -> Iterator[FakeFcm]:
    """Run FCM in that weather, and name it in the settings."""
    fake = FakeFcm()
    fake.now = lambda: float(weather.second)
    setattr(fake, "rule", lambda _: weather.fault())  # noqa: B010 (a rule of the test's own)
    fake.start()
    settings.FCM_BASE_URL = fake.url
    settings.FCM_CREDENTIALS = str(fake.write_credentials(tmp_path / "fcm.json"))
    yield fake
    fake.stop()


def remind() -> None:
    """Let reminders fall due within four minutes, each for twenty."""
    bulk_patients.gather(REMINDERS, due_at=lambda place: BEGIN + SECOND * (place % 240))
    Reminder.objects.update(expires_minutes=WINDOW.total_seconds() // 60)


def blow(weather: Weather, gateways: list[PushGateway], tokens: set[str]) -> None:
    """Let three workers look every second until all is over; ``tokens`` are refused after 30 s."""
    while weather.second < 240 + WINDOW.total_seconds() + 200:
        at = BEGIN + SECOND * weather.second
        for gateway in gateways:
            dispatch(clock=lambda at=at: at, gateway=gateway)  # type: ignore[misc] # its own instant
        if weather.second == 30:
            tokens.clear()
        weather.second += 1 if weather.second < 80 else 3


@pytest.mark.parametrize("made", [FirebaseGateway, CurlGateway], ids=["requests", "curl"])
def test_a_storm_at_fcm_leaves_every_promise_whole(
    fcm: FakeFcm, weather: Weather, made: type[Any]
) -> None:
    remind()

    blow(weather, [made() for _ in range(WORKERS)], fcm.tokens)

    check_promises(fcm.record, weather, tags=occurrence_tags())


def test_a_storm_at_a_push_service_leaves_every_promise_whole(
    push_service: FakePushService, weather: Weather
) -> None:
    remind()
    browsers = subscribe_all(push_service)
    push_service.now = lambda: float(weather.second)
    setattr(push_service, "rule", lambda _: weather.web_fault())  # noqa: B010 (the same)
    gateways: list[PushGateway] = [
        RoutedGateway(InboxGateway(), WebPushGateway()) for _ in range(WORKERS)
    ]

    blow(weather, gateways, set())

    topics = {topic_of(tag): tag for tag in occurrence_tags().values()}
    check_promises(push_service.record, weather, tags=topics)
    # What a browser shows again, it shows in place of the one before.
    shown = [
        {received.body["notification"]["tag"] for received in browser.received}
        for browser in browsers
    ]
    assert max(map(len, shown)) == 1
    assert sum(map(len, shown)) > REMINDERS / 2


def occurrence_tags() -> dict[str, str]:
    """Return the tag of every occurrence, by itself."""
    return {tag: tag for tag in Occurrence.objects.values_list("tag", flat=True)}


def check_promises(
    record: list[tuple[float, str, int]], weather: Weather, *, tags: dict[str, str]
) -> None:
    """Compare what was posted with what was promised; ``tags`` are by the record's own names."""
    posts: dict[str, list[tuple[float, int]]] = {}
    for at, name, status in sorted(record):
        posts.setdefault(tags[name], []).append((at, status))
    due = dict(Occurrence.objects.values_list("tag", "due_at"))
    # Whatever may have been taken was posted at most twice, and never twice within ten seconds.
    most = max(sum(status in MAYBE_TAKEN for _, status in found) for found in posts.values())
    assert most == 2
    assert min(b[0] - a[0] for found in posts.values() for a, b in pairwise(found)) >= 10
    assert all(
        BEGIN + SECOND * at < due[tag] + WINDOW for tag, found in posts.items() for at, _ in found
    )
    # While everybody was refused: those under way, and one for each Retry-After.
    refusals = sorted(at for at, _, status in record if status == 429)
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
    assert dead == Occurrence.objects.filter(reason__in=DEAD).count() > 0
    # The last faults may have blocked it; whoever comes next finds its pause over.
    blocked_until = GatewayThrottle.objects.get().blocked_until
    assert blocked_until is None or blocked_until <= BEGIN + SECOND * weather.second
