"""The client starts, saves and sends."""

import pytest
from playwright.sync_api import expect

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
