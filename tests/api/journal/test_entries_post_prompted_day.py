"""A diary card that an evening's reminder asked for is of that evening, though saved after it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from care.models import Patient
from journaling.models import Entry
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from tests.api.responses import API
from tests.cast import Cast, craving, signed_in
from tests.notifications.reminder_scenario import FakePush, drain, phone, planned

ENTRIES, SYNC = API + "entries", API + "sync"
#: Monday 2 March 2026, 21:45 in Chicago.
EVENING = datetime(2026, 3, 3, 3, 45, tzinfo=UTC)
#: Tuesday, 00:20 in Chicago.
AFTER_MIDNIGHT = datetime(2026, 3, 3, 6, 20, tzinfo=UTC)
NOON = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DOORS = pytest.mark.parametrize("door", [ENTRIES, SYNC])


@pytest.fixture
def prompt(cast: Cast) -> Occurrence:
    """Let maya's reminder of 21:45 have been sent."""
    phone(cast.maya)
    planned(cast.maya, "21:45", expires_minutes=900, nudge=True)
    drain(EVENING, FakePush())
    return Occurrence.objects.get(slot=21 * 60 + 45)


def card(*, at: datetime, origin: str = "self", **more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()), "kind": "daily", "occurred_at": at.isoformat(), "sleep_hours": 7,
        "recorded_at": at.isoformat(), "time_zone": "America/Chicago", "origin": origin, **more,
    }  # fmt: skip


