"""Consent is a record with what 42 CFR 2.31(a) requires, and ends on the next request (R15, R6)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from care.models import Consent, Disclosure, User
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in

DOOR = API + "consents"


def agreed(**changes: Any) -> dict[str, Any]:
    body = {
        "purpose": "treatment", "version": "2026-01", "agreed": True, "signed_name": "Maya R.",
        "scope": ["shared_entries"], "recipient": "my care team",
        "expires_event": "end_of_treatment",
    }  # fmt: skip
    return {name: value for name, value in (body | changes).items() if value is not None}


def treatment_of(client: APIClient) -> dict[str, Any]:
    found = client.get(DOOR).json()["results"]
    return next(one for one in found if one["purpose"] == "treatment")


def test_what_was_agreed_at_enrolment_is_a_whole_record(cast: Cast) -> None:
    told = treatment_of(signed_in(cast.maya))

    assert told["discloser"] == "Harbor Clinic"
    assert told["recipient"] == "my care team"
    assert told["signed_name"] == "Maya"
    assert "shared_entries" in told["scope"]
    assert "take this back" in told["revocation"]
    assert told["revoked_at"] is None


def test_a_consent_is_recorded_beside_the_earlier_ones(cast: Cast) -> None:
    client = signed_in(cast.maya)

    response = client.post(DOOR, agreed())

    told = response.json()
    assert response.status_code == 201
    assert (told["recipient"], told["scope"]) == ("my care team", ["shared_entries"])
    assert told["discloser"] == "Harbor Clinic"
    assert told in client.get(DOOR).json()["results"]
    assert Consent.objects.filter(patient_id=cast.maya.pk).count() == 2


def test_the_very_same_again_is_the_record_that_holds(cast: Cast) -> None:
    client = signed_in(cast.maya)
    first = client.post(DOOR, agreed())

    again = client.post(DOOR, agreed())

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert Consent.objects.filter(patient_id=cast.maya.pk).count() == 2
    # So taking it back takes all of it back.
    client.post(f"{DOOR}/{first.json()['id']}/revoke")
    assert client.post(DOOR, agreed()).status_code == 201
    assert client.post(DOOR, agreed(signed_name="M. R.")).status_code == 201


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"agreed": False}, {"agreed": "not_agreed"}),
        ({"signed_name": ""}, {"signed_name": "blank"}),
        ({"scope": []}, {"scope": "min_length"}),
        ({"recipient": None}, {"recipient": "required"}),
        ({"expires_at": "2020-01-01T00:00:00Z"}, {"expires_at": "in_the_past"}),
        ({"purpose": "marketing"}, {"purpose": "invalid_choice"}),
        ({"surprise": 1}, {"surprise": "unknown_field"}),
    ],
)
def test_what_the_rule_requires_is_required(
    cast: Cast, changes: dict[str, Any], fault: dict[str, str]
) -> None:
    before = Consent.objects.count()

    assert faults(signed_in(cast.maya).post(DOOR, agreed(**changes))) == fault
    assert Consent.objects.count() == before


def test_everybody_reads_what_is_in_force_in_each_language_before_there_is_an_account(
    db: None,
) -> None:
    response = APIClient().get(DOOR + "/texts")

    told = response.json()["results"]
    assert response.status_code == 200
    assert [(one["purpose"], one["version"], one["language"]) for one in told] == [
        (purpose, "2026-01", language)
        for purpose in ("treatment", "family_support", "counselling_notes", "handover")
        for language in ("en", "es")
    ]
    assert {tuple(sorted(one)) for one in told} == {
        ("in_force_since", "language", "purpose", "text", "version")
    }
    again = APIClient().get(DOOR + "/texts", headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "public" in response.headers["Cache-Control"]


def test_a_token_that_ended_keeps_nobody_from_the_texts(db: None) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Bearer a.b.c")

    assert client.get(DOOR + "/texts").status_code == 200


@pytest.mark.parametrize("version", ["2025-12", "2026-1", "test-1"])
def test_a_version_that_is_not_in_force_is_refused(cast: Cast, version: str) -> None:
    before = Consent.objects.count()

    told = problem(signed_in(cast.maya).post(DOOR, agreed(version=version)), 400, "consent_version")

    assert [(one["field"], one["code"]) for one in told["errors"]] == [
        ("version", "consent_version")
    ]
    assert "2026-01" in told["errors"][0]["detail"]
    assert Consent.objects.count() == before


@pytest.mark.parametrize(
    ("profile", "sent", "kept"),
    [("en", None, "en"), ("es-MX", None, "es"), ("es", "en", "en"), ("fr", None, "en")],
)
def test_what_was_read_and_signed_is_kept_and_told_word_for_word(
    cast: Cast, profile: str, sent: str | None, kept: str
) -> None:
    User.objects.filter(pk=cast.maya.pk).update(language=profile)
    client = signed_in(cast.maya)

    told = client.post(DOOR, agreed(language=sent)).json()

    assert told["language"] == kept
    assert told["text"].startswith({"en": "You are the patient", "es": "Usted es"}[kept])
    assert Consent.objects.get(pk=told["id"]).text == told["text"]
    assert told in client.get(DOOR).json()["results"]


def test_an_earlier_consent_still_says_what_was_signed_then(cast: Cast) -> None:
    told = treatment_of(signed_in(cast.maya))

    assert (told["version"], told["text"]) == ("test-1", "What was agreed to, long ago.")


def test_taken_back_it_acts_on_the_next_request(cast: Cast) -> None:
    team, client = signed_in(cast.dr_okafor), signed_in(cast.maya)
    chart = f"{API}patients/{cast.maya.pk}/entries"
    assert team.get(chart).status_code == 200

    revoked = client.post(f"{DOOR}/{treatment_of(client)['id']}/revoke")

    assert revoked.status_code == 200
    assert revoked.json()["revoked_at"] is not None
    problem(team.get(chart), 404, "not_found")
    assert client.get(API + "entries").status_code == 200


WHAT_OPENS = {
    "entries": "shared_entries", "summary": "shared_entries", "skills": "shared_entries",
    "situation-plans": "shared_entries",
    "targets": "shared_entries", "assignments": "shared_entries", "safety-plan": "safety",
    "reminder-history": "reminders",
}  # fmt: skip


@pytest.mark.parametrize("scope", ["shared_entries", "safety", "sessions", "reminders"])
def test_each_door_asks_the_scope(cast: Cast, scope: str) -> None:
    team, client = signed_in(cast.dr_okafor), signed_in(cast.maya)
    client.put(API + "safety-plan", {"steps": {}}, headers={"If-Match": '"0"'})
    client.post(f"{DOOR}/{treatment_of(client)['id']}/revoke")
    client.post(DOOR, agreed(scope=[scope]))

    opened = {
        door
        for door in WHAT_OPENS
        if team.get(f"{API}patients/{cast.maya.pk}/{door}").status_code == 200
    }

    assert opened == {door for door, part in WHAT_OPENS.items() if part == scope}
    assert (str(cast.maya.pk) in team.get(API + "caseload").content.decode()) is (
        scope == "shared_entries"
    )
    assert team.get(f"{API}patients/{cast.maya.pk}").json()["last_entry_at"] is None


@pytest.mark.parametrize(
    ("recipient", "reaches", "status"),
    [
        ("my care team", "care_team", 200),
        ("Harbor Clinic", "care_team", 200),
        ("Dr. Okafor", "clinician", 200),
        ("Dr. Lind", "clinician", 404),
        ("Lakeside Hospital", "others", 404),
    ],
)
def test_each_door_asks_the_recipient(
    cast: Cast, recipient: str, reaches: str, status: int
) -> None:
    team, client = signed_in(cast.dr_okafor), signed_in(cast.maya)
    client.post(f"{DOOR}/{treatment_of(client)['id']}/revoke")

    told = client.post(DOOR, agreed(recipient=recipient)).json()

    assert (told["recipient"], told["reaches"]) == (recipient, reaches)
    for door in ("entries", "summary", "targets"):
        answer = team.get(f"{API}patients/{cast.maya.pk}/{door}")
        assert answer.status_code == status
    looks = client.get(API + "access-log").json()["results"]
    refused = [one["why"] for one in looks if one["action"] == "was refused"]
    assert all("somebody else" in why for why in refused)
    assert len(refused) == (3 if status == 404 else 0)


def test_between_list_and_detail_it_counts_too(cast: Cast) -> None:
    team, client = signed_in(cast.dr_okafor), signed_in(cast.maya)
    assert str(cast.maya.pk) in team.get(API + "caseload").content.decode()

    client.post(f"{DOOR}/{treatment_of(client)['id']}/revoke")

    problem(team.get(f"{API}patients/{cast.maya.pk}/entries"), 404, "not_found")


def test_taking_it_back_twice_or_somebody_elses_is_not_found(cast: Cast) -> None:
    client = signed_in(cast.maya)
    own = treatment_of(client)["id"]
    other = treatment_of(signed_in(cast.noah))["id"]
    client.post(f"{DOOR}/{own}/revoke")

    problem(client.post(f"{DOOR}/{own}/revoke"), 404, "not_found")
    problem(client.post(f"{DOOR}/{other}/revoke"), 404, "not_found")
    assert treatment_of(signed_in(cast.noah))["revoked_at"] is None


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ({"expires_at": timedelta(minutes=-1)}, 404),
        ({"expires_at": timedelta(minutes=1)}, 200),
        ({"expires_event": "end_of_treatment"}, 200),
    ],
    ids=["over", "not yet", "event not yet"],
)
def test_it_ends_at_its_date(cast: Cast, ending: dict[str, Any], status: int) -> None:
    for name, value in ending.items():
        kept = timezone.now() + value if isinstance(value, timedelta) else value
        Consent.objects.filter(patient_id=cast.maya.pk).update(**{name: kept})

    response = signed_in(cast.dr_okafor).get(f"{API}patients/{cast.maya.pk}/entries")

    assert response.status_code == status


def test_it_ends_with_its_event(cast: Cast) -> None:
    Consent.objects.filter(patient_id=cast.maya.pk).update(expires_event="end_of_treatment")
    cast.maya.patient.discharged_at = timezone.now()
    cast.maya.patient.save(update_fields=["discharged_at"])

    problem(
        signed_in(cast.dr_okafor).get(f"{API}patients/{cast.maya.pk}/entries"), 404, "not_found"
    )


def test_disclosures_are_told_from_the_newest_to_the_first_ever(cast: Cast) -> None:
    now = timezone.now()
    for years, to in ((0, "a clinic"), (5, "a court"), (9, "an insurer")):
        Disclosure.objects.create(
            patient_id=cast.maya.pk, at=now - timedelta(days=366 * years), to=to,
            purpose="treatment", what="entries",
        )  # fmt: skip
    Disclosure.objects.create(patient_id=cast.noah.pk, at=now, to="noah's", purpose="x", what="y")

    told = signed_in(cast.maya).get(API + "disclosures").json()["results"]

    # Six years are the least that 45 CFR 164.528 asks for; what is kept is told.
    assert [disclosure["to"] for disclosure in told] == ["a clinic", "a court", "an insurer"]
