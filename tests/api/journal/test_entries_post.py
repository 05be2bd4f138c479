"""POST entries stores what a phone sent, once."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from care.models import AccessLogEntry
from care.people.enrol import revoke_treatment_consents
from journaling.models import Entry
from tests.api.responses import API, faults, problem
from tests.cast import Cast, craving, signed_in

DOOR = API + "entries"
DERIVED = {
    "rev", "seq", "received_at", "recall", "local_date", "clock_suspect", "reviewed_at", "support",
}  # fmt: skip


def test_an_entry_comes_back_with_what_the_server_derived(cast: Cast) -> None:
    body = craving(triggers=["lonely"], thought="just one", note="by the lake")

    response = signed_in(cast.maya).post(DOOR, body)

    told = response.json()
    assert response.status_code == 201
    assert set(told) >= set(body) | DERIVED
    assert (told["rev"], told["seq"], told["recall"]) == (1, 1, "momentary")
    assert told["support"] is None
    assert told["intensity_after"] is None


def test_the_wall_clock_of_the_moment_is_answered(cast: Cast) -> None:
    body = craving(
        occurred_at="2026-03-08T07:30:00Z",
        recorded_at="2026-03-08T07:31:00Z",
        time_zone="America/Chicago",
    )

    told = signed_in(cast.maya).post(DOOR, body).json()

    assert told["occurred_at"] == "2026-03-08T01:30:00-06:00"
    assert told["local_date"] == "2026-03-08"
    assert told["recorded_at"] == "2026-03-08T07:31:00Z"


def test_a_repeat_answers_200_and_changes_nothing(cast: Cast) -> None:
    client, body = signed_in(cast.maya), craving(note="x")
    first = client.post(DOOR, body)

    again = client.post(DOOR, body)

    assert again.status_code == 200
    assert again.json() == first.json()
    assert Entry.objects.count() == 1


def test_other_content_under_the_same_id_is_409(cast: Cast) -> None:
    client, body = signed_in(cast.maya), craving(intensity=3)
    client.post(DOOR, body)

    response = client.post(DOOR, body | {"intensity": 4})

    problem(response, 409, "entry_differs")
    assert Entry.objects.get().intensity == 3


def test_an_id_never_tells_that_somebody_else_has_it(cast: Cast) -> None:
    body = craving()
    one = signed_in(cast.maya).post(DOOR, body)
    two = signed_in(cast.noah).post(DOOR, body)

    assert (one.status_code, two.status_code) == (201, 201)
    differing = {key for key in one.json() if one.json()[key] != two.json()[key]}
    assert differing == {"received_at"}


def test_every_fault_is_named_and_nothing_is_stored(cast: Cast) -> None:
    response = signed_in(cast.maya).post(
        DOOR, craving(intensity=11, target=None, mystery=1, time_zone="Mars/Base")
    )

    assert faults(response) == {
        "intensity": "off_scale",
        "target": "required",
        "mystery": "unknown_field",
        "time_zone": "unknown_zone",
    }
    assert Entry.objects.count() == 0


@pytest.mark.parametrize("who", ["dr_okafor", "ada"])
def test_staff_record_nothing(cast: Cast, who: str) -> None:
    response = signed_in(getattr(cast, who)).post(DOOR, craving())

    problem(response, 403, "forbidden")
    assert Entry.objects.count() == 0


def test_a_stranger_records_nothing(cast: Cast) -> None:
    problem(signed_in(None).post(DOOR, craving()), 401, "not_authenticated")
    assert Entry.objects.count() == 0


def test_a_patient_who_ended_consent_still_keeps_their_own_journal(cast: Cast) -> None:
    revoke_treatment_consents(patient_id=cast.maya.pk, now=timezone.now())

    assert signed_in(cast.maya).post(DOOR, craving()).status_code == 201


def test_a_write_is_audited_with_its_sign_in(cast: Cast) -> None:
    response = signed_in(cast.maya).post(DOOR, craving(), headers={"X-Request-Id": "phone-0001"})

    row = AccessLogEntry.objects.get(action="write")
    assert (row.actor_id, row.patient_id, row.data_class) == (
        cast.maya.pk,
        cast.maya.pk,
        "entries",
    )
    assert row.device_session_id is not None
    assert row.request_id == response.headers["X-Request-Id"] == "phone-0001"


def test_an_entry_takes_at_most_seven_statements(cast: Cast) -> None:
    client = signed_in(cast.maya)
    client.post(DOOR, craving(note="x"))

    with CaptureQueriesContext(connection) as seen:
        client.post(DOOR, craving(note="y"))

    assert len(seen) <= 7, [query["sql"] for query in seen]


def post_raw(cast: Cast, body: bytes, content_type: str) -> Any:
    client: Any = signed_in(cast.maya)  # its types know text only, yet bytes go out as they are
    return client.generic("POST", DOOR, body, content_type=content_type)


RAW: list[tuple[bytes, int, str]] = [
    (b"", 400, "required"),
    (b"{", 400, "not_json"),
    (b"[]", 400, "not_an_object"),
    (b'"text"', 400, "not_an_object"),
    (b"null", 400, "not_an_object"),
    (b'{"id": NaN}', 400, "not_json"),
    (b'{"kind": "note", "kind": "craving"}', 400, "doubled_key"),
    (b'{"a":' * 25 + b"1" + b"}" * 25, 400, "too_deep"),
    (b"[" * 100_000, 400, "too_deep"),
    (b'{"note": "\xff"}', 400, "not_json"),
    (b" " * (256 * 1024) + b"{}", 413, "too_large"),
]


@pytest.mark.parametrize(("raw", "status", "code"), RAW, ids=[str(n) for n in range(len(RAW))])
def test_a_body_that_two_readers_could_read_differently_is_refused(
    cast: Cast, raw: bytes, status: int, code: str
) -> None:
    response = post_raw(cast, raw, "application/json")

    body: dict[str, Any] = response.json()
    assert response.status_code == status
    assert code in {body["code"], *(error["code"] for error in body["errors"])}
    assert Entry.objects.count() == 0


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data"])
def test_only_json_is_read(cast: Cast, content_type: str) -> None:
    response = post_raw(cast, b"{}", content_type)

    problem(response, 415, "unsupported_media_type")


def daily(**fields: Any) -> dict[str, Any]:
    body = craving()
    common = {name: body[name] for name in ("id", "occurred_at", "recorded_at", "time_zone")}
    return common | {"kind": "daily"} | fields


def test_a_diary_card_may_be_saved_in_part(cast: Cast) -> None:
    response = signed_in(cast.maya).post(
        DOOR, daily(urges={"suicide": {"peak": 0}}, unanswered={"pain": "prefer_not_to_say"})
    )

    told = response.json()
    assert response.status_code == 201
    assert told["urges"] == {"suicide": {"peak": 0}}
    assert told["date"] == told["local_date"]
    assert told["unanswered"] == {"pain": "prefer_not_to_say"}
    assert told["sleep_hours"] is told["pain"] is told["balance"] is None


def test_a_second_card_of_one_day_is_409_and_names_the_first(cast: Cast) -> None:
    client, first = signed_in(cast.maya), daily(meals=3)
    day = client.post(DOOR, first).json()["date"]

    refused = client.post(DOOR, daily(meals=4, date=day))

    assert first["id"] in problem(refused, 409, "day_taken")["detail"]
    assert list(Entry.objects.values_list("meals", flat=True)) == [3]


def test_each_patient_has_their_own_card_of_a_day(cast: Cast) -> None:
    body = daily(meals=3)

    answers = [signed_in(user).post(DOOR, body).status_code for user in (cast.maya, cast.noah)]

    assert answers == [201, 201]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "pre_session", "agenda": "my sister", "coming_in": {"die": 0}},
        {"kind": "dose", "name": "naltrexone", "taken": False, "reason": "felt sick"},
        {
            "kind": "reading",
            "type": "blood_pressure",
            "value": 120,
            "unit": "mmHg",
            "diastolic": 80,
        },
        {"kind": "meeting", "meeting_kind": "mutual help", "minutes": 60},
    ],
    ids=lambda fields: str(fields["kind"]),
)
def test_every_other_kind_comes_back_as_it_was_told(cast: Cast, fields: dict[str, Any]) -> None:
    client, body = signed_in(cast.maya), daily() | fields

    response = client.post(DOOR, body)

    assert response.status_code == 201
    assert {name: response.json()[name] for name in fields} == fields
    assert client.get(f"{DOOR}/{body['id']}").json() == response.json()


def test_a_later_rating_after_more_than_an_hour_is_kept(cast: Cast) -> None:
    body = craving(intensity_after=2, minutes_later=95)

    told = signed_in(cast.maya).post(DOOR, body).json()

    assert (told["intensity_after"], told["minutes_later"]) == (2, 95)


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Pacific/Kiritimati", "2026-05-04T23:30:00+14:00", "2026-05-04"),
        ("Pacific/Niue", "2026-05-04T23:30:00-11:00", "2026-05-04"),
        ("America/Chicago", "2026-11-01T23:59:00-06:00", "2026-11-01"),
        ("Australia/Lord_Howe", "2026-04-05T00:10:00+11:00", "2026-04-05"),
    ],
)
def test_a_card_of_late_evening_is_of_the_day_on_the_wall(
    cast: Cast, zone: str, at: str, day: str
) -> None:
    told = (
        signed_in(cast.maya)
        .post(DOOR, daily(occurred_at=at, recorded_at=at, time_zone=zone))
        .json()
    )

    assert (told["date"], told["local_date"], told["occurred_at"]) == (day, day, at)
