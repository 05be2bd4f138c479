"""POST reminders/pause and occurrences/{id}/opened, answered, snooze."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Recipient
from tests.cast import Cast, signed_in
from tests.notifications.reminder_scenario import DUE, drain, only, planned

PAUSE = "/api/v1/reminders/pause"


@pytest.fixture
def sent(cast: Cast) -> Occurrence:
    """Send maya her check-in, and stand two minutes later."""
    planned(cast.maya)
    drain(DUE)
    return only()


def url(name: object, what: str) -> str:
    return f"/api/v1/occurrences/{name}/{what}"


def later(minutes: int = 2) -> Any:
    return time_machine.travel(DUE + timedelta(minutes=minutes), tick=False)


def test_opened_and_answered_are_told_with_their_instants(cast: Cast, sent: Occurrence) -> None:
    with later():
        client = signed_in(cast.maya)
        opened = client.post(url(sent.pk, "opened"))
        answered = client.post(url(sent.pk, "answered"))

    assert (opened.status_code, answered.status_code) == (200, 200)
    assert opened.json()["opened_at"] == "2026-03-02T14:32:00Z"
    assert opened.json()["answered_at"] is None
    assert answered.json()["answered_at"] == "2026-03-02T14:32:00Z"


def test_a_snooze_tells_when_it_comes_again(cast: Cast, sent: Occurrence) -> None:
    with later():
        answer = signed_in(cast.maya).post(url(sent.pk, "snooze"), {"minutes": 15})

    assert answer.status_code == 200
    body = answer.json()
    assert (body["state"], body["next_at"]) == ("pending", "2026-03-02T14:47:00Z")
    assert body["tag"] == sent.tag


@pytest.mark.parametrize("minutes", [0, 1441, "5", True, None])
def test_a_snooze_out_of_range_is_refused(cast: Cast, sent: Occurrence, minutes: object) -> None:
    with later():
        answer = signed_in(cast.maya).post(url(sent.pk, "snooze"), {"minutes": minutes})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "minutes")
    assert only().state == "sent"


@pytest.mark.parametrize("what", ["opened", "answered", "snooze"])
def test_another_patients_is_as_if_there_were_none(cast: Cast, sent: Occurrence, what: str) -> None:
    with later():
        client = signed_in(cast.noah)
        foreign = client.post(url(sent.pk, what), {"minutes": 5})
        nothing = client.post(url(uuid4(), what), {"minutes": 5})

    assert (foreign.status_code, foreign.json()) == (404, nothing.json())
    found = only()
    assert (found.state, found.opened_at, found.answered_at) == ("sent", None, None)


@pytest.mark.parametrize("what", ["opened", "answered", "snooze"])
@pytest.mark.parametrize(("who", "status"), [(None, 401), ("dr_okafor", 403), ("ada", 403)])
def test_only_the_patient_gives_receipts(
    cast: Cast, sent: Occurrence, who: str | None, status: int, what: str
) -> None:
    answer = signed_in(getattr(cast, who) if who else None).post(url(sent.pk, what), {"minutes": 5})

    assert answer.status_code == status
    assert (only().opened_at, only().state) == (None, "sent")


def test_a_pause_holds_until_it_is_taken_back(cast: Cast) -> None:
    planned(cast.maya)
    with later(-20):
        client = signed_in(cast.maya)
        paused = client.post(PAUSE, {"until": "2026-03-02T09:00:00-06:00"})
        shown = client.get("/api/v1/reminders").json()["paused_until"]
        coming = client.get("/api/v1/reminders/upcoming?hours=1").json()["results"]
        resumed = client.delete(PAUSE)

    assert (paused.status_code, paused.json()) == (200, {"until": "2026-03-02T15:00:00Z"})
    assert (shown, coming, resumed.status_code) == ("2026-03-02T15:00:00Z", [], 204)
    assert drain(DUE) == {"sent": 1}


@pytest.mark.parametrize(
    "until", ["2026-03-02T14:31:59Z", "2030-01-01T00:00:00Z", "2026-03-03T12:00:00", "soon", None]
)
def test_a_pause_needs_an_instant_to_come(cast: Cast, until: object) -> None:
    with later():
        answer = signed_in(cast.maya).post(PAUSE, {"until": until})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "until")
    assert not Recipient.objects.exists()


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("dr_okafor", 403), ("ada", 403)])
def test_only_patients_pause(cast: Cast, who: str | None, status: int) -> None:
    client = signed_in(getattr(cast, who) if who else None)

    assert client.post(PAUSE, {"until": "2030-01-01T00:00:00Z"}).status_code == status
    assert client.delete(PAUSE).status_code == status
    assert not Recipient.objects.exists()
