"""Planning, moving and cancelling sessions, and noting who came, by the forms of the pages."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from care.models import AccessLogEntry, Attendance, SessionSeries, TreatmentSession
from tests import cast as people
from tests.cast import Cast
from tests.web.page_client import browser_of, page_of, text_of

PLAN = "/review/plan/"
SOON = (timezone.now() + timedelta(days=5)).date()


def sent(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "individual",
        "whom": f"patient:{cast.maya.pk}",
        "day": SOON.isoformat(),
        "clock": "09:30",
        "minutes": "50",
        "place": "Room 2",
        "title": "",
    } | changes


def errors(response: Any) -> list[str]:
    found = re.findall(r'<p class="error" id="id_(\w+)_error">', text_of(response))
    assert response.status_code == 400
    return found


def planned(cast: Cast) -> TreatmentSession:
    starts = datetime(SOON.year, SOON.month, SOON.day, 15, tzinfo=UTC)
    return people.session(cast.dr_okafor, starts_at=starts, with_patient=cast.maya)


def test_a_session_is_planned_and_the_form_leads_to_its_day(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)

    response = client.post(PLAN, sent(cast))

    assert response.status_code == 302
    assert response["Location"] == f"/review/?day={SOON}&said=planned"
    made = TreatmentSession.objects.get()
    assert (made.patient_id, made.place) == (cast.maya.pk, "Room 2")
    assert "The session is planned." in text_of(client.get(response["Location"]))


def test_a_weekly_session_is_planned_for_the_days_chosen(cast: Cast) -> None:
    group = people.group(cast.dr_okafor, cast.maya)
    day = SOON.weekday()

    response = browser_of(cast.dr_okafor).post(
        PLAN,
        sent(cast, kind="group", whom=f"group:{group.pk}", weekly="on", minutes="180",
             days=[str(day), str((day + 2) % 7)], until=str(SOON + timedelta(days=20))),
    )  # fmt: skip

    assert response.status_code == 302
    assert SessionSeries.objects.count() == 2
    assert TreatmentSession.objects.count() == 6


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"whom": ""}, ["whom"]),
        ({"clock": "soon", "minutes": "0"}, ["clock", "minutes"]),
        ({"kind": "group"}, ["whom"]),
        ({"weekly": "on", "until": "2001-01-01"}, ["until"]),
    ],
)
def test_what_is_wrong_is_told_beside_the_field(
    cast: Cast, changes: dict[str, Any], fields: list[str]
) -> None:
    response = browser_of(cast.dr_okafor).post(PLAN, sent(cast, **changes))

    assert errors(response) == fields
    assert 'value="Room 2"' in text_of(response)
    assert TreatmentSession.objects.count() == 0


def test_only_own_patients_and_groups_can_be_chosen(cast: Cast) -> None:
    people.group(cast.dr_lind, name="Evening group")
    client = browser_of(cast.dr_okafor)

    page = text_of(client.get(PLAN))
    response = client.post(PLAN, sent(cast, whom=f"patient:{cast.noah.pk}"))

    assert "Maya" in page
    assert "Noah" not in page
    assert "Evening group" not in page
    assert errors(response) == ["whom"]
    assert TreatmentSession.objects.count() == 0


def test_a_form_that_comes_from_elsewhere_is_refused(cast: Cast) -> None:
    signed = browser_of(cast.dr_okafor)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed.cookies

    response = strict.post(PLAN, sent(cast))

    assert response.status_code == 403
    assert TreatmentSession.objects.count() == 0


def test_a_session_moves_by_the_clinics_clock(cast: Cast) -> None:
    session = planned(cast)
    client = browser_of(cast.dr_okafor)
    door = f"{page_of(session.pk)}change/"
    assert "Move or cancel" in text_of(client.get(door))

    response = client.post(door, {
        "day": SOON.isoformat(), "clock": "16:00", "minutes": "90", "place": "Room 9", "title": "",
        "rev": "1",
    })  # fmt: skip

    assert response["Location"].endswith("said=changed")
    session.refresh_from_db()
    assert (session.place, session.rev) == ("Room 9", 2)
    assert session.ends_at - session.starts_at == timedelta(minutes=90)


def test_a_stale_form_changes_nothing_and_shows_what_stands(cast: Cast) -> None:
    session = planned(cast)
    TreatmentSession.objects.filter(pk=session.pk).update(rev=3, place="Garden")

    response = browser_of(cast.dr_okafor).post(f"{page_of(session.pk)}change/", {
        "day": SOON.isoformat(), "clock": "16:00", "minutes": "90", "place": "Room 9", "rev": "1",
    })  # fmt: skip

    assert response.status_code == 409
    assert "Somebody changed this session meanwhile." in text_of(response)
    assert 'value="Garden"' in text_of(response)
    assert TreatmentSession.objects.get().place == "Garden"


def test_a_session_is_cancelled_and_takes_place_again(cast: Cast) -> None:
    session, client = planned(cast), browser_of(cast.dr_okafor)
    door = f"{page_of(session.pk)}change/"

    gone = client.post(door, {"cancelled": "yes", "rev": "1", "scope": "this"})
    assert gone["Location"].endswith("said=cancelled")
    assert TreatmentSession.objects.get().cancelled_at is not None
    back = client.post(door, {"cancelled": "no", "rev": "2", "scope": "this"})

    assert back["Location"].endswith("said=restored")
    assert TreatmentSession.objects.get().cancelled_at is None


def test_a_weekly_session_is_cancelled_from_one_on(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    client.post(PLAN, sent(cast, weekly="on"))
    third = TreatmentSession.objects.order_by("starts_at")[2]

    client.post(
        f"{page_of(third.pk)}change/", {"cancelled": "yes", "rev": "1", "scope": "following"}
    )

    rows = TreatmentSession.objects.order_by("starts_at")
    assert [row.cancelled_at is not None for row in rows][:4] == [False, False, True, True]


@pytest.mark.parametrize("door", ["change/", "attendance/"])
def test_somebody_elses_session_is_none(cast: Cast, door: str) -> None:
    session = planned(cast)
    stranger = browser_of(cast.dr_lind)

    for response in (
        stranger.get(page_of(session.pk) + door),
        stranger.post(page_of(session.pk) + door, {"cancelled": "yes", "rev": "1"}),
    ):
        assert response.status_code == 404
        assert "Maya" not in text_of(response)
    assert TreatmentSession.objects.get().cancelled_at is None


class TestAttendance:
    """Who came."""

    def test_each_is_noted_and_shown_again(self, cast: Cast) -> None:
        people.joins(cast.noah.pk, cast.dr_okafor)
        group = people.group(cast.dr_okafor, cast.maya, cast.noah)
        session = people.session(cast.dr_okafor, starts_at=timezone.now(), with_group=group)
        client, door = browser_of(cast.dr_okafor), f"{page_of(session.pk)}attendance/"

        response = client.post(door, {
            f"{cast.maya.pk}-status": "late", f"{cast.maya.pk}-minutes": "35",
            f"{cast.noah.pk}-status": "", f"{cast.noah.pk}-minutes": "",
        })  # fmt: skip

        assert response.status_code == 302
        mark = Attendance.objects.get()
        assert (mark.patient_id, mark.status, mark.minutes) == (cast.maya.pk, "late", 35)
        assert '<option value="late" selected>' in text_of(client.get(door))

    def test_everybody_else_was_there(self, cast: Cast) -> None:
        people.joins(cast.noah.pk, cast.dr_okafor)
        group = people.group(cast.dr_okafor, cast.maya, cast.noah)
        session = people.session(
            cast.dr_okafor, starts_at=timezone.now(), with_group=group, minutes=180
        )

        client, door = browser_of(cast.dr_okafor), f"{page_of(session.pk)}attendance/"
        filled = client.post(door, {
            f"{cast.maya.pk}-status": "no_show", f"{cast.maya.pk}-minutes": "0", "all": "present",
        })  # fmt: skip

        # It is filled in to be looked at; nobody was noted as present by one click.
        assert filled.status_code == 200
        assert "Filled in, and not noted yet" in text_of(filled)
        assert not Attendance.objects.exists()
        page = text_of(filled)
        minutes = re.findall(r'value="(\d+)"', page)
        assert re.findall(r'<option value="(\w+)" selected>', page) == ["no_show", "present"]
        assert {"0", "180"} <= set(minutes)
        client.post(door, {
            f"{cast.maya.pk}-status": "no_show", f"{cast.maya.pk}-minutes": "0",
            f"{cast.noah.pk}-status": "present", f"{cast.noah.pk}-minutes": "180",
        })  # fmt: skip
        marks = dict(Attendance.objects.values_list("patient_id", "minutes"))
        assert marks == {cast.maya.pk: 0, cast.noah.pk: 180}

    def test_nothing_chosen_is_said(self, cast: Cast) -> None:
        session = people.session(cast.dr_okafor, starts_at=timezone.now(), with_patient=cast.maya)

        response = browser_of(cast.dr_okafor).post(f"{page_of(session.pk)}attendance/", {})

        assert response.status_code == 400
        assert "choose a status for at least one person" in text_of(response)

    def test_members_whom_nobody_here_treats_are_not_named(self, cast: Cast) -> None:
        group = people.group(cast.dr_okafor, cast.maya, cast.noah)
        session = people.session(cast.dr_okafor, starts_at=timezone.now(), with_group=group)

        page = text_of(browser_of(cast.dr_okafor).get(f"{page_of(session.pk)}attendance/"))

        assert "Maya" in page
        assert "Noah" not in page
        read = AccessLogEntry.objects.filter(action="read", data_class="attendance")
        assert [row.patient_id for row in read] == [cast.maya.pk]
