"""The calendar address: only when, never what, and dead as soon as it is revoked."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from care.models import AccessLogEntry, CalendarLink, TreatmentSession, User
from tests import cast as people
from tests.api.responses import API, problem
from tests.cast import Cast, signed_in

MINE = API + "me/calendar"


def address_of(user: User) -> str:
    response = signed_in(user).post(MINE)
    assert response.status_code == 201, response.content
    return str(response.json()["url"]).removeprefix("http://testserver")


def events(body: bytes) -> list[dict[str, str]]:
    return [
        {name: str(event[name]) for name in ("SUMMARY", "STATUS", "UID", "SEQUENCE")}
        for event in Calendar.from_ical(body).walk("VEVENT")
    ]


def test_a_calendar_program_reads_the_own_sessions_without_signing_in(cast: Cast) -> None:
    soon = timezone.now() + timedelta(days=2)
    people.session(cast.dr_okafor, starts_at=soon, with_patient=cast.maya, kind="medication")
    group = people.group(cast.dr_okafor, cast.maya, name="Evening recovery group")
    people.session(cast.dr_okafor, starts_at=soon, with_group=group, kind="group")
    people.session(cast.dr_lind, starts_at=soon, with_patient=cast.noah)
    TreatmentSession.objects.update(title="Plan for June", place="Room 4")

    response = Client().get(address_of(cast.maya))

    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    found = events(response.content)
    assert [event["SUMMARY"] for event in found] == ["Appointment", "Appointment"]
    assert {event["STATUS"] for event in found} == {"CONFIRMED"}
    assert f"DTSTART:{soon:%Y%m%dT%H%M%SZ}" in response.content.decode()


@pytest.mark.parametrize("who", ["maya", "dr_okafor"])
def test_it_names_nothing_and_nobody(cast: Cast, who: str) -> None:
    made = people.session(
        cast.dr_okafor, starts_at=timezone.now(), with_patient=cast.maya, kind="physician"
    )
    TreatmentSession.objects.update(title="Plan for June", place="Room 4")

    told = Client().get(address_of(getattr(cast, who))).content.decode()

    assert "BEGIN:VEVENT" in told
    for hidden in ("Harbor", "Maya", "Okafor", "June", "Room", "physician", str(made.pk)):
        assert hidden not in told


def test_two_people_of_one_session_share_no_id(cast: Cast) -> None:
    people.session(cast.dr_okafor, starts_at=timezone.now(), with_patient=cast.maya)

    bodies = [Client().get(address_of(who)).content for who in (cast.maya, cast.dr_okafor)]

    assert len({event["UID"] for body in bodies for event in events(body)}) == 2


def test_a_moved_and_a_cancelled_session_replace_what_was_fetched(cast: Cast) -> None:
    now = timezone.now()
    people.session(cast.dr_okafor, starts_at=now, with_patient=cast.maya)
    address = address_of(cast.maya)
    before = Client().get(address)
    unchanged = Client().get(address, headers={"If-None-Match": before["ETag"]})

    TreatmentSession.objects.update(rev=2, cancelled_at=now)
    after = Client().get(address, headers={"If-None-Match": before["ETag"]})

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert after.status_code == 200
    (old,), (new,) = events(before.content), events(after.content)
    assert old["UID"] == new["UID"]
    assert (old["SEQUENCE"], new["SEQUENCE"], new["STATUS"]) == ("0", "1", "CANCELLED")
    # Outlook shows a cancelled event of a feed like any other, so its title says it too.
    assert (old["SUMMARY"], new["SUMMARY"]) == ("Appointment", "Cancelled: Appointment")


def test_a_session_that_takes_place_again_has_its_title_back(cast: Cast) -> None:
    people.session(cast.dr_okafor, starts_at=timezone.now(), with_patient=cast.maya)
    TreatmentSession.objects.update(rev=2, cancelled_at=timezone.now())
    address = address_of(cast.maya)
    Client().get(address)

    TreatmentSession.objects.update(rev=3, cancelled_at=None)
    (event,) = events(Client().get(address).content)

    assert (event["SUMMARY"], event["STATUS"], event["SEQUENCE"]) == (
        "Appointment", "CONFIRMED", "2"
    )  # fmt: skip


def test_revoking_and_making_anew_end_the_address_at_once(cast: Cast) -> None:
    first = address_of(cast.maya)
    second = address_of(cast.maya)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200

    ended = signed_in(cast.maya).delete(MINE)
    again = signed_in(cast.maya).delete(MINE)

    assert (ended.status_code, again.status_code) == (204, 204)
    assert Client().get(second).status_code == 404
    assert Client().get(second).content == Client().get(f"{API}calendar/guess.ics").content


def test_a_disabled_person_has_no_calendar(cast: Cast) -> None:
    address = address_of(cast.maya)
    User.objects.filter(pk=cast.maya.pk).update(is_active=False)

    assert Client().get(address).status_code == 404


def test_only_a_fingerprint_of_the_secret_is_kept(cast: Cast) -> None:
    secret = address_of(cast.maya).rsplit("/", 1)[1].removesuffix(".ics")

    assert len(secret) == 43
    assert secret not in CalendarLink.objects.get().fingerprint


def test_the_access_log_names_making_reading_and_ending(cast: Cast) -> None:
    address = address_of(cast.maya)
    etag = Client().get(address)["ETag"]
    Client().get(address, headers={"If-None-Match": etag})
    signed_in(cast.maya).delete(MINE)

    rows = AccessLogEntry.objects.filter(data_class="calendar").order_by("id")
    assert list(rows.values_list("action", "reason", "patient_id")) == [
        ("write", "link_made", cast.maya.pk),
        ("read", "calendar_link", cast.maya.pk),
        ("write", "link_ended", cast.maya.pk),
    ]


def test_without_an_address_there_is_nothing_to_turn_on(cast: Cast) -> None:
    client = signed_in(cast.maya)

    assert client.get(MINE).json() == {"created_at": None, "check_ins": False}
    problem(client.patch(MINE, {"check_ins": True}), 404, "not_found")

    assert not AccessLogEntry.objects.filter(data_class="calendar").exists()


def test_staff_have_none_and_learn_so(cast: Cast) -> None:
    refused = signed_in(cast.dr_okafor).post(MINE, {"check_ins": True})

    (fault,) = problem(refused, 400, "invalid_input")["errors"]
    assert (fault["field"], fault["code"]) == ("check_ins", "patients_only")
    assert signed_in(cast.dr_okafor).get(MINE).json()["created_at"] is None
