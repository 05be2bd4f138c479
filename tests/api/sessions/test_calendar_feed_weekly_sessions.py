"""The calendar feed as calendar programs read it: weekly sessions, changes to them, every kind."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from care.models import TreatmentSession, User
from care.sessions import series
from care.sessions.occurrences import WeeklyRecurrence
from care.sessions.plan import PlannedSession, change_session
from tests import cast as people
from tests.api.responses import API
from tests.cast import ZONE, Cast, signed_in

HERE = ZoneInfo(ZONE)
#: A Monday, three weeks before the clocks go back in Chicago (Sunday November 1, 2026).
FIRST = datetime(2026, 10, 12, 9, 30, tzinfo=HERE)
NOW = datetime(2026, 10, 9, 15, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def then() -> Iterator[None]:
    """Be there on the Friday before."""
    with time_machine.travel(NOW, tick=False):
        yield


def weekly(clinician: User, **changes: Any) -> list[TreatmentSession]:
    wanted: dict[str, Any] = {
        "kind": "individual", "starts_at": FIRST, "ends_at": FIRST + timedelta(minutes=50),
        "title": "Plan for June", "place": "Room 2",
    }  # fmt: skip
    repeats = changes.pop("weekly", WeeklyRecurrence())
    plan = PlannedSession(clinician, **(wanted | changes))
    series.plan_series(plan=plan, weekly=repeats, now=NOW)
    return list(TreatmentSession.objects.order_by("starts_at"))


def address_of(user: User) -> str:
    return str(signed_in(user).post(f"{API}me/calendar").json()["url"]).removeprefix(
        "http://testserver"
    )


def read(address: str) -> list[Any]:
    """Read the feed as a calendar program does, and take nothing that breaks the standard."""
    body = Client().get(address).content
    assert max(map(len, body.split(b"\r\n"))) <= 75
    assert b"\n" not in body.replace(b"\r\n", b"")
    calendar: Any = Calendar.from_ical(body)
    assert not calendar.errors
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "PUBLISH")
    assert calendar["REFRESH-INTERVAL"].dt == timedelta(hours=1)
    events: list[Any] = calendar.walk("VEVENT")
    for event in events:
        assert not event.errors
        assert event["DTSTAMP"].dt.tzinfo is UTC or event["DTSTAMP"].dt.utcoffset() == timedelta(0)
        assert event["DTEND"].dt > event["DTSTART"].dt
        # Each is an event of its own, so there is no rule that a program could read otherwise.
        assert not {"RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "TZID"} & set(event)
    assert len({event["UID"] for event in events}) == len(events)
    return sorted(events, key=lambda event: event["DTSTART"].dt)


def starts(events: list[Any]) -> list[datetime]:
    return [event["DTSTART"].dt for event in events]


def states(events: list[Any]) -> list[tuple[str, int]]:
    return [(str(event["STATUS"]), int(event["SEQUENCE"])) for event in events]


def test_a_weekly_session_keeps_its_wall_clock_across_the_change_of_clocks(cast: Cast) -> None:
    rows = weekly(cast.dr_okafor, patient_id=cast.maya.pk)

    found = starts(read(address_of(cast.maya)))

    assert len(found) == len(rows) == 12
    assert {f"{at.astimezone(HERE):%a %H:%M}" for at in found} == {"Mon 09:30"}
    assert {at.astimezone(UTC).hour for at in found} == {14, 15}
    assert found[0] == FIRST


@pytest.mark.parametrize("who", ["maya", "dr_okafor"])
def test_one_that_moves_replaces_itself_and_no_other(cast: Cast, who: str) -> None:
    rows = weekly(cast.dr_okafor, patient_id=cast.maya.pk)
    address = address_of(getattr(cast, who))
    before = read(address)
    later = rows[2].starts_at + timedelta(days=1, hours=2)

    change_session(
        clinician=cast.dr_okafor, session_id=rows[2].pk, rev=1, now=NOW,
        changes={"starts_at": later, "ends_at": later + timedelta(minutes=50)},
    )  # fmt: skip
    after = read(address)

    assert [event["UID"] for event in after] == [event["UID"] for event in before]
    assert after[2]["DTSTART"].dt == later
    assert states(after) == [("CONFIRMED", int(n == 2)) for n in range(12)]


def test_one_that_is_cancelled_says_so_and_may_come_back(cast: Cast) -> None:
    rows = weekly(cast.dr_okafor, patient_id=cast.maya.pk)
    address = address_of(cast.maya)

    for rev, is_off in ((1, True), (2, False)):
        change_session(
            clinician=cast.dr_okafor, session_id=rows[1].pk, rev=rev, now=NOW,
            changes={"cancelled": is_off},
        )  # fmt: skip
        found = states(read(address))
        assert found[1] == ("CANCELLED" if is_off else "CONFIRMED", rev)
        assert set(found[:1] + found[2:]) == {("CONFIRMED", 0)}


def test_all_that_follow_move_or_are_cancelled_and_those_before_stay(cast: Cast) -> None:
    rows = weekly(cast.dr_okafor, patient_id=cast.maya.pk)
    address = address_of(cast.maya)
    before = read(address)
    fourth = rows[3].starts_at.astimezone(HERE).replace(hour=16, minute=0)

    series.change_series_from(
        clinician=cast.dr_okafor, session_id=rows[3].pk, rev=1, now=NOW,
        changes={"starts_at": fourth, "ends_at": fourth + timedelta(minutes=50)},
    )  # fmt: skip
    moved = read(address)
    series.change_series_from(
        clinician=cast.dr_okafor, session_id=rows[8].pk, rev=2, now=NOW,
        changes={"cancelled": True},
    )  # fmt: skip
    ended = read(address)

    assert [event["UID"] for event in moved] == [event["UID"] for event in before]
    clocks = [f"{at.astimezone(HERE):%a %H:%M}" for at in starts(moved)]
    assert clocks == ["Mon 09:30"] * 3 + ["Mon 16:00"] * 9
    assert states(moved) == [("CONFIRMED", 0)] * 3 + [("CONFIRMED", 1)] * 9
    assert states(ended) == (
        [("CONFIRMED", 0)] * 3 + [("CONFIRMED", 1)] * 5 + [("CANCELLED", 2)] * 4
    )


@pytest.mark.parametrize("kind", TreatmentSession.Kind.values)
@pytest.mark.parametrize("who", ["maya", "dr_okafor"])
def test_every_kind_is_an_appointment_and_nothing_else(cast: Cast, kind: str, who: str) -> None:
    group = people.group(cast.dr_okafor, cast.maya, name="Evening recovery group")
    whose = {"group_id": group.pk} if kind == "group" else {"patient_id": cast.maya.pk}
    weekly(cast.dr_okafor, kind=kind, **whose)
    address = address_of(getattr(cast, who))

    events = read(address)
    text = Client().get(address).content.decode()

    assert len(events) == 12
    assert {str(event["SUMMARY"]) for event in events} == {"Appointment"}
    assert {str(event["CLASS"]) for event in events} == {"PRIVATE"}
    assert {frozenset(event) for event in events} == {
        frozenset({"UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "SUMMARY", "CLASS", "STATUS"})
    }
    for hidden in ("Maya", "Okafor", "Harbor", "recovery", "June", "Room", kind.upper()):
        assert hidden not in text
    assert kind not in text.lower().replace("x-wr-calname", "")


def test_what_comes_into_view_is_made_when_the_feed_is_read(cast: Cast) -> None:
    weekly(cast.dr_okafor, patient_id=cast.maya.pk)
    address = address_of(cast.maya)

    with time_machine.travel(NOW + 10 * WEEK, tick=False):
        found = starts(read(address))

    # A month back and as far ahead as sessions are made.
    assert {at.weekday() for at in found} == {0}
    assert found[0] == FIRST + 6 * WEEK
    assert found[-1] > NOW + 20 * WEEK
    assert found == [found[0].astimezone(HERE) + n * WEEK for n in range(len(found))]


def test_nobody_on_the_way_keeps_it_and_unchanged_it_is_sent_once(cast: Cast) -> None:
    weekly(cast.dr_okafor, patient_id=cast.maya.pk)
    address = address_of(cast.maya)
    first = Client().get(address)

    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        again = Client().get(address, headers={"If-None-Match": first["ETag"]})
        anew = Client().get(address)

    assert first["Cache-Control"] == again["Cache-Control"] == "no-store"
    assert (again.status_code, again.content) == (304, b"")
    assert first["ETag"].startswith('W/"')
    assert b"DTSTAMP:20261009T160000Z" in anew.content


def test_a_revoked_address_is_gone_for_good(cast: Cast) -> None:
    weekly(cast.dr_okafor, patient_id=cast.maya.pk)
    address = address_of(cast.maya)
    assert len(read(address)) == 12

    signed_in(cast.maya).delete(f"{API}me/calendar")
    gone = Client().get(address)

    assert (gone.status_code, gone["Cache-Control"]) == (404, "no-store")
    assert b"VEVENT" not in gone.content
    assert len(read(address_of(cast.maya))) == 12
    assert Client().get(address).status_code == 404
