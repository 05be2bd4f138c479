"""The safety plan is the patient's to write and the care team's to read."""

from typing import Any

import pytest
from django.utils import timezone

from care.models import AccessLogEntry, CareTeamMembership
from care.people.enrol import revoke_treatment_consents
from journaling.models import SafetyPlan
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in
from tests.on_call_clinic import body

DOOR = API + "safety-plan"
PLAN: dict[str, Any] = {
    "warning_signs": ["I stop answering messages"],
    "what_i_do": ["walk by the lake", "slow breathing"],
    "distractions": ["the library"],
    "people_i_ask": [{"name": "Ines", "contact": "555-0101"}],
    "professionals": [{"name": "Dr. Okafor", "contact": None}],
    "safer_surroundings": ["my brother keeps the key"],
}


def put(client: Any, sent: Any, rev: int | None) -> Any:
    headers = {} if rev is None else {"If-Match": f'"{rev}"'}
    return client.put(DOOR, sent, headers=headers)


def test_before_there_is_one_it_is_empty_at_revision_0(cast: Cast) -> None:
    response = signed_in(cast.maya).get(DOOR)

    assert response.status_code == 200
    assert response.headers["ETag"] == '"0"'
    assert response.json() == {name: [] for name in PLAN} | {"rev": 0, "updated_at": None}


def test_a_plan_comes_back_in_the_order_in_which_it_helps(cast: Cast) -> None:
    client = signed_in(cast.maya)

    response = put(client, PLAN, 0)

    told = response.json()
    assert response.status_code == 200
    assert response.headers["ETag"] == '"1"'
    assert list(told) == [*PLAN, "rev", "updated_at"]
    assert {name: told[name] for name in PLAN} == PLAN
    assert client.get(DOOR).json() == told


def test_every_version_stays_and_the_newest_comes_first(cast: Cast) -> None:
    client = signed_in(cast.maya)
    put(client, PLAN, 0)
    put(client, {"what_i_do": ["call Ines"]}, 1)

    told = client.get(DOOR + "/history").json()["results"]

    assert [version["rev"] for version in told] == [2, 1]
    assert told[0]["what_i_do"] == ["call Ines"]
    assert told[0]["warning_signs"] == []
    assert told[1]["what_i_do"] == PLAN["what_i_do"]


def test_the_same_plan_again_is_no_new_version(cast: Cast) -> None:
    client = signed_in(cast.maya)
    first = put(client, PLAN, 0).json()

    again = put(client, PLAN, 1)

    assert again.json() == first
    assert SafetyPlan.objects.count() == 1


@pytest.mark.parametrize("rev", [0, 2, 7])
def test_an_older_revision_is_412_and_changes_nothing(cast: Cast, rev: int) -> None:
    client = signed_in(cast.maya)
    put(client, PLAN, 0)

    problem(put(client, {"what_i_do": ["x"]}, rev), 412, "stale")

    assert client.get(DOOR).json()["what_i_do"] == PLAN["what_i_do"]


def test_without_if_match_it_is_428(cast: Cast) -> None:
    problem(put(signed_in(cast.maya), PLAN, None), 428, "precondition_required")

    assert SafetyPlan.objects.count() == 0


@pytest.mark.parametrize(
    ("sent", "field", "code"),
    [
        ({"mystery": []}, "mystery", "unknown_field"),
        ({"what_i_do": "walk"}, "what_i_do", "not_a_list"),
        ({"what_i_do": [1]}, "what_i_do", "not_text"),
        ({"what_i_do": [" "]}, "what_i_do", "blank"),
        ({"what_i_do": ["x" * 501]}, "what_i_do", "too_long"),
        ({"what_i_do": ["a\x00b"]}, "what_i_do", "invalid_characters"),
        ({"what_i_do": ["x"] * 21}, "what_i_do", "too_many"),
        ({"people_i_ask": [{"name": "Ines", "phone": "1"}]}, "people_i_ask", "not_a_person"),
        ({"people_i_ask": [7]}, "people_i_ask", "not_a_person"),
        ({"people_i_ask": [{"contact": "555"}]}, "people_i_ask", "not_text"),
        ({"professionals": [{"name": "x" * 121}]}, "professionals", "too_long"),
    ],
)
def test_a_fault_is_named_and_nothing_is_stored(
    cast: Cast, sent: dict[str, Any], field: str, code: str
) -> None:
    response = put(signed_in(cast.maya), sent, 0)

    assert faults(response)[field] == code
    assert SafetyPlan.objects.count() == 0


