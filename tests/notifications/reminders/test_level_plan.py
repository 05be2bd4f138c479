"""The clinic's plan of a level: written with a history, looked at, and applied to reminders."""

from typing import Any

import pytest
from django.utils import timezone

from care.models import Consent, LevelPlan
from notifications.models.reminder import Reminder
from notifications.reminders.default_plan import create_default_reminders
from tests import cast as people
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.django_db
DOOR = API + "clinic/level-plans/intensive_outpatient"
PLAN = {
    "sessions_per_week": 9, "hours_per_week": 9, "check_ins": ["08:00", "19:00"],
    "prompt_minutes": 150, "reminder_minutes": 60,
    "measures": [{"instrument": "phq-9", "every_days": 14},
                 {"instrument": "gad-7", "every_days": 14}],
}  # fmt: skip


def write(cast: Cast, rev: int = 0, **changes: Any) -> Any:
    return signed_in(cast.ada).put(DOOR, PLAN | changes, headers={"If-Match": f'"{rev}"'})


def admitted(cast: Cast) -> str:
    people.admitted(cast.maya, on=timezone.now().date())
    return f"{API}patients/{cast.maya.pk}/level-plan"


def statuses(answer: Any) -> dict[str, str]:
    assert answer.status_code == 200, answer.content
    return {
        f"{item['purpose']} {' '.join(item['times'])}".strip(): item["status"]
        for item in answer.json()["items"]
    }


def live(cast: Cast) -> set[tuple[str, tuple[int, ...], int | None, int | None]]:
    rows = Reminder.objects.filter(patient_id=cast.maya.pk, deleted_at__isnull=True)
    return {(row.purpose, tuple(row.minutes), row.before_minutes, row.every_days) for row in rows}


def test_a_plan_has_a_history_and_names_its_revision(cast: Cast) -> None:
    assert write(cast).status_code == 200
    assert write(cast).json()["rev"] == 1
    problem(write(cast, sessions_per_week=12), 412, "stale")
    assert write(cast, rev=1, sessions_per_week=12).json()["rev"] == 2

    told = signed_in(cast.ada).get(DOOR).json()["results"]
    assert [one["sessions_per_week"] for one in told] == [12, 9]
    every = signed_in(cast.maya).get(API + "clinic/level-plans").json()["results"]
    assert [one["rev"] for one in every] == [0, 0, 2, 0, 0]


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"check_ins": ["08:00", "08:30"]}, {"check_ins": "too_close"}),
        ({"prompt_minutes": 30}, {"prompt_minutes": "min_value"}),
        ({"measures": [{"instrument": "none", "every_days": 7}]},
         {"measures.0.instrument": "unknown"}),
        ({"measures": [PLAN["measures"][0]] * 2}, {"measures": "doubled"}),  # type: ignore[index]
        ({"hours_per_week": "9"}, {"hours_per_week": "invalid"}),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused(cast: Cast, sent: Any, fault: dict[str, str]) -> None:
    assert faults(write(cast, **sent)) == fault

    assert not LevelPlan.objects.exists()


def test_nobody_else_writes_it(cast: Cast) -> None:
    for user in (cast.dr_okafor, cast.maya):
        refused = signed_in(user).put(DOOR, PLAN, headers={"If-Match": '"0"'})
        problem(refused, 403, "forbidden")

    problem(signed_in(cast.ada).get(API + "clinic/level-plans/spa"), 404, "not_found")
    assert not LevelPlan.objects.exists()


def test_looking_changes_nothing_and_applying_replaces_what_the_clinic_gave(cast: Cast) -> None:
    door = admitted(cast)
    create_default_reminders(patient_id=cast.maya.pk, now=timezone.now())
    write(cast)
    before = live(cast)
    client = signed_in(cast.dr_okafor)

    looked = statuses(client.get(door))

    assert live(cast) == before
    assert looked == {
        "checkin 08:00 19:00": "new", "pre_session": "there", "session": "there",
        "measure 12:00": "new", "checkin 08:30 20:00": "ends",
    }  # fmt: skip
    assert statuses(client.post(door, {"rev": 1})) == looked
    assert live(cast) == {
        ("checkin", (480, 1140), None, None), ("pre_session", (), 150, None),
        ("session", (), 60, None), ("measure", (720,), None, 14),
    }  # fmt: skip


def test_again_changes_nothing(cast: Cast) -> None:
    door = admitted(cast)
    write(cast)
    client = signed_in(cast.dr_okafor)
    client.post(door, {"rev": 1})
    count = Reminder.objects.count()

    again = client.post(door, {"rev": 1})

    assert set(statuses(again).values()) == {"there"}
    assert Reminder.objects.count() == count


@pytest.mark.parametrize("how", ["changed", "deleted", "made"])
def test_what_the_patient_decided_stays(cast: Cast, how: str) -> None:
    door = admitted(cast)
    own = signed_in(cast.maya)
    if how == "made":
        own.post(API + "reminders", {"purpose": "checkin", "times": ["10:00"]})
    else:
        create_default_reminders(patient_id=cast.maya.pk, now=timezone.now())
        row = Reminder.objects.get(purpose="checkin")
        one, match = f"{API}reminders/{row.id}", {"If-Match": '"1"'}
        if how == "changed":
            assert own.patch(one, {"times": ["10:00"]}, headers=match).status_code == 200
        else:
            assert own.delete(one, headers=match).status_code == 204
    before = {one for one in live(cast) if one[0] == "checkin"}
    write(cast)

    done = statuses(signed_in(cast.dr_okafor).post(door, {"rev": 1}))

    assert done["checkin 08:00 19:00"] == "kept"
    assert {one for one in live(cast) if one[0] == "checkin"} == before


def test_after_a_step_the_next_plan_takes_its_place(cast: Cast) -> None:
    door = admitted(cast)
    write(cast)
    client = signed_in(cast.dr_okafor)
    client.post(door, {"rev": 1})
    write(cast, rev=1, check_ins=["09:00"], measures=[])

    client.post(door, {"rev": 2})
    write(cast, rev=2)
    back = client.post(door, {"rev": 3})

    assert statuses(back)["checkin 08:00 19:00"] == "new"
    assert {one[1] for one in live(cast) if one[0] == "checkin"} == {(480, 1140)}


def test_another_version_than_was_looked_at_is_not_applied(cast: Cast) -> None:
    door = admitted(cast)
    write(cast)
    write(cast, rev=1, check_ins=["09:00"])

    problem(signed_in(cast.dr_okafor).post(door, {"rev": 1}), 412, "stale")

    assert live(cast) == set()


def test_without_an_episode_or_a_right_to_it_there_is_none(cast: Cast) -> None:
    write(cast)
    door = f"{API}patients/{cast.maya.pk}/level-plan"

    problem(signed_in(cast.dr_okafor).get(door), 409, "no_open_episode")
    problem(signed_in(cast.dr_lind).get(door), 404, "not_found")
    problem(signed_in(cast.maya).post(door, {"rev": 1}), 403, "forbidden")
    admitted(cast)
    Consent.objects.filter(patient_id=cast.maya.pk).update(scope=["reminders"])
    problem(signed_in(cast.dr_okafor).post(door, {"rev": 1}), 409, "no_open_episode")

    assert live(cast) == set()
