"""A phone whose clock fell back: flagged, shown by arrival, and in no figure."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from api.http import authentication
from care.models import DeviceSession, Patient
from journaling.models import Entry
from tests import cast as people
from tests.api.responses import API
from tests.cast import Cast, craving, signed_in

DOOR, SYNC = API + "entries", API + "sync"
NOW = datetime(2026, 5, 4, 15, tzinfo=UTC)
LONG_AGO = datetime(2015, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def stopped(cast: Cast) -> Any:
    Patient.objects.filter(pk=cast.maya.pk).update(enrolled_at=NOW - timedelta(hours=2))
    with time_machine.travel(NOW, tick=False):
        yield


def enrolled(cast: Cast, *, ago: timedelta) -> None:
    Patient.objects.filter(pk=cast.maya.pk).update(enrolled_at=NOW - ago)


def same_phone(cast: Cast) -> APIClient:
    """Make a later request of the one sign-in that maya has."""
    client, row = APIClient(), DeviceSession.objects.get(user=cast.maya)
    token = authentication.token_pair(row, now=timezone.now()).access
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def sent(
    cast: Cast, client: Any = None, *, at: datetime, by: str = "entries", **fields: Any
) -> Any:
    client, body = client or signed_in(cast.maya), craving(at=at, **fields)
    if by == "entries":
        response = client.post(DOOR, body)
        assert response.status_code == 201, response.content
        return response.json()
    return client.post(SYNC, {"ops": [body]}).json()["changes"][-1]


@pytest.mark.parametrize("by", ["entries", "sync"])
def test_a_clock_before_the_enrolment_is_doubted_and_told_by_arrival(cast: Cast, by: str) -> None:
    told = sent(cast, at=LONG_AGO, by=by)

    assert told["clock_suspect"] is True
    assert told["local_date"] == "2026-05-04"
    # Flagged, never repaired.
    assert told["recorded_at"].startswith("2015-03-01")
    row = Entry.objects.get()
    assert (row.is_countable, row.timeline_at, row.received_at) == (False, NOW, NOW)


def test_lists_and_days_show_it_where_it_arrived(cast: Cast) -> None:
    client = signed_in(cast.maya)
    right = sent(cast, client, at=NOW - timedelta(hours=1))
    wrong = sent(cast, client, at=LONG_AGO)

    def ids(query: str) -> list[str]:
        return [entry["id"] for entry in client.get(DOOR + query).json()["results"]]

    assert ids("") == [wrong["id"], right["id"]]
    assert ids("?from=2026-05-04&to=2026-05-04") == [wrong["id"], right["id"]]
    page = client.get(DOOR + "?limit=1").json()
    assert [entry["id"] for entry in client.get(page["next"]).json()["results"]] == [right["id"]]
    day = client.get(API + "day/2026-05-04").json()
    assert wrong["id"] in str(day)


def test_the_brief_tells_of_it_and_counts_nothing_by_it(cast: Cast) -> None:
    sent(cast, at=LONG_AGO, intensity=9)
    session = people.session(
        cast.dr_okafor, starts_at=NOW + timedelta(hours=1), with_patient=cast.maya
    )

    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        response = signed_in(cast.dr_okafor).get(f"{API}sessions/{session.pk}/brief")

    told = {
        part["key"]: " ".join(line["text"] for line in part["lines"])
        for part in response.json()["sections"]
    }
    assert "No shared entries" not in told["header"]
    assert "1 entry" in told["header"]
    assert "in the moment" not in told["data"]
    assert "100 % (1) by a clock that can't be believed" in told["data"]
    assert "clock can't be right for 1 entry" in told["data"]
    assert "2015" not in response.content.decode()
    assert told["craving"] == (
        "1 craving, 9 of 10, by a phone whose clock was wrong (not in figures)."
    )


def test_the_brief_tells_a_card_of_a_wrong_clock_by_its_arrival(cast: Cast) -> None:
    card = craving(at=LONG_AGO) | {"kind": "daily", "urges": {"suicide": {"peak": 4}}}
    with time_machine.travel(NOW, tick=False):
        named = {name: card[name] for name in card if name not in {"intensity", "target"}}
        assert signed_in(cast.maya).post(DOOR, named).status_code == 201
    session = people.session(
        cast.dr_okafor, starts_at=NOW + timedelta(hours=1), with_patient=cast.maya
    )

    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        response = signed_in(cast.dr_okafor).get(f"{API}sessions/{session.pk}/brief")

    told = response.content.decode()
    assert "Mon May 4: urge for suicide 4 of 5 (by a phone whose clock was wrong" in told


def test_the_caseload_has_it_as_the_last_entry(cast: Cast) -> None:
    sent(cast, at=LONG_AGO)

    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        case = signed_in(cast.dr_okafor).get(API + "caseload").json()["results"][0]

    assert case["last_entry_at"] == "2026-05-04T15:00:00Z"
    assert case["entries_since_last_session"] == 1


@pytest.mark.parametrize(
    ("before", "expected"), [(timedelta(minutes=5), False), (timedelta(minutes=6), True)]
)
def test_clocks_drift_and_more_than_that_before_the_enrolment_is_doubted(
    cast: Cast, before: timedelta, expected: bool
) -> None:
    enrolled(cast, ago=timedelta(0))

    assert sent(cast, at=NOW - before)["clock_suspect"] is expected


def test_a_memory_of_before_the_enrolment_is_no_wrong_clock(cast: Cast) -> None:
    body = craving(at=NOW) | {"occurred_at": (NOW - 9 * DAY).isoformat()}

    told = signed_in(cast.maya).post(DOOR, body).json()

    assert (told["clock_suspect"], told["recall"]) == (False, "recalled")


def test_who_was_away_for_weeks_and_signs_in_again_is_believed(cast: Cast) -> None:
    enrolled(cast, ago=60 * DAY)
    client = signed_in(cast.maya)
    assert DeviceSession.objects.get(user=cast.maya).created_at >= NOW - timedelta(minutes=1)

    shuffled = [sent(cast, client, at=NOW - days * DAY) for days in (20, 3, 35, 1)]
    synced = client.post(
        SYNC, {"ops": [craving(at=NOW - days * DAY) for days in (15, 30, 2)]}
    ).json()

    assert [told["clock_suspect"] for told in shuffled] == [False] * 4
    assert [told["clock_suspect"] for told in synced["changes"][-3:]] == [False] * 3


@pytest.mark.parametrize("by", ["entries", "sync"])
def test_a_clock_that_fell_back_behind_what_this_phone_sent_before_is_doubted(
    cast: Cast, by: str
) -> None:
    enrolled(cast, ago=60 * DAY)
    client = signed_in(cast.maya)
    sent(cast, client, at=NOW)

    with time_machine.travel(NOW + 3 * DAY, tick=False):
        client = same_phone(cast)
        fallen = sent(cast, client, at=NOW - 30 * DAY, by=by)
        late = sent(cast, client, at=NOW + DAY, by=by)

    assert fallen["clock_suspect"] is True
    assert late["clock_suspect"] is False


def test_another_phone_of_the_patient_says_nothing_about_this_one(cast: Cast) -> None:
    enrolled(cast, ago=60 * DAY)
    sent(cast, signed_in(cast.maya), at=NOW)

    with time_machine.travel(NOW + 3 * DAY, tick=False):
        offline = sent(cast, signed_in(cast.maya), at=NOW - 2 * DAY)

    assert offline["clock_suspect"] is False


def test_an_edit_makes_a_wrong_clock_no_righter(cast: Cast) -> None:
    client = signed_in(cast.maya)
    told = sent(cast, client, at=LONG_AGO)

    changed = client.patch(
        f"{DOOR}/{told['id']}", {"intensity": 3}, headers={"If-Match": '"1"'}
    ).json()

    assert (changed["clock_suspect"], changed["local_date"]) == (True, "2026-05-04")
    assert Entry.objects.get().is_countable is False


def test_an_old_entry_that_is_changed_by_sync_is_still_believed(cast: Cast) -> None:
    enrolled(cast, ago=60 * DAY)
    client, body = signed_in(cast.maya), craving(at=NOW - 2 * DAY)
    client.post(DOOR, body)
    sent(cast, client, at=NOW)

    with time_machine.travel(NOW + 3 * DAY, tick=False):
        client = same_phone(cast)
        told = client.post(SYNC, {"ops": [body | {"base_rev": 1, "intensity": 1}]}).json()

    assert told["results"][0]["status"] == "updated"
    assert told["changes"][-1]["clock_suspect"] is False


def test_what_the_phone_could_not_tell_is_not_told_of_an_event(cast: Cast) -> None:
    sent(cast, at=LONG_AGO, safety_check={"safe_now": False})

    event = signed_in(cast.dr_okafor).get(API + "safety-events").json()["results"][0]

    assert event["happened_at"] is None
    assert event["opened_at"] == "2026-05-04T15:00:00Z"


def card(**fields: Any) -> dict[str, Any]:
    body = craving(at=LONG_AGO) | {"kind": "daily", "sleep_hours": 7} | fields
    return {name: body[name] for name in body if name not in {"intensity", "target"}}


@pytest.mark.parametrize("by", ["entries", "sync"])
def test_a_clock_that_restarts_at_one_day_loses_no_diary_card(cast: Cast, by: str) -> None:
    first, second = card(), card(sleep_hours=5)

    def send(client: Any, body: dict[str, Any]) -> Any:
        if by == "entries":
            return client.post(DOOR, body).status_code
        return client.post(SYNC, {"ops": [body]}).json()["results"][0]["status"]

    expected = ([201, 200, 201, 200, 200] if by == "entries"
                else ["created", "unchanged", "created", "unchanged", "unchanged"])  # fmt: skip
    client = signed_in(cast.maya)
    told = [send(client, first), send(client, first)]
    with time_machine.travel(NOW + DAY, tick=False):
        # The answer to the first was lost, so the phone sends it once more with the next one.
        client = same_phone(cast)
        told += [send(client, second), send(client, first), send(client, second)]

    assert told == expected
    days = Entry.objects.order_by("date").values_list("date", "local_date")
    assert [tuple(map(str, pair)) for pair in days] == [
        ("2026-05-04", "2026-05-04"), ("2026-05-05", "2026-05-05"),
    ]  # fmt: skip
