"""GET summary and patients/{id}/summary: what some weeks bear out, with n and period."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from care.models import AccessLogEntry, CareTeamMembership, Patient, User
from care.people.enrol import revoke_treatment_consents
from tests.api.responses import API, faults, problem
from tests.cast import Cast, craving, signed_in

OWN = API + "summary"
NOON = datetime(2026, 5, 29, 17, 0, tzinfo=UTC)  # noon in Chicago


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def summed(client: APIClient, door: str = OWN, **query: Any) -> dict[str, Any]:
    response = client.get(door, query)
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    return found


def logs(user: User, days_ago: int, **fields: Any) -> None:
    """Log something at 20:00 of a day, or 9 in the morning of today."""
    at = NOON - timedelta(hours=3) if days_ago == 0 else NOON + timedelta(hours=8 - 24 * days_ago)
    body = craving(at=at, **fields)
    if body["kind"] != "craving":
        del body["intensity"], body["target"]
    with time_machine.travel(at, tick=False):
        response = signed_in(user).post(API + "entries", body)
    assert response.status_code == 201, response.content


def of_maya(cast: Cast) -> str:
    return f"{API}patients/{cast.maya.pk}/summary"


def test_days_without_use_are_told_with_those_unknown(cast: Cast) -> None:
    for days_ago in range(29):
        logs(cast.maya, days_ago, kind="daily", urges={"use": {"peak": 1, "acted": False}})
    logs(cast.maya, 29, kind="mood", valence=1)
    logs(cast.maya, 3, kind="use", substance="alcohol")
    logs(cast.maya, 5, kind="use", substance="alcohol")

    found = summed(signed_in(cast.maya), days=30)["use"]

    assert found["text"] == "27 of the last 30 days without reported use (1 unknown)"
    assert (found["without_use"], found["with_use"], found["unknown"]) == (27, 2, 1)


def test_a_day_with_nothing_logged_is_unknown_and_never_counted_as_without(cast: Cast) -> None:
    found = summed(signed_in(cast.maya))

    assert found["use"]["text"] == "Use: not asked"
    assert found["logged"]["text"] == "Something logged on 0 of the last 27 days."
    assert found["mood"]["trend"]["confidence"] == "too early"
    assert found["mood"]["weeks"]["earlier"] is None
    assert found["skills"] == {
        "after": [],
        "stands_out": {
            "text": "No skill stands out yet.", "confidence": "too early", "skill": None,
        },
    }  # fmt: skip


def test_days_before_the_patient_came_are_left_out(cast: Cast) -> None:
    Patient.objects.filter(pk=cast.maya.pk).update(enrolled_at=NOON - timedelta(days=9))
    logs(cast.maya, 2, kind="mood", valence=1)

    found = summed(signed_in(cast.maya))

    assert found["period"] == {"first_day": "2026-05-20", "last_day": "2026-05-29", "days": 10}
    assert found["use"]["text"] == "Use: not asked"


def test_mood_and_craving_are_told_in_the_fixed_words(cast: Cast) -> None:
    for days_ago, valence in enumerate([3, 3, 2, 2, 1, 1, 0, 0, -1, -1, -2, -2, -3, -3]):
        logs(cast.maya, days_ago, kind="mood", valence=valence)
        logs(cast.maya, days_ago, intensity=6 if days_ago < 7 else 5)

    found = summed(signed_in(cast.maya))

    assert found["mood"]["trend"]["text"] == "up over 14 days (14 entries)"
    assert found["mood"]["trend"]["confidence"] == "fairly sure"
    assert (found["mood"]["low"], found["mood"]["high"]) == (-3, 3)
    assert found["craving"]["weeks"]["text"] == "5 (7 days) and 6 (7 days)"
    assert found["craving"]["weeks"]["arrow"] is None
    assert found["craving"]["trend"]["change"] is None
    assert found["craving"]["parts_of_day"]["text"] == (
        "Too early to say: 14 cravings of the 20 it takes."
    )


def test_skills_are_told_with_their_pairs_and_never_ranked(cast: Cast) -> None:
    for days_ago in range(1, 5):
        logs(cast.maya, days_ago, skills=["slow-breathing"], intensity_after=8, minutes_later=20)
    for days_ago in range(5, 8):
        logs(cast.maya, days_ago, skills=["name-it"], intensity_after=2, minutes_later=20)

    found = summed(signed_in(cast.maya))["skills"]["after"]

    assert [skill["skill"] for skill in found] == ["slow-breathing", "name-it"]
    assert found[1]["text"] == (
        "lower 3 of 3 times (typically 7→2). Cravings also fade by themselves."
    )


def test_what_was_written_down_too_late_stands_in_no_figure(cast: Cast) -> None:
    at = NOON - timedelta(days=5)
    body = craving(at=at, kind="mood", valence=-3, recorded_at=NOON.isoformat())
    del body["intensity"], body["target"]
    signed_in(cast.maya).post(API + "entries", body)

    found = summed(signed_in(cast.maya))

    assert found["logged"]["too_late_text"] == (
        "1 entry written down more than 48 hours later: kept, and in no figure."
    )
    assert (found["logged"]["n"], found["logged"]["days"], found["mood"]["trend"]["n"]) == (1, 0, 0)


def test_the_last_day_is_today_where_the_patient_lives(cast: Cast) -> None:
    User.objects.filter(pk=cast.maya.pk).update(time_zone="Pacific/Kiritimati")

    assert summed(signed_in(cast.maya))["period"]["last_day"] == "2026-05-30"


@pytest.mark.parametrize("days", ["6", "367", "0", "-7", "x", "28.0", "٢٨", "", "99999999"])
def test_a_period_out_of_range_is_refused_by_name(cast: Cast, days: str) -> None:
    code = "blank" if days == "" else "out_of_range"
    assert faults(signed_in(cast.maya).get(OWN, {"days": days})) == {"days": code}
    assert faults(signed_in(cast.maya).get(OWN, {"patient": "x"})) == {"patient": "unknown_field"}


@pytest.mark.parametrize("days", [7, 366])
def test_the_ends_of_the_range_are_taken(cast: Cast, days: int) -> None:
    assert summed(signed_in(cast.maya), days=days)["period"]["days"] == days


def test_the_care_team_reads_only_what_is_shared(cast: Cast) -> None:
    logs(cast.maya, 1, kind="mood", valence=1)
    logs(cast.maya, 2, kind="use", substance="alcohol", share="private")

    own, theirs = summed(signed_in(cast.maya)), summed(signed_in(cast.dr_okafor), of_maya(cast))

    assert own["use"]["with_use"] == 1
    assert theirs["use"]["with_use"] == 0
    assert theirs["logged"]["n"] == 1
    assert theirs["use"]["text"] == "Use: not asked"


def test_a_colleague_on_the_team_is_not_shown_what_is_for_the_therapist_alone(cast: Cast) -> None:
    logs(cast.maya, 1, kind="mood", valence=1, share="individual_therapist_only")
    CareTeamMembership.objects.create(
        patient_id=cast.maya.pk, clinician=cast.dr_lind, role="nurse",
        starts_at=NOON - timedelta(days=1),
    )  # fmt: skip

    assert summed(signed_in(cast.dr_okafor), of_maya(cast))["logged"]["n"] == 1
    assert summed(signed_in(cast.dr_lind), of_maya(cast))["logged"]["n"] == 0


def test_a_read_by_the_team_is_audited(cast: Cast) -> None:
    summed(signed_in(cast.dr_okafor), of_maya(cast))

    row = AccessLogEntry.objects.get()
    assert (row.action, row.data_class, row.patient_id) == ("read", "entries", cast.maya.pk)


def test_no_stranger_former_therapist_or_revoked_consent_reads_it(cast: Cast) -> None:
    problem(signed_in(cast.dr_lind).get(of_maya(cast)), 404, "not_found")
    problem(signed_in(cast.noah).get(of_maya(cast)), 403, "forbidden")
    problem(signed_in(cast.dr_okafor).get(OWN), 403, "forbidden")
    problem(signed_in(None).get(OWN), 401, "not_authenticated")
    revoke_treatment_consents(patient_id=cast.maya.pk, now=NOON)
    problem(signed_in(cast.dr_okafor).get(of_maya(cast)), 404, "not_found")
    CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=NOON)
    problem(signed_in(cast.dr_okafor).get(of_maya(cast)), 404, "not_found")
    assert signed_in(cast.maya).get(OWN).status_code == 200


@pytest.mark.parametrize("count", [1, 28])
def test_the_number_of_statements_does_not_grow(cast: Cast, count: int) -> None:
    for days_ago in range(count):
        logs(cast.maya, days_ago, kind="mood", valence=1, note="canary")
    own, team = signed_in(cast.maya), signed_in(cast.dr_okafor)

    with CaptureQueriesContext(connection) as seen:
        summed(own)
    with CaptureQueriesContext(connection) as seen_by_team:
        summed(team, of_maya(cast))

    assert len(seen) == 5, [query["sql"] for query in seen]
    assert len(seen_by_team) == 6, [query["sql"] for query in seen_by_team]
