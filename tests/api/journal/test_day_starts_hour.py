"""A patient's day that begins some hours after midnight: the night before is of the evening."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine

from backend.kit.timezones import LocalCalendar
from care.models import Patient, User
from journaling.briefs import phrases
from journaling.entries.record import record_entry
from journaling.models import Assignment, Entry
from journaling.safety.refused_answers import answers_of_refused
from notifications.models import Occurrence
from tests.api.journal.sync_client import sync
from tests.api.responses import API, faults
from tests.cast import ZONE, Cast, craving, own_chart, signed_in, supports
from tests.notifications.reminder_scenario import FakePush, drain, phone, planned

ENTRIES = API + "entries"
#: Tuesday 5 May 2026, half past one in the night.
NIGHT = datetime(2026, 5, 5, 1, 30, tzinfo=ZoneInfo(ZONE))
EVENING, TODAY = "2026-05-04", "2026-05-05"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DOORS = pytest.mark.parametrize("door", ["entries", "sync"])


def begins(user: User, hour: int) -> None:
    """Let the patient's day begin so many hours after midnight."""
    Patient.objects.filter(pk=user.pk).update(day_starts_hour=hour)


def card(at: datetime = NIGHT, **more: Any) -> dict[str, Any]:
    body = craving(at=at, kind="daily", sleep_hours=7, **more)
    del body["intensity"], body["target"]
    return body


def saved(user: User, sent: dict[str, Any], *, door: str = "entries") -> dict[str, Any]:
    """Save it at the moment that it names; return it as it is shown."""
    with time_machine.travel(datetime.fromisoformat(sent["recorded_at"]), tick=False):
        if door == "entries":
            response = signed_in(user).post(ENTRIES, sent)
            assert response.status_code in {200, 201}, response.content
            told: dict[str, Any] = response.json()
            return told
        answer = sync(signed_in(user), {"base_rev": None, **sent})
    assert answer["results"][0]["status"] in {"created", "unchanged"}, answer
    return next(one for one in answer["changes"] if one["id"] == sent["id"])


def read(user: User, door: str, *, at: datetime = NIGHT) -> dict[str, Any]:
    with time_machine.travel(at, tick=False):
        response = signed_in(user).get(API + door)
    assert response.status_code == 200, response.content
    told: dict[str, Any] = response.json()
    return told


def reminded(user: User, clock: str) -> Occurrence:
    """Let a reminder of that minute have been sent, the last one before the moment."""
    phone(user, at=NIGHT - 12 * HOUR)
    planned(user, clock, at=NIGHT - 12 * HOUR, expires_minutes=900)
    due = datetime.combine(NIGHT, time.fromisoformat(clock), NIGHT.tzinfo)
    drain(due if due <= NIGHT else due - DAY, FakePush())
    return Occurrence.objects.get()


# --- Of which day an entry is ----------------------------------------------------------------


@DOORS
@pytest.mark.parametrize(
    ("hour", "clock", "day"),
    [
        (0, "01:30", TODAY),
        (3, "01:30", EVENING),
        (4, "03:59", EVENING),
        (4, "04:00", TODAY),
        (1, "01:00", TODAY),
        (4, "23:59", TODAY),
    ],
)
def test_the_clock_decides_for_an_entry_and_for_a_card_without_date(
    cast: Cast, door: str, hour: int, clock: str, day: str
) -> None:
    begins(cast.maya, hour)
    at = datetime.combine(NIGHT, time.fromisoformat(clock), NIGHT.tzinfo)

    entry = saved(cast.maya, craving(at=at), door=door)
    told = saved(cast.maya, card(at), door=door)

    assert (entry["local_date"], entry["recall"]) == (day, "momentary")
    assert (told["local_date"], told["date"], told["recall"]) == (day, day, "momentary")
    assert entry["occurred_at"] == at.isoformat()


@DOORS
@pytest.mark.parametrize("day", [TODAY, EVENING, "2026-05-03"])
def test_a_date_that_is_named_wins_also_where_that_day_has_not_begun(
    cast: Cast, door: str, day: str
) -> None:
    begins(cast.maya, 3)

    told = saved(cast.maya, card(date=day), door=door)

    assert (told["date"], told["local_date"]) == (day, day)


def test_a_date_beyond_the_calendars_today_is_refused_as_ever(cast: Cast) -> None:
    begins(cast.maya, 3)

    with time_machine.travel(NIGHT, tick=False):
        response = signed_in(cast.maya).post(ENTRIES, card(date="2026-05-06"))

    assert faults(response) == {"date": "in_future"}


def test_a_summary_written_past_midnight_is_of_the_same_day(cast: Cast) -> None:
    begins(cast.maya, 3)
    sent = craving(at=NIGHT) | {"occurred_at": (NIGHT - 6 * HOUR).isoformat()}

    told = saved(cast.maya, sent)

    assert (told["local_date"], told["recall"]) == (EVENING, "same_day")


