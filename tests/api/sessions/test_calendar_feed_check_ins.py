"""Check-in times in a patient's own calendar: by choice, neutral, by their wall clock."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from dateutil.rrule import rrulestr  # type: ignore[import-untyped] # it ships no types
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from care.models import AccessLogEntry, Consent, Patient, User
from notifications.reminders.recurrence import RecurrenceRule, find_next_slot
from tests import cast as people
from tests.api.responses import API
from tests.cast import ZONE, Cast, signed_in

pytestmark = pytest.mark.django_db
MINE = API + "me/calendar"
CHICAGO = ZoneInfo(ZONE)
#: A Monday in winter, at noon in Chicago.
NOW = datetime(2027, 2, 1, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def winter() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def plans(user: User, **plan: Any) -> str:
    """Plan a reminder; return its id."""
    sent = {"purpose": "checkin", "times": ["08:30"]} | plan
    response = signed_in(user).post(f"{API}reminders", sent)
    assert response.status_code == 201, response.content
    return str(response.json()["id"])


def address(user: User, **body: Any) -> str:
    response = signed_in(user).post(MINE, body)
    assert response.status_code == 201, response.content
    return str(response.json()["url"]).removeprefix("http://testserver")


def feed(at: str) -> str:
    response = Client().get(at)
    assert response.status_code == 200
    return response.content.decode()


def alarms(text: str) -> list[Any]:
    return [event for event in Calendar.from_ical(text).walk("VEVENT") if event.walk("VALARM")]


def unfolded(text: str) -> list[str]:
    """Undo the folding of lines (RFC 5545, 3.1)."""
    return text.replace("\r\n ", "").split("\r\n")


def comes_at(text: str, *, until: datetime) -> list[datetime]:
    """Expand what a feed says by dateutil, and read its clock by the feed's own VTIMEZONE alone."""
    lines = unfolded(text)
    starts = next(line for line in lines if line.startswith("DTSTART;TZID="))
    rule = next(line for line in lines if line.startswith("RRULE:"))
    first = datetime.strptime(starts.rpartition(":")[2], "%Y%m%dT%H%M%S")  # noqa: DTZ007 (a wall clock)
    # A wall clock without its zone; UNTIL is compared afterwards, as it is an instant.
    bare = ";".join(part for part in rule.split(";") if not part.startswith("UNTIL="))
    ends = next((part[6:] for part in rule.split(";") if part.startswith("UNTIL=")), None)
    last = until if ends is None else datetime.strptime(ends, "%Y%m%dT%H%M%S%z")
    walls = rrulestr(bare, dtstart=first).between(
        first, until.replace(tzinfo=None) + timedelta(days=2), inc=True
    )
    instants = [wall.replace(tzinfo=UTC) - offset_at(lines, wall) for wall in walls]
    return [at for at in instants if at <= min(until, last)]


def offset_at(lines: list[str], wall: datetime) -> timedelta:
    """Return the offset that the VTIMEZONE gives a wall clock: of the newest change before it."""
    changes: list[tuple[datetime, timedelta]] = []
    jumps: list[datetime] = []
    for line in lines[: lines.index("END:VTIMEZONE")]:
        name, _, value = line.partition(":")
        if name in {"DTSTART", "RDATE"}:
            jumps += [
                datetime.strptime(one, "%Y%m%dT%H%M%S")  # noqa: DTZ007 (a wall clock)
                for one in value.split(",")
            ]
        elif name == "TZOFFSETTO":
            sign = -1 if value.startswith("-") else 1
            offset = sign * timedelta(hours=int(value[1:3]), minutes=int(value[3:5]))
            changes += [(jump, offset) for jump in jumps]
            jumps = []
    return max(change for change in changes if change[0] <= wall)[1]


def test_they_are_not_in_it_unless_she_chooses_so(cast: Cast) -> None:
    plans(cast.maya)

    text = feed(address(cast.maya))

    assert "VALARM" not in text
    assert "VTIMEZONE" not in text
    assert signed_in(cast.maya).get(MINE).json()["check_ins"] is False


