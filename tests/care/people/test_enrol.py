"""Inviting, enrolling and consent."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.kit.errors import InvalidInput
from care.models import CareTeamMembership, Consent, Invitation, Patient, User
from care.people.enrol import (
    AlreadyEnrolled,
    InvitationInvalid,
    enrol_patient,
    invite_patient,
    renew_invitation,
    revoke_treatment_consents,
)
from tests.cast import Cast

PASSWORD = "a lantern by the old pier"


def invited(cast: Cast) -> tuple[Patient, str]:
    return invite_patient(
        clinician=cast.dr_okafor,
        display_name="Iris",
        time_zone="America/Denver",
        now=timezone.now(),
    )


def enroll(code: str, *, username: str = "iris", password: str = PASSWORD, hours: int = 0) -> User:
    return enrol_patient(
        invite_code=code,
        username=username,
        password=password,
        time_zone="America/Chicago",
        consent_version="2026-01",
        now=timezone.now() + timedelta(hours=hours),
    )


def test_an_invited_patient_is_on_the_clinicians_caseload(cast: Cast) -> None:
    patient, _ = invited(cast)

    membership = CareTeamMembership.objects.get(patient=patient)
    assert membership.clinician == cast.dr_okafor
    assert membership.role == CareTeamMembership.Role.PRIMARY_THERAPIST


def test_a_code_is_long_and_its_text_is_nowhere_in_the_database(cast: Cast) -> None:
    _, code = invited(cast)

    plain = code.replace("-", "")
    assert len(plain) == 12
    assert set(plain) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert plain not in repr(Invitation.objects.values())


@pytest.mark.parametrize("typed", ["as shown", "lower", "spaces"])
def test_a_code_enrols_however_it_is_typed(cast: Cast, typed: str) -> None:
    patient, code = invited(cast)
    shown = {"as shown": code, "lower": code.lower(), "spaces": code.replace("-", " ")}[typed]

    user = enroll(shown)

    assert user.pk == patient.pk
    assert (user.username, user.time_zone) == ("iris", "America/Chicago")
    assert Patient.objects.get(pk=user.pk).enrolled_at is not None
    assert Consent.objects.get(patient_id=user.pk).version == "2026-01"


def test_a_code_works_once(cast: Cast) -> None:
    _, code = invited(cast)
    enroll(code)

    with pytest.raises(InvitationInvalid):
        enroll(code, username="iris2")

    assert User.objects.filter(username="iris2").count() == 0


def test_a_code_ends_after_72_hours(cast: Cast) -> None:
    _, code = invited(cast)

    with pytest.raises(InvitationInvalid):
        enroll(code, hours=72)


def test_a_new_code_ends_the_old_one(cast: Cast) -> None:
    patient, old = invited(cast)
    new = renew_invitation(patient_id=patient.pk, clinician=cast.dr_okafor, now=timezone.now())

    with pytest.raises(InvitationInvalid):
        enroll(old)
    assert enroll(new).pk == patient.pk


def test_nobody_invites_into_an_account_that_a_patient_made_theirs(cast: Cast) -> None:
    with pytest.raises(AlreadyEnrolled):
        renew_invitation(patient_id=cast.maya.pk, clinician=cast.dr_okafor, now=timezone.now())


def test_a_taken_name_leaves_the_code_as_it_was(cast: Cast) -> None:
    _, code = invited(cast)

    with pytest.raises(InvalidInput) as refusal:
        enroll(code, username="MAYA")

    assert [error.field for error in refusal.value.errors] == ["username"]
    assert Consent.objects.filter(patient__user__display_name="Iris").count() == 0
    assert enroll(code).username == "iris"


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("fourteen chars", "password_too_short"),
        ("x" * 257, "password_too_long"),
        ("aaaaaaaaaaaaaaaaaaaa", "password_too_easy"),
        ("thisismyusername", "password_too_easy"),
        ("passwordpassword", "password_too_easy"),
        ("1q2w3e4r5t6y7u8i9o0p", "password_too_common"),
    ],
)
def test_a_weak_password_leaves_the_code_as_it_was(cast: Cast, password: str, code: str) -> None:
    _, invite_code = invited(cast)

    with pytest.raises(InvalidInput) as refusal:
        enroll(invite_code, username="thisismyusername", password=password)

    assert [(error.field, error.code) for error in refusal.value.errors] == [("password", code)]
    assert enroll(invite_code).username == "iris"


@pytest.mark.parametrize(
    "password",
    ["ein Wäldchen im Südwesten", "🌊🌲🪨🔥🌙🌊🌲🪨🔥🌙🌻🌊🌲🪨🔥🌙", "              o  k"],
)
def test_any_characters_make_a_password(cast: Cast, password: str) -> None:
    _, code = invited(cast)

    if len(set(password)) < 5:
        with pytest.raises(InvalidInput):
            enroll(code, password=password)
    else:
        assert enroll(code, password=password).check_password(password)


def test_ending_consent_ends_all_of_it_and_can_be_repeated(cast: Cast) -> None:
    now = timezone.now()

    assert revoke_treatment_consents(patient_id=cast.maya.pk, now=now) == 1
    assert revoke_treatment_consents(patient_id=cast.maya.pk, now=now) == 0
