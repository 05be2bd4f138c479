"""Rights in the hand: consents, who looked, a support person, files, sign-ins."""

import json
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from care.models import Consent, DeviceSession
from journaling.exports.jobs import run_next_export
from journaling.exports.parts import all_export_parts
from tests.app.phone import Clinic, Phone
from tests.cast import PASSWORD, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(clinic: Clinic) -> Phone:
    """Hold maya's phone, after her therapist opened her profile."""
    address = f"/api/v1/patients/{clinic.cast.maya.pk}"
    assert signed_in(clinic.cast.dr_okafor).get(address).status_code == 200
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    phone.press("More")
    return phone


def rights(phone: Phone, name: str) -> None:
    phone.press("Who may see what")
    phone.press(name)


def test_a_consent_says_what_it_covers_and_is_taken_back_after_a_second_tap(
    clinic: Clinic, phone: Phone
) -> None:
    rights(phone, "What you agreed to")
    expect(phone.page.get_by_text("version test-1.")).to_be_visible()
    phone.press("Take this back")
    expect(phone.page.get_by_text("From then on nobody sees more by it.")).to_be_visible()
    assert not Consent.objects.filter(revoked_at__isnull=False).exists()

    phone.press("Take it back now")

    expect(phone.page.get_by_text("Taken back")).to_be_visible()
    assert Consent.objects.get(patient_id=clinic.cast.maya.pk).revoked_at is not None


def test_who_looked_names_others_first(phone: Phone) -> None:
    rights(phone, "Who looked")

    expect(phone.page.get_by_text("Dr. Okafor")).to_be_visible()
    expect(phone.page.get_by_text("You did, yourself.")).to_have_count(0)
    phone.press("My own looks too")
    expect(phone.page.get_by_text("You did, yourself.").first).to_be_visible()


def test_a_support_person_is_let_in_by_a_code_after_a_fresh_proof(
    clinic: Clinic, phone: Phone
) -> None:
    rights(phone, "Let somebody see a little")
    phone.page.get_by_label("Their name").fill("Alma")
    phone.press("when sessions are")
    phone.page.get_by_label("Your name, as your signature").fill("Maya")
    phone.press("I agree")
    DeviceSession.objects.update(reauthenticated_at=None)
    phone.press("Make a code for them")
    prove(phone)

    expect(phone.page.get_by_text("Their code, good once and for 72 hours:")).to_be_visible()
    consent = Consent.objects.get(purpose="family_support")
    assert (consent.recipient, consent.scope) == ("Alma", ["session_times"])


def prove(phone: Phone) -> None:
    """Give the password once more, where the server asks for a fresh proof."""
    phone.page.get_by_label("Password", exact=True).fill(PASSWORD)
    phone.press("Next")


def test_everything_can_be_taken_along(phone: Phone, tmp_path: Path) -> None:
    rights(phone, "Take everything with you")
    DeviceSession.objects.update(reauthenticated_at=None)
    phone.press("Make the files")
    prove(phone)
    expect(phone.page.get_by_text("The files are being made.")).to_be_visible()
    while run_next_export(parts=all_export_parts(), clock=timezone.now):
        pass
    button = phone.page.get_by_role("button", name="Download (JSON)")
    expect(button).to_be_visible(timeout=15_000)

    with phone.page.expect_download() as download:
        button.click()

    download.value.save_as(tmp_path / "export.json")
    assert "entries" in json.loads((tmp_path / "export.json").read_text())


def test_another_phone_is_signed_out_from_here(clinic: Clinic, phone: Phone) -> None:
    clinic.phone().sign_in("maya")
    phone.press("Where I am signed in")
    phone.press("End it")

    expect(phone.page.get_by_role("button", name="End it")).to_have_count(0)
    assert DeviceSession.objects.filter(revoked_at=None, user=clinic.cast.maya).count() == 1


def test_a_password_is_changed(clinic: Clinic, phone: Phone) -> None:
    phone.press("Where I am signed in")
    phone.page.get_by_label("Password now").fill(PASSWORD)
    phone.page.get_by_label("New password").fill("nine slow rivers in autumn")
    phone.press("Save")

    expect(phone.page.get_by_text("Changed. Every other phone was signed out.")).to_be_visible()
    clinic.cast.maya.refresh_from_db()
    assert "nine" not in clinic.cast.maya.password
