"""POST reminders: a patient plans their own, once per id."""

from typing import Any
from uuid import uuid4

import pytest

from care.models import AccessLogEntry
from notifications.models.reminder import Reminder
from tests.cast import Cast, signed_in

URL = "/api/v1/reminders"


def plan(**changes: Any) -> dict[str, Any]:
    return {"purpose": "checkin", "times": ["08:30", "20:00"]} | changes


def test_a_plan_is_answered_whole_with_its_revision(cast: Cast) -> None:
    sent = plan(
        id=str(uuid4()), days=["fri", "mon"], starts_on="2026-01-02", ends_on="2099-01-02",
        expires_minutes=90, nudge=True, skip_if_logged=True,
    )  # fmt: skip

    answer = signed_in(cast.maya).post(URL, sent)

    assert answer.status_code == 201
    assert answer["ETag"] == '"1"'
    body = answer.json()
    assert body.pop("next_due_at").endswith("Z")
    assert body == sent | {
        "days": ["mon", "fri"], "every": None, "active": True, "rev": 1, "before_minutes": None,
        "halved": False, "question": None,
    }  # fmt: skip


def test_without_an_id_the_server_makes_one_and_every_day_is_meant(cast: Cast) -> None:
    body = signed_in(cast.maya).post(URL, plan()).json()

    assert Reminder.objects.get().id.hex == body["id"].replace("-", "")
    assert body["days"] == ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    assert body["expires_minutes"] == 60


def test_the_same_plan_without_an_id_is_one_while_it_stands(cast: Cast) -> None:
    client = signed_in(cast.maya)
    first = client.post(URL, plan())

    again = client.post(URL, plan())

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert client.post(URL, plan(times=["09:30"])).status_code == 201
    client.delete(f"{URL}/{first.json()['id']}", headers={"If-Match": '"1"'})
    anew = client.post(URL, plan())
    assert anew.status_code == 201
    assert anew.json()["id"] != first.json()["id"]


def test_every_other_day_has_its_first_day(cast: Cast) -> None:
    every = {"days": 2, "from": "2026-12-30"}

    body = signed_in(cast.maya).post(URL, plan(every=every)).json()

    assert (body["every"], body["days"]) == (every, None)


def test_the_write_stands_in_the_access_log(cast: Cast) -> None:
    signed_in(cast.maya).post(URL, plan())

    row = AccessLogEntry.objects.get(data_class="reminders")
    assert (row.action, row.actor_id, row.patient_id) == ("write", cast.maya.pk, cast.maya.pk)


def test_a_repeat_changes_nothing(cast: Cast) -> None:
    client = signed_in(cast.maya)
    sent = plan(id=str(uuid4()))
    first = client.post(URL, sent)

    again = client.post(URL, sent)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert Reminder.objects.count() == 1


def test_another_plan_under_the_id_is_a_conflict(cast: Cast) -> None:
    client = signed_in(cast.maya)
    name = str(uuid4())
    client.post(URL, plan(id=name))

    answer = client.post(URL, plan(id=name, times=["09:00"]))

    assert (answer.status_code, answer.json()["code"]) == (409, "reminder_differs")
    assert Reminder.objects.get().minutes == [510, 1200]


def test_the_same_id_of_somebody_else_reveals_nothing(cast: Cast) -> None:
    sent = plan(id=str(uuid4()))
    signed_in(cast.maya).post(URL, sent)

    answer = signed_in(cast.noah).post(URL, plan(id=sent["id"], times=["11:00"]))

    assert answer.status_code == 201
    assert Reminder.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"times": []}, "times"),
        ({"times": ["8:30"]}, "times.0"),
        ({"times": ["25:00"]}, "times.0"),
        ({"times": [830]}, "times.0"),
        ({"times": ["08:00", "08:30"]}, "times"),
        ({"times": "08:30"}, "times"),
        ({"purpose": "gossip"}, "purpose"),
        ({"days": ["monday"]}, "days.0"),
        ({"days": []}, "days"),
        ({"days": ["mon"], "every": {"days": 2, "from": "2026-01-01"}}, "every"),
        ({"every": {"days": 2}}, "every.from"),
        ({"every": {"days": 2, "from": "2026-01-01", "until": "x"}}, "every.until"),
        ({"every": {"days": True, "from": "2026-01-01"}}, "every.days"),
        ({"starts_on": "2026-02-30"}, "starts_on"),
        ({"starts_on": "20260302"}, "starts_on"),
        ({"starts_on": "2569-03-02"}, "starts_on"),
        ({"starts_on": "0001-01-01"}, "starts_on"),
        ({"starts_on": "2069-03-02"}, "starts_on"),
        ({"ends_on": "9999-12-31"}, "ends_on"),
        ({"ends_on": "2569-03-02"}, "ends_on"),
        ({"every": {"days": 2, "from": "2569-03-02"}}, "every.from"),
        ({"every": {"days": 2, "from": "2069-03-02"}}, "every.from"),
        ({"every": {"days": 366, "from": "9999-12-31"}}, "every.from"),
        ({"every": {"days": 2, "from": "2026-W10-1"}}, "every.from"),
        ({"starts_on": "2026-02-03", "ends_on": "2026-02-02"}, "ends_on"),
        ({"expires_minutes": 0}, "expires_minutes"),
        ({"expires_minutes": "60"}, "expires_minutes"),
        ({"nudge": "yes"}, "nudge"),
        ({"id": "not-a-uuid"}, "id"),
        ({"patient": str(uuid4())}, "patient"),
        ({"time_zone": "Europe/Berlin"}, "time_zone"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_planned(
    cast: Cast, changes: dict[str, Any], field: str
) -> None:
    answer = signed_in(cast.maya).post(URL, plan(**changes))

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Reminder.objects.exists()


@pytest.mark.parametrize("missing", ["purpose", "times"])
def test_what_is_required_is_named(cast: Cast, missing: str) -> None:
    sent = plan()
    del sent[missing]

    answer = signed_in(cast.maya).post(URL, sent)

    assert [error["field"] for error in answer.json()["errors"]] == [missing]


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("dr_okafor", 403), ("ada", 403)])
def test_only_patients_plan_reminders(cast: Cast, who: str | None, status: int) -> None:
    answer = signed_in(getattr(cast, who) if who else None).post(URL, plan())

    assert answer.status_code == status
    assert not Reminder.objects.exists()
