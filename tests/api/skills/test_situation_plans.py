"""GET and PUT situation plans: the patient's list, to which their care team adds with them."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from care.models import AccessLogEntry, CareTeamMembership
from care.people.enrol import revoke_treatment_consents
from journaling.models import ClinicSkill, SituationPlans
from tests.api.responses import API, faults, problem
from tests.cast import Cast, joins, signed_in

OWN = API + "situation-plans"
BAR: dict[str, Any] = {"situation": "walking past the bar", "skill": "slow-breathing"}
PAYDAY: dict[str, Any] = {
    "situation": "payday", "skill": "name-it", "words": "I say it aloud, and go home by bus.",
}  # fmt: skip


def theirs(cast: Cast) -> str:
    return f"{API}patients/{cast.maya.pk}/situation-plans"


def put(client: Any, plans: Any, rev: int | None, door: str = OWN) -> Any:
    headers = {} if rev is None else {"If-Match": f'"{rev}"'}
    return client.put(door, {"results": plans}, headers=headers)


def test_before_the_first_one_there_is_none_at_revision_zero(cast: Cast) -> None:
    response = signed_in(cast.maya).get(OWN)

    assert response.headers["ETag"] == '"0"'
    assert response.json() == {
        "results": [], "rev": 0, "updated_at": None, "updated_by_role": None,
    }  # fmt: skip


def test_the_list_comes_back_in_its_order_with_ids(cast: Cast) -> None:
    client, mine = signed_in(cast.maya), str(uuid4())
    agreed = PAYDAY | {"agreed_with": str(cast.dr_okafor.pk)}

    response = put(client, [BAR, agreed | {"id": mine}], 0)

    first, second = response.json()["results"]
    assert (response.status_code, response.headers["ETag"]) == (200, '"1"')
    assert first == {"id": first["id"], **BAR, "words": None, "agreed_with": None}
    assert second == {"id": mine, **agreed}
    assert response.json()["updated_by_role"] == "patient"
    assert client.get(OWN).json() == response.json()


def test_ids_stay_whether_they_are_sent_or_not(cast: Cast) -> None:
    client = signed_in(cast.maya)
    bar, payday = put(client, [BAR, PAYDAY], 0).json()["results"]
    reworded = payday | {"situation": "the day my pay comes"}

    changed = put(client, [reworded, BAR | {"situation": "Walking past the  bar"}], 1).json()

    assert [plan["id"] for plan in changed["results"]] == [payday["id"], bar["id"]]
    assert changed["results"][0]["situation"] == "the day my pay comes"
    assert changed["rev"] == 2


@pytest.mark.parametrize("with_ids", [True, False])
@pytest.mark.parametrize("rev", [0, 1], ids=["the answer was lost", "once more"])
def test_the_same_list_again_is_no_new_version(cast: Cast, rev: int, with_ids: bool) -> None:
    client = signed_in(cast.maya)
    first = put(client, [BAR, PAYDAY], 0).json()

    again = put(client, first["results"] if with_ids else [BAR, PAYDAY], rev)

    assert (again.status_code, again.json()) == (200, first)
    assert SituationPlans.objects.count() == 1


@pytest.mark.parametrize("rev", ["0", "2", "x"])
def test_another_list_by_an_older_revision_changes_nothing(cast: Cast, rev: str) -> None:
    client = signed_in(cast.maya)
    put(client, [BAR], 0)

    stale = client.put(OWN, {"results": [PAYDAY]}, headers={"If-Match": f'"{rev}"'})

    problem(stale, 412, "stale")
    problem(put(client, [PAYDAY], None), 428, "precondition_required")
    assert [plan["situation"] for plan in client.get(OWN).json()["results"]] == [BAR["situation"]]


def test_every_version_stays_with_who_wrote_it(cast: Cast) -> None:
    client = signed_in(cast.maya)
    first = put(client, [BAR], 0).json()
    added = PAYDAY | {"agreed_with": str(cast.dr_okafor.pk)}
    put(signed_in(cast.dr_okafor), [*first["results"], added], 1, theirs(cast))
    put(client, [], 2)

    told = client.get(OWN + "/history").json()["results"]

    assert [version["rev"] for version in told] == [3, 2, 1]
    assert [len(version["results"]) for version in told] == [0, 2, 1]
    assert [v["updated_by_role"] for v in told] == ["patient", "clinician", "patient"]
    assert told[2] == first


STRANGER = "01890000-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("plans", "expected"),
    [
        ([BAR] * 13, {"results": "max_length"}),
        ([PAYDAY, BAR | {"skill": "unheard-of"}], {"results.1.skill": "unknown_skill"}),
        ([BAR, BAR | {"situation": "Walking past the BAR"}], {"results.1.situation": "doubled"}),
        (
            [BAR | {"id": STRANGER}, PAYDAY | {"id": STRANGER}],
            {"results.1.id": "doubled"},
        ),
        ([BAR | {"agreed_with": STRANGER}], {"results.0.agreed_with": "not_on_care_team"}),
        ([BAR | {"agreed_with": "Okafor"}], {"results.0.agreed_with": "invalid"}),
        ([BAR | {"id": 7}], {"results.0.id": "invalid"}),
        ([{}], {"results.0.situation": "required", "results.0.skill": "required"}),
        ([BAR | {"situation": " "}], {"results.0.situation": "blank"}),
        ([BAR | {"situation": "two\nlines"}], {"results.0.situation": "invalid_characters"}),
        ([BAR | {"situation": "x" * 141}], {"results.0.situation": "max_length"}),
        ([BAR | {"words": "x" * 501}], {"results.0.words": "max_length"}),
        ([BAR | {"words": ""}], {"results.0.words": "blank"}),
        ([BAR | {"mystery": 1}], {"results.0.mystery": "unknown_field"}),
        ([7], {"results.0": "not_an_object"}),
        ("walk", {"results": "not_a_list"}),
    ],
)
def test_plans_that_cannot_be_are_named(cast: Cast, plans: Any, expected: dict[str, str]) -> None:
    response = put(signed_in(cast.maya), plans, 0)

    assert faults(response) == expected
    assert not SituationPlans.objects.exists()


def test_twelve_fit_and_the_list_can_be_emptied(cast: Cast) -> None:
    client = signed_in(cast.maya)

    twelve = put(client, [BAR | {"situation": f"the hour of {n}"} for n in range(12)], 0)

    assert len(twelve.json()["results"]) == 12
    assert put(client, [], 1).json()["results"] == []


def test_an_id_never_tells_that_somebody_else_has_it(cast: Cast) -> None:
    taken = put(signed_in(cast.maya), [BAR], 0).json()["results"][0]["id"]

    told = put(signed_in(cast.noah), [PAYDAY | {"id": taken}], 0)

    assert told.status_code == 200
    assert [plan["situation"] for plan in told.json()["results"]] == ["payday"]
    (plan,) = signed_in(cast.maya).get(OWN).json()["results"]
    assert plan["situation"] == BAR["situation"]


def test_who_agreed_it_is_of_the_care_team_and_stays_named_after_they_left(cast: Cast) -> None:
    client = signed_in(cast.maya)
    lind = BAR | {"agreed_with": str(cast.dr_lind.pk)}
    assert faults(put(client, [lind], 0)) == {"results.0.agreed_with": "not_on_care_team"}
    joins(cast.maya.pk, cast.dr_lind)
    (standing,) = put(client, [lind], 0).json()["results"]
    rows = CareTeamMembership.objects.filter(clinician=cast.dr_lind, patient_id=cast.maya.pk)
    rows.update(ends_at=timezone.now())

    kept = put(client, [standing, PAYDAY], 1)
    another = put(client, [standing, PAYDAY | {"agreed_with": str(cast.dr_lind.pk)}], 2)

    assert kept.json()["results"][0] == standing
    assert faults(another) == {"results.1.agreed_with": "not_on_care_team"}


def test_a_skill_that_the_clinic_withdrew_stays_where_it_stands(cast: Cast) -> None:
    client = signed_in(cast.maya)
    (standing,) = put(client, [BAR], 0).json()["results"]
    ClinicSkill.objects.create(
        clinic=cast.clinic, slug=BAR["skill"], is_withdrawn=True, changed_at=timezone.now(),
        changed_by=cast.ada.pk,
    )  # fmt: skip

    kept = put(client, [standing, PAYDAY], 1)
    fresh = put(client, [standing, PAYDAY, BAR | {"situation": "at the pier"}], 2)

    assert kept.status_code == 200
    assert faults(fresh) == {"results.2.skill": "unknown_skill"}


def test_they_are_encrypted_and_each_version_for_its_own_place(cast: Cast) -> None:
    client = signed_in(cast.maya)
    put(client, [BAR | {"situation": "canary-bar", "words": "canary-words"}], 0)
    put(client, [PAYDAY], 1)

    first, second = SituationPlans.objects.order_by("rev")
    assert b"canary" not in bytes(first.words)
    SituationPlans.objects.filter(pk=second.pk).update(words=first.words)
    client.raise_request_exception = False
    assert client.get(OWN).status_code == 500


def test_the_care_team_reads_them_and_the_patient_can_see_that(cast: Cast) -> None:
    told = put(signed_in(cast.maya), [BAR, PAYDAY], 0).json()

    response = signed_in(cast.dr_okafor).get(theirs(cast))

    assert response.json() == told
    row = AccessLogEntry.objects.get(actor_id=cast.dr_okafor.pk, action="read")
    assert (row.patient_id, row.data_class) == (cast.maya.pk, "situation_plans")


def test_a_clinician_adds_a_plan_that_was_agreed(cast: Cast) -> None:
    standing = put(signed_in(cast.maya), [BAR], 0).json()["results"]
    team, added = signed_in(cast.dr_okafor), PAYDAY | {"agreed_with": str(cast.dr_okafor.pk)}

    response = put(team, [*standing, added], 1, theirs(cast))

    assert response.json()["results"][0] == standing[0]
    assert response.json()["results"][1]["agreed_with"] == str(cast.dr_okafor.pk)
    assert signed_in(cast.maya).get(OWN).json() == response.json()
    row = AccessLogEntry.objects.get(actor_id=cast.dr_okafor.pk, action="write")
    assert (row.patient_id, row.data_class) == (cast.maya.pk, "situation_plans")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (None, {"results": "patients_own"}),
        ({"situation": "at the pier"}, {"results": "patients_own"}),
        ({"skill": "name-it"}, {"results": "patients_own"}),
        ({"words": "in my words"}, {"results": "patients_own"}),
    ],
    ids=["taken away", "another situation", "another skill", "other words"],
)
def test_a_clinician_changes_no_plan_that_stands(
    cast: Cast, changes: dict[str, str] | None, expected: dict[str, str]
) -> None:
    agreed = BAR | {"agreed_with": str(cast.dr_okafor.pk)}
    told = put(signed_in(cast.maya), [agreed], 0).json()
    sent = [] if changes is None else [told["results"][0] | changes]

    response = put(signed_in(cast.dr_okafor), sent, 1, theirs(cast))

    assert faults(response) == expected
    assert signed_in(cast.maya).get(OWN).json() == told


def test_what_a_clinician_adds_names_who_agreed_it(cast: Cast) -> None:
    standing = put(signed_in(cast.maya), [BAR], 0).json()["results"]

    response = put(signed_in(cast.dr_okafor), [*standing, PAYDAY], 1, theirs(cast))

    assert faults(response) == {"results.1.agreed_with": "required"}
    assert SituationPlans.objects.count() == 1


@pytest.mark.parametrize("who", ["stranger", "former", "unconsented"])
def test_who_does_not_treat_them_gets_404(cast: Cast, who: str) -> None:
    told = put(signed_in(cast.maya), [BAR], 0).json()
    now = timezone.now()
    if who == "former":
        CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=now)
    if who == "unconsented":
        revoke_treatment_consents(patient_id=cast.maya.pk, now=now)
    client = signed_in(cast.dr_lind if who == "stranger" else cast.dr_okafor)

    read = client.get(theirs(cast))
    written = put(client, [], 1, theirs(cast))

    problem(read, 404, "not_found")
    problem(written, 404, "not_found")
    assert signed_in(cast.maya).get(OWN).json() == told


def test_reading_them_takes_few_statements(cast: Cast, django_assert_max_num_queries: Any) -> None:
    client = signed_in(cast.maya)
    put(client, [BAR, PAYDAY], 0)

    with django_assert_max_num_queries(4):
        client.get(OWN)
