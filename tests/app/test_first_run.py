"""The client starts: a code, what is agreed to, two times; it saves and sends."""

import json

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from care.models import Consent, User
from care.people.enrol import invite_patient
from journaling.models import Entry
from tests.app.phone import Clinic

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_craving_is_saved_by_two_taps_and_reaches_the_server(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")

    phone.log_craving(7)
    phone.wait_until_sent()

    expect(phone.state).to_contain_text("Sent.")
    entry = Entry.objects.get()
    assert (entry.kind, entry.intensity, entry.target) == ("craving", 7, "alcohol")
    assert phone.complaints == []


def test_the_first_run_begins_with_a_code_and_ends_on_today(clinic: Clinic) -> None:
    code = new_patient(clinic)
    phone = clinic.phone()
    phone.page.goto(f"/app/#code={code}")
    expect(phone.heading).to_have_text("Your name and password here")
    assert code not in phone.page.url
    phone.page.get_by_label("Name to sign in with").fill("lena")
    phone.page.get_by_label("Password").fill("four quiet boats at noon")
    phone.press("Next")
    expect(phone.heading).to_have_text("What you agree to")
    phone.press("I agree")
    expect(phone.heading).to_have_text("When may we ask?")
    phone.press("Save")
    expect(phone.heading).to_have_text("Keep it on your home screen")
    phone.press("Notes")
    assert phone.page.title() == "Notes"
    phone.press("Go to Today")
    expect(phone.heading).to_contain_text("Lena")
    phone.log_craving(5)
    phone.wait_until_sent()

    lena = User.objects.get(username="lena")
    consent = Consent.objects.get(patient_id=lena.pk)
    assert (consent.version, consent.purpose) == ("2026-01", "treatment")
    assert consent.text.startswith("You are the patient")
    assert Entry.objects.get().patient_id == lena.pk


def new_patient(clinic: Clinic) -> str:
    """Invite somebody who is not enrolled yet; return their code."""
    _, code = invite_patient(
        clinician=clinic.cast.dr_okafor, display_name="Lena", time_zone="America/Chicago",
        now=timezone.now(),
    )  # fmt: skip
    return code


def test_a_text_that_changed_meanwhile_is_shown_and_nothing_typed_is_lost(clinic: Clinic) -> None:
    code = new_patient(clinic)
    phone = clinic.phone()
    body = {
        "results": [
            {"purpose": "treatment", "version": "2025-12", "language": language, "text": text}
            for language, text in (("es", "Uno."), ("en", "First part.\n\nSecond part."))
        ]
    }
    phone.context.route(
        "**/api/v1/consents/texts",
        lambda route: route.fulfill(
            status=200, content_type="application/json", headers={"X-Request-Id": "test-request"},
            body=json.dumps(body),
        ),
        times=1,
    )  # fmt: skip
    phone.page.goto(f"/app/#code={code}")
    phone.page.get_by_label("Name to sign in with").fill("lena")
    phone.page.get_by_label("Password").fill("four quiet boats at noon")
    phone.press("Next")
    expect(phone.page.get_by_text("Second part.")).to_be_visible()
    phone.press("I agree")

    changed = phone.page.get_by_role("alert")
    expect(changed).to_have_text("The text has changed. Please read the new one.")
    expect(phone.page.get_by_text("Version 2026-01")).to_be_visible()
    expect(phone.page.get_by_text("Second part.")).to_have_count(0)
    assert not User.objects.filter(username="lena").exists()
    phone.press("I agree")
    expect(phone.heading).to_have_text("When may we ask?")
    kept = Consent.objects.get(patient__user__username="lena")
    assert (kept.version, kept.language) == ("2026-01", "en")


def test_a_phone_in_spanish_signs_the_spanish_text(clinic: Clinic) -> None:
    code = new_patient(clinic)
    phone = clinic.phone(locale="es-US")
    phone.page.goto(f"/app/#code={code}")
    phone.page.get_by_label("Nombre para entrar").fill("lena")
    phone.page.get_by_label("Contraseña").fill("cuatro barcos quietos al alba")
    phone.press("Siguiente")
    expect(phone.page.get_by_text("La ley federal (42 CFR parte 2)")).to_be_visible()

    phone.press("Estoy de acuerdo")

    expect(phone.heading).to_have_text("¿Cuándo podemos preguntar?")
    kept = Consent.objects.get(patient__user__username="lena")
    assert (kept.language, kept.text[:20]) == ("es", "Usted es la persona ")


def test_without_a_connection_the_text_is_asked_for_again(clinic: Clinic) -> None:
    code = new_patient(clinic)
    phone = clinic.phone()
    phone.page.goto(f"/app/#code={code}")
    phone.page.get_by_label("Name to sign in with").fill("lena")
    phone.page.get_by_label("Password").fill("four quiet boats at noon")
    phone.offline()
    phone.press("Next")
    expect(phone.page.get_by_text("This needs a connection.")).to_be_visible()

    phone.offline(is_cut=False)
    phone.press("Next")

    expect(phone.heading).to_have_text("What you agree to")


def test_who_does_not_agree_is_not_enrolled(clinic: Clinic) -> None:
    code = new_patient(clinic)
    phone = clinic.phone()
    phone.page.goto(f"/app/#code={code}")
    phone.page.get_by_label("Name to sign in with").fill("lena")
    phone.page.get_by_label("Password").fill("four quiet boats at noon")
    phone.press("Next")
    phone.press("I don’t agree")

    expect(phone.page.get_by_text("Your treatment does not depend on the app.")).to_be_visible()
    assert not User.objects.filter(username="lena").exists()


def test_half_a_note_is_still_there_after_the_page_died(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")
    phone.press("Note")
    phone.page.get_by_label("What you want to keep").fill("half of what I")
    phone.page.wait_for_timeout(900)
    phone.open()

    phone.press("Note")

    expect(phone.page.get_by_label("What you want to keep")).to_have_value("half of what I")
    phone.page.get_by_label("What you want to keep").fill("half of what I wanted")
    phone.press("Save")
    phone.press("Note")
    expect(phone.page.get_by_label("What you want to keep")).to_have_value("")
