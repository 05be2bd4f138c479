"""GET inbox: what was sent and still matters."""

from datetime import datetime, timedelta

import pytest
import time_machine

from notifications import wording
from tests.cast import Cast, signed_in
from tests.notifications.reminder_scenario import DUE, FakePush, drain, only, phone, planned

URL = "/api/v1/inbox"


def shown(cast: Cast, at: datetime, who: str = "maya") -> list[dict[str, object]]:
    with time_machine.travel(at, tick=False):
        results: list[dict[str, object]] = signed_in(getattr(cast, who)).get(URL).json()["results"]
    return results


@pytest.mark.parametrize("has_phone", [True, False])
def test_what_was_sent_waits_here_whatever_the_gateway(cast: Cast, has_phone: bool) -> None:
    reminder = planned(cast.maya)
    if has_phone:
        phone(cast.maya)
    drain(DUE, FakePush())

    (item,) = shown(cast, DUE + timedelta(minutes=1))

    assert item["id"] == str(only().pk)
    assert item["reminder"] == str(reminder.id)
    assert (item["purpose"], item["text"]) == ("checkin", wording.CHECKIN_WAITING.en)
    assert (item["due_at"], item["expires_at"]) == ("2026-03-02T14:30:00Z", "2026-03-02T15:30:00Z")


def test_it_is_not_there_before_nor_after_its_window(cast: Cast) -> None:
    planned(cast.maya)

    assert shown(cast, DUE - timedelta(minutes=1)) == []
    drain(DUE)
    assert len(shown(cast, DUE + timedelta(minutes=59))) == 1
    assert shown(cast, DUE + timedelta(minutes=60)) == []


def test_once_answered_it_is_gone(cast: Cast) -> None:
    planned(cast.maya)
    drain(DUE)

    with time_machine.travel(DUE + timedelta(minutes=1), tick=False):
        signed_in(cast.maya).post(f"/api/v1/occurrences/{only().pk}/answered")

    assert shown(cast, DUE + timedelta(minutes=2)) == []


def test_nobody_sees_the_inbox_of_another(cast: Cast) -> None:
    planned(cast.maya)
    drain(DUE)

    assert shown(cast, DUE, who="noah") == []


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("dr_okafor", 403), ("ada", 403)])
def test_only_patients_have_an_inbox(cast: Cast, who: str | None, status: int) -> None:
    assert signed_in(getattr(cast, who) if who else None).get(URL).status_code == status
