"""What the service says of itself, and what every answer carries."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from api.account import profile
from api.ops import health
from backend.kit.crypto import master_keys
from backend.kit.logs import AllowListFormatter
from backend.urls import server_error
from care.models import Patient
from notifications.models.reminder import Reminder
from tests.api.responses import API, problem
from tests.cast import Cast, craving, signed_in
from tests.notifications.reminder_scenario import planned


def test_the_process_answers_without_asking_the_database(
    django_assert_num_queries: Any, db: None
) -> None:
    with django_assert_num_queries(0):
        assert APIClient().get("/healthz").json() == {"status": "alive"}


def test_it_is_ready_when_all_it_needs_answers(db: None) -> None:
    told = APIClient().get("/readyz").json()

    # Whether crisis lines are stale depends on the day: test_safety_command.py stops the clock.
    assert isinstance(told.pop("crisis_resources"), bool)
    assert told == {
        "status": "ready", "database": True, "writable": True, "keys": True, "broker": True,
        "clock": True, "reminders": True, "overdue_seconds": 0, "consent_texts": True,
    }  # fmt: skip


def test_a_broker_that_is_away_sends_no_people_away(db: None, settings: Settings) -> None:
    settings.BROKER_URL = "redis://127.0.0.1:1/0"

    response = APIClient().get("/readyz")

    assert response.status_code == 200
    assert response.json()["status"] == "degraded"
    assert response.json()["broker"] is False


def test_late_reminders_are_told(cast: Cast) -> None:
    planned(cast.maya)
    Reminder.objects.update(next_due_at=timezone.now() - timedelta(minutes=10))

    told = APIClient().get("/readyz").json()

    assert (told["status"], told["reminders"]) == ("degraded", False)
    assert 590 <= told["overdue_seconds"] <= 660


def test_a_clock_that_is_wrong_is_told(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        health, "database_clock", lambda here: lambda: timezone.now() + timedelta(minutes=5)
    )

    told = APIClient().get("/readyz").json()

    assert (told["status"], told["clock"]) == ("degraded", False)


def test_it_is_not_ready_when_the_database_does_not_answer(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise DatabaseError

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", gone)
        response = APIClient().get("/readyz")

    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0


def test_it_is_not_ready_with_a_master_key_that_opens_nothing(
    cast: Cast, settings: Settings
) -> None:
    settings.MASTER_KEYS = "m1:" + "A" * 43 + "="

    response = APIClient().get("/readyz")

    assert response.status_code == 503
    assert response.json() == {
        "status": "not_ready", "database": True, "writable": True, "keys": False,
    }  # fmt: skip


def test_it_is_not_ready_without_a_key_that_the_oldest_patient_still_needs(
    cast: Cast, settings: Settings
) -> None:
    kept = settings.MASTER_KEYS
    settings.MASTER_KEYS = "later:" + "B" * 43 + "="
    newest = Patient.objects.order_by("user_id").last()
    assert newest is not None
    newest.wrapped_key = master_keys().wrap(b"k" * 32, patient_id=newest.pk)
    newest.save(update_fields=["wrapped_key"])

    assert APIClient().get("/readyz").json()["keys"] is False
    settings.MASTER_KEYS = f"{settings.MASTER_KEYS},{kept}"
    assert APIClient().get("/readyz").json()["keys"] is True


def test_it_is_not_ready_when_a_write_finds_no_space(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OperationalError("database or disk is full")

    health._write_check.forget()
    monkeypatch.setattr("care.models.AttemptCounter.objects.bulk_create", full)

    response = APIClient().get("/readyz")

    assert (response.status_code, response.json()["writable"]) == (503, False)


def test_a_fault_outside_of_every_door_tells_the_crisis_lines_to_phones(db: None) -> None:
    request = RequestFactory().get(API + "entries")

    told = json.loads(server_error(request).content)

    assert (told["code"], told["support"]["level"]) == ("failed", 1)
    assert {line["call"] for line in told["support"]["resources"]} >= {"911", "988"}


def test_every_answer_has_an_id_and_is_not_kept(cast: Cast) -> None:
    one, two = signed_in(cast.maya).get(API + "me"), APIClient().get("/nowhere")

    for response in (one, two):
        assert len(response.headers["X-Request-Id"]) == 36
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert one.headers["X-Request-Id"] != two.headers["X-Request-Id"]


def test_a_callers_own_id_is_taken_if_it_is_plain(db: None) -> None:
    plain = APIClient().get("/healthz", headers={"X-Request-Id": "phone-42-a"})
    odd = APIClient().get("/healthz", headers={"X-Request-Id": "a\tb;c"})

    assert plain.headers["X-Request-Id"] == "phone-42-a"
    assert odd.headers["X-Request-Id"] != "a\tb;c"


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/nowhere", "/api/v1/entries/not-a-uuid"])
def test_an_address_that_leads_nowhere_is_a_problem(db: None, path: str) -> None:
    problem(APIClient().get(path), 404, "not_found")


def test_a_request_for_another_host_is_a_problem(db: None) -> None:
    response = APIClient().get("/api/v1/me", headers={"Host": "elsewhere.example"})

    problem(response, 400, "bad_request")


@pytest.mark.parametrize("host", ["10.1.2.3:8000", "192.0.2.7", "[2001:db8::1]:8000", "[::1]"])
@pytest.mark.parametrize("probe", ["/healthz", "/readyz", "/metrics"])
def test_a_probe_may_ask_by_the_address_of_the_machine(db: None, probe: str, host: str) -> None:
    assert APIClient().get(probe, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["elsewhere.example", "10.1.2.3.example", "10.1.2", "a b", "[::1"])
@pytest.mark.parametrize("probe", ["/healthz", "/readyz", "/metrics"])
def test_a_probe_by_another_name_is_refused(db: None, probe: str, host: str) -> None:
    """A page elsewhere whose name is made to lead here must read nothing."""
    assert APIClient().get(probe, headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    "path",
    ["/api/v1/me", "/review/sign-in/", "/healthz/x", "//healthz", "/api/schema/", "/review/admin/"],
)
def test_nothing_else_answers_to_an_address(db: None, path: str) -> None:
    response = APIClient().get(path, headers={"Host": "10.1.2.3:8000"})

    assert response.status_code == 400


def test_figures_asked_for_by_an_address_stay_this_machines_own(db: None) -> None:
    response = APIClient().get(
        "/metrics", headers={"Host": "10.1.2.3:8000"}, REMOTE_ADDR="10.1.2.9"
    )

    assert response.status_code == 404


def test_a_method_that_a_door_does_not_take_is_told(cast: Cast) -> None:
    response = signed_in(cast.maya).delete(API + "skills")

    problem(response, 405, "method_not_allowed")
    assert "GET" in response.headers["Allow"]


def test_a_fault_of_ours_tells_nothing_and_logs_its_place(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("canary-secret")

    monkeypatch.setattr(profile.MeOut, "of", broken)
    client = signed_in(cast.maya)
    client.raise_request_exception = False

    with caplog.at_level(logging.ERROR):
        response = client.get(API + "me")

    told = problem(response, 500, "failed")
    assert "canary" not in str(told)
    assert response.headers["X-Request-Id"]
    (line,) = [json.loads(AllowListFormatter().format(record)) for record in caplog.records]
    assert (line["exception"], line["where"].split(":")[0]) == ("RuntimeError", __name__)
    assert "canary" not in str(line)


def test_a_database_that_does_not_answer_is_503_and_asks_to_come_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(**_: object) -> None:
        raise OperationalError("database is locked: canary-secret")

    monkeypatch.setattr("journaling.entries.record.record_entry", busy)
    client = signed_in(cast.maya)
    client.raise_request_exception = False

    response = client.post(API + "entries", craving())

    told = problem(response, 503, "unavailable")
    assert response.headers["Retry-After"] == "5"
    assert "canary" not in str(told)


def test_the_schema_describes_every_door(db: None) -> None:
    response = APIClient().get(
        "/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}
    )

    told = response.json()
    assert told["openapi"].startswith("3.1")
    assert {"/api/v1/entries", "/api/v1/sessions/{session_id}/brief"} <= set(told["paths"])
    operations = [
        operation["operationId"] for path in told["paths"].values() for operation in path.values()
    ]
    assert len(operations) == len(set(operations))


def test_the_schema_has_a_page_to_read_it_on(db: None) -> None:
    response = APIClient().get("/api/docs/", headers={"Accept": "text/html"})

    assert response.status_code == 200
    assert b"http://" not in response.content
    assert b"cdn" not in response.content.lower()
