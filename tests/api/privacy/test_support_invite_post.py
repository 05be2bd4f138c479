"""POST consents/{id}/invite: the patient lets the person in whom one consent names (R15, R27)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from care.models import Consent, DeviceSession, Disclosure, SupportCode, SupportPerson
from tests.api.responses import API, faults, problem
from tests.cast import LONG_AGO, Cast, agrees, signed_in, supports

CONSENTS = API + "consents"


def agreed(**changes: Any) -> dict[str, Any]:
    body = {
        "purpose": "family_support", "version": "2026-01", "agreed": True,
        "signed_name": "Maya R.", "scope": ["session_times", "days_logged"], "recipient": "Sam",
        "expires_event": "end_of_treatment",
    }  # fmt: skip
    return {name: value for name, value in (body | changes).items() if value is not None}


def door(consent: Consent | str) -> str:
    return f"{CONSENTS}/{getattr(consent, 'pk', consent)}/invite"


def in_days(days: int) -> str:
    return (timezone.now() + timedelta(days=days)).isoformat()


# --- The consent itself ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "ends",
    [
        {"expires_event": "end_of_treatment"},
        {"expires_event": None, "expires_at": in_days(365)},
        {"expires_at": in_days(30)},
    ],
    ids=["event", "a year", "both"],
)
def test_a_patient_names_a_person_parts_and_an_end(cast: Cast, ends: dict[str, Any]) -> None:
    response = signed_in(cast.maya).post(CONSENTS, agreed(**ends))

    told = response.json()
    assert response.status_code == 201, told
    assert (told["recipient"], told["scope"]) == ("Sam", ["session_times", "days_logged"])
    assert told["expires_at"] or told["expires_event"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"expires_event": None}, {"expires_at": "required"}),
        ({"expires_at": in_days(367)}, {"expires_at": "too_far"}),
        ({"expires_at": in_days(-1)}, {"expires_at": "in_the_past"}),
        ({"recipient": None}, {"recipient": "required"}),
        ({"recipient": "  "}, {"recipient": "blank"}),
        ({"scope": ["shared_entries"]}, {"scope": "unknown_choice"}),
        ({"scope": ["days_logged", "safety"]}, {"scope": "unknown_choice"}),
        ({"purpose": "treatment"}, {"scope": "unknown_choice"}),
    ],
    ids=["endless", "too far", "past", "nobody", "blank", "entries", "safety", "other purpose"],
)
def test_what_it_must_have_is_asked_for(
    cast: Cast, changes: dict[str, Any], fault: dict[str, str]
) -> None:
    before = Consent.objects.count()

    assert faults(signed_in(cast.maya).post(CONSENTS, agreed(**changes))) == fault
    assert Consent.objects.count() == before


# --- The code --------------------------------------------------------------------------------


def test_a_code_is_shown_once_and_kept_as_a_fingerprint(cast: Cast) -> None:
    consent = agrees(cast.maya)

    response = signed_in(cast.maya).post(door(consent))

    told = response.json()
    assert response.status_code == 201, told
    plain = told["invite_code"].replace("-", "")
    assert len(plain) == 12
    assert set(plain) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert plain not in repr(SupportCode.objects.values())
    kept = SupportCode.objects.get()
    assert kept.expires_at - kept.created_at == timedelta(hours=72)
    assert not SupportPerson.objects.exists()
    assert not Disclosure.objects.exists()


def test_a_new_code_ends_the_one_before(cast: Cast) -> None:
    consent, client = agrees(cast.maya), signed_in(cast.maya)
    client.post(door(consent))

    client.post(door(consent))

    assert SupportCode.objects.filter(revoked_at__isnull=True).count() == 1
    assert SupportCode.objects.count() == 2


@pytest.mark.parametrize(
    "over",
    [
        {"revoked_at": timezone.now()},
        {"expires_at": timezone.now(), "expires_event": None},
        {"purpose": "treatment"},
    ],
    ids=["revoked", "expired", "another purpose"],
)
def test_for_what_is_over_or_is_no_such_consent_there_is_none(
    cast: Cast, over: dict[str, Any]
) -> None:
    consent = agrees(cast.maya)
    Consent.objects.filter(pk=consent.pk).update(**over)

    problem(signed_in(cast.maya).post(door(consent)), 404, "not_found")
    assert not SupportCode.objects.exists()


def test_nor_after_the_end_of_treatment(cast: Cast) -> None:
    consent = agrees(cast.maya)
    cast.maya.patient.discharged_at = timezone.now()
    cast.maya.patient.save(update_fields=["discharged_at"])

    problem(signed_in(cast.maya).post(door(consent)), 404, "not_found")


def test_somebody_elses_consent_looks_like_none(cast: Cast) -> None:
    consent = agrees(cast.maya)

    other = problem(signed_in(cast.noah).post(door(consent)), 404, "not_found")
    none = problem(signed_in(cast.noah).post(door(str(uuid4()))), 404, "not_found")

    assert other == none
    assert not SupportCode.objects.exists()


def test_who_has_come_in_gets_no_second_account(cast: Cast) -> None:
    consent = supports(cast.sam, cast.maya)

    problem(signed_in(cast.maya).post(door(consent)), 409, "already_accepted")
    assert not SupportCode.objects.exists()


def test_it_asks_for_a_fresh_proof(cast: Cast) -> None:
    consent, client = agrees(cast.maya), signed_in(cast.maya)
    DeviceSession.objects.update(reauthenticated_at=LONG_AGO)

    problem(client.post(door(consent)), 403, "step_up_required")
    assert not SupportCode.objects.exists()


def test_it_enrols_no_patient(cast: Cast) -> None:
    code = signed_in(cast.maya).post(door(agrees(cast.maya))).json()["invite_code"]

    response = signed_in(None).post(
        API + "auth/enroll",
        {"invite_code": code, "username": "somebody", "password": "a lantern by the old pier",
         "time_zone": "UTC", "consent": {"version": "2026-01", "agreed": True}},
    )  # fmt: skip

    problem(response, 400, "invite_invalid")
    assert SupportCode.objects.get().used_at is None
