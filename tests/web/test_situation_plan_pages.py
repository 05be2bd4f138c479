"""Situation plans as pages: looked at with their use, agreed, changed and taken off."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from care.models import AccessLogEntry, CareTeamMembership, Clinic, User
from care.people.enrol import revoke_treatment_consents
from journaling.models import ClinicSkill, SituationPlans
from journaling.skills.agreed_plans import agree_plan, plans_in_session
from journaling.skills.situation_plans import (
    SituationPlan,
    WantedPlan,
    replace_situation_plans,
    situation_plans_of,
)
from tests import cast as people
from tests.cast import Cast, own_chart
from tests.journaling.briefs.brief_scenario import wrote
from tests.web.page_client import browser_of, text_of

BAR = WantedPlan("walking past the bar", "slow-breathing", "I breathe out, and cross over.")
SENT = {"situation": "payday", "skill": "name-it", "words": "I say it aloud.\r\nThen the bus."}


def place(cast: Cast, plan_id: UUID | None = None, *, remove: bool = False) -> str:
    plans = f"/review/patients/{cast.maya.pk}/situations/"
    return plans if plan_id is None else f"{plans}{plan_id}/{'remove/' if remove else ''}"


def listed(cast: Cast) -> list[SituationPlan]:
    return list(situation_plans_of(chart=own_chart(cast.maya)).plans)


def of_the_patient(cast: Cast) -> SituationPlan:
    written = replace_situation_plans(
        chart=own_chart(cast.maya), rev=0, wanted=[BAR], now=timezone.now()
    )
    return written.plans[0]


def of_staff(client: Client, cast: Cast) -> SituationPlan:
    assert client.post(place(cast), SENT).status_code == 302
    return listed(cast)[-1]


def used(cast: Cast, plan: SituationPlan, *days_ago: int, **facts: Any) -> None:
    for days in days_ago:
        wrote(
            cast.maya, "skill_practice", timezone.now() - timedelta(days=days),
            skill=plan.skill, origin=f"plan:{plan.id}", **facts,
        )  # fmt: skip


def test_a_plan_is_agreed_and_both_see_it(cast: Cast) -> None:
    of_the_patient(cast)
    client = browser_of(cast.dr_okafor)

    done = client.post(place(cast), SENT)

    assert done["Location"] == f"{place(cast)}?said=situation_agreed"
    page = text_of(client.get(done["Location"]))
    assert "When payday: Put it into words" in page
    assert "Agreed with Dr. Okafor." in page
    bar, payday = listed(cast)
    assert (bar.agreed_with, payday.agreed_with) == (None, cast.dr_okafor.pk)
    assert payday.words == "I say it aloud.\nThen the bus."
    assert "When payday" in text_of(client.get(f"/review/patients/{cast.maya.pk}/"))


def test_it_tells_how_often_each_was_used_and_what_was_answered(cast: Cast) -> None:
    bar = of_the_patient(cast)
    client = browser_of(cast.dr_okafor)
    payday = of_staff(client, cast)
    used(cast, bar, 1, 3, helped=True)
    used(cast, bar, 2, helped=False)
    used(cast, bar, 4)
    used(cast, bar, 5, able=False)
    used(cast, bar, 6, helped=True, share="private")
    used(cast, bar, 30, helped=True)

    page = text_of(client.get(place(cast)))

    assert "Used 4 times in the last 28 days; helped 2 of 3." in page
    assert "Not used in the last 28 days. Agreed with Dr. Okafor." in page
    assert payday.id != bar.id


def test_what_staff_wrote_is_changed_under_its_id(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    plan = of_staff(client, cast)
    assert 'name="rev" value="1"' in text_of(client.get(place(cast, plan.id)))

    done = client.post(place(cast, plan.id), SENT | {"situation": "the day my pay comes", "rev": 1})

    assert done["Location"] == f"{place(cast)}?said=situation_changed"
    (changed,) = listed(cast)
    assert (changed.id, changed.situation) == (plan.id, "the day my pay comes")
    assert SituationPlans.objects.count() == 2


def test_a_change_of_an_older_list_keeps_what_was_typed_and_stores_nothing(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    plan = of_staff(client, cast)
    agree_plan(chart=own_chart(cast.maya), wanted=BAR, now=timezone.now())

    stale = client.post(place(cast, plan.id), SENT | {"situation": "typed", "rev": 1})
    late = client.post(place(cast, plan.id, remove=True), {"rev": 1})

    page = text_of(stale)
    assert stale.status_code == 409
    assert 'value="typed"' in page
    assert 'name="rev" value="2"' in page
    assert late["Location"] == f"{place(cast)}?said=situation_meanwhile"
    assert [kept.situation for kept in listed(cast)] == ["payday", BAR.situation]
    again = client.post(place(cast, plan.id), SENT | {"situation": "typed", "rev": 2})
    assert again.status_code == 302


def test_taking_one_off_is_asked_about_and_keeps_what_was_practised(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    plan = of_staff(client, cast)
    used(cast, plan, 1)

    asked = client.get(place(cast, plan.id, remove=True))
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text_of(asked)))

    assert "Take “payday” off the plans of Maya?" in text_of(asked)
    assert listed(cast) == [plan]
    done = client.post(place(cast, plan.id, remove=True), fields)
    assert done["Location"] == f"{place(cast)}?said=situation_removed"
    assert listed(cast) == []
    assert "There is no plan yet." in text_of(client.get(place(cast)))


def test_of_the_patients_own_words_nothing_is_changed_here(cast: Cast) -> None:
    plan = of_the_patient(cast)
    client = browser_of(cast.dr_okafor)

    page = text_of(client.get(place(cast)))

    assert "Made by the patient. Only the patient changes it." in page
    assert place(cast, plan.id) not in page
    for address in (place(cast, plan.id), place(cast, plan.id, remove=True)):
        assert client.get(address).status_code == 404
        assert client.post(address, SENT | {"rev": 1}).status_code == 404
    assert listed(cast) == [plan]


def test_what_the_patient_reworded_is_no_longer_changed_by_staff(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    plan = of_staff(client, cast)
    mine = WantedPlan(plan.situation, plan.skill, "In my words.", plan.agreed_with, plan.id)
    replace_situation_plans(chart=own_chart(cast.maya), rev=1, wanted=[mine], now=timezone.now())

    assert client.post(place(cast, plan.id), SENT | {"rev": 2}).status_code == 404
    assert "Agreed with Dr. Okafor. Only the patient changes it." in text_of(
        client.get(place(cast))
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"situation": ""}, "situation"),
        ({"situation": "two\nlines"}, "situation"),
        ({"situation": "x" * 141}, "situation"),
        ({"situation": "Walking past the BAR", "skill": "slow-breathing"}, "situation"),
        ({"skill": ""}, "skill"),
        ({"skill": "unheard-of"}, "skill"),
        ({"words": "x" * 501}, "words"),
    ],
)
def test_what_is_wrong_is_told_beside_the_field(
    cast: Cast, changes: dict[str, str], field: str
) -> None:
    plan = of_the_patient(cast)

    response = browser_of(cast.dr_okafor).post(place(cast), SENT | changes)

    assert response.status_code == 400
    assert f'id="id_{field}_error"' in text_of(response)
    assert listed(cast) == [plan]


def test_a_full_list_takes_no_more(cast: Cast) -> None:
    wanted = [WantedPlan(f"the hour of {n}", "name-it") for n in range(12)]
    replace_situation_plans(chart=own_chart(cast.maya), rev=0, wanted=wanted, now=timezone.now())
    client = browser_of(cast.dr_okafor)

    page = text_of(client.get(place(cast)))
    refused = client.post(place(cast), SENT)

    assert "There is room for no more" in page
    assert "<form class" not in page
    assert refused.status_code == 400
    assert len(listed(cast)) == 12


def test_a_skill_that_the_clinic_withdrew_may_stay_where_it_stands(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    plan = of_staff(client, cast)
    ClinicSkill.objects.create(
        clinic=cast.clinic, slug=plan.skill, is_withdrawn=True, changed_at=timezone.now(),
        changed_by=cast.ada.pk,
    )  # fmt: skip

    kept = client.post(place(cast, plan.id), SENT | {"words": "By bus.", "rev": 1})
    fresh = client.post(place(cast), SENT | {"situation": "late"})

    assert (kept.status_code, fresh.status_code) == (302, 400)


def test_who_agreed_it_is_told_after_they_left(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.dr_lind)
    of_staff(browser_of(cast.dr_lind), cast)
    rows = CareTeamMembership.objects.filter(clinician=cast.dr_lind, patient_id=cast.maya.pk)
    rows.update(ends_at=timezone.now())

    page = text_of(browser_of(cast.dr_okafor).get(place(cast)))

    assert "Agreed with somebody who has left the care team." in page


def elsewhere(cast: Cast) -> User:
    clinic = Clinic.objects.create(name="Other Clinic", time_zone=people.ZONE)
    return people.staff(clinic, "dr_stone", "Dr. Stone")


@pytest.mark.parametrize("who", ["colleague", "other clinic", "former", "unconsented"])
def test_who_does_not_treat_them_finds_no_page(cast: Cast, who: str) -> None:
    plan = of_staff(browser_of(cast.dr_okafor), cast)
    now = timezone.now()
    if who == "former":
        CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=now)
    if who == "unconsented":
        revoke_treatment_consents(patient_id=cast.maya.pk, now=now)
    viewer = {"colleague": cast.dr_lind, "other clinic": elsewhere(cast)}.get(who, cast.dr_okafor)
    client = browser_of(viewer)

    for address in (place(cast), place(cast, plan.id), place(cast, plan.id, remove=True)):
        for response in (client.get(address), client.post(address, SENT | {"rev": 1})):
            assert response.status_code == 404
            assert "payday" not in text_of(response)
    assert listed(cast) == [plan]
    assert AccessLogEntry.objects.filter(actor_id=viewer.pk, data_class="situation_plans",
                                         action="denied").exists()  # fmt: skip


def test_a_plan_that_is_not_there_has_no_page(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)

    for address in (place(cast, uuid4()), place(cast, uuid4(), remove=True)):
        assert client.get(address).status_code == 404
        assert client.post(address, SENT | {"rev": 0}).status_code == 404


def test_each_look_and_each_change_is_in_the_patients_log(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    plan = of_staff(client, cast)

    client.get(place(cast))
    client.get(f"/review/patients/{cast.maya.pk}/")
    client.post(place(cast, plan.id, remove=True), {"rev": 1})

    rows = AccessLogEntry.objects.filter(
        actor_id=cast.dr_okafor.pk, patient_id=cast.maya.pk, data_class="situation_plans"
    )
    assert sorted(rows.values_list("action", flat=True)) == ["read", "read", "write", "write"]


def test_two_who_agree_one_at_once_each_add_theirs(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    chart = own_chart(cast.maya)
    read = plans_in_session(chart=chart, now=timezone.now())

    of_staff(client, cast)
    agree_plan(chart=chart, wanted=BAR, now=timezone.now())

    assert read.plans == []
    assert [plan.situation for plan in listed(cast)] == ["payday", BAR.situation]
