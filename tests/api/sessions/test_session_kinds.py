"""Sessions of all nine kinds: planned, attended, counted in hours, with windows of their own."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from care.models import Group, TreatmentSession
from tests import cast as people
from tests.api.responses import API
from tests.cast import Cast, craving, signed_in

KINDS = TreatmentSession.Kind.values
#: A Thursday afternoon in Chicago, in a week that began on Monday.
NOW = datetime(2026, 5, 7, 19, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def group(cast: Cast) -> Group:
    """Let maya be in a group that dr_okafor leads, and in the programme."""
    people.admitted(cast.maya, on=(NOW - 20 * DAY).date(), hours=9)
    return people.group(cast.dr_okafor, cast.maya)


def planned(
    client: APIClient, cast: Cast, group: Group, kind: str, starts_at: datetime, minutes: int = 50
) -> str:
    whose = {"group": str(group.pk)} if kind == "group" else {"patient": str(cast.maya.pk)}
    response = client.post(f"{API}sessions", {
        "kind": kind, "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(minutes=minutes)).isoformat(), **whose,
    })  # fmt: skip
    assert response.status_code == 201, response.content
    assert response.json()["kind"] == kind
    return str(response.json()["id"])


def attended(
    client: APIClient, cast: Cast, session: str, *, minutes: int | None, status: str
) -> None:
    marks = [{"patient": str(cast.maya.pk), "status": status, "minutes": minutes}]
    response = client.post(f"{API}sessions/{session}/attendance", marks)
    assert response.status_code == 200, response.content


def brief(client: APIClient, session: str) -> dict[str, Any]:
    response = client.get(f"{API}sessions/{session}/brief")
    assert response.status_code == 200, response.content
    told: dict[str, Any] = response.json()
    return told


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_looks_back_to_the_last_one_of_its_own(
    cast: Cast, group: Group, kind: str
) -> None:
    with time_machine.travel(NOW, tick=False):
        client, phone = signed_in(cast.dr_okafor), signed_in(cast.maya)
        own = planned(client, cast, group, kind, NOW - 5 * DAY)
        attended(client, cast, own, minutes=50, status="present")
        for n, other in enumerate(one for one in KINDS if one != kind):
            later = planned(client, cast, group, other, NOW - 2 * DAY + timedelta(hours=n))
            attended(client, cast, later, minutes=50, status="present")
        for at in (NOW - 7 * DAY, NOW - 4 * DAY, NOW - DAY):
            phone.post(f"{API}entries", craving(at=at))
        ahead = planned(client, cast, group, kind, NOW + timedelta(hours=1))

        told = brief(client, ahead)

    assert told["window"]["since"] == "2026-05-02T19:00:00Z"
    if kind == "group":
        (line,) = told["members"]
        assert line["entries"] == 2
    else:
        said = [line["text"] for line in told["sections"][0]["lines"]]
        name = kind.replace("_", " ")
        assert said[0].startswith(f"Maya: {name} session, ")
        assert said[3].startswith(f"Since the last attended {name} session, Sat May 2, 2:00 pm")
        assert said[4].startswith("2 entries, ")


def test_minutes_of_every_kind_add_up_to_the_hours_of_the_week(cast: Cast, group: Group) -> None:
    with time_machine.travel(NOW, tick=False):
        client = signed_in(cast.dr_okafor)
        # Since Monday each kind for half an hour; last week's, who stayed away, and no minutes.
        for n, kind in enumerate(KINDS):
            session = planned(client, cast, group, kind, NOW - 2 * DAY + timedelta(hours=n))
            status = ("present", "late", "left_early")[n % 3]
            attended(client, cast, session, minutes=30, status=status)
        last_week = planned(client, cast, group, "group", NOW - 5 * DAY, minutes=180)
        attended(client, cast, last_week, minutes=180, status="present")
        for n, status in enumerate(("excused", "no_show")):
            missed = planned(client, cast, group, "activity", NOW - DAY + timedelta(hours=n))
            attended(client, cast, missed, minutes=0, status=status)
        unknown = planned(client, cast, group, "family", NOW - DAY + timedelta(hours=3))
        attended(client, cast, unknown, minutes=None, status="present")
        ahead = planned(client, cast, group, "individual", NOW + timedelta(hours=1))

        told = brief(client, ahead)

    assert told["sections"][0]["lines"][1]["text"].endswith(
        "Attended this week so far: 4.5 h (and 1 session of unknown length) of 9 h planned."
    )


def test_the_week_begins_on_the_clinics_monday(cast: Cast, group: Group) -> None:
    monday = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)  # 00:00 in Chicago
    with time_machine.travel(NOW, tick=False):
        client = signed_in(cast.dr_okafor)
        for starts_at in (monday - timedelta(minutes=1), monday):
            session = planned(client, cast, group, "activity", starts_at, minutes=60)
            attended(client, cast, session, minutes=60, status="present")
        ahead = planned(client, cast, group, "individual", NOW + timedelta(hours=1))

        told = brief(client, ahead)

    assert told["sections"][0]["lines"][1]["text"].endswith("so far: 1 h of 9 h planned.")
