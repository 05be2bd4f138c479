"""The forms of the pages take names, days and revisions by the rules of the API."""

from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from backend.kit.errors import InvalidInput
from care.accounts import passkeys
from care.models import Clinic, Group, TreatmentSession, User
from tests.cast import Cast
from tests.kit.test_text import NOT_ON_A_LINE, UNSEEN, WRITTEN
from tests.web.page_client import browser_of
from tests.web.test_session_plan_pages import PLAN, planned, sent
from web import (
    assignments,
    attendance,
    care_plan,
    counselling_notes,
    groups,
    patients,
    session_plan,
)
from web.form_fields import (
    DayField,
    LineField,
    LinesField,
    PageForm,
    RevField,
    json_object_or_none,
)

BAD_LINES = {name: text for name, text in NOT_ON_A_LINE.items() if name != "half-a-pair"}
FORMS = [
    one
    for page in (
        assignments,
        attendance,
        care_plan,
        counselling_notes,
        groups,
        patients,
        session_plan,
    )
    for one in vars(page).values()
    if isinstance(one, type) and issubclass(one, PageForm) and one is not PageForm
]
FIELDS = [
    pytest.param(field, id=f"{form.__name__}.{name}")
    for form in FORMS
    for name, field in form.base_fields.items()
]  # fmt: skip


def of(sort: type) -> list[Any]:
    return [param for param in FIELDS if isinstance(param.values[0], sort)]


@pytest.mark.parametrize("field", of(forms.DateField))
def test_every_day_is_one_of_our_calendar(field: forms.Field) -> None:
    assert isinstance(field, DayField)
    assert field.clean("2026-05-04").year == 2026
    for bad in ("0001-01-01", "9999-12-31", "3000-01-01", "x"):
        with pytest.raises(forms.ValidationError):
            field.clean(bad)


@pytest.mark.parametrize("field", of(LineField))
def test_every_name_is_kept_as_it_was_typed(field: forms.CharField) -> None:
    for typed in WRITTEN.values():
        assert field.clean(typed) == typed
    for bad in BAD_LINES.values():
        with pytest.raises(forms.ValidationError):
            field.clean(bad)
    for nothing in UNSEEN.values():
        if field.required:
            with pytest.raises(forms.ValidationError):
                field.clean(nothing)


@pytest.mark.parametrize("field", of(forms.IntegerField))
def test_no_number_is_larger_than_its_column(field: forms.IntegerField) -> None:
    fraction = () if isinstance(field, forms.DecimalField) else ("1.5",)
    for bad in ("9" * 20, "9" * 5_000, str(2**31), "x", *fraction):
        with pytest.raises(forms.ValidationError):
            field.clean(bad)


def test_the_forms_are_all_looked_at() -> None:
    assert len(of(LineField)) >= 4
    assert len(of(RevField)) >= 2
    plain = [str(param.id) for param in FIELDS if type(param.values[0]) is forms.CharField]
    assert {name.split(".")[1] for name in plain} <= {"goals", "reason", "note", "text"}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("name", ["day", "until"])
def test_a_session_at_the_end_of_the_calendar_is_refused(cast: Cast, day: str, name: str) -> None:
    changes = {name: day} | ({"weekly": "on"} if name == "until" else {})

    assert browser_of(cast.dr_okafor).post(PLAN, sent(cast, **changes)).status_code == 400
    assert TreatmentSession.objects.count() == 0


@pytest.mark.parametrize("rev", ["9" * 20, "9" * 5_000, "-1", "x", "", "٧"])
def test_a_revision_that_nobody_has_changes_nothing(cast: Cast, rev: str) -> None:
    session = planned(cast)
    address = f"/review/sessions/{str(session.pk).upper()}/change/"

    for more in ({"cancelled": "yes"}, sent(cast)):
        answer = browser_of(cast.dr_okafor).post(address, {**more, "rev": rev})

        assert answer.status_code in {400, 409}
    assert TreatmentSession.objects.filter(cancelled_at__isnull=False).count() == 0


def test_names_of_the_administrators_site_stand_on_a_line(cast: Cast) -> None:
    client = browser_of(cast.ada)
    clinic = f"/review/admin/care/clinic/{cast.clinic.pk}/change/"
    person = f"/review/admin/care/user/{cast.dr_okafor.pk}/change/"
    for bad in ("a\u202eb", "a\u2028b", "\u200b"):
        client.post(clinic, {"name": bad, "time_zone": "UTC"})
        client.post(person, {"display_name": bad, "is_active": "on"})
    assert Clinic.objects.get(pk=cast.clinic.pk).name == cast.clinic.name
    assert User.objects.get(pk=cast.dr_okafor.pk).display_name == "Dr. Okafor"

    client.post(person, {"display_name": WRITTEN["persian-with-a-joiner"], "is_active": "on"})

    found = User.objects.get(pk=cast.dr_okafor.pk).display_name
    assert found == WRITTEN["persian-with-a-joiner"]


@pytest.mark.parametrize("name", ["a\u202eb", "a\u2028b", "\u200b\u200d", ""])
def test_a_passkey_that_nobody_could_tell_apart_is_refused(cast: Cast, name: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        passkeys.add_passkey(
            user=cast.dr_okafor, name=name, credential={}, state={}, host="a.example",
            now=timezone.now(),
        )  # fmt: skip

    assert [fault.field for fault in refusal.value.errors] == ["name"]


def test_a_group_is_named_as_it_was_typed(cast: Cast) -> None:
    for typed in WRITTEN.values():
        browser_of(cast.dr_okafor).post("/review/groups/", {"name": typed})

    assert set(Group.objects.values_list("name", flat=True)) == set(WRITTEN.values())


@pytest.mark.parametrize("text", ["[" * 100_000, "{", "[]", "5", "", '{"a": NaN}', "\ud83d"])
def test_what_is_no_document_is_none(text: str) -> None:
    assert json_object_or_none(text) is None


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/review/sign-in/", "/review/sign-in/passkey/"])
def test_nobody_fills_a_disk_before_they_sign_in(client: Any, path: str) -> None:
    large = SimpleUploadedFile("x.bin", b"x" * 300_000)
    small = SimpleUploadedFile("x.bin", b"x" * 10)

    assert client.post(path, {"file": large}).status_code == 400
    assert client.post(path, {"username": "a", "file": small}).status_code in {302, 400, 403}


LINES = LinesField(required=False, most=2, longest=5)


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("", []), (" \n\r\n", []), ("a\r\nb", ["a", "b"]), ("\n a \n\n b\n", ["a", "b"]),
        ("12345", ["12345"]),
    ],
)  # fmt: skip
def test_lines_are_read_one_by_one_without_empty_ones(typed: str, lines: list[str]) -> None:
    assert LINES.clean(typed) == lines
    assert LINES.prepare_value(lines) == "\n".join(lines)
    assert not LINES.has_changed(lines, typed)
    assert LINES.has_changed(["z"], typed)


@pytest.mark.parametrize("typed", ["a\nb\nc", "123456", "a\u202eb"])
def test_too_many_lines_long_ones_and_odd_ones_are_refused(typed: str) -> None:
    with pytest.raises(forms.ValidationError):
        LINES.clean(typed)


def test_a_field_of_lines_may_be_required() -> None:
    with pytest.raises(forms.ValidationError):
        LinesField(most=2, longest=5).clean(" ")