@pytest.mark.parametrize("sent", [[], "plan", 1])
def test_what_is_no_object_is_refused(cast: Cast, sent: Any) -> None:
    assert put(signed_in(cast.maya), sent, 0).status_code == 400


def test_a_person_may_be_a_name_alone(cast: Cast) -> None:
    told = put(signed_in(cast.maya), {"people_i_ask": ["Ines", {"name": "Jo"}]}, 0).json()

    assert told["people_i_ask"] == [
        {"name": "Ines", "contact": None}, {"name": "Jo", "contact": None},
    ]  # fmt: skip


def test_it_is_stored_encrypted_and_each_version_for_its_own_place(cast: Cast) -> None:
    client = signed_in(cast.maya)
    put(client, {"what_i_do": ["canary-plan"]}, 0)
    put(client, {"what_i_do": ["another"]}, 1)

    first, second = SafetyPlan.objects.order_by("rev")
    assert b"canary" not in bytes(first.words)
    # An older version put in the newest one's place does not open: it never passes for the plan.
    SafetyPlan.objects.filter(pk=second.pk).update(words=first.words)
    client.raise_request_exception = False
    assert client.get(DOOR).status_code == 500


def test_each_patient_has_their_own(cast: Cast) -> None:
    put(signed_in(cast.maya), PLAN, 0)

    assert signed_in(cast.noah).get(DOOR).json()["rev"] == 0


def test_the_own_plan_leads_the_answer_to_a_hard_day(cast: Cast) -> None:
    client = signed_in(cast.maya)
    put(client, PLAN, 0)

    sent = body("daily", at=timezone.now(), urges={"suicide": {"peak": 2}})
    told = client.post(API + "entries", sent).json()["support"]

    assert told["plan"] == PLAN
    assert [person["name"] for person in told["people"]] == ["Ines", "Dr. Okafor"]
    assert list(told).index("plan") < list(told).index("resources")
    assert "your own plan" in told["message"]


def of_maya(cast: Cast) -> str:
    return f"{API}patients/{cast.maya.pk}/safety-plan"


def test_the_care_team_reads_it_and_the_patient_can_see_that(cast: Cast) -> None:
    put(signed_in(cast.maya), PLAN, 0)

    response = signed_in(cast.dr_okafor).get(of_maya(cast))

    assert response.json()["what_i_do"] == PLAN["what_i_do"]
    row = AccessLogEntry.objects.get(actor_id=cast.dr_okafor.pk, action="read")
    assert (row.patient_id, row.data_class) == (cast.maya.pk, "safety_plan")


@pytest.mark.parametrize("who", ["dr_lind", "former", "unconsented"])
def test_who_does_not_treat_them_gets_404(cast: Cast, who: str) -> None:
    put(signed_in(cast.maya), PLAN, 0)
    viewer = cast.dr_lind if who == "dr_lind" else cast.dr_okafor
    if who == "former":
        CareTeamMembership.objects.filter(clinician=viewer).update(ends_at=timezone.now())
    if who == "unconsented":
        revoke_treatment_consents(patient_id=cast.maya.pk, now=timezone.now())

    problem(signed_in(viewer).get(of_maya(cast)), 404, "not_found")


@pytest.mark.parametrize("method", ["put", "post", "patch", "delete"])
def test_nobody_but_the_patient_changes_it(cast: Cast, method: str) -> None:
    put(signed_in(cast.maya), PLAN, 0)

    response = getattr(signed_in(cast.dr_okafor), method)(
        of_maya(cast), PLAN, headers={"If-Match": '"1"'}
    )

    assert response.status_code == 405
    assert SafetyPlan.objects.count() == 1


def test_a_write_is_on_record(cast: Cast) -> None:
    put(signed_in(cast.maya), PLAN, 0)

    row = AccessLogEntry.objects.get(action="write")
    assert (row.actor_id, row.data_class) == (cast.maya.pk, "safety_plan")


def test_reading_it_takes_few_statements(cast: Cast, django_assert_max_num_queries: Any) -> None:
    client = signed_in(cast.maya)
    put(client, PLAN, 0)

    with django_assert_max_num_queries(4):
        client.get(DOOR)
