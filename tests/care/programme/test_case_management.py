"""Needs, tasks of both sides, and the plan for aftercare."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from backend.kit.errors import InvalidInput
from care.access.chart import Chart, NoSuchChart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import AftercarePlan, CareNeed, CareTask
from care.programme.aftercare_plan import (
    PARTS,
    AftercarePlanChanged,
    aftercare_plan_of,
    write_aftercare_plan,
)
from care.programme.case_management import (
    NoSuchTask,
    OnlyCareTeamManages,
    add_task,
    finish_task,
    needs_of,
    note_need,
    open_task_chart,
    tasks_of,
)
from tests.cast import Cast, own_chart

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 6, 17, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=2)


def chart_of(cast: Cast) -> Chart:
    return open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.PROGRAMME, now=NOW,
        to_write=True,
    )  # fmt: skip


def task(cast: Cast, **changes: Any) -> Any:
    sent: dict[str, Any] = {
        "text": "Call the landlord", "owner_id": None, "need_id": None, "due_on": None,
    }  # fmt: skip
    return add_task(chart=chart_of(cast), **sent | changes, now=NOW)


def test_a_need_is_open_until_it_is_met_and_may_come_back(cast: Cast) -> None:
    sent: dict[str, Any] = {"kind": "housing", "text": "A quiet room 🌊"}
    first, is_new = note_need(chart=chart_of(cast), **sent, is_met=False, now=NOW)
    same, is_new_again = note_need(chart=chart_of(cast), **sent, is_met=True, now=LATER)
    back, is_new_later = note_need(chart=chart_of(cast), **sent, is_met=False, now=LATER)

    assert (is_new, is_new_again, is_new_later) == (True, False, True)
    assert (same.id, same.met_at) == (first.id, LATER)
    assert [one.id for one in needs_of(chart=chart_of(cast))] == [back.id, first.id]
    assert all(b"quiet" not in bytes(row.words) for row in CareNeed.objects.all())


def test_what_is_to_be_done_stands_first_by_its_day(cast: Cast) -> None:
    late = task(cast, text="Late", due_on=date(2026, 6, 1))
    some_day = task(cast, text="Some day")
    soon = task(cast, text="Soon", due_on=date(2026, 5, 8))
    done = task(cast, text="Done")
    finish_task(chart=chart_of(cast), task_id=done.id, now=LATER)

    own = tasks_of(chart=own_chart(cast.maya))

    assert [one.id for one in own] == [soon.id, late.id, some_day.id, done.id]
    assert own == tasks_of(chart=chart_of(cast))
    assert own[-1].done_at == LATER


def test_a_patient_finishes_their_own_alone_and_once(cast: Cast) -> None:
    own, theirs = task(cast), task(cast, owner_id=cast.dr_okafor.pk)

    first = finish_task(chart=own_chart(cast.maya), task_id=own.id, now=NOW)
    again = finish_task(chart=own_chart(cast.maya), task_id=own.id, now=LATER)
    with pytest.raises(NoSuchTask):
        finish_task(chart=own_chart(cast.maya), task_id=theirs.id, now=NOW)

    assert first.done_at == again.done_at == NOW
    assert CareTask.objects.get(pk=own.id).done_by == cast.maya.pk
    assert CareTask.objects.get(pk=theirs.id).done_at is None


@pytest.mark.parametrize("field", ["owner", "need"])
def test_nobody_outside_of_the_team_owns_one_and_no_other_need_is_named(
    cast: Cast, field: str
) -> None:
    stranger = cast.dr_lind.pk if field == "owner" else cast.maya.pk

    with pytest.raises(InvalidInput) as refusal:
        task(cast, **{f"{field}_id": stranger})

    assert [error.field for error in refusal.value.errors] == [field]
    assert not CareTask.objects.exists()


def test_the_patient_writes_neither_and_a_stranger_opens_nothing(cast: Cast) -> None:
    one, own = task(cast), own_chart(cast.maya)

    with pytest.raises(OnlyCareTeamManages):
        note_need(chart=own, kind="work", text="x", is_met=False, now=NOW)
    with pytest.raises(OnlyCareTeamManages):
        add_task(chart=own, text="x", owner_id=None, need_id=None, due_on=None, now=NOW)
    for user in (cast.dr_lind, cast.noah):
        with pytest.raises(NoSuchChart):
            open_task_chart(viewer=user, task_id=one.id, now=NOW)


def test_aftercare_is_written_by_both_in_versions_and_kept(cast: Cast) -> None:
    parts = {name: ["one", "two 🌊"] for name in PARTS}
    own, team = own_chart(cast.maya), chart_of(cast)

    write_aftercare_plan(chart=own, parts=parts, rev=0, now=NOW)
    write_aftercare_plan(chart=team, parts=parts | {"skills": []}, rev=1, now=LATER)
    with pytest.raises(AftercarePlanChanged):
        write_aftercare_plan(chart=own, parts=parts, rev=1, now=LATER)

    plan = aftercare_plan_of(chart=own)
    assert (plan.rev, plan.written_by_role, plan.at) == (2, "clinician", LATER)
    assert (plan.parts["skills"], plan.parts["people"]) == ((), ("one", "two 🌊"))
    assert AftercarePlan.objects.count() == 2
    assert all(b"two" not in bytes(row.words) for row in AftercarePlan.objects.all())
