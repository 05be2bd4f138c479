"""Situation plans through charts, and what becomes of their table."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.kit.db import rls_actor
from backend.kit.errors import InvalidInput
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import Consent
from care.oncall.chart import open_on_call_chart
from care.privacy import erasure
from journaling.entries.details import entry_details
from journaling.entries.record import record_entry
from journaling.models import Entry, SituationPlans
from journaling.skills.situation_plans import (
    SituationPlan,
    SituationPlansChanged,
    SituationPlansHidden,
    WantedPlan,
    replace_situation_plans,
    situation_plans_of,
    situations_by_plan,
)
from tests import cast as people
from tests.api.journal.sync_client import statuses, sync
from tests.api.responses import API, faults
from tests.cast import Cast, own_chart, signed_in
from tests.journaling.exports.export_runner import as_json, made, table
from tests.on_call_clinic import OPEN, reyes, set_up

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BAR = WantedPlan("walking past the bar", "slow-breathing", "I breathe out, and cross the street.")
PAYDAY = WantedPlan("payday", "name-it")


def planned(cast: Cast, *wanted: WantedPlan, rev: int = 0) -> tuple[SituationPlan, ...]:
    chart = own_chart(cast.maya)
    return replace_situation_plans(chart=chart, rev=rev, wanted=wanted, now=NOW).plans


def practice(plan_id: UUID | str, **changes: Any) -> dict[str, Any]:
    at = timezone.now().isoformat()
    return {
        "id": str(uuid4()), "kind": "skill_practice", "occurred_at": at, "recorded_at": at,
        "time_zone": people.ZONE, "skill": "slow-breathing", "attempted": True,
        "origin": f"plan:{plan_id}",
    } | changes  # fmt: skip


def test_who_is_only_on_call_sees_none(cast: Cast) -> None:
    set_up(cast)
    planned(cast, BAR)

    chart = open_on_call_chart(
        viewer=reyes(), patient_id=cast.maya.pk, what=DataCategory.SAFETY_EVENTS, now=OPEN
    )

    with pytest.raises(SituationPlansHidden):
        situation_plans_of(chart=chart)
    with pytest.raises(SituationPlansHidden):
        situations_by_plan(chart=chart)
    with pytest.raises(SituationPlansHidden):
        replace_situation_plans(chart=chart, rev=1, wanted=[], now=OPEN)


def own(cast: Cast) -> list[SituationPlan]:
    return list(situation_plans_of(chart=own_chart(cast.maya)).plans)


def by_staff(cast: Cast, *wanted: WantedPlan, rev: int) -> tuple[SituationPlan, ...]:
    """Replace the list as Dr. Okafor."""
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.SITUATION_PLANS, now=NOW,
        to_write=True,
    )  # fmt: skip
    return replace_situation_plans(chart=chart, rev=rev, wanted=wanted, now=NOW).plans


def as_wanted(plan: SituationPlan, **changes: Any) -> WantedPlan:
    return replace(
        WantedPlan(plan.situation, plan.skill, plan.words, plan.agreed_with, plan.id), **changes
    )


def test_staff_change_and_take_away_what_staff_wrote(cast: Cast) -> None:
    (plan,) = by_staff(cast, replace(PAYDAY, agreed_with=cast.dr_okafor.pk), rev=0)

    (changed,) = by_staff(cast, as_wanted(plan, words="By bus."), rev=1)
    left = by_staff(cast, rev=2)

    assert (changed.id, changed.words) == (plan.id, "By bus.")
    assert left == ()
    assert own(cast) == []


def test_what_the_patient_reworded_is_the_patients(cast: Cast) -> None:
    (plan,) = by_staff(cast, replace(PAYDAY, agreed_with=cast.dr_okafor.pk), rev=0)
    planned(cast, as_wanted(plan, words="I call my sister."), rev=1)
    planned(cast, as_wanted(plan), rev=2)

    with pytest.raises(InvalidInput) as refused:
        by_staff(cast, as_wanted(plan, words="By bus."), rev=3)

    assert [fault.code for fault in refused.value.errors] == ["patients_own"]
    assert own(cast) == [plan]


def test_a_plan_of_the_patients_stays_theirs_when_staff_add_another(cast: Cast) -> None:
    (bar,) = planned(cast, BAR)
    agreed = replace(PAYDAY, agreed_with=cast.dr_okafor.pk)
    _, payday = by_staff(cast, as_wanted(bar), agreed, rev=1)

    with pytest.raises(InvalidInput) as refused:
        by_staff(cast, as_wanted(payday), rev=2)

    assert [fault.code for fault in refused.value.errors] == ["patients_own"]
    assert own(cast) == [bar, payday]


def test_another_order_by_the_patient_leaves_words_to_whoever_wrote_them(cast: Cast) -> None:
    (bar,) = planned(cast, BAR)
    agreed = replace(PAYDAY, agreed_with=cast.dr_okafor.pk)
    _, payday = by_staff(cast, as_wanted(bar), agreed, rev=1)
    planned(cast, as_wanted(payday), as_wanted(bar), rev=2)

    assert by_staff(cast, as_wanted(bar), rev=3) == (bar,)


def test_a_practice_names_its_plan(cast: Cast) -> None:
    (bar,) = planned(cast, BAR)
    client, sent = signed_in(cast.maya), practice(bar.id)

    first = client.post(API + "entries", sent)
    again = client.post(API + "entries", sent)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["origin"] == f"plan:{bar.id}"


def test_a_plan_that_is_gone_still_takes_what_was_practised_by_it(cast: Cast) -> None:
    (bar,) = planned(cast, BAR)
    kept = signed_in(cast.maya).post(API + "entries", practice(bar.id)).json()
    planned(cast, rev=1)

    late = signed_in(cast.maya).post(API + "entries", practice(bar.id))
    edited = signed_in(cast.maya).patch(
        f"{API}entries/{kept['id']}", {"helped": True}, headers={"If-Match": '"1"'}
    )

    assert (late.status_code, edited.status_code) == (201, 200)


def test_a_plan_of_nobody_or_of_somebody_else_is_unknown(cast: Cast) -> None:
    (bar,) = planned(cast, BAR)

    for user, plan_id in ((cast.maya, uuid4()), (cast.noah, bar.id)):
        refused = signed_in(user).post(API + "entries", practice(plan_id))
        assert faults(refused) == {"origin": "unknown_plan"}
    assert not Entry.objects.exists()


def test_only_a_skill_is_practised_by_a_plan(cast: Cast) -> None:
    (bar,) = planned(cast, BAR)
    craving = people.craving(id=str(uuid4()), origin=f"plan:{bar.id}")

    assert faults(signed_in(cast.maya).post(API + "entries", craving)) == {"origin": "contradicts"}


@pytest.mark.parametrize("origin", ["plan:", "plan:7", "plan", "Plan:" + "0" * 32])
def test_what_names_no_plan_is_refused(cast: Cast, origin: str) -> None:
    sent = practice("x") | {"origin": origin}

    assert faults(signed_in(cast.maya).post(API + "entries", sent)) == {"origin": "unknown_choice"}


def test_a_queue_of_practices_asks_for_plans_once(cast: Cast) -> None:
    (bar,) = planned(cast, BAR)
    client = signed_in(cast.maya)
    took = []

    for count in (1, 6):
        queue = [practice(bar.id, base_rev=None, deleted=False) for _ in range(count)]
        with CaptureQueriesContext(connection) as seen:
            told = sync(client, *queue)
        assert statuses(told) == ["created"] * count
        took.append(sum(SituationPlans._meta.db_table in one["sql"] for one in seen))

    assert took == [1, 1]


def test_staff_read_that_it_came_of_a_plan(cast: Cast) -> None:
    (bar,) = planned(cast, BAR)
    entry, _ = record_entry(chart=own_chart(cast.maya), sent=practice(bar.id), now=timezone.now())

    said = {detail.label: detail.words for detail in entry_details(entry)}

    assert said["Logged"] == "by a situation plan"


def test_the_patient_takes_them_along(cast: Cast) -> None:
    (bar,) = planned(cast, BAR)
    planned(cast, rev=1)
    job = made(cast.maya, "json", "csv", now=timezone.now())

    versions = as_json(cast.maya, job)["situation_plans"]

    assert [list(row) for row in versions] == [["rev", "at", "written_by_role", "plans"]] * 2
    assert sorted(len(row["plans"]) for row in versions) == [0, 1]
    (plan,) = next(row["plans"] for row in versions if row["plans"])
    assert plan == {
        "id": str(bar.id), "situation": BAR.situation, "skill": BAR.skill, "words": BAR.words,
        "agreed_with": None,
    }  # fmt: skip
    assert len(table(cast.maya, job, "situation_plans")) == 2
    assert as_json(cast.noah, made(cast.noah, "json", now=timezone.now()))["situation_plans"] == []


def test_an_erasure_takes_them(cast: Cast) -> None:
    planned(cast, BAR)
    planned(cast, PAYDAY, rev=1)

    gone = erasure.erase_patient(
        patient_id=cast.maya.pk, reason=erasure.ErasureReason.REQUEST, now=timezone.now()
    )

    assert gone["journaling.SituationPlans"] == 2
    assert not SituationPlans.objects.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row policies")
def test_the_database_itself_shows_them_to_patient_and_team(cast: Cast) -> None:
    planned(cast, BAR)
    seen = {}
    for user in (cast.maya, cast.dr_okafor, cast.noah, cast.dr_lind, cast.ada, cast.sam):
        with rls_actor.acting_as(rls_actor.user_actor(user.role, user.pk)):
            seen[user.username] = SituationPlans.objects.count()

    assert seen == {"maya": 1, "dr_okafor": 1, "noah": 0, "dr_lind": 0, "ada": 0, "sam": 0}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row policies")
def test_the_database_itself_asks_for_consent_to_shared_entries(cast: Cast) -> None:
    planned(cast, BAR)
    Consent.objects.filter(patient_id=cast.maya.pk).update(scope=["safety", "sessions"])

    with rls_actor.acting_as(rls_actor.user_actor(cast.dr_okafor.role, cast.dr_okafor.pk)):
        assert SituationPlans.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_same", [True, False], ids=["the same list", "five lists"])
def test_of_five_that_write_at_once_one_makes_the_version(is_same: bool) -> None:
    cast = people.enter()
    ready, told = threading.Barrier(5), list[UUID | None]()

    def writes(number: int) -> None:
        ready.wait()
        situation = "payday" if is_same else f"payday of week {number}"
        try:
            told.append(
                replace_situation_plans(
                    chart=own_chart(cast.maya), rev=0, wanted=[WantedPlan(situation, "name-it")],
                    now=timezone.now(),
                ).plans[0].id
            )  # fmt: skip
        except SituationPlansChanged:
            told.append(None)
        finally:
            connection.close()

    threads = [threading.Thread(target=writes, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    stored = SituationPlans.objects.get()
    kept = [UUID(plan_id) for plan_id in stored.plan_ids]
    assert sorted(map(str, told)) == sorted(map(str, kept * 5 if is_same else [*kept, *[None] * 4]))
