"""What Prometheus reads: true across processes, about nobody, and not for everybody."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from notifications.models.device import GatewayThrottle
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.push.gateway import SendOutcome
from tests.cast import Cast
from tests.notifications.reminder_scenario import FakePush, answering, drain, phone, planned


def figures(**headers: str) -> dict[str, float]:
    response = APIClient().get("/metrics", headers=headers)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain")
    lines = [line for line in response.content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def due_now(cast: Cast, push: FakePush) -> None:
    now = timezone.now()
    for user in (cast.maya, cast.noah):
        type(user.patient).objects.update(quiet_start="00:00", quiet_end="00:00")
        planned(user, at=now - timedelta(hours=1), expires_minutes=120)
    Reminder.objects.update(next_due_at=now, next_day=now.date())
    drain(now, push)


def test_it_tells_what_was_sent_kept_back_and_went_wrong(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    push.says = answering(SendOutcome.REFUSED, code="status_400")

    due_now(cast, push)

    told = figures()
    assert told["between_reminders_sent"] == 0
    assert told['between_reminders_suppressed{reason="no_device"}'] == 1
    assert told['between_reminders_failed{code="status_400",state="failed"}'] == 1
    assert told["between_reminders_overdue_seconds"] == 0


def test_it_tells_what_is_open_and_which_gate_is_shut(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    push.says = answering(
        SendOutcome.BACK_OFF, code="quota_exceeded", retry_after=90, throttle="fcm"
    )

    due_now(cast, push)

    told = figures()
    assert told['between_reminders_open{state="pending"}'] == 1
    assert 80 < told['between_push_gate_shut_seconds{gate="fcm"}'] <= 90


def test_it_tells_how_late_the_oldest_is(cast: Cast) -> None:
    planned(cast.maya)
    Reminder.objects.update(next_due_at=timezone.now() - timedelta(seconds=300))

    assert 300 <= figures()["between_reminders_overdue_seconds"] < 360


def test_what_came_up_before_yesterday_is_not_counted(cast: Cast) -> None:
    due_now(cast, FakePush())
    Occurrence.objects.update(created_at=timezone.now() - timedelta(hours=25))

    assert 'between_reminders_suppressed{reason="no_device"}' not in figures()


def test_no_label_is_about_anybody(cast: Cast) -> None:
    push = FakePush()
    device = phone(cast.maya, "canary-address")
    due_now(cast, push)
    GatewayThrottle.objects.create(name="fcm", blocked_until=timezone.now() + timedelta(minutes=1))

    told = APIClient().get("/metrics").content.decode()

    for hidden in (str(cast.maya.pk), "maya", "canary", str(device.pk), cast.clinic.name):
        assert hidden not in told
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", told)


@pytest.mark.parametrize("count", [1, 2])
def test_the_number_of_statements_is_fixed(
    cast: Cast, django_assert_max_num_queries: Any, count: int
) -> None:
    for _ in range(count):
        due_now(cast, FakePush())

    with django_assert_max_num_queries(5):
        figures()


def test_elsewhere_it_is_nowhere(db: None) -> None:
    response = APIClient(REMOTE_ADDR="203.0.113.9").get("/metrics")

    assert response.status_code == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Via"])
def test_through_a_proxy_on_this_machine_it_is_nowhere(db: None, header: str) -> None:
    response = APIClient().get("/metrics", headers={header: "https"})

    assert response.status_code == 404


def test_a_token_opens_it_from_elsewhere(db: None, settings: Settings) -> None:
    settings.METRICS_TOKEN = "a-long-secret"
    elsewhere = APIClient(REMOTE_ADDR="203.0.113.9")

    right = elsewhere.get("/metrics", headers={"Authorization": "Bearer a-long-secret"})
    wrong = elsewhere.get("/metrics", headers={"Authorization": "Bearer a-long-secreT"})
    none = elsewhere.get("/metrics")

    assert [found.status_code for found in (right, wrong, none)] == [200, 404, 404]


def test_no_token_set_is_no_token_to_show(db: None) -> None:
    response = APIClient(REMOTE_ADDR="203.0.113.9").get(
        "/metrics", headers={"Authorization": "Bearer "}
    )

    assert response.status_code == 404
