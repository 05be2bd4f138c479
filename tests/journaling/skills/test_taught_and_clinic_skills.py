"""What was taught, the order of the catalogue, and the words that a clinic adds."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.kit.errors import InvalidInput
from care.models import Clinic, User
from journaling.entries.record import record_entry
from journaling.models import ClinicSkill, ClinicTerm, Entry, TaughtSkill
from journaling.skills import catalogue
from journaling.skills.assign import mark_taught
from journaling.skills.clinic_vocabulary import (
    ClinicSkillChanged,
    search_skills,
    set_clinic_skill,
    set_clinic_terms,
    skills_of_clinic,
    terms_of_clinic,
)
from journaling.sync.exchange import exchange_changes
from tests import cast as people
from tests.cast import Cast, own_chart
from tests.journaling.skills.homework import NOW, TODAY, assigned, practised, team_chart, told

# --- Taught, and the order of the catalogue --------------------------------------------------


def test_assigned_skills_come_first_then_taught_ones_then_the_rest(cast: Cast) -> None:
    assigned(cast)
    for skill in ("slow-breathing", "slow-breathing", "ride-the-urge"):
        mark_taught(
            chart=team_chart(cast),
            skill=skill,
            is_taught=True,
            skills=catalogue.shipped_skills(),
            now=NOW,
        )

    found = search_skills(clinic_id=cast.clinic.pk, chart=own_chart(cast.maya), today=TODAY)

    assert [(s.skill.slug, s.is_assigned, s.is_taught) for s in found[:3]] == [
        ("ride-the-urge", True, True),
        ("slow-breathing", False, True),
        ("balanced-mind-check", False, False),
    ]
    rest = [s.skill.slug for s in found[2:]]
    assert rest == [slug for slug in catalogue.shipped_skills() if slug in rest]
    assert len(found) == 70
    noahs = search_skills(clinic_id=cast.clinic.pk, chart=own_chart(cast.noah), today=TODAY)
    assert not any(s.is_assigned or s.is_taught for s in noahs)


def test_a_mark_is_taken_back(cast: Cast) -> None:
    for is_taught in (True, False, False):
        mark_taught(
            chart=team_chart(cast), skill="slow-breathing", is_taught=is_taught,
            skills=catalogue.shipped_skills(), now=NOW,
        )  # fmt: skip

    assert not TaughtSkill.objects.exists()


def test_what_the_clinic_does_not_offer_is_not_taught(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        mark_taught(
            chart=team_chart(cast), skill="no-such-skill", is_taught=True,
            skills=catalogue.shipped_skills(), now=NOW,
        )  # fmt: skip

    assert not TaughtSkill.objects.exists()


# --- Words of the clinic, and what an entry may name -----------------------------------------

GARDEN = {
    "name": "Garden walk", "module": "body_environment", "description": "Walk in the garden.",
    "minutes": 10, "ratings": ["helped"],
}  # fmt: skip


def says(cast: Cast, slug: str, said: dict[str, Any], *, rev: int = 0, gone: bool = False) -> int:
    return set_clinic_skill(
        clinic_id=cast.clinic.pk, changed_by=cast.ada.pk, slug=slug, said=said, is_withdrawn=gone,
        rev=rev, now=NOW,
    ).rev  # fmt: skip


def test_a_clinic_adds_a_skill_and_words_another_its_own_way(cast: Cast) -> None:
    says(cast, "garden-walk", GARDEN)
    says(cast, "cool-the-face", {"name": "Cold pack", "caution": "Ask the nurse first."})

    found = skills_of_clinic(clinic_id=cast.clinic.pk)

    shipped = catalogue.shipped_skills()["cool-the-face"]
    assert len(found) == 71
    assert found["garden-walk"].name == "Garden walk"
    assert found["garden-walk"].ratings == ("helped",)
    assert found["cool-the-face"].name == "Cold pack"
    assert found["cool-the-face"].caution == "Ask the nurse first."
    assert found["cool-the-face"].description == shipped.description
    other = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    assert skills_of_clinic(clinic_id=other.pk) == catalogue.shipped_skills()


def test_what_is_withdrawn_is_not_offered_but_stays_where_it_was_assigned(cast: Cast) -> None:
    assigned(cast)
    for slug in ("ride-the-urge", "slow-breathing"):
        says(cast, slug, {}, gone=True)

    found = search_skills(clinic_id=cast.clinic.pk, chart=own_chart(cast.maya), today=TODAY)

    slugs = [one.skill.slug for one in found]
    assert slugs[0] == "ride-the-urge"
    assert "slow-breathing" not in slugs
    practised(cast.maya, "2026-05-06T08:00", skill="slow-breathing")
    assert Entry.objects.count() == 1


@pytest.mark.parametrize(
    ("slug", "said", "fields"),
    [
        ("garden-walk", {}, {"name", "module", "description", "minutes"}),
        ("garden-walk", GARDEN | {"minutes": None}, {"minutes"}),
        ("Garden Walk", GARDEN, {"slug"}),
        ("cool-the-face", {"caution": ""}, {"caution"}),
    ],
)
def test_half_a_skill_and_a_lost_caution_are_refused(
    cast: Cast, slug: str, said: dict[str, Any], fields: set[str]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        says(cast, slug, said)

    assert {error.field for error in refusal.value.errors} == fields
    assert not ClinicSkill.objects.exists()


def test_a_clinics_words_change_by_revision(cast: Cast) -> None:
    assert says(cast, "garden-walk", GARDEN) == 1
    assert says(cast, "garden-walk", GARDEN | {"minutes": 20}, rev=1) == 2

    for stale in (0, 1):
        with pytest.raises(ClinicSkillChanged):
            says(cast, "garden-walk", GARDEN | {"minutes": 30}, rev=stale)

    assert ClinicSkill.objects.get().minutes == 20


def test_a_clinics_own_skill_is_assigned_and_practised_there_alone(cast: Cast) -> None:
    says(cast, "garden-walk", GARDEN)
    name = assigned(cast, skill="garden-walk", skills=skills_of_clinic(clinic_id=cast.clinic.pk))

    practised(cast.maya, "2026-05-06T08:00", skill="garden-walk", assignment=str(name))

    assert told(own_chart(cast.maya))[0].progress.this_week == 1
    elsewhere = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    stranger = people.patient(elsewhere, "zoe", "Zoe", treated_by=cast.dr_lind)
    with pytest.raises(InvalidInput) as refusal:
        practised(stranger, "2026-05-06T08:00", skill="garden-walk")
    assert [(e.field, e.code) for e in refusal.value.errors] == [("skill", "unknown_skill")]


def test_an_assignment_of_somebody_else_looks_like_none(cast: Cast) -> None:
    name = assigned(cast)
    faults = []
    for other in (name, uuid4()):
        with pytest.raises(InvalidInput) as refusal:
            practised(cast.noah, "2026-05-06T08:00", assignment=str(other))
        faults.append(refusal.value.errors)

    assert faults[0] == faults[1]
    assert [(e.field, e.code) for e in faults[0]] == [("assignment", "unknown_assignment")]
    assert not Entry.objects.exists()


def test_a_clinics_triggers_are_taken_also_when_no_longer_offered(cast: Cast) -> None:
    def offer(*triggers: str) -> None:
        set_clinic_terms(clinic_id=cast.clinic.pk, targets=["shopping"], triggers=triggers)

    def crave(user: User) -> None:
        record_entry(
            chart=own_chart(user), now=NOW,
            sent=people.craving(at=NOW, triggers=["lonely", "night_shift"]),
        )  # fmt: skip

    offer("night_shift", "rain")
    crave(cast.maya)
    offer("rain", "rain_again")

    crave(cast.maya)
    assert terms_of_clinic(clinic_id=cast.clinic.pk).triggers == ("rain", "rain_again")
    offer("night_shift")
    assert terms_of_clinic(clinic_id=cast.clinic.pk).triggers == ("night_shift",)
    assert ClinicTerm.objects.filter(vocabulary="trigger").count() == 3
    elsewhere = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    with pytest.raises(InvalidInput) as refusal:
        crave(people.patient(elsewhere, "zoe", "Zoe", treated_by=cast.dr_lind))
    assert [(e.field, e.code) for e in refusal.value.errors] == [("triggers", "unknown_choice")]


@pytest.mark.parametrize(
    ("targets", "triggers", "fields"),
    [
        ([], ["lonely"], ["triggers"]),
        ([], ["Night shift"], ["triggers"]),
        (["shopping", "shopping"], [], ["targets"]),
        ([f"target {n}" for n in range(51)], [], ["targets"]),
    ],
)
def test_terms_that_cannot_be_offered_are_refused(
    cast: Cast, targets: list[str], triggers: list[str], fields: list[str]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        set_clinic_terms(clinic_id=cast.clinic.pk, targets=targets, triggers=triggers)

    assert [error.field for error in refusal.value.errors] == fields
    assert not ClinicTerm.objects.exists()


def test_what_ships_is_known_without_asking_the_database(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as shipped:
        practised(cast.maya, "2026-05-06T08:00")
    name = assigned(cast)
    with CaptureQueriesContext(connection) as named:
        practised(cast.maya, "2026-05-06T08:00", assignment=str(name))

    # One statement more tells the patient's own assignments.
    assert len(named) == len(shipped) + 1


@pytest.mark.parametrize("count", [1, 40])
def test_a_phone_that_was_offline_may_name_its_assignment_and_its_clinics_words(
    cast: Cast, count: int
) -> None:
    says(cast, "garden-walk", GARDEN)
    name = assigned(cast)
    ops: list[Any] = [
        {
            "id": str(uuid4()), "kind": "skill_practice", "skill": "garden-walk",
            "occurred_at": NOW.isoformat(), "recorded_at": NOW.isoformat(),
            "time_zone": "America/Chicago", "assignment": str(name), "base_rev": None,
            "deleted": False,
        }
        for _ in range(count)
    ]  # fmt: skip
    foreign = ops[0] | {"id": str(uuid4()), "assignment": str(uuid4())}

    chart = own_chart(cast.maya)
    with CaptureQueriesContext(connection) as seen:
        done = exchange_changes(chart=chart, cursor=None, operations=[*ops, foreign], now=NOW)

    assert [outcome.status for outcome in done.outcomes] == ["created"] * count + ["invalid"]
    assert [e.code for e in done.outcomes[-1].errors or ()] == ["unknown_assignment"]
    asked = [q for q in seen if "clinicskill" in q["sql"] or "assignment" in q["sql"]]
    # What the clinic added, what was assigned; the others write or read entries.
    assert len([q for q in asked if "journaling_entry" not in q["sql"]]) == 2