def saved(cast: Cast, door: str, sent: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    """Save it through a door; return the entry as it is shown, or the refusal."""
    with time_machine.travel(at, tick=False):
        client = signed_in(cast.maya)
        if door == ENTRIES:
            told: dict[str, Any] = client.post(ENTRIES, sent).json()
            return told
        op = {"base_rev": None, "deleted": False, **sent}
        answer = client.post(SYNC, {"cursor": None, "ops": [op]}).json()
        [result] = answer["results"]
        shown = [change for change in answer["changes"] if change["id"] == sent["id"]]
        return {**result, **(shown[0] if shown else {})}


@DOORS
def test_it_is_of_the_reminders_day_and_the_next_evening_has_a_card_of_its_own(
    cast: Cast, prompt: Occurrence, door: str
) -> None:
    first = saved(
        cast, door, card(at=AFTER_MIDNIGHT, origin=f"prompt:{prompt.pk}"), at=AFTER_MIDNIGHT
    )
    second = saved(cast, door, card(at=EVENING + 24 * HOUR), at=EVENING + 24 * HOUR)

    assert (first["date"], second["date"]) == ("2026-03-02", "2026-03-03")
    assert Entry.objects.count() == 2
    prompt.refresh_from_db()
    assert prompt.answered_at == AFTER_MIDNIGHT


@DOORS
@pytest.mark.parametrize("zone", ["GMT-06:00", "-0600", "Etc/Unknown", ""])
def test_a_phone_that_knows_its_offset_alone_closes_its_diary_at_noon_too(
    cast: Cast, prompt: Occurrence, door: str, zone: str
) -> None:
    sent = card(at=AFTER_MIDNIGHT, origin=f"prompt:{prompt.pk}", time_zone=zone)
    sent["occurred_at"] = "2026-03-03T00:20:00-06:00"

    told = saved(cast, door, sent, at=AFTER_MIDNIGHT)

    assert (told["date"], told["zone_suspect"]) == ("2026-03-02", True)


@DOORS
def test_a_repeat_is_the_same_card(cast: Cast, prompt: Occurrence, door: str) -> None:
    sent = card(at=AFTER_MIDNIGHT, origin=f"prompt:{prompt.pk}")
    saved(cast, door, sent, at=AFTER_MIDNIGHT)

    again = saved(cast, door, sent, at=AFTER_MIDNIGHT + 30 * HOUR)

    assert again.get("status", "unchanged") == "unchanged"
    assert again.get("code") is None
    assert Entry.objects.get().rev == 1


@DOORS
@pytest.mark.parametrize(
    ("at", "day"),
    [
        (EVENING + HOUR, "2026-03-02"),
        (NOON - timedelta(minutes=1), "2026-03-02"),
        (NOON, "2026-03-03"),
    ],
    ids=["the same evening", "just before noon", "at noon the diary is closed"],
)
def test_the_diary_closes_at_noon(
    cast: Cast, prompt: Occurrence, door: str, at: datetime, day: str
) -> None:
    told = saved(cast, door, card(at=at, origin=f"prompt:{prompt.pk}"), at=at)

    assert told["date"] == day


@DOORS
def test_saved_offline_it_is_when_it_was_written_that_counts(
    cast: Cast, prompt: Occurrence, door: str
) -> None:
    sent = card(at=AFTER_MIDNIGHT, origin=f"prompt:{prompt.pk}")

    told = saved(cast, door, sent, at=NOON + 48 * HOUR)

    assert told["date"] == "2026-03-02"


@DOORS
@pytest.mark.parametrize("null", [{}, {"date": None}], ids=["left out", "null"])
def test_a_day_that_is_named_stands_and_null_names_none(
    cast: Cast, prompt: Occurrence, door: str, null: dict[str, Any]
) -> None:
    named = card(at=AFTER_MIDNIGHT, origin=f"prompt:{prompt.pk}", date="2026-03-03")
    assert saved(cast, door, named, at=AFTER_MIDNIGHT)["date"] == "2026-03-03"

    sent = card(at=AFTER_MIDNIGHT, origin=f"prompt:{prompt.pk}", **null)

    assert saved(cast, door, sent, at=AFTER_MIDNIGHT)["date"] == "2026-03-02"


@DOORS
def test_a_nudge_asks_about_the_same_day(cast: Cast, prompt: Occurrence, door: str) -> None:
    nudge = Occurrence.objects.get(slot__gte=2000)

    told = saved(
        cast, door, card(at=AFTER_MIDNIGHT, origin=f"prompt:{nudge.pk}".upper().replace(
            "PROMPT", "prompt")), at=AFTER_MIDNIGHT,
    )  # fmt: skip

    assert told["date"] == "2026-03-02"


@DOORS
def test_what_the_phone_showed_before_the_engine_took_it_up_is_known(cast: Cast, door: str) -> None:
    Patient.objects.update(quiet_start="00:00", quiet_end="00:00")
    planned(cast.maya, "23:55", expires_minutes=900)
    with time_machine.travel(EVENING, tick=False):
        [coming] = signed_in(cast.maya).get(f"{API}reminders/upcoming?hours=3").json()["results"]
    Reminder.objects.update(next_spread=420, next_due_at=EVENING + timedelta(minutes=137))

    at = EVENING + timedelta(minutes=136)  # a minute past midnight
    told = saved(cast, door, card(at=at, origin=f"prompt:{coming['id']}"), at=at)

    assert told["date"] == "2026-03-02"


@DOORS
def test_a_card_of_that_day_that_stands_is_told(cast: Cast, prompt: Occurrence, door: str) -> None:
    saved(cast, door, card(at=EVENING), at=EVENING)

    told = saved(
        cast, door, card(at=AFTER_MIDNIGHT, origin=f"prompt:{prompt.pk}"), at=AFTER_MIDNIGHT
    )

    assert told.get("code", told.get("status")) in {"day_taken", "invalid", "conflict"}
    assert Entry.objects.count() == 1


@DOORS
@pytest.mark.parametrize(
    "origin", ["self", "prompt:0f9c0a52-6d0b-4e0e-9a55-6f1d2c3b4a59", "foreign"]
)
def test_without_a_reminder_of_their_own_it_is_of_the_day_it_was_written(
    cast: Cast, prompt: Occurrence, door: str, origin: str
) -> None:
    if origin == "foreign":
        planned(cast.noah, "21:45", at=EVENING - HOUR)
        drain(EVENING)
        origin = f"prompt:{Occurrence.objects.get(patient_id=cast.noah.pk).pk}"

    told = saved(cast, door, card(at=AFTER_MIDNIGHT, origin=origin), at=AFTER_MIDNIGHT)

    assert told["date"] == "2026-03-03"


@pytest.mark.parametrize(
    "spoil",
    [
        {"recorded_at": "soon"}, {"occurred_at": None}, {"time_zone": "Mars/Olympus"},
        {"time_zone": 7}, {"origin": ["prompt:"]}, {"origin": "prompt:x"}, {"kind": ["daily"]},
    ],
    ids=str,
)  # fmt: skip
@DOORS
def test_what_cant_be_placed_is_refused_as_ever(
    cast: Cast, prompt: Occurrence, door: str, spoil: dict[str, Any]
) -> None:
    sent = card(at=AFTER_MIDNIGHT, origin=f"prompt:{prompt.pk}") | spoil

    told = saved(cast, door, sent, at=AFTER_MIDNIGHT)

    [fault] = told["errors"]
    assert fault["field"] == next(iter(spoil))
    assert not Entry.objects.exists()


def test_other_entries_ask_nothing_more(cast: Cast, prompt: Occurrence) -> None:
    client = signed_in(cast.maya)
    with time_machine.travel(AFTER_MIDNIGHT, tick=False):
        client.post(ENTRIES, craving(at=AFTER_MIDNIGHT))
        with CaptureQueriesContext(connection) as plain:
            client.post(ENTRIES, craving(at=AFTER_MIDNIGHT))
        with CaptureQueriesContext(connection) as dated:
            client.post(ENTRIES, card(at=AFTER_MIDNIGHT, date="2026-03-02"))

    assert not [one for one in (*plain, *dated) if "occurrence" in one["sql"]]
