"""GET reminders, one of them, and what comes."""

from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from care.models import AccessLogEntry, User
from tests.cast import Cast, signed_in
from tests.notifications.reminder_scenario import DUE, MORNING, planned

URL = "/api/v1/reminders"


def test_a_patient_sees_their_own_and_only_those(cast: Cast) -> None:
    mine = planned(cast.maya)
    planned(cast.noah)

    body = signed_in(cast.maya).get(URL).json()

    assert [row["id"] for row in body["results"]] == [str(mine.id)]
    assert (body["next"], body["previous"], body["paused_until"]) == (None, None, None)


def test_one_is_read_with_its_revision(cast: Cast) -> None:
    mine = planned(cast.maya)

    answer = signed_in(cast.maya).get(f"{URL}/{mine.id}")

    assert (answer.status_code, answer["ETag"]) == (200, '"1"')
    assert answer.json()["times"] == ["08:30"]
    assert AccessLogEntry.objects.filter(action="read", data_class="reminders").count() == 1


def test_another_patients_reminder_does_not_exist(cast: Cast) -> None:
    theirs = planned(cast.noah)
    client = signed_in(cast.maya)

    foreign = client.get(f"{URL}/{theirs.id}")
    nothing = client.get(f"{URL}/{uuid4()}")

    assert (foreign.status_code, nothing.status_code) == (404, 404)
    assert foreign.json() == nothing.json()


def test_what_comes_has_ids_and_tags_in_order(cast: Cast) -> None:
    planned(cast.maya, "08:30", "20:00")
    planned(cast.noah)

    with time_machine.travel(MORNING, tick=False):
        body = signed_in(cast.maya).get(f"{URL}/upcoming?hours=36").json()

    assert [row["due_at"] for row in body["results"]] == [
        "2026-03-02T14:30:00Z", "2026-03-03T02:00:00Z", "2026-03-03T14:30:00Z",
    ]  # fmt: skip
    assert set(body["results"][0]) == {"id", "reminder", "purpose", "due_at", "expires_at", "tag"}
    assert len({row["tag"] for row in body["results"]}) == 3


@pytest.mark.parametrize("hours", ["0", "337", "-1", "x", "1e3", ""])
def test_hours_out_of_range_are_refused(cast: Cast, hours: str) -> None:
    answer = signed_in(cast.maya).get(f"{URL}/upcoming?hours={hours}")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "hours")


def test_fewer_hours_show_less(cast: Cast) -> None:
    planned(cast.maya, "08:30", "20:00")

    with time_machine.travel(MORNING, tick=False):
        body = signed_in(cast.maya).get(f"{URL}/upcoming?hours=1").json()

    assert [row["due_at"] for row in body["results"]] == [f"{DUE:%Y-%m-%dT%H:%M:%SZ}"]


@pytest.mark.parametrize("path", ["", "/upcoming"])
def test_the_number_of_statements_does_not_grow(cast: Cast, path: str) -> None:
    client = signed_in(cast.maya)
    counts = []
    for more in (1, 12):
        for _ in range(more):
            planned(cast.maya)
        with CaptureQueriesContext(connection) as asked:
            client.get(URL + path)
        counts.append(len(asked))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("path", ["", "/upcoming", f"/{UUID(int=7)}"])
@pytest.mark.parametrize(("who", "status"), [(None, 401), ("dr_okafor", 403), ("ada", 403)])
def test_only_patients_look(cast: Cast, who: str | None, status: int, path: str) -> None:
    user: User | None = getattr(cast, who) if who else None

    assert signed_in(user).get(URL + path).status_code == status
