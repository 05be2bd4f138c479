"""Coming in as staff: a code, a password of one's own, and a second factor before anything else."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from care.accounts import staff_invitations
from care.models import DeviceSession, StaffInvitation, User
from tests import authenticator_app
from tests.cast import Cast
from tests.web.page_client import SIGN_IN, TODAY, signs_in, text_of

START = "/review/start/"
FRESH = "a lantern by the old pier"


@pytest.fixture
def code(cast: Cast) -> str:
    return staff_invitations.invite_staff(
        clinic_id=cast.clinic.pk, username=None, display_name="Dr. Sato", role="clinician",
        now=timezone.now(),
    )[1]  # fmt: skip


def sends(client: Client, code: str, /, **changes: str) -> Any:
    return client.post(START, {"code": code, "username": "dr_sato", "password": FRESH} | changes)


def test_the_sign_in_leads_there(cast: Cast) -> None:
    assert START in text_of(Client().get(SIGN_IN))
    assert "Your code" in text_of(Client().get(START))


def test_a_code_leads_to_the_second_factor_and_nowhere_else(
    cast: Cast, code: str, settings: Any
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    client = Client()

    response = sends(client, code)

    assert response["Location"] == "/review/account/factor/"
    assert "authenticator app" in text_of(client.get("/review/account/factor/"))
    assert client.get(TODAY)["Location"] == "/review/account/factor/"
    assert signs_in(Client(), "dr_sato", FRESH).status_code == 302


def test_a_used_code_lets_nobody_in(cast: Cast, code: str) -> None:
    sends(Client(), code)

    response = sends(Client(), code, username="dr_other")

    assert response.status_code == 400
    assert 'id="id_code_error"' in text_of(response)
    assert DeviceSession.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": "dr_lind"}, "username"),
        ({"username": ""}, "username"),
        ({"password": "short"}, "password"),
        ({"password": ""}, "password"),
        ({"code": ""}, "code"),
        ({"code": "AAAA-BBBB-CCCC"}, "code"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    cast: Cast, code: str, changes: dict[str, str], field: str
) -> None:
    response = sends(Client(), code, **changes)

    assert response.status_code == 400
    assert f'id="id_{field}_error"' in text_of(response)
    assert FRESH not in text_of(response)
    assert StaffInvitation.objects.get().used_at is None


def test_who_has_a_second_factor_signs_in_with_both(cast: Cast) -> None:
    authenticator_app.enrolled(cast.dr_lind, at=timezone.now() - timedelta(hours=1))
    code = staff_invitations.renew_staff_invitation(
        admin=cast.ada, user_id=cast.dr_lind.pk, now=timezone.now()
    )
    client = Client()

    response = sends(client, code, username="")

    assert response["Location"] == f"{SIGN_IN}?renewed=1"
    assert client.get(TODAY).status_code == 302
    assert signs_in(client, "dr_lind", FRESH)["Location"] == f"{SIGN_IN}code/"
    assert User.objects.get(pk=cast.dr_lind.pk).check_password(FRESH)
