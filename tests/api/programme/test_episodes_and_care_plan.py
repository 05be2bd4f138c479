"""Episodes, steps, certifications and the plan of care at their doors."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.kit.timezones import local_day
from care.models import AccessLogEntry, CarePlan, CareTeamMembership, Episode, LevelChange, User
from care.people.enrol import revoke_treatment_consents
from tests import cast as people
from tests.api.responses import API, faults, problem
from tests.cast import ZONE, Cast, signed_in

EPISODES, CERTIFICATIONS, PLAN = (
    API + name for name in ("episodes", "certifications", "care-plan")
)


def today() -> date:
    return local_day(timezone.now(), ZONE)


IOP = "intensive_outpatient"


@pytest.fixture
def physician(cast: Cast) -> User:
    """Bring in a physician of maya's care team."""
    user = people.staff(cast.clinic, "dr_sato", "Dr. Sato")
    people.joins(cast.maya.pk, user, role=CareTeamMembership.Role.PHYSICIAN)
    return user


def admission(physician: User, **changes: Any) -> dict[str, Any]:
    return {
        "physician": str(physician.pk),
        "symptoms": "moderate",
        "lower_level_insufficient": True,
        "tolerates_intensity": True,
        "co_occurring_manageable": True,
        "not_at_imminent_risk": True,
        "complies": "able",
    } | changes


def body(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "patient": str(cast.maya.pk),
        "level_of_care": IOP,
        "admitted_on": str(today()),
        "planned_hours_per_week": 9.5,
    } | changes


