"""GET diary-week and patients/{id}/diary-week: seven days as a grid; no answer is no zero."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from care.models import AccessLogEntry
from care.people.enrol import revoke_treatment_consents
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in
from tests.journaling.briefs.brief_scenario import wrote

OWN = API + "diary-week"
NOON = datetime(2026, 5, 29, 17, 0, tzinfo=UTC)  # noon in Chicago
DAYS = [f"2026-05-{n}" for n in range(23, 30)]


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def of_maya(cast: Cast) -> str:
    return f"{API}patients/{cast.maya.pk}/diary-week"


def logs(cast: Cast, days_ago: int, kind: str = "daily", **fields: Any) -> None:
    at = NOON - timedelta(days=days_ago)
    dated: dict[str, Any] = {"date": at.date().isoformat()} if kind == "daily" else {}
    wrote(cast.maya, kind, at, **dated, **fields)


def row(body: dict[str, Any], part: str, name: str) -> list[Any]:
    (found,) = [one["answers"] for one in body[part] if one["name"] == name]
    return list(found)


def test_it_has_the_last_seven_days_the_same_for_both(cast: Cast) -> None:
    logs(cast, 1, urges={"use": {"peak": 0}}, emotions={"joy": 3}, meals=2)
    logs(cast, 0, "skill_practice", skill="name-it", attempted=True)

    own = signed_in(cast.maya).get(OWN).json()
    theirs = signed_in(cast.dr_okafor).get(of_maya(cast)).json()

    assert own == theirs
    assert (own["days"], own["today"], own["written"]) == (DAYS, DAYS[-1], [DAYS[-2]])
    use = row(own, "urges", "use")
    assert use[5] == {"value": 0, "missing": None, "acted": None}
    assert use[6] == {"value": None, "missing": "no_card", "acted": None}
    assert row(own, "emotions", "joy")[5]["value"] == 3
    assert row(own, "day_fields", "meals")[5]["value"] == 2
    assert own["skills"] == [
        {"skill": "name-it", "name": "Put it into words", "used": [None] * 6 + [1]}
    ]


def test_it_begins_where_it_is_asked_to_and_tells_days_ahead_apart(cast: Cast) -> None:
    body = signed_in(cast.maya).get(OWN, {"from": "2026-05-28"}).json()

    assert body["days"][0] == "2026-05-28"
    missing = [one["missing"] for one in row(body, "urges", "use")]
    assert missing == ["no_card", "no_card", *["ahead"] * 5]


@pytest.mark.parametrize(
    ("asked", "code"),
    [("2026-05-30", "in_the_future"), ("soon", "invalid"), ("2026-02-30", "invalid")],
)
def test_a_day_that_can_not_be_is_named(cast: Cast, asked: str, code: str) -> None:
    for client, door in ((signed_in(cast.maya), OWN), (signed_in(cast.dr_okafor), of_maya(cast))):
        assert faults(client.get(door, {"from": asked})) == {"from": code}


def test_only_what_is_shared_is_shown_to_the_care_team(cast: Cast) -> None:
    logs(cast, 1, urges={"use": {"peak": 5}}, share="private")
    logs(cast, 0, urges={"use": {"peak": 2}}, share="individual_therapist_only")

    own = signed_in(cast.maya).get(OWN).json()
    theirs = signed_in(cast.dr_okafor).get(of_maya(cast)).json()

    assert [one["value"] for one in row(own, "urges", "use")[5:]] == [5, 2]
    assert [one["missing"] for one in row(theirs, "urges", "use")[5:]] == ["no_card", None]


def test_a_stranger_and_a_revoked_consent_see_nothing(cast: Cast) -> None:
    problem(signed_in(cast.dr_lind).get(of_maya(cast)), 404, "not_found")
    revoke_treatment_consents(patient_id=cast.maya.pk, now=NOON)

    problem(signed_in(cast.dr_okafor).get(of_maya(cast)), 404, "not_found")


def test_the_doors_are_apart(cast: Cast) -> None:
    for viewer, door in ((cast.dr_okafor, OWN), (cast.ada, of_maya(cast)), (cast.sam, OWN),
                         (cast.maya, of_maya(cast))):  # fmt: skip
        assert signed_in(viewer).get(door).status_code == 403


def test_it_is_logged_and_costs_the_same_for_many_entries(cast: Cast) -> None:
    client = signed_in(cast.dr_okafor)
    logs(cast, 1, urges={"use": {"peak": 1}})
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(of_maya(cast))
    for days_ago in range(2, 7):
        logs(cast, days_ago, urges={"use": {"peak": 1}})
        logs(cast, days_ago, "skill_practice", skill="name-it", attempted=True)

    with CaptureQueriesContext(connection) as many:
        client.get(of_maya(cast))

    assert len(many) == len(few)
    row_ = AccessLogEntry.objects.order_by("-id").first()
    assert row_ is not None
    assert (row_.patient_id, row_.data_class) == (cast.maya.pk, "entries")