def test_each_time_comes_back_with_an_alarm_and_says_nothing(cast: Cast) -> None:
    plans(cast.maya, times=["08:30", "20:00"])
    plans(cast.maya, purpose="dose", times=["12:00"])

    text = feed(address(cast.maya, check_ins=True))

    found = alarms(text)
    assert [event["DTSTART"].dt.time() for event in found] == [time(8, 30), time(20)]
    for event in found:
        (alarm,) = event.walk("VALARM")
        assert (alarm["ACTION"], alarm["DESCRIPTION"]) == ("DISPLAY", "Reminder")
        assert alarm["TRIGGER"].dt == timedelta(0)
        assert (event["SUMMARY"], event["CLASS"], event["TRANSP"]) == (
            "Reminder", "PRIVATE", "TRANSPARENT"
        )  # fmt: skip
    for hidden in ("check", "Harbor", "Maya", "clinic", "dose", str(cast.maya.pk)):
        assert hidden not in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")


def test_no_two_calendars_share_an_id(cast: Cast) -> None:
    plans(cast.maya)

    uids = {alarms(feed(address(cast.maya, check_ins=True)))[0]["UID"] for _ in range(2)}

    assert len(uids) == 2


@pytest.mark.parametrize(
    ("plan", "rule"),
    [
        ({}, RecurrenceRule((510,))),
        ({"days": ["mon", "wed", "sun"]}, RecurrenceRule((510,), weekdays=0b1000101)),
        (
            {"every": {"days": 3, "from": "2027-01-02"}},
            RecurrenceRule((510,), None, 3, date(2027, 1, 2)),
        ),
        (
            {"starts_on": "2027-03-10", "ends_on": "2027-03-20"},
            RecurrenceRule((510,), starts_on=date(2027, 3, 10), ends_on=date(2027, 3, 20)),
        ),
    ],
)
@pytest.mark.parametrize(
    "zone", ["America/Chicago", "Europe/Lisbon", "Australia/Lord_Howe", "+05:30", "Etc/GMT+6"]
)
def test_a_calendar_rings_when_the_engine_would(
    cast: Cast, plan: dict[str, Any], rule: RecurrenceRule, zone: str
) -> None:
    User.objects.filter(pk=cast.maya.pk).update(time_zone=zone)
    plans(cast.maya, **plan)
    until = NOW + timedelta(days=500)

    rung = comes_at(feed(address(cast.maya, check_ins=True)), until=until)

    wanted, at = [], NOW
    while (slot := find_next_slot(rule, zone_name=zone, after=at)) and slot.due_at <= until:
        wanted.append(slot.due_at)
        at = slot.due_at
    assert rung == wanted
    assert len(rung) > 5


def test_both_changes_of_a_clock_are_written_by_the_clock_of_before(cast: Cast) -> None:
    plans(cast.maya)

    lines = unfolded(feed(address(cast.maya, check_ins=True)))

    summer = next(line for line in lines[lines.index("BEGIN:DAYLIGHT") :] if "RDATE" in line)
    winter = [line for line in lines[lines.index("BEGIN:STANDARD") :] if "RDATE" in line][-1]
    assert "20270314T020000" in summer
    assert "20271107T020000" in winter


def test_quiet_hours_are_quiet_in_the_calendar_as_well(cast: Cast) -> None:
    plans(cast.maya, times=["06:30", "08:30", "22:15"])

    found = alarms(feed(address(cast.maya, check_ins=True)))

    assert [event["DTSTART"].dt.time() for event in found] == [time(8, 30)]


def test_a_pause_moves_the_first_one_behind_it(cast: Cast) -> None:
    plans(cast.maya)
    at = address(cast.maya, check_ins=True)
    before = alarms(feed(at))[0]["DTSTART"].dt
    until = datetime(2027, 2, 10, 12, tzinfo=CHICAGO)

    signed_in(cast.maya).post(f"{API}reminders/pause", {"until": until.isoformat()})

    paused = alarms(feed(at))[0]["DTSTART"].dt
    signed_in(cast.maya).delete(f"{API}reminders/pause")
    assert before.date() == date(2027, 2, 2)
    assert paused.date() == date(2027, 2, 11)
    assert alarms(feed(at))[0]["DTSTART"].dt == before


