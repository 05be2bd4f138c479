"""Whoever has a shell on the server opens a clinic and lets its first administrator in."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from care.accounts.staff_invitations import join_staff
from care.models import AccessLogEntry, Clinic, StaffInvitation, User
from tests.cast import Cast

pytestmark = pytest.mark.django_db

_PASSWORD = "a lantern by the old pier"


def _said(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def _code(said: str) -> str:
    return said.splitlines()[-1]


def test_a_clinic_and_its_administrator_are_there_after_two_commands() -> None:
    _said("clinic", "add", " Harbor Clinic ", "--time-zone", "America/Chicago")
    told = _said("admin", "add", "Ada.Adler", "--name", "Ada Adler")

    clinic = Clinic.objects.get()
    ada = User.objects.get()
    assert (clinic.name, clinic.time_zone) == ("Harbor Clinic", "America/Chicago")
    assert (ada.username, ada.display_name, ada.role) == ("ada.adler", "Ada Adler", "admin")
    assert ada.clinic_id == clinic.pk
    assert not ada.has_usable_password()
    assert "/review/start/" in told
    join_staff(code=_code(told), username="", password=_PASSWORD, now=timezone.now())
    ada.refresh_from_db()
    assert ada.check_password(_PASSWORD)
    rows = AccessLogEntry.objects.filter(actor_role="operator").order_by("id")
    assert [row.reason for row in rows] == ["clinic_added", "staff_added"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Harbor Clinic", "--time-zone", "Mars/Olympus"], "Name a zone of the IANA data"),
        (["  ", "--time-zone", "America/Chicago"], "Say in 1 to 200 characters"),
        (["x" * 201, "--time-zone", "America/Chicago"], "Say in 1 to 200 characters"),
        (["harbor CLINIC", "--time-zone", "America/Chicago"], "There is a clinic of this name."),
    ],
    ids=["zone", "blank", "long", "twice"],
)
def test_a_clinic_that_cannot_be_is_refused(cast: Cast, words: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("clinic", "add", *words)

    assert Clinic.objects.count() == 1


def test_clinics_are_listed(cast: Cast) -> None:
    Clinic.objects.create(name="Another", time_zone="America/Denver")

    assert _said("clinic", "list").splitlines() == [
        "Another (America/Denver)",
        "Harbor Clinic (America/Chicago)",
    ]


def test_an_administrator_needs_a_clinic_that_is_named_where_there_are_several(cast: Cast) -> None:
    other = Clinic.objects.create(name="Another", time_zone="America/Denver")

    for words in ([], ["--clinic", "Nowhere"]):
        with pytest.raises(CommandError, match="Name one clinic with --clinic"):
            call_command("admin", "add", "grace", *words)
    _said("admin", "add", "grace", "--clinic", "Another")

    assert User.objects.get(username="grace").clinic_id == other.pk


def test_an_administrator_needs_a_clinic_at_all() -> None:
    with pytest.raises(CommandError, match="There is no clinic yet"):
        call_command("admin", "add", "grace")


def test_a_name_that_is_taken_is_refused(cast: Cast) -> None:
    with pytest.raises(CommandError, match="This name is taken"):
        call_command("admin", "add", "ADA")

    assert not StaffInvitation.objects.exists()


def test_a_new_code_takes_the_place_of_the_old_one(cast: Cast) -> None:
    told = [_said("admin", "code", "Ada") for _ in range(2)]

    first, second = map(_code, told)
    assert re.fullmatch(r"[A-Z0-9-]{14}", second)
    assert first != second
    open_ones = StaffInvitation.objects.filter(revoked_at__isnull=True)
    assert [one.user_id for one in open_ones] == [cast.ada.pk]
    assert cast.ada.password == User.objects.get(pk=cast.ada.pk).password


@pytest.mark.parametrize("name", ["maya", "nobody", "sam"])
def test_no_code_is_made_for_who_is_not_of_the_staff(cast: Cast, name: str) -> None:
    with pytest.raises(CommandError, match="Nobody of the staff has this name"):
        call_command("admin", "code", name)

    assert not StaffInvitation.objects.exists()
