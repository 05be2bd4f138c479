"""GET day/{date}: one local day, its entries, its diary card and its reminders."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from care.models import AccessLogEntry
from care.people.enrol import revoke_treatment_consents
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.reminders.default_plan import create_default_reminders
from tests.api.responses import API, faults, problem
from tests.cast import Cast, craving, signed_in

DOOR = API + "day/"
NOON = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)  # 7 in the morning in Chicago


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def reminded(cast: Cast, due_at: datetime, state: str = "sent", **more: Any) -> Occurrence:
    if not Reminder.objects.filter(patient_id=cast.maya.pk).exists():
        create_default_reminders(patient_id=cast.maya.pk, now=NOON - timedelta(days=3))
    is_open = state in Occurrence.OPEN
    return Occurrence.objects.create(
        id=uuid4(),
        reminder=Reminder.objects.filter(patient_id=cast.maya.pk)[0],
        patient_id=cast.maya.pk,
        purpose="checkin",
        local_day=more.pop("day", due_at.date()),
        slot=more.pop("slot", due_at.hour * 60),
        due_at=due_at,
        not_after=due_at + timedelta(minutes=60),
        state=state,
        sent_at=due_at if state == "sent" else None,
        next_attempt_at=due_at if is_open else None,
        lease_id=uuid4() if state == "leased" else None,
        tag="r-1",
        created_at=due_at,
        **more,
    )


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("America/Chicago", "2026-05-02T23:30:00-05:00", "2026-05-02"),
        ("Pacific/Kiritimati", "2026-05-02T23:30:00+14:00", "2026-05-02"),
        ("Pacific/Pago_Pago", "2026-05-02T23:30:00-11:00", "2026-05-02"),
        ("Asia/Kathmandu", "2026-05-02T00:10:00+05:45", "2026-05-02"),
        ("America/Chicago", "2026-03-08T03:00:00-05:00", "2026-03-08"),
        ("America/Chicago", "2025-11-02T01:30:00-06:00", "2025-11-02"),
    ],
)
def test_late_in_the_evening_belongs_to_the_local_day_in_every_zone(
    cast: Cast, zone: str, at: str, day: str
) -> None:
    client = signed_in(cast.maya)
    client.post(API + "entries", craving(occurred_at=at, recorded_at=at, time_zone=zone))

    found = client.get(DOOR + day).json()

    assert [entry["local_date"] for entry in found["entries"]] == [day]
    the_next = (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
    assert client.get(DOOR + the_next).json()["entries"] == []


def test_a_day_holds_its_entries_oldest_first_and_names_its_diary_card(cast: Cast) -> None:
    client = signed_in(cast.maya)
    card = craving(kind="daily", date="2026-05-05", sleep_hours=6)
    del card["intensity"], card["target"]
    late = client.post(API + "entries", craving(occurred_at="2026-05-05T21:00:00-05:00"))
    early = client.post(API + "entries", craving(occurred_at="2026-05-05T09:00:00-05:00"))
    told = client.post(API + "entries", card | {"occurred_at": "2026-05-06T06:30:00-05:00"})
    found = client.get(DOOR + "2026-05-05").json()
    assert told.status_code == 201, told.content

    assert [entry["id"] for entry in found["entries"]] == [
        early.json()["id"], late.json()["id"], told.json()["id"],
    ]  # fmt: skip
    assert found["daily"] == told.json()["id"]
    assert found["entries"][0] == client.get(f"{API}entries/{early.json()['id']}").json()


@pytest.mark.parametrize(
    ("state", "reason", "shown"),
    [
        ("pending", "", "waiting"),
        ("leased", "", "waiting"),
        ("sent", "", "sent"),
        ("skipped", "bundled", "sent"),
        ("skipped", "paused", "held_back"),
        ("skipped", "no_device", "not_delivered"),
        ("failed", "", "not_delivered"),
        ("dead_device", "", "not_delivered"),
        ("expired", "", "not_delivered"),
        ("unknown", "", "unknown"),
    ],
)
def test_what_did_not_arrive_was_not_ignored(
    cast: Cast, state: str, reason: str, shown: str
) -> None:
    reminded(cast, NOON - timedelta(hours=1), state, reason=reason)

    (found,) = signed_in(cast.maya).get(DOOR + "2026-05-06").json()["reminders"]

    assert (found["state"], found["answered"], found["answered_at"]) == (shown, False, None)


def test_an_answered_reminder_says_when(cast: Cast) -> None:
    row = reminded(cast, NOON - timedelta(hours=1), answered_at=NOON, opened_at=NOON)

    (found,) = signed_in(cast.maya).get(DOOR + "2026-05-06").json()["reminders"]

    assert found["id"] == str(row.pk)
    assert (found["answered"], found["answered_at"]) == (True, "2026-05-06T12:00:00Z")
    assert found["reminder"] == str(row.reminder.id)


def test_nothing_of_the_future_is_made_up(cast: Cast) -> None:
    reminded(cast, NOON + timedelta(hours=1), "pending")

    today = signed_in(cast.maya).get(DOOR + "2026-05-06").json()
    later = signed_in(cast.maya).get(DOOR + "2031-01-01").json()

    assert today["reminders"] == []
    assert later == {"date": "2031-01-01", "entries": [], "daily": None, "reminders": []}


def test_a_deleted_entry_is_gone_from_its_day(cast: Cast) -> None:
    client = signed_in(cast.maya)
    entry = client.post(API + "entries", craving(occurred_at="2026-05-05T09:00:00-05:00")).json()
    client.delete(f"{API}entries/{entry['id']}", HTTP_IF_MATCH='"1"')

    assert client.get(DOOR + "2026-05-05").json()["entries"] == []


@pytest.mark.parametrize(
    "day", ["2026-13-01", "2026-02-30", "20260506", "today", "2026-5-6", "2026-05-06T00"]
)
def test_what_is_no_day_is_refused_by_name(cast: Cast, day: str) -> None:
    assert faults(signed_in(cast.maya).get(DOOR + day)) == {"date": "not_a_date"}
    assert AccessLogEntry.objects.count() == 0


def test_nobody_sees_the_day_of_another(cast: Cast) -> None:
    signed_in(cast.noah).post(API + "entries", craving(occurred_at="2026-05-05T09:00:00-05:00"))

    assert signed_in(cast.maya).get(DOOR + "2026-05-05").json()["entries"] == []
    problem(signed_in(cast.dr_okafor).get(DOOR + "2026-05-05"), 403, "forbidden")
    problem(signed_in(None).get(DOOR + "2026-05-05"), 401, "not_authenticated")


def test_a_patient_who_took_consent_back_still_sees_their_own_day(cast: Cast) -> None:
    client = signed_in(cast.maya)
    revoke_treatment_consents(patient_id=cast.maya.pk, now=NOON)

    assert client.get(DOOR + "2026-05-05").status_code == 200


@pytest.mark.parametrize("count", [1, 40])
def test_the_number_of_statements_does_not_grow(cast: Cast, count: int) -> None:
    client = signed_in(cast.maya)
    for n in range(count):
        client.post(API + "entries", craving(occurred_at=f"2026-05-05T09:00:{n:02d}-05:00"))
        reminded(cast, NOON - timedelta(minutes=n), slot=n, day=datetime(2026, 5, 5).date())

    with CaptureQueriesContext(connection) as seen:
        found = client.get(DOOR + "2026-05-05").json()

    assert (len(found["entries"]), len(found["reminders"])) == (count, count)
    assert len(seen) == 4, [query["sql"] for query in seen]