@DOORS
@pytest.mark.parametrize(("before", "after"), [(3, 0), (0, 3), (2, 4)])
def test_a_change_touches_nothing_that_is_stored(
    cast: Cast, door: str, before: int, after: int
) -> None:
    begins(cast.maya, before)
    sent = [craving(at=NIGHT), card()]
    stored = [saved(cast.maya, one, door=door) for one in sent]

    begins(cast.maya, after)
    again = [saved(cast.maya, one, door=door) for one in sent]

    assert [one["local_date"] for one in again] == [one["local_date"] for one in stored]
    assert [one["rev"] for one in again] == [1, 1]


@pytest.mark.parametrize("kind", ["craving", "daily"])
def test_an_edit_leaves_the_day_unless_it_moves_the_entry(cast: Cast, kind: str) -> None:
    begins(cast.maya, 3)
    told = saved(cast.maya, craving(at=NIGHT) if kind == "craving" else card())
    begins(cast.maya, 0)
    door = f"{ENTRIES}/{told['id']}"

    with time_machine.travel(NIGHT + HOUR, tick=False):
        client = signed_in(cast.maya)
        noted = client.patch(door, {"note": "x"}, headers={"If-Match": '"1"'}).json()
        moved = (NIGHT - 5 * DAY).isoformat() if kind == "craving" else NIGHT.isoformat()
        change = {"occurred_at": moved} | ({"date": TODAY} if kind == "daily" else {})
        later = client.patch(door, change, headers={"If-Match": '"2"'}).json()

    assert (noted["local_date"], noted["recall"]) == (EVENING, "momentary")
    assert later["local_date"] == ("2026-04-30" if kind == "craving" else TODAY)


@pytest.mark.parametrize(("hour", "recall"), [(0, "recalled"), (3, "momentary")])
def test_a_day_may_be_answered_for_48_hours_after_it_ended(
    cast: Cast, hour: int, recall: str
) -> None:
    begins(cast.maya, hour)
    told = saved(cast.maya, card(NIGHT - 4 * HOUR))

    with time_machine.travel(datetime(2026, 5, 7, 2, tzinfo=NIGHT.tzinfo), tick=False):
        change = {"sleep_hours": 5}
        edited = signed_in(cast.maya).patch(
            f"{ENTRIES}/{told['id']}", change, headers={"If-Match": '"1"'}
        )

    assert edited.json()["recall"] == recall


@pytest.mark.parametrize(("hour", "day"), [(0, "Tue May 5"), (3, "Mon May 4")])
def test_a_card_by_a_clock_that_runs_ahead_is_told_by_the_patients_day_of_arrival(
    cast: Cast, hour: int, day: str
) -> None:
    begins(cast.maya, hour)
    entry, _ = record_entry(chart=own_chart(cast.maya), sent=card(NIGHT + 23 * HOUR), now=NIGHT)

    with phrases.use_reader(phrases.BriefReader(NIGHT, LocalCalendar(ZONE, hour), ())):
        told = phrases.sentence_opening(entry)

    assert (entry.clock_suspect, told) == (True, day)


@pytest.mark.parametrize(("hour", "day"), [(0, TODAY), (3, EVENING)])
def test_what_could_not_be_stored_is_of_the_patients_day(hour: int, day: str) -> None:
    found = answers_of_refused(card(urges={"suicide": {"peak": 5}}), now=NIGHT, starts_hour=hour)

    assert found is not None
    assert found.day.isoformat() == day


def test_what_a_wrong_clock_dated_is_put_on_the_patients_day_of_arrival(cast: Cast) -> None:
    begins(cast.maya, 3)
    Patient.objects.filter(pk=cast.maya.pk).update(enrolled_at=NIGHT - 3 * HOUR)
    long_ago = NIGHT.replace(year=2015).isoformat()
    bodies = [{**one, "occurred_at": long_ago, "recorded_at": long_ago}
              for one in (craving(), card())]  # fmt: skip

    with time_machine.travel(NIGHT, tick=False):
        told = [signed_in(cast.maya).post(ENTRIES, one).json() for one in bodies]

    assert [(one["local_date"], one["clock_suspect"]) for one in told] == [(EVENING, True)] * 2


@pytest.mark.parametrize(
    ("at", "day"),
    [
        # At 02:00 on 8 March clocks go to 03:00, at 02:00 on 1 November back to 01:00.
        pytest.param("2026-03-08T01:59:00-06:00", "2026-03-07", id="before-the-gap"),
        pytest.param("2026-03-08T03:00:00-05:00", "2026-03-08", id="after-the-gap"),
        pytest.param("2026-11-01T01:59:00-05:00", "2026-10-31", id="first-two-o-clock"),
        pytest.param("2026-11-01T01:59:00-06:00", "2026-10-31", id="repeated-hour"),
        pytest.param("2026-11-01T02:00:00-06:00", "2026-11-01", id="after-the-repeated-hour"),
    ],
)
def test_in_the_nights_when_clocks_change_the_wall_clock_decides(
    cast: Cast, at: str, day: str
) -> None:
    begins(cast.maya, 2)

    told = saved(cast.maya, craving(at=datetime.fromisoformat(at)))

    assert told["local_date"] == day


