"""Treatment sessions at their doors: listed, planned, changed, and who came."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from care.models import AccessLogEntry, Attendance, SessionSeries, TreatmentSession
from care.people.enrol import revoke_treatment_consents
from tests import cast as people
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in

DOOR = API + "sessions"


def wanted(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "individual",
        "starts_at": "2026-05-04T15:00:00Z",
        "ends_at": "2026-05-04T15:50:00Z",
        "place": "Room 2",
    } | changes


def planned(cast: Cast, **changes: Any) -> str:
    response = signed_in(cast.dr_okafor).post(DOOR, wanted(patient=str(cast.maya.pk), **changes))
    assert response.status_code == 201, response.content
    return str(response.json()["id"])


def test_a_session_is_planned_and_everybody_in_it_sees_it(cast: Cast) -> None:
    made = planned(cast)

    for who in (cast.dr_okafor, cast.maya):
        (found,) = signed_in(who).get(DOOR).json()["results"]
        assert found["id"] == made
        assert found["patient"] == str(cast.maya.pk)
        assert "group" not in found
    for who in (cast.dr_lind, cast.noah, cast.ada):
        assert signed_in(who).get(DOOR).json()["results"] == []


def test_a_plan_sent_again_is_answered_with_the_session_that_stands(cast: Cast) -> None:
    client, body = signed_in(cast.dr_okafor), wanted(patient=str(cast.maya.pk))
    first = client.post(DOOR, body)

    again = client.post(DOOR, body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert again["ETag"] == first["ETag"]
    assert TreatmentSession.objects.count() == 1


def test_a_weekly_plan_sent_again_is_one_series(cast: Cast) -> None:
    client = signed_in(cast.dr_okafor)
    body = wanted(
        patient=str(cast.maya.pk), starts_at="2046-05-07T15:00:00Z",
        ends_at="2046-05-07T15:50:00Z", repeats={"until": "2046-06-07"},
    )  # fmt: skip
    first = client.post(DOOR, body)

    again = client.post(DOOR, body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert SessionSeries.objects.count() == 1


def test_another_plan_for_the_same_instant_is_a_conflict(cast: Cast) -> None:
    planned(cast)

    response = signed_in(cast.dr_okafor).post(
        DOOR, wanted(patient=str(cast.maya.pk), place="Room 3")
    )

    problem(response, 409, "session_differs")
    assert TreatmentSession.objects.get().place == "Room 2"


def test_attendance_of_a_session_to_come_is_refused(cast: Cast) -> None:
    soon = timezone.now() + timedelta(hours=1)
    made = planned(
        cast, starts_at=soon.isoformat(), ends_at=(soon + timedelta(minutes=50)).isoformat()
    )

    response = signed_in(cast.dr_okafor).post(
        f"{DOOR}/{made}/attendance", [{"patient": str(cast.maya.pk), "status": "present"}]
    )

    assert faults(response) == {"session": "not_begun"}
    assert Attendance.objects.count() == 0


def test_a_brief_is_ready_for_the_therapist_while_consent_holds(cast: Cast) -> None:
    planned(cast)

    assert signed_in(cast.dr_okafor).get(DOOR).json()["results"][0]["brief_ready"] is True
    assert signed_in(cast.maya).get(DOOR).json()["results"][0]["brief_ready"] is False
    revoke_treatment_consents(patient_id=cast.maya.pk, now=timezone.now())
    assert signed_in(cast.dr_okafor).get(DOOR).json()["results"][0]["brief_ready"] is False


def test_days_are_those_of_the_callers_zone(cast: Cast) -> None:
    planned(cast, starts_at="2026-05-05T04:30:00Z", ends_at="2026-05-05T05:20:00Z")
    client = signed_in(cast.dr_okafor)

    assert len(client.get(f"{DOOR}?from=2026-05-04&to=2026-05-04").json()["results"]) == 1
    assert client.get(f"{DOOR}?from=2026-05-05").json()["results"] == []


def test_pages_hold_every_session_once(cast: Cast) -> None:
    kinds = ("individual", "family", "medication", "physician", "activity")
    made = {planned(cast, kind=kind) for kind in kinds}
    client, seen = signed_in(cast.dr_okafor), []

    url = f"{DOOR}?limit=2"
    while url:
        told = client.get(url).json()
        seen += [row["id"] for row in told["results"]]
        url = told["next"]

    assert len(seen) == 5
    assert set(seen) == made


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"patient": "patient_or_group"}),
        ({"kind": "party"}, {"kind": "invalid_choice"}),
        ({"patient": "maya"}, {"patient": "invalid"}),
        ({"starts_at": "2026-05-04T15:00:00"}, {"starts_at": "not_an_instant"}),
        ({"clinician": "x"}, {"clinician": "unknown_field"}),
    ],
)
def test_bad_input_names_the_field(
    cast: Cast, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    assert faults(signed_in(cast.dr_okafor).post(DOOR, wanted(**changes))) == expected
    assert TreatmentSession.objects.count() == 0


FAR = {"starts_at": "2569-05-04T15:00:00Z", "ends_at": "2569-05-04T15:50:00Z"}


@pytest.mark.parametrize("repeats", [None, {"days": ["mon"]}])
def test_a_session_of_another_calendars_year_is_refused(cast: Cast, repeats: Any) -> None:
    sent = wanted(patient=str(cast.maya.pk)) | ({"repeats": repeats} if repeats else {})
    client = signed_in(cast.dr_okafor)

    assert faults(client.post(DOOR, sent | FAR)) == {"starts_at": "out_of_range"}

    made = client.post(DOOR, sent).json()
    for scope in ("this", "following") if repeats else ("this",):
        moved = client.patch(
            f"{DOOR}/{made['id']}", FAR | {"scope": scope}, headers={"If-Match": '"1"'}
        )
        assert faults(moved) == {"starts_at": "out_of_range"}
    assert not TreatmentSession.objects.filter(starts_at__year__gt=2500).exists()


def test_a_patient_of_somebody_else_looks_like_none(cast: Cast) -> None:
    client = signed_in(cast.dr_okafor)

    foreign = client.post(DOOR, wanted(patient=str(cast.noah.pk)))
    unknown = client.post(DOOR, wanted(patient=str(uuid4())))

    problem(foreign, 404, "not_found")
    assert foreign.content == unknown.content
    assert TreatmentSession.objects.count() == 0


def test_a_session_is_moved_from_the_revision_that_was_read(cast: Cast) -> None:
    client, made = signed_in(cast.dr_okafor), planned(cast)
    door = f"{DOOR}/{made}"

    moved = client.patch(door, {"place": "Room 3"}, headers={"If-Match": '"1"'})
    stale = client.patch(door, {"place": "Room 4"}, headers={"If-Match": '"1"'})

    assert (moved.status_code, moved.json()["rev"], moved.headers["ETag"]) == (200, 2, '"2"')
    problem(stale, 412, "stale")
    problem(client.patch(door, {"place": "Room 4"}), 428, "precondition_required")
    assert TreatmentSession.objects.get().place == "Room 3"


def test_attendance_is_taken_and_audited(cast: Cast) -> None:
    made = planned(cast)

    response = signed_in(cast.dr_okafor).post(
        f"{DOOR}/{made}/attendance",
        [{"patient": str(cast.maya.pk), "status": "present", "minutes": 50}],
    )

    (mark,) = response.json()["results"]
    assert (mark["status"], mark["minutes"]) == ("present", 50)
    assert AccessLogEntry.objects.filter(action="write", data_class="attendance").count() == 1


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([], {"": "not_a_list"}),
        ({"patient": "x"}, {"": "not_a_list"}),
        ([{"patient": "noah", "status": "present"}], {"0.patient": "not_of_this_session"}),
        ([{"patient": "maya", "status": "asleep"}], {"0.status": "invalid_choice"}),
        ([{"patient": "maya", "status": "late", "minutes": -1}], {"0.minutes": "min_value"}),
        ([{"patient": "maya", "status": "late", "minutes": "9"}], {"0.minutes": "invalid"}),
    ],
)
def test_bad_marks_are_named_and_none_is_kept(
    cast: Cast, marks: Any, expected: dict[str, str]
) -> None:
    made = planned(cast)
    ids = {"noah": str(cast.noah.pk), "maya": str(cast.maya.pk)}
    sent = marks
    if isinstance(marks, list):
        sent = [mark | {"patient": ids[mark["patient"]]} for mark in marks]

    response = signed_in(cast.dr_okafor).post(f"{DOOR}/{made}/attendance", sent)

    assert faults(response) == expected
    assert Attendance.objects.count() == 0


def test_a_weekly_session_is_planned_and_everybody_sees_it_coming_back(cast: Cast) -> None:
    made = signed_in(cast.dr_okafor).post(DOOR, weekly(cast)).json()

    seen = signed_in(cast.maya).get(f"{DOOR}?limit=200").json()["results"]
    assert made["repeats"] is True
    assert seen[0]["id"] == made["id"]
    # Mondays and Wednesdays from May 4 to May 20, at 10 by the clinic's clock.
    assert [row["starts_at"] for row in seen] == [
        f"2026-05-{day:02}T15:00:00Z" for day in (4, 6, 11, 13, 18, 20)
    ]


def test_a_weekly_session_moves_from_one_on(cast: Cast) -> None:
    client = signed_in(cast.dr_okafor)
    client.post(DOOR, weekly(cast))
    second = client.get(DOOR).json()["results"][2]

    moved = client.patch(
        f"{DOOR}/{second['id']}",
        {"scope": "following", "place": "Room 9"},
        headers={"If-Match": '"1"'},
    )

    assert (moved.status_code, moved.json()["place"]) == (200, "Room 9")
    places = [row["place"] for row in client.get(DOOR).json()["results"]]
    # The Wednesdays are a series of their own.
    assert places == ["Room 2", "Room 2", "Room 9", "Room 2", "Room 9", "Room 2"]


@pytest.mark.parametrize(
    ("repeats", "expected"),
    [
        ({"days": ["monday"]}, {"repeats.days.0": "invalid_choice"}),
        ({"days": ["tue"]}, {"repeats.days": "not_the_first_day"}),
        ({"until": "2026-05-03"}, {"repeats.until": "out_of_range"}),
        ({"every_weeks": 0}, {"repeats.every_weeks": "min_value"}),
        ({"every": 1}, {"repeats.every": "unknown_field"}),
    ],
)
def test_what_cannot_repeat_names_the_field(
    cast: Cast, repeats: Any, expected: dict[str, str]
) -> None:
    response = signed_in(cast.dr_okafor).post(DOOR, weekly(cast) | {"repeats": repeats})

    assert faults(response) == expected
    assert TreatmentSession.objects.count() == 0


def weekly(cast: Cast) -> dict[str, Any]:
    return wanted(
        patient=str(cast.maya.pk), repeats={"days": ["mon", "wed"], "until": "2026-05-20"}
    )


@pytest.mark.parametrize("count", [1, 12])
def test_the_number_of_statements_does_not_grow(cast: Cast, count: int) -> None:
    for n in range(count):
        people.session(
            cast.dr_okafor,
            starts_at=timezone.now() + timedelta(hours=n),
            with_patient=cast.maya,
        )
    client = signed_in(cast.dr_okafor)

    with CaptureQueriesContext(connection) as seen:
        client.get(DOOR)

    assert len(seen) == 5, [query["sql"] for query in seen]
