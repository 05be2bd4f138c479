"""POST auth/enroll-staff lets somebody of the staff choose their own password, by a code."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from care.accounts import staff_invitations
from care.accounts.staff import change_staff
from care.accounts.throttle import ADDRESS_LIMIT
from care.models import AccessLogEntry, DeviceSession, StaffInvitation, User
from care.people.enrol import invite_patient
from tests import authenticator_app
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in

DOOR = API + "auth/enroll-staff"
FRESH = "a lantern by the old pier"


def invited(cast: Cast, username: str | None = None, **changes: Any) -> str:
    what: dict[str, Any] = {"display_name": "Dr. Sato", "role": "clinician"} | changes
    return staff_invitations.invite_staff(
        clinic_id=cast.clinic.pk, username=username, now=timezone.now(), **what
    )[1]  # fmt: skip


def sends(code: str, **changes: str) -> Any:
    body = {"invite_code": code, "username": "dr_sato", "password": FRESH} | changes
    return signed_in(None).post(DOOR, body)


def test_a_code_a_name_and_a_password_sign_in_without_any_patient(cast: Cast) -> None:
    response = sends(invited(cast))

    told = response.json()
    assert response.status_code == 201, told
    assert told["user"]["username"] == "dr_sato"
    client = signed_in(None)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {told['access']}")
    assert client.get(API + "me").status_code == 200
    assert DeviceSession.objects.get().mfa_at is None
    assert AccessLogEntry.objects.filter(reason="staff_joined").count() == 1


def test_without_a_second_factor_they_see_nothing_else(cast: Cast, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    told = sends(invited(cast)).json()

    client = signed_in(None)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {told['access']}")

    problem(client.get(API + "caseload"), 403, "mfa_required")
    assert client.post(API + "auth/mfa/totp").status_code == 201


def test_nobody_signs_in_before_the_code_was_used(cast: Cast) -> None:
    invited(cast, "dr_sato")
    user = User.objects.get(username="dr_sato")

    for guess in ("", user.password, FRESH):
        body = {"username": "dr_sato", "password": guess or "x"}
        assert signed_in(None).post(API + "auth/token", body).status_code == 401


def test_a_name_of_the_invitation_is_kept_when_none_is_sent(cast: Cast) -> None:
    response = sends(invited(cast, "Dr_Sato"), username="")

    assert response.json()["user"]["username"] == "dr_sato"


def test_a_code_is_used_once_and_kept_as_a_fingerprint(cast: Cast) -> None:
    code = invited(cast)
    assert sends(code).status_code == 201

    again = sends(code, username="dr_other")

    problem(again, 400, "invite_invalid")
    assert code.replace("-", "") not in str(StaffInvitation.objects.values())
    assert not User.objects.filter(username="dr_other").exists()


def test_after_72_hours_it_lets_nobody_in(cast: Cast) -> None:
    code = invited(cast)

    with time_machine.travel(timezone.now() + timedelta(hours=72, seconds=1), tick=False):
        response = sends(code)

    problem(response, 400, "invite_invalid")
    assert StaffInvitation.objects.get().used_at is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": "dr_lind"}, "username"),
        ({"username": "DR_LIND"}, "username"),
        ({"username": "ab"}, "username"),
        ({"username": ""}, "username"),
        ({"password": "short"}, "password"),
        ({"first_password": FRESH}, "first_password"),
    ],
)
def test_what_is_wrong_is_named_and_leaves_the_code_as_it_was(
    cast: Cast, changes: dict[str, str], field: str
) -> None:
    code = invited(cast)

    response = sends(code, **changes)

    assert response.status_code == 400
    assert set(faults(response)) == {field}
    assert StaffInvitation.objects.get().used_at is None
    assert sends(code).status_code == 201


def test_a_new_code_ends_the_one_before(cast: Cast) -> None:
    first = invited(cast, "dr_sato")
    user = User.objects.get(username="dr_sato")

    second = staff_invitations.renew_staff_invitation(
        admin=cast.ada, user_id=user.pk, now=timezone.now()
    )

    problem(sends(first), 400, "invite_invalid")
    assert sends(second).status_code == 201


def test_who_was_in_gets_a_new_password_and_keeps_name_and_factor(cast: Cast) -> None:
    authenticator_app.enrolled(cast.dr_lind, at=timezone.now() - timedelta(hours=1))
    before = signed_in(cast.dr_lind)
    code = staff_invitations.renew_staff_invitation(
        admin=cast.ada, user_id=cast.dr_lind.pk, now=timezone.now()
    )

    response = sends(code, username="somebody_else")

    assert response.status_code == 204
    assert before.get(API + "me").status_code == 401
    assert not User.objects.filter(username="somebody_else").exists()
    body = {"username": "dr_lind", "password": FRESH}
    problem(signed_in(None).post(API + "auth/token", body), 401, "otp_required")


def test_who_was_disabled_meanwhile_stays_out(cast: Cast) -> None:
    code = invited(cast, "dr_sato")
    user = User.objects.get(username="dr_sato")
    change_staff(
        admin=cast.ada, user_id=user.pk, display_name="Dr. Sato", is_active=False,
        now=timezone.now(),
    )  # fmt: skip

    problem(sends(code), 400, "invite_invalid")
    with pytest.raises(User.DoesNotExist):
        staff_invitations.renew_staff_invitation(
            admin=cast.ada, user_id=user.pk, now=timezone.now()
        )


def test_codes_of_patients_let_no_staff_in_and_the_other_way_round(cast: Cast) -> None:
    _, of_patient = invite_patient(
        clinician=cast.dr_okafor, display_name="Iris", time_zone="UTC", now=timezone.now()
    )

    problem(sends(of_patient), 400, "invite_invalid")
    body = {
        "invite_code": invited(cast), "username": "iris", "password": FRESH, "time_zone": "UTC",
        "consent": {"version": "2026-01", "agreed": True},
    }  # fmt: skip
    problem(signed_in(None).post(API + "auth/enroll", body), 400, "invite_invalid")


@pytest.mark.parametrize("role", ["patient", "supporter", "owner", ""])
def test_only_staff_are_invited(cast: Cast, role: str) -> None:
    with pytest.raises(Exception, match="role"):
        invited(cast, role=role)

    assert User.objects.count() == 6


def test_guesses_from_one_address_come_to_an_end(cast: Cast) -> None:
    codes = [sends("AAAA-BBBB-CCCC").status_code for _ in range(ADDRESS_LIMIT + 1)]

    assert codes.count(400) == ADDRESS_LIMIT
    assert codes[-1] == 429