# --- Reminders -------------------------------------------------------------------------------


@DOORS
@pytest.mark.parametrize(
    ("clock", "hour", "answered", "day"),
    [
        pytest.param("21:45", 3, NIGHT, EVENING, id="the-evenings"),
        pytest.param("00:45", 3, NIGHT, EVENING, id="one-of-the-night"),
        pytest.param("00:45", 0, NIGHT, TODAY, id="one-of-the-night-from-midnight"),
        pytest.param("00:45", 3, NIGHT + 7 * HOUR, EVENING, id="answered-in-the-morning"),
        pytest.param("00:45", 3, NIGHT + 11 * HOUR, TODAY, id="answered-after-noon"),
    ],
)
def test_a_diary_card_is_of_the_patients_day_that_its_reminder_asked_about(
    cast: Cast, door: str, clock: str, hour: int, answered: datetime, day: str
) -> None:
    begins(cast.maya, hour)
    Patient.objects.update(quiet_start="00:00", quiet_end="00:00")
    prompt = reminded(cast.maya, clock)

    told = saved(cast.maya, card(answered, origin=f"prompt:{prompt.pk}"), door=door)

    assert told["date"] == day


def test_a_day_shows_the_reminders_up_to_where_the_next_begins(cast: Cast) -> None:
    begins(cast.maya, 3)
    Patient.objects.update(quiet_start="00:00", quiet_end="00:00")
    reminded(cast.maya, "00:45")

    evening, today = (read(cast.maya, f"day/{day}")["reminders"] for day in (EVENING, TODAY))

    assert [one["due_at"] for one in evening] == ["2026-05-05T05:45:00Z"]
    assert today == []


# --- What is told of days --------------------------------------------------------------------


@pytest.mark.parametrize(("hour", "last_day"), [(0, TODAY), (3, EVENING)])
def test_a_summary_ends_with_the_patients_today(cast: Cast, hour: int, last_day: str) -> None:
    begins(cast.maya, hour)
    saved(cast.maya, craving(at=NIGHT - 4 * HOUR))
    saved(cast.maya, craving(at=NIGHT))

    told = read(cast.maya, "summary?days=7")

    assert told["period"]["last_day"] == last_day
    assert told["logged"]["days"] == (2 if hour == 0 else 1)


def test_a_therapist_reads_the_summary_by_the_patients_days(cast: Cast) -> None:
    begins(cast.maya, 3)

    told = read(cast.dr_okafor, f"patients/{cast.maya.pk}/summary?days=7")

    assert told["period"]["last_day"] == EVENING


def test_homework_is_open_until_its_last_day_is_over(cast: Cast) -> None:
    Assignment.objects.create(
        patient_id=cast.maya.pk, skill="slow-breathing", per_week=3, since=NIGHT.date() - 7 * DAY,
        until=NIGHT.date() - DAY, assigned_by=cast.dr_okafor.pk, assigned_at=NIGHT - 7 * DAY,
    )  # fmt: skip
    doors = [(cast.maya, "assignments"),
             (cast.dr_okafor, f"patients/{cast.maya.pk}/assignments")]  # fmt: skip

    found = []
    for hour in (0, 3):
        begins(cast.maya, hour)
        found.append([len(read(who, door)["results"]) for who, door in doors])

    assert found == [[0, 0], [1, 1]]


def test_a_support_person_is_told_the_patients_days(cast: Cast) -> None:
    consent = supports(cast.sam, cast.maya)
    saved(cast.maya, craving(at=NIGHT - 4 * HOUR))
    begins(cast.maya, 3)
    saved(cast.maya, craving(at=NIGHT))

    with time_machine.travel(NIGHT, tick=False):
        told = signed_in(cast.sam).get(f"{API}supported/{consent.pk}").json()

    # Something was logged on their today, so it is one of the days.
    assert (told["days_logged"]["days_with"], told["days_logged"]["days"]) == (1, 14)


def test_no_id_of_an_entry_is_taken_twice_by_it(cast: Cast) -> None:
    begins(cast.maya, 3)
    first, second = card(), card(id=str(uuid4()))
    saved(cast.maya, first)

    with time_machine.travel(NIGHT, tick=False):
        response = signed_in(cast.maya).post(ENTRIES, second)

    assert response.json()["code"] == "day_taken"
    assert Entry.objects.count() == 1
