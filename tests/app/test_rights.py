"""Rights in the hand: consents, who looked, a support person, files, sign-ins."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from care.models import Consent, DeviceSession, SupportCode
from care.support.invite import join_by_support_code
from journaling.exports.jobs import run_next_export
from journaling.exports.parts import all_export_parts
from tests import cast as people
from tests.app.phone import Clinic, Phone
from tests.cast import PASSWORD, agrees, signed_in, supports

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


def names_alma(phone: Phone) -> None:
    """Let Alma see when sessions are, until treatment ends."""
    rights(phone, "People who support me")
    expect(phone.page.get_by_text("Nobody sees anything this way.")).to_be_visible()
    phone.press("Let somebody see a little")
    phone.page.get_by_label("Their name").fill("Alma")
    phone.press("when sessions are")
    phone.page.get_by_label("Your name, as your signature").fill("Maya")
    phone.press("I agree")


def test_a_support_person_is_invited_shown_a_code_once_and_taken_back(
    clinic: Clinic, phone: Phone
) -> None:
    names_alma(phone)
    card = phone.page.locator("section.card")
    expect(card.get_by_role("heading")).to_have_text("Alma")
    expect(card).to_contain_text("They see when sessions are. Nothing else. Ends with treatment.")
    expect(card).to_contain_text("They are not in yet")
    DeviceSession.objects.update(reauthenticated_at=None)
    phone.press("Make a code for them")
    prove(phone)
    shown = phone.page.locator(".code")
    expect(shown).to_be_visible()
    code = shown.inner_text()
    consent = Consent.objects.get(purpose="family_support")
    assert (consent.recipient, consent.scope, consent.version) == (
        "Alma", ["session_times"], "2026-01",
    )  # fmt: skip
    assert SupportCode.objects.get().consent_id == consent.pk

    # Shown once: whoever opens the screen again sees no code.
    phone.press("Back", exact=False)
    phone.press("People who support me")
    expect(phone.page.get_by_text("They are not in yet")).to_be_visible()
    expect(phone.page.get_by_text(code)).to_have_count(0)

    alma = join_by_support_code(
        supporter=None, code=code, username="alma", password=PASSWORD, device_name="hers",
        address="", now=timezone.now(),
    )  # fmt: skip
    assert alma is not None
    shared = signed_in(alma.user).get("/api/v1/supported").json()["results"]
    assert [one["scope"] for one in shared] == [["session_times"]]
    phone.press("Back", exact=False)
    phone.press("People who support me")
    expect(phone.page.get_by_text("They came in on")).to_be_visible()
    expect(phone.page.get_by_role("button", name="Make a code for them")).to_have_count(0)

    phone.press("Take this back")
    expect(phone.page.get_by_text("What they saw stays seen.")).to_be_visible()
    assert not Consent.objects.filter(revoked_at__isnull=False).exists()
    phone.press("Take it back now")

    expect(phone.page.get_by_role("heading", name="Over")).to_be_visible()
    expect(phone.page.get_by_text("Nobody sees anything this way.")).to_be_visible()
    assert signed_in(alma.user).get("/api/v1/supported").json()["results"] == []


def test_what_is_missing_is_asked_for_before_anything_is_sent(phone: Phone) -> None:
    rights(phone, "People who support me")
    phone.press("Let somebody see a little")
    phone.page.get_by_label("Their name").fill("Alma")
    phone.page.get_by_label("Your name, as your signature").fill("Maya")
    phone.press("I agree")
    expect(phone.page.get_by_role("alert")).to_have_text("Choose what they may see.")
    phone.press("when sessions are")
    phone.press("a date")
    phone.press("I agree")
    expect(phone.page.get_by_role("alert")).to_have_text("Choose a day.")
    assert not Consent.objects.filter(purpose="family_support").exists()

    ends = (timezone.localdate() + timedelta(days=30)).isoformat()
    phone.page.locator("input[type=date]").fill(ends)
    phone.press("I agree")

    expect(phone.heading).to_have_text("People who support me")
    expect(phone.page.locator("section.card")).to_contain_text("Ends ")
    assert Consent.objects.get(purpose="family_support").expires_at is not None


def test_what_was_signed_is_read_again_in_its_own_words(phone: Phone) -> None:
    names_alma(phone)
    phone.press("Back", exact=False)
    phone.press("What you agreed to")

    phone.page.get_by_text("What you signed").first.click()

    expect(phone.page.get_by_text("They get in with a code that you hand to them.")).to_be_visible()


def test_support_persons_are_told_of_in_spanish(clinic: Clinic) -> None:
    agrees(clinic.cast.maya, recipient="Alma", scope=["days_logged"])
    phone = clinic.phone(locale="es-US").open()
    phone.press("Entrar")
    phone.page.get_by_label("Nombre").fill("maya")
    phone.page.get_by_label("Contraseña").fill(PASSWORD)
    phone.press("Entrar")
    phone.wait_until_ready()
    phone.press("Más")
    phone.press("Quién puede ver qué")
    phone.press("Personas que me apoyan")

    expect(phone.page.locator("section.card")).to_contain_text(
        "Ve en cuántos días se anotó algo. Nada más. Termina con el tratamiento."
    )
    phone.press("Retirar esto")
    expect(phone.page.get_by_text("Desde entonces no ve nada más.")).to_be_visible()
    phone.press("Atrás", exact=False)
    phone.press("Sus consentimientos")
    expect(phone.page.get_by_text("Puede retirar esto en cualquier momento").first).to_be_visible()


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


def test_a_guest_of_a_family_session_is_taken_off(clinic: Clinic) -> None:
    cast = clinic.cast
    session = people.session(
        cast.dr_okafor, starts_at=timezone.now() + timedelta(days=1), with_patient=cast.maya,
        kind="family",
    )  # fmt: skip
    supports(cast.sam, cast.maya, recipient="Sam")
    guest = people.invites(cast.dr_okafor, session, cast.sam.supports.get())
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    phone.press("Sessions")
    told = phone.page.get_by_text("Sam is invited.")
    expect(told).to_be_visible()

    phone.press("Take Sam off")
    expect(told).not_to_be_visible()

    guest.refresh_from_db()
    assert guest.revoked_by == cast.maya.pk