def test_a_time_that_moves_keeps_its_id_with_a_higher_sequence(cast: Cast) -> None:
    reminder = plans(cast.maya, days=["mon"])
    at = address(cast.maya, check_ins=True)
    before = alarms(feed(at))[0]

    signed_in(cast.maya).patch(
        f"{API}reminders/{reminder}", {"days": ["tue"]}, headers={"If-Match": '"1"'}
    )

    after = alarms(feed(at))[0]
    assert after["UID"] == before["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)


@pytest.mark.parametrize("why", ["off", "deleted", "discharged", "no consent"])
def test_whoever_gets_no_reminders_has_none_in_the_calendar(cast: Cast, why: str) -> None:
    reminder = plans(cast.maya)
    at = address(cast.maya, check_ins=True)
    client, path = signed_in(cast.maya), f"{API}reminders/{reminder}"
    rev = {"If-Match": '"1"'}
    match why:
        case "off":
            client.patch(path, {"active": False}, headers=rev)
        case "deleted":
            client.delete(path, headers=rev)
        case "discharged":
            Patient.objects.filter(pk=cast.maya.pk).update(discharged_at=NOW)
        case _:
            Consent.objects.filter(patient=cast.maya.pk).update(revoked_at=NOW)

    assert alarms(feed(at)) == []


def test_a_planned_end_of_care_ends_them(cast: Cast) -> None:
    plans(cast.maya)
    ends = datetime(2027, 2, 5, 15, tzinfo=UTC)
    Patient.objects.filter(pk=cast.maya.pk).update(discharged_at=ends)

    rung = comes_at(feed(address(cast.maya, check_ins=True)), until=NOW + timedelta(days=60))

    assert [at.astimezone(CHICAGO).day for at in rung] == [2, 3, 4, 5]


def test_what_changes_is_fetched_and_what_stands_is_not(cast: Cast) -> None:
    plans(cast.maya)
    at = address(cast.maya, check_ins=True)
    first = Client().get(at)

    unchanged = Client().get(at, headers={"If-None-Match": first["ETag"]})
    signed_in(cast.maya).patch(MINE, {"check_ins": False})
    changed = Client().get(at, headers={"If-None-Match": first["ETag"]})

    assert (unchanged.status_code, changed.status_code) == (304, 200)
    assert "VALARM" not in changed.content.decode()


def test_turning_it_on_and_off_keeps_the_address_and_is_logged(cast: Cast) -> None:
    plans(cast.maya)
    at = address(cast.maya)

    answer = signed_in(cast.maya).patch(MINE, {"check_ins": True})

    assert (answer.status_code, answer.json()["check_ins"]) == (200, True)
    assert signed_in(cast.maya).get(MINE).json() == answer.json()
    assert len(alarms(feed(at))) == 1
    row = AccessLogEntry.objects.get(data_class="calendar", reason="check_ins_in")
    assert (row.actor_id, row.action) == (cast.maya.pk, "write")


def test_a_new_address_holds_what_the_one_before_held(cast: Cast) -> None:
    plans(cast.maya)
    address(cast.maya, check_ins=True)

    kept = address(cast.maya)
    gone = address(cast.maya, check_ins=False)
    still_gone = address(cast.maya)

    assert Client().get(kept).status_code == 404
    assert Client().get(gone).status_code == 404
    assert alarms(feed(still_gone)) == []


def test_a_new_address_still_rings(cast: Cast) -> None:
    plans(cast.maya)
    address(cast.maya, check_ins=True)

    assert len(alarms(feed(address(cast.maya)))) == 1


def test_it_holds_nobody_elses(cast: Cast) -> None:
    plans(cast.noah, times=["09:10"])
    people.session(cast.dr_okafor, starts_at=timezone.now(), with_patient=cast.maya)

    assert alarms(feed(address(cast.maya, check_ins=True))) == []
