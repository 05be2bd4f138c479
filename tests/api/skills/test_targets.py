"""GET and PUT targets: a patient's own, set by themselves or by their therapist."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from care.models import AccessLogEntry, CareTeamMembership, PersonalTargets
from care.people.enrol import revoke_treatment_consents
from journaling.models import ClinicTerm
from tests.api.responses import API, faults, problem
from tests.cast import ZONE, Cast, signed_in

OWN = API + "targets"
MATCH_0 = {"If-Match": '"0"'}


def theirs(cast: Cast) -> str:
    return f"{API}patients/{cast.maya.pk}/targets"


def test_before_the_first_ones_there_are_none_at_revision_zero(cast: Cast) -> None:
    response = signed_in(cast.maya).get(OWN)

    assert response.headers["ETag"] == '"0"'
    assert response.json() == {
        "targets": [], "rev": 0, "changed_at": None, "changed_by_role": None,
        "offered": {"targets": [], "triggers": []},
    }  # fmt: skip


def test_the_therapist_and_the_patient_set_them_in_turn(cast: Cast) -> None:
    own, team = signed_in(cast.maya), signed_in(cast.dr_okafor)

    first = team.put(theirs(cast), {"targets": [" binge eating ", "Scrolling"]}, headers=MATCH_0)
    second = own.put(OWN, {"targets": ["Scrolling"]}, headers={"If-Match": first.headers["ETag"]})
    emptied = own.put(OWN, {"targets": []}, headers={"If-Match": '"2"'})

    assert first.json()["targets"] == ["binge eating", "Scrolling"]
    assert first.json()["changed_by_role"] == "clinician"
    assert (second.json()["targets"], second.json()["rev"]) == (["Scrolling"], 2)
    assert second.json()["changed_by_role"] == "patient"
    assert (emptied.json()["targets"], emptied.json()["rev"]) == ([], 3)
    assert own.get(OWN).json() == team.get(theirs(cast)).json()
    assert signed_in(cast.noah).get(OWN).json()["targets"] == []


def test_they_are_encrypted_for_their_patient_and_audited(cast: Cast) -> None:
    signed_in(cast.maya).put(OWN, {"targets": ["binge eating"]}, headers=MATCH_0)

    assert b"binge" not in bytes(PersonalTargets.objects.get().words)
    row = AccessLogEntry.objects.get(data_class="targets")
    assert (row.action, row.data_class, row.reason) == ("write", "targets", "own")


@pytest.mark.parametrize("rev", ['"0"', '"2"', '"x"'])
def test_an_older_revision_changes_nothing(cast: Cast, rev: str) -> None:
    client = signed_in(cast.maya)
    client.put(OWN, {"targets": ["shopping"]}, headers=MATCH_0)

    stale = client.put(OWN, {"targets": ["gambling"]}, headers={"If-Match": rev})
    blind = client.put(OWN, {"targets": ["gambling"]})

    problem(stale, 412, "stale")
    problem(blind, 428, "precondition_required")
    assert client.get(OWN).json()["targets"] == ["shopping"]


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (["a", "b", "c", "d", "e"], {"targets": "max_length"}),
        (["shopping", "Shopping "], {"targets": "doubled"}),
        ([""], {"targets.0": "blank"}),
        (["two\nlines"], {"targets.0": "invalid_characters"}),
        (["x" * 61], {"targets.0": "max_length"}),
        ([7], {"targets.0": "invalid"}),
        ("shopping", {"targets": "not_a_list"}),
    ],
)
def test_targets_that_cannot_be_are_named(
    cast: Cast, targets: Any, expected: dict[str, str]
) -> None:
    client = signed_in(cast.maya)

    response = client.put(OWN, {"targets": targets}, headers=MATCH_0)

    assert faults(response) == expected
    assert not PersonalTargets.objects.exists()


@pytest.mark.parametrize("reason", ["stranger", "former", "unconsented"])
def test_nobody_else_reads_or_sets_them(cast: Cast, reason: str) -> None:
    signed_in(cast.maya).put(OWN, {"targets": ["binge eating"]}, headers=MATCH_0)
    now = timezone.now()
    if reason == "former":
        CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=now)
    if reason == "unconsented":
        revoke_treatment_consents(patient_id=cast.maya.pk, now=now)
    client = signed_in(cast.dr_lind if reason == "stranger" else cast.dr_okafor)

    read = client.get(theirs(cast))
    written = client.put(theirs(cast), {"targets": []}, headers={"If-Match": '"1"'})

    problem(read, 404, "not_found")
    problem(written, 404, "not_found")
    assert signed_in(cast.maya).get(OWN).json()["targets"] == ["binge eating"]


def test_the_diary_takes_a_personal_target_by_its_name(cast: Cast) -> None:
    client = signed_in(cast.maya)
    client.put(OWN, {"targets": ["binge eating"]}, headers=MATCH_0)
    (name,) = client.get(OWN).json()["targets"]
    at = timezone.now().isoformat()

    told = client.post(
        API + "entries",
        {
            "id": str(uuid4()), "kind": "daily", "occurred_at": at, "recorded_at": at,
            "time_zone": ZONE, "urges": {name: {"peak": 3, "acted": False}},
        },
    )  # fmt: skip

    assert told.status_code == 201
    assert told.json()["urges"] == {"binge eating": {"peak": 3, "acted": False}}


def test_what_the_clinic_offers_stands_beside_them(cast: Cast) -> None:
    for vocabulary, name in (("target", "shopping"), ("trigger", "night_shift")):
        ClinicTerm.objects.create(clinic=cast.clinic, vocabulary=vocabulary, name=name)

    client = signed_in(cast.maya)

    with CaptureQueriesContext(connection) as seen:
        found = client.get(OWN).json()

    assert found["offered"] == {"targets": ["shopping"], "triggers": ["night_shift"]}
    assert len([q for q in seen if q["sql"].startswith("SELECT")]) == 3