def test_a_patient_is_admitted_and_the_next_one_asks_for_a_step(
    cast: Cast, physician: User
) -> None:
    client = signed_in(cast.dr_okafor)

    made = client.post(EPISODES, body(cast, admission=admission(physician)))
    again = client.post(EPISODES, body(cast, admission=admission(physician)))

    assert made.status_code == 201, made.content
    assert made.json()["planned_hours_per_week"] == 9.5
    assert made.json()["admission_asked_at"] is not None
    problem(again, 409, "episode_open")
    for who in (cast.dr_okafor, cast.maya, physician):
        assert signed_in(who).get(EPISODES).json()["results"] == [made.json()]
    for who in (cast.dr_lind, cast.noah, cast.ada):
        assert signed_in(who).get(EPISODES).json()["results"] == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"admission": None}, {"admission": "required"}),
        ({"level_of_care": "spa"}, {"level_of_care": "invalid_choice"}),
        ({"planned_hours_per_week": "9"}, {"planned_hours_per_week": "invalid"}),
        ({"planned_hours_per_week": 8.5}, {"planned_hours_per_week": "below_nine_hours"}),
        ({"admitted_on": "soon"}, {"admitted_on": "invalid"}),
        (
            {"asks": {"not_at_imminent_risk": False, "tolerates_intensity": False}},
            {
                "admission.not_at_imminent_risk": "not_met",
                "admission.tolerates_intensity": "not_met",
            },
        ),
        ({"asks": {"symptoms": "mild"}}, {"admission.symptoms": "invalid_choice"}),
        ({"asks": {"complies": "no"}}, {"admission.complies": "invalid_choice"}),
    ],
)
def test_an_admission_that_cannot_be_names_every_field(
    cast: Cast, physician: User, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    asks = admission(physician, **changes.pop("asks", {}))

    response = signed_in(cast.dr_okafor).post(
        EPISODES, body(cast, **({"admission": asks} | changes))
    )

    assert faults(response) == expected
    assert Episode.objects.count() == 0


def test_a_step_down_is_told_with_its_reason_to_whoever_may_read_it(cast: Cast) -> None:
    episode = people.admitted(cast.maya, on=today() - timedelta(days=30))
    door = f"{EPISODES}/{episode.pk}/level-changes"
    sent = {"to": "outpatient", "on": str(today()), "reason": "Back at work, sleeping well."}

    made = signed_in(cast.dr_okafor).post(door, sent)
    again = signed_in(cast.dr_okafor).post(door, sent | {"to": "aftercare"})

    assert (made.status_code, made.json()["step"]) == (201, "down")
    problem(again, 409, "no_open_episode")
    for who in (cast.maya, cast.dr_okafor):
        assert signed_in(who).get(door).json()["results"] == [made.json()]
    for who in (cast.noah, cast.dr_lind, cast.ada):
        problem(signed_in(who).get(door), 404, "not_found")
    levels = [row["level_of_care"] for row in signed_in(cast.maya).get(EPISODES).json()["results"]]
    assert levels == ["outpatient", IOP]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"reason": ""}, {"reason": "blank"}),
        ({"to": IOP}, {"to": "same_level"}),
        ({"on": "2001-01-01"}, {"on": "before_admission"}),
        ({"why": "x"}, {"why": "unknown_field"}),
    ],
)
def test_a_step_that_cannot_be_names_the_field(
    cast: Cast, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    episode = people.admitted(cast.maya, on=today())
    sent = {"to": "outpatient", "on": str(today()), "reason": "Steadier."} | changes

    response = signed_in(cast.dr_okafor).post(f"{EPISODES}/{episode.pk}/level-changes", sent)

    assert faults(response) == expected
    assert LevelChange.objects.count() == 0


def test_a_physician_certifies_once_a_day(cast: Cast, physician: User) -> None:
    people.admitted(cast.maya, on=today())
    client, sent = signed_in(physician), {"patient": str(cast.maya.pk)}

    made = client.post(CERTIFICATIONS, sent)
    again = client.post(CERTIFICATIONS, sent)

    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json()["renew_by"] == str(today() + timedelta(days=60))
    assert signed_in(cast.maya).get(CERTIFICATIONS).json()["results"] == [made.json()]
    problem(signed_in(cast.dr_okafor).post(CERTIFICATIONS, sent), 403, "physician_required")
    problem(signed_in(cast.dr_lind).post(CERTIFICATIONS, sent), 404, "not_found")


def test_a_plan_is_written_from_the_revision_that_was_read(cast: Cast) -> None:
    client, door = signed_in(cast.dr_okafor), f"{PLAN}?patient={cast.maya.pk}"
    sent = {"hours_per_week": 9, "goals": ["Sleep by eleven"]}
    assert client.get(door).json()["rev"] == 0

    first = client.put(door, sent, headers={"If-Match": '"0"'})
    stale = client.put(door, sent, headers={"If-Match": '"0"'})

    assert (first.status_code, first.json()["rev"], first.headers["ETag"]) == (200, 1, '"1"')
    problem(stale, 412, "stale")
    problem(client.put(door, sent), 428, "precondition_required")
    own = signed_in(cast.maya).get(PLAN).json()
    assert own["goals"] == ["Sleep by eleven"]
    assert own["review_due_on"] == str(today() + timedelta(days=30))
    assert CarePlan.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"hours_per_week": 4}, {"hours_per_week": "below_nine_hours"}),
        ({"hours_per_week": True}, {"hours_per_week": "invalid"}),
        ({"goals": ["x" * 501]}, {"goals.0": "max_length"}),
        ({"goals": "one"}, {"goals": "not_a_list"}),
        ({"reviewed_on": "2999-01-01"}, {"reviewed_on": "in_the_future"}),
    ],
)
def test_a_plan_that_cannot_be_names_the_field(
    cast: Cast, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    people.admitted(cast.maya, on=today())
    sent = {"hours_per_week": 9, "goals": []} | changes

    response = signed_in(cast.dr_okafor).put(
        f"{PLAN}?patient={cast.maya.pk}", sent, headers={"If-Match": '"0"'}
    )

    assert faults(response) == expected
    assert CarePlan.objects.count() == 0


def test_a_clinician_names_the_patient(cast: Cast) -> None:
    assert faults(signed_in(cast.dr_okafor).get(PLAN)) == {"patient": "required"}


@pytest.mark.parametrize("door", [EPISODES, CERTIFICATIONS, PLAN])
@pytest.mark.parametrize("ended", ["consent", "care team", "stranger"])
def test_what_has_ended_closes_the_door(cast: Cast, door: str, ended: str) -> None:
    people.admitted(cast.maya, on=today())
    now = timezone.now()
    if ended == "consent":
        revoke_treatment_consents(patient_id=cast.maya.pk, now=now)
    elif ended == "care team":
        CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=now)
    client = signed_in(cast.dr_lind if ended == "stranger" else cast.dr_okafor)

    problem(client.get(f"{door}?patient={cast.maya.pk}"), 404, "not_found")

    assert AccessLogEntry.objects.filter(action="denied", data_class="programme").count() == 1
    assert not AccessLogEntry.objects.filter(action="read", data_class="programme").exists()


@pytest.mark.parametrize("count", [1, 6])
def test_lists_cost_the_same_however_many_there_are(cast: Cast, count: int) -> None:
    for n in range(count):
        who = people.patient(cast.clinic, f"p{n}", f"P{n}", treated_by=cast.dr_okafor)
        people.admitted(who, on=today())
    client = signed_in(cast.dr_okafor)

    with CaptureQueriesContext(connection) as seen:
        client.get(EPISODES)

    assert len(seen) == 3, [query["sql"] for query in seen]
