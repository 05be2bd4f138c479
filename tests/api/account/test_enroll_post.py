"""POST auth/enroll turns an invitation into a patient who is signed in."""

import json
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from care.accounts.throttle import ADDRESS_LIMIT
from care.models import Consent, DeviceSession, Patient, User
from care.people.enrol import invite_patient
from notifications.models.reminder import Reminder
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in

DOOR = API + "auth/enroll"


@pytest.fixture
def code(cast: Cast) -> str:
    _, made = invite_patient(
        clinician=cast.dr_okafor,
        display_name="Iris",
        time_zone="America/Denver",
        now=timezone.now(),
    )
    return made


def body(code: str, **changes: Any) -> dict[str, Any]:
    return {
        "invite_code": code,
        "username": "iris",
        "password": "a lantern by the old pier",
        "time_zone": "America/Chicago",
        "device_name": "Iris's phone",
        "consent": {"version": "2026-01", "agreed": True},
    } | changes


def test_a_patient_enrols_and_is_signed_in(cast: Cast, code: str) -> None:
    response = signed_in(None).post(DOOR, body(code))

    told = response.json()
    assert response.status_code == 201
    assert set(told) == {"access", "refresh", "access_expires_at", "session_id", "user"}
    assert told["user"]["role"] == "patient"
    assert told["user"]["quiet_hours"] == {"start": "22:00", "end": "07:00"}
    client = signed_in(None)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {told['access']}")
    assert client.get(API + "me").json()["username"] == "iris"


def test_consent_and_the_clinics_two_check_ins_are_there_at_once(cast: Cast, code: str) -> None:
    told = signed_in(None).post(DOOR, body(code)).json()

    patient_id = UUID(told["user"]["id"])
    assert Consent.objects.get(patient_id=patient_id).version == "2026-01"
    assert Reminder.objects.filter(patient_id=patient_id).exists()


@pytest.mark.parametrize("wrong", ["AAAA-AAAA-AAAA", "", "x"])
def test_a_code_that_is_none_is_refused(cast: Cast, code: str, wrong: str) -> None:
    response = signed_in(None).post(DOOR, body(wrong or "-"))

    problem(response, 400, "invite_invalid")
    assert DeviceSession.objects.count() == 0


def test_a_used_code_is_refused_in_the_same_words(cast: Cast, code: str) -> None:
    client = signed_in(None)
    client.post(DOOR, body(code))

    used = client.post(DOOR, body(code, username="iris2"))
    unknown = client.post(DOOR, body("AAAA-AAAA-AAAA"))

    assert used.content == unknown.content
    problem(used, 400, "invite_invalid")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"time_zone": "Mars/Base"}, {"time_zone": "unknown_zone"}),
        ({"username": "ab"}, {"username": "min_length"}),
        ({"username": "maya"}, {"username": "username_taken"}),
        ({"password": "short"}, {"password": "password_too_short"}),
        ({"password": 123456789012345}, {"password": "invalid"}),
        ({"consent": {"version": "1", "agreed": False}}, {"consent.agreed": "not_agreed"}),
        ({"consent": {"version": "1", "agreed": "true"}}, {"consent.agreed": "invalid"}),
        ({"consent": {"agreed": True}}, {"consent.version": "required"}),
        ({"role": "clinician"}, {"role": "unknown_field"}),
        ({"username": "a\x00bc"}, {"username": "null_characters_not_allowed"}),
    ],
)
def test_bad_input_names_the_field_and_leaves_the_code(
    cast: Cast, code: str, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    client = signed_in(None)

    assert faults(client.post(DOOR, body(code, **changes))) == expected

    assert User.objects.filter(username="iris").count() == 0
    assert Patient.objects.filter(user__display_name="Iris", enrolled_at=None).count() == 1
    assert client.post(DOOR, body(code)).status_code == 201


@pytest.mark.parametrize("version", ["2025-12", "2026-1", "app-2026-11", "2099-01"])
def test_a_text_that_is_not_in_force_is_refused_and_leaves_the_code(
    cast: Cast, code: str, version: str
) -> None:
    client = signed_in(None)
    consent = {"version": version, "agreed": True}

    refused = client.post(DOOR, body(code, consent=consent))

    told = problem(refused, 400, "consent_version")
    (fault,) = told["errors"]
    assert (fault["field"], fault["code"]) == ("consent.version", "consent_version")
    assert "2026-01" in fault["detail"]
    assert version not in json.dumps(told)
    assert not User.objects.filter(username="iris").exists()
    assert not Consent.objects.filter(patient__user__display_name="Iris").exists()
    assert client.post(DOOR, body(code)).status_code == 201


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_was_shown_is_kept_word_for_word(cast: Cast, code: str, language: str) -> None:
    consent = {"version": "2026-01", "language": language, "agreed": True}

    told = signed_in(None).post(DOOR, body(code, consent=consent)).json()

    shown = signed_in(None).get(API + "consents/texts").json()["results"]
    (text,) = [
        one["text"] for one in shown
        if (one["purpose"], one["language"]) == ("treatment", language)
    ]  # fmt: skip
    kept = Consent.objects.get(patient_id=UUID(told["user"]["id"]))
    assert (kept.version, kept.language, kept.text) == ("2026-01", language, text)


def test_half_a_character_is_refused(cast: Cast, code: str) -> None:
    raw = json.dumps(body(code, username="\ud83d bc"))

    response = signed_in(None).generic("POST", DOOR, raw, content_type="application/json")

    assert faults(response) == {"username": "invalid_characters"}


def test_guessing_codes_ends(cast: Cast) -> None:
    client = signed_in(None)
    for _ in range(ADDRESS_LIMIT):
        assert client.post(DOOR, body("AAAA-AAAA-AAAA")).status_code == 400

    response = client.post(DOOR, body("AAAA-AAAA-AAAA"))

    problem(response, 429, "too_many")
    assert int(response.headers["Retry-After"]) > 0
