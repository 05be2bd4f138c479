"""PATCH and DELETE reminders/{id}: by revision, own ones only."""

from typing import Any
from uuid import uuid4

import pytest

from notifications.models.reminder import Reminder
from tests.cast import Cast, signed_in
from tests.notifications.reminder_scenario import planned


def url(reminder: Reminder | None) -> str:
    return f"/api/v1/reminders/{reminder.id if reminder else uuid4()}"


def test_a_change_keeps_what_it_leaves_out(cast: Cast) -> None:
    mine = planned(cast.maya, days=["mon"], nudge=True)

    answer = signed_in(cast.maya).patch(
        url(mine), {"times": ["09:15"]}, headers={"If-Match": '"1"'}
    )

    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    body = answer.json()
    assert (body["times"], body["days"]) == (["09:15"], ["mon"])
    assert (body["nudge"], body["rev"]) == (True, 2)


def test_days_and_every_take_each_others_place(cast: Cast) -> None:
    mine = planned(cast.maya, days=["mon"])
    client = signed_in(cast.maya)
    every = {"days": 3, "from": "2026-03-01"}

    first = client.patch(url(mine), {"every": every}, headers={"If-Match": '"1"'}).json()
    second = client.patch(url(mine), {"days": ["tue"]}, headers={"If-Match": '"2"'}).json()

    assert (first["every"], first["days"]) == (every, None)
    assert (second["every"], second["days"]) == (None, ["tue"])


def test_switched_off_nothing_comes(cast: Cast) -> None:
    mine = planned(cast.maya)

    body = signed_in(cast.maya).patch(
        url(mine), {"active": False}, headers={"If-Match": '"1"'}
    ).json()  # fmt: skip

    assert (body["active"], body["next_due_at"]) == (False, None)


def test_an_ended_reminder_is_gone_and_stays_gone(cast: Cast) -> None:
    mine = planned(cast.maya)
    client = signed_in(cast.maya)

    ended = client.delete(url(mine), headers={"If-Match": '"1"'})
    again = client.delete(url(mine), headers={"If-Match": '"2"'})

    assert (ended.status_code, again.status_code) == (204, 404)
    assert client.get("/api/v1/reminders").json()["results"] == []
    assert Reminder.objects.get().deleted_at is not None


def call(client: Any, verb: str, where: str, **headers: str) -> Any:
    return getattr(client, verb)(where, {"nudge": True} if verb == "patch" else None,
                                 headers=headers)  # fmt: skip


@pytest.mark.parametrize("verb", ["patch", "delete"])
def test_without_a_revision_nothing_is_changed(cast: Cast, verb: str) -> None:
    mine = planned(cast.maya)

    answer = call(signed_in(cast.maya), verb, url(mine))

    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")
    unchanged(mine)


@pytest.mark.parametrize("verb", ["patch", "delete"])
def test_a_stale_revision_changes_nothing(cast: Cast, verb: str) -> None:
    mine = planned(cast.maya)

    answer = call(signed_in(cast.maya), verb, url(mine), **{"If-Match": '"7"'})

    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    unchanged(mine)


@pytest.mark.parametrize("verb", ["patch", "delete"])
def test_another_patients_is_as_if_there_were_none(cast: Cast, verb: str) -> None:
    theirs = planned(cast.noah)
    client = signed_in(cast.maya)

    foreign = call(client, verb, url(theirs), **{"If-Match": '"1"'})
    nothing = call(client, verb, url(None), **{"If-Match": '"1"'})

    assert (foreign.status_code, foreign.json()) == (404, nothing.json())
    unchanged(theirs)


@pytest.mark.parametrize("verb", ["patch", "delete"])
@pytest.mark.parametrize(("who", "status"), [(None, 401), ("dr_okafor", 403), ("ada", 403)])
def test_only_the_patient_changes_it(cast: Cast, verb: str, who: str | None, status: int) -> None:
    mine = planned(cast.maya)

    answer = call(
        signed_in(getattr(cast, who) if who else None), verb, url(mine), **{"If-Match": '"1"'}
    )

    assert answer.status_code == status
    unchanged(mine)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"rev": 2}, "rev"), ({"times": []}, "times"), ({"id": str(uuid4())}, "id"),
     ({"ends_on": "1999-01-01"}, "ends_on"), ({"purpose": None}, "purpose")],
)  # fmt: skip
def test_a_bad_field_is_named(cast: Cast, changes: dict[str, Any], field: str) -> None:
    mine = planned(cast.maya)

    answer = signed_in(cast.maya).patch(url(mine), changes, headers={"If-Match": '"1"'})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    unchanged(mine)


def unchanged(reminder: Reminder) -> None:
    found = Reminder.objects.get(pk=reminder.pk)
    assert (found.rev, found.nudge, found.deleted_at) == (1, reminder.nudge, None)
    assert found.next_due_at == reminder.next_due_at
