"""FCM is down for ten minutes, over real HTTP: no reminder whose window is longer is lost."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from notifications.engine.tick import dispatch
from notifications.models.device import GatewayThrottle
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.push.fcm import FirebaseGateway
from notifications.push.fcm_curl import CurlGateway
from notifications.push.gateway import InboxGateway, PushGateway, RoutedGateway
from notifications.push.webpush import WebPushGateway
from tests import bulk_patients
from tests.proofs.chaos.reminders.stepping_clock import BEGIN
from tests.proofs.fcm.responses import Answer, refused
from tests.proofs.fcm.server import FakeFcm
from tests.proofs.webpush.server import Answer as WebAnswer
from tests.proofs.webpush.server import FakePushService
from tests.proofs.webpush.subscriptions import subscribe_all

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
REMINDERS = 60
DOWN_SECONDS = 600
WORKERS = 2
#: By purpose: all kinds of reminders go through the same engine.
PURPOSES = ("checkin", "skill", "dose", "measure")
WAYS = pytest.mark.parametrize("made", [FirebaseGateway, CurlGateway], ids=["requests", "curl"])


class Outage(FakeFcm):
    """A fake that answers everybody the same for ten minutes, and is well afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self.second = 0
        self.now = lambda: float(self.second)
        self.answer = refused(503, "UNAVAILABLE")

    def rule(self, address: str) -> Answer | None:
        return self.answer if self.second < DOWN_SECONDS else None


@pytest.fixture
def fcm(settings: Settings, tmp_path: Path) -> Iterator[Outage]:
    """Run the fake and name it in the settings."""
    fake = Outage()
    fake.start()
    settings.FCM_BASE_URL = fake.url
    settings.FCM_CREDENTIALS = str(fake.write_credentials(tmp_path / "fcm.json"))
    yield fake
    fake.stop()


def remind(*, minutes: int, due_within: int = 60) -> None:
    """Let reminders of all kinds fall due within so many seconds, each with so long a window."""
    bulk_patients.gather(REMINDERS, due_at=lambda place: BEGIN + SECOND * (place % due_within))
    for place, row in enumerate(Reminder.objects.order_by("row")):
        Reminder.objects.filter(pk=row.pk).update(
            expires_minutes=minutes, purpose=PURPOSES[place % len(PURPOSES)]
        )


def live(fcm: Outage, gateways: list[PushGateway], *, until: int) -> None:
    """Let the workers look every two seconds."""
    while fcm.second < until:
        at = BEGIN + SECOND * fcm.second
        for gateway in gateways:
            dispatch(clock=lambda at=at: at, gateway=gateway)  # type: ignore[misc] # its own instant
        fcm.second += 2


@WAYS
@pytest.mark.parametrize("minutes", [11, 60])
def test_ten_minutes_of_503_lose_nothing_whose_window_is_longer(
    fcm: Outage, made: type[Any], minutes: int
) -> None:
    remind(minutes=minutes)

    live(fcm, [made() for _ in range(WORKERS)], until=DOWN_SECONDS + 90)

    assert Counter(Occurrence.objects.values_list("state", "purpose")) == {
        ("sent", purpose): REMINDERS // len(PURPOSES) for purpose in PURPOSES
    }
    gaps = [b - a for found in posts_of(fcm).values() for a, b in pairwise(found)]
    assert min(gaps) >= 10
    # Those that were under way when it began, and from then on one each fifteen seconds.
    probes = Counter(at for at, _, status in fcm.record if status == 503 and at > 60)
    assert set(probes.values()) == {1}
    assert all(after - before >= 15 for before, after in pairwise(sorted(probes)))
    gate = GatewayThrottle.objects.get()
    assert (gate.blocked_until, gate.consecutive_faults) == (None, 0)


@WAYS
def test_a_retry_after_of_503_is_kept_by_all(fcm: Outage, made: type[Any]) -> None:
    fcm.answer = refused(503, "UNAVAILABLE", retry_after=45)
    remind(minutes=15, due_within=1)

    live(fcm, [made() for _ in range(WORKERS)], until=DOWN_SECONDS + 90)

    assert set(Occurrence.objects.values_list("state", flat=True)) == {"sent"}
    probes = sorted({at for at, _, status in fcm.record if status == 503})
    assert all(after - before >= 45 for before, after in pairwise(probes))
    assert max(Counter(at for at, _, _ in fcm.record if 0 < at < DOWN_SECONDS).values()) == 1


@WAYS
def test_what_ends_while_it_is_down_is_told_as_expired(fcm: Outage, made: type[Any]) -> None:
    remind(minutes=9, due_within=1)

    live(fcm, [made() for _ in range(WORKERS)], until=DOWN_SECONDS)

    assert set(Occurrence.objects.values_list("state", flat=True)) == {"expired"}
    # Refused at the last, held at the gate, or over between two looks.
    assert set(Occurrence.objects.values_list("reason", flat=True)) <= {
        "status_503", "gate_shut", "expired",
    }  # fmt: skip
    assert max(at for at, _, _ in fcm.record) < 9 * 60


@WAYS
def test_a_server_that_is_gone_for_ten_minutes_loses_nothing(
    fcm: Outage, settings: Settings, made: type[Any]
) -> None:
    remind(minutes=12)
    settings.FCM_BASE_URL = "http://127.0.0.1:9"
    gone: list[PushGateway] = [made() for _ in range(WORKERS)]
    settings.FCM_BASE_URL = fcm.url
    here: list[PushGateway] = [made() for _ in range(WORKERS)]

    live(fcm, gone, until=DOWN_SECONDS)
    live(fcm, here, until=DOWN_SECONDS + 110)

    assert set(Occurrence.objects.values_list("state", flat=True)) == {"sent"}
    assert len(fcm.record) == REMINDERS


@pytest.mark.parametrize("answer", [WebAnswer(503), WebAnswer(429, {"Retry-After": "60"})])
def test_a_push_service_of_browsers_that_is_down_loses_nothing(
    push_service: FakePushService, answer: WebAnswer
) -> None:
    remind(minutes=12)
    browsers = subscribe_all(push_service)
    push_service.by_path.update({browser.path: answer for browser in browsers})
    gateways: list[PushGateway] = [
        RoutedGateway(InboxGateway(), WebPushGateway()) for _ in range(WORKERS)
    ]

    for second in range(0, DOWN_SECONDS + 110, 2):
        if second == DOWN_SECONDS:
            push_service.by_path.clear()
        for gateway in gateways:
            dispatch(clock=lambda at=BEGIN + SECOND * second: at, gateway=gateway)  # type: ignore[misc] # its own instant

    assert set(Occurrence.objects.values_list("state", "reason")) == {("sent", "webpush")}
    assert [len(browser.received) for browser in browsers] == [1] * REMINDERS
    assert push_service.statuses.count(answer.status) < REMINDERS + DOWN_SECONDS / 10
    assert set(GatewayThrottle.objects.values_list("blocked_until", "consecutive_faults")) == {
        (None, 0)
    }


def posts_of(fcm: FakeFcm) -> dict[str, list[float]]:
    """List when each reminder was posted, by tag."""
    found: dict[str, list[float]] = {}
    for at, tag, _ in fcm.record:
        found.setdefault(tag, []).append(at)
    return found
