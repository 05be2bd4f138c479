"""Mail as a last resort: the patient gives an address, switches it on and off, and reads of it."""

import pytest
from django.core import mail
from playwright.sync_api import expect
from pytest_django import Settings

from care.accounts.password_reset import email_of
from care.models import DeviceSession, Patient, User
from tests.app.phone import Clinic, Phone
from tests.cast import PASSWORD, Cast
from tests.notifications.reminder_scenario import DUE, chooses_mail, drain, mail_out, planned

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TITLE = "By mail, as a last resort"


def open_reminders(phone: Phone) -> Phone:
    phone.press("More")
    phone.press("Reminders")
    expect(phone.page.get_by_role("heading", name="Quiet hours")).to_be_visible()
    return phone


def is_chosen(cast: Cast) -> bool:
    return Patient.objects.get(pk=cast.maya.pk).reminder_mail


def test_an_address_is_given_with_the_password_and_switched_off_and_on(clinic: Clinic) -> None:
    phone = open_reminders(clinic.phone().sign_in("maya"))
    DeviceSession.objects.update(reauthenticated_at=None)
    expect(phone.page.get_by_text("others who see your inbox may read it")).to_be_visible()
    phone.press("Give an address")
    phone.page.get_by_label("E-mail address").fill("maya@home.example")
    phone.page.locator("section.card", has_text=TITLE).get_by_role("button", name="Save").click()
    phone.page.get_by_label("Password").fill(PASSWORD)
    phone.press("Next")

    expect(phone.page.get_by_text("To maya@home.example")).to_be_visible()
    expect(phone.page.get_by_role("button", name="Mail is on")).to_be_visible()
    assert email_of(User.objects.get(pk=clinic.cast.maya.pk)) == "maya@home.example"
    assert is_chosen(clinic.cast)
    phone.press("Mail is on")
    expect(phone.page.get_by_role("button", name="Mail is off")).to_be_visible()
    assert not is_chosen(clinic.cast)
    phone.press("Mail is off")
    expect(phone.page.get_by_role("button", name="Mail is on")).to_be_visible()
    assert is_chosen(clinic.cast)


def test_without_a_connection_it_shows_and_says_that_it_needs_one(clinic: Clinic) -> None:
    chooses_mail(clinic.cast.maya)
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    phone.offline()
    open_reminders(phone)
    expect(phone.page.get_by_text("To maya@home.example")).to_be_visible()

    phone.press("Mail is on")

    expect(phone.page.get_by_role("alert")).to_contain_text("connection")
    expect(phone.page.get_by_role("button", name="Mail is on")).to_be_visible()
    assert is_chosen(clinic.cast)


def test_where_no_mail_server_is_set_up_it_is_not_offered(
    clinic: Clinic, settings: Settings
) -> None:
    settings.STAFF_MAIL = False

    phone = open_reminders(clinic.phone().sign_in("maya"))

    expect(phone.page.get_by_text(TITLE)).to_have_count(0)


def test_it_is_said_in_spanish(clinic: Clinic) -> None:
    chooses_mail(clinic.cast.maya)
    phone = clinic.phone().sign_in("maya")
    phone.press("More")
    phone.press("This phone")
    phone.press("Español")
    phone.page.go_back()
    phone.press("Recordatorios")

    expect(phone.page.get_by_text("otras personas que vean su buzón")).to_be_visible()
    expect(phone.page.get_by_role("button", name="Correo activo")).to_be_visible()


def test_who_asks_why_nothing_came_reads_that_it_went_by_mail(clinic: Clinic) -> None:
    chooses_mail(clinic.cast.maya)
    planned(clinic.cast.maya)
    drain(DUE)
    assert mail_out(DUE) == {"sent": 1}
    assert [sent.to for sent in mail.outbox] == [["maya@home.example"]]
    phone = open_reminders(clinic.phone().sign_in("maya"))

    phone.press("Why did nothing come")

    expect(phone.page.get_by_text("Sent by mail: no phone or browser")).to_be_visible()
