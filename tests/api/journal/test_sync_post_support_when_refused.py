"""Help in what a sync could not take, and in every fault of ours."""

from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from rest_framework.test import APIClient

from care.models import User
from journaling.models import Entry, SafetyEvent, SafetySign
from tests.api.responses import API, problem, refused
from tests.cast import Cast, craving, signed_in
from tests.on_call_clinic import OPEN, card, set_up, the_event, unsafe, urge

DOOR, SYNC = API + "entries", API + "sync"
IN_NEED = {"safe_now": False, "intent": True}


@pytest.fixture(autouse=True)
def stopped() -> Any:
    with time_machine.travel(OPEN, tick=False):
        yield


class TestSync:
    """Operations that could not be taken, alone or all together."""

    def test_a_conflict_and_a_fault_help_and_call_once(self, cast: Cast) -> None:
        set_up(cast)
        client = signed_in(cast.maya)
        client.post(DOOR, card())
        ops = [card(safety_check=IN_NEED), urge(4) | {"cat": 1}, craving(at=OPEN)]

        told = client.post(SYNC, {"ops": ops}).json()
        again = client.post(SYNC, {"ops": ops}).json()

        assert [one["status"] for one in told["results"]] == ["conflict", "invalid", "created"]
        assert (told["support"]["level"], told["support"]["staff_notified"]) == (3, True)
        assert again["support"] == told["support"]
        assert SafetyEvent.objects.count() == 1
        assert SafetySign.objects.count() == 2

    def test_the_same_twice_in_one_exchange_is_one_sign(self, cast: Cast) -> None:
        sent = unsafe() | {"cat": 1}

        told = signed_in(cast.maya).post(SYNC, {"ops": [sent, sent]}).json()

        assert told["support"]["level"] == 3
        assert SafetySign.objects.count() == 1

    def test_a_deletion_that_is_refused_says_nothing(self, cast: Cast) -> None:
        sent = unsafe() | {"deleted": True, "base_rev": "x"}

        told = signed_in(cast.maya).post(SYNC, {"ops": [sent]}).json()

        assert told["results"][0]["status"] == "invalid"
        assert told["support"] is None

    @pytest.mark.parametrize(
        ("whole", "status", "code"),
        [
            pytest.param({"ops": [{}, unsafe()], "cat": 1}, 400, "invalid_input", id="field"),
            pytest.param({"ops": [unsafe()], "cursor": 5}, 400, "invalid_input", id="cursor"),
            pytest.param({"ops": [unsafe()] + [{}] * 100}, 400, "invalid_input", id="too many"),
            pytest.param([unsafe()], 400, "invalid_input", id="a list"),
            pytest.param({"ops": unsafe()}, 400, "invalid_input", id="no list"),
            pytest.param(unsafe(), 400, "invalid_input", id="an entry"),
        ],
    )  # fmt: skip
    def test_a_whole_exchange_that_is_refused(
        self, cast: Cast, whole: Any, status: int, code: str
    ) -> None:
        refused(signed_in(cast.maya).post(SYNC, whole), status, code)

        assert the_event().level == 3
        assert Entry.objects.count() == 0


def quiet(user: User) -> APIClient:
    """Sign somebody in whose client answers a fault of ours as a server does."""
    client = signed_in(user)
    client.raise_request_exception = False
    return client


class TestAFaultOfOurs:
    """The database is full, away or broken: nobody is left without a number."""

    @pytest.fixture
    def full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(**_: Any) -> None:
            raise OperationalError("database or disk is full")

        monkeypatch.setattr("journaling.entries.record.take_next_seq", full)
        monkeypatch.setattr("journaling.safety.respond.record_signs", full)

    def test_a_save_that_finds_no_space(self, cast: Cast, full: None) -> None:
        set_up(cast)

        told = refused(quiet(cast.maya).post(DOOR, unsafe()), 503, "unavailable")

        assert told["staff_notified"] is False
        assert "not saved" in told["not_monitored"]
        assert Entry.objects.count() == 0

    def test_where_only_the_save_fails_staff_are_called(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(**_: Any) -> None:
            raise RuntimeError("canary-word")

        set_up(cast)
        monkeypatch.setattr("journaling.entries.record.take_next_seq", broken)

        response = quiet(cast.maya).post(DOOR, unsafe())

        told = refused(response, 500, "failed")
        assert told["staff_notified"] is True
        assert the_event().level == 3
        assert b"canary" not in response.content

    def test_any_door_of_a_patient_tells_the_lines(
        self, cast: Cast, full: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(**_: Any) -> None:
            raise OperationalError

        client = quiet(cast.maya)
        saved = client.post(DOOR, craving(at=OPEN))
        monkeypatch.setattr("api.journal.entries.open_own_chart", broken)
        monkeypatch.setattr("api.http.error_support.open_own_chart", broken)
        read = client.get(DOOR)
        monkeypatch.setattr("api.http.authentication.live_session", broken)
        unknown = client.get(DOOR)

        for response in (saved, read, unknown):
            refused(response, 503, "unavailable", level=1)

    def test_staff_are_told_no_lines(self, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(**_: Any) -> None:
            raise OperationalError

        monkeypatch.setattr("api.safety.events.list_events", broken)

        response = quiet(cast.dr_okafor).get(API + "safety-events")

        assert "support" not in problem(response, 503, "unavailable")
