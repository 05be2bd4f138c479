"""Whose phone it is: signing out wipes, another person sees nothing, and what waits waits."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from care.accounts.device_sessions import device_sessions_of, end_own_session
from care.models import DeviceSession, User
from journaling.models import Entry
from tests.app.phone import WAITING, Clinic, Phone
from tests.cast import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DATABASES = "indexedDB.databases().then((all) => all.map((one) => one.name).sort())"


def ended(username: str) -> None:
    """End every sign-in of somebody, as another device of theirs can."""
    user = User.objects.get(username=username)
    now = timezone.now()
    for session in device_sessions_of(user=user, now=now):
        end_own_session(user=user, session_id=session.pk, reason="revoked_by_user", now=now)


def sign_out(phone: Phone, button: str = "Sign out") -> None:
    phone.press("More")
    phone.press("Sign out")
    phone.press(button)
    expect(phone.heading).to_have_text("Welcome")


def test_signing_out_leaves_nothing_behind(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")
    phone.log_craving(7)
    phone.wait_until_sent()
    assert len(phone.page.evaluate(DATABASES)) == 2

    sign_out(phone)

    assert phone.page.evaluate(DATABASES) == ["between"]
    assert not DeviceSession.objects.filter(revoked_at=None).exists()
    phone.page.go_back()
    phone.open()
    expect(phone.heading).to_have_text("Welcome")
    assert "alcohol" not in phone.page.content()


def test_signing_out_offline_wipes_too_and_says_what_is_lost(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    phone.offline()
    phone.log_craving(7)
    phone.press("More")
    phone.press("Sign out")
    expect(phone.page.get_by_text("1 thing is not sent yet.")).to_be_visible()

    phone.press("Sign out and delete them")

    expect(phone.heading).to_have_text("Welcome")
    assert phone.page.evaluate(DATABASES) == ["between"]


def test_nothing_readable_lies_on_the_phone(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")
    phone.offline()
    phone.press("Note")
    phone.page.get_by_label("What you want to keep").fill("canary by the lake")
    phone.press("Save")
    expect(phone.state).to_contain_text("Saved on this phone")

    stored = phone.page.evaluate(
        """async () => {
          let all = '';
          for (const {name} of await indexedDB.databases()) {
            const database = await new Promise((done) => {
              const asked = indexedDB.open(name); asked.onsuccess = () => done(asked.result); });
            for (const store of database.objectStoreNames) {
              const rows = await new Promise((done) => {
                const asked = database.transaction(store).objectStore(store).getAll();
                asked.onsuccess = () => done(asked.result); });
              for (const row of rows) {
                if (row.key) await crypto.subtle.exportKey('raw', row.key).then(
                  () => { all += 'EXPORTED'; }, () => { all += 'sealed '; });
                all += row instanceof Uint8Array
                  ? new TextDecoder('latin1').decode(row) : JSON.stringify(row);
              }
            }
          }
          const kept = [localStorage, sessionStorage].map((one) => JSON.stringify(one));
          return all + kept.join('') + document.cookie;
        }"""
    )
    assert "sealed" in stored
    assert all(word not in stored for word in ("canary", "maya", "eyJ", "EXPORTED"))


def test_a_refused_token_keeps_what_waits_for_the_same_person(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    phone.offline()
    phone.log_craving(4)
    ended("maya")
    phone.offline(is_cut=False)
    phone.open()
    expect(phone.state).to_contain_text("Sign in again to send what is saved here.")

    phone.press("Sign in")
    phone.page.get_by_label("Password").fill(PASSWORD)
    phone.press("Sign in")
    phone.wait_until_sent()

    assert Entry.objects.get().intensity == 4


def test_another_person_sees_nothing_and_sends_nothing_of_the_first(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    phone.offline()
    phone.log_craving(4)
    ended("maya")
    phone.offline(is_cut=False)
    phone.open()
    phone.press("Sign in")
    phone.page.get_by_label("Name").fill("noah")
    phone.page.get_by_label("Password").fill(PASSWORD)
    phone.press("Sign in")
    expect(phone.heading).to_contain_text("Noah")
    phone.press("My weeks")
    expect(phone.page.get_by_text("Nothing is logged yet.")).to_be_visible()
    phone.press("More")
    phone.press("What waits on this phone")
    expect(phone.page.get_by_text("Everything is sent.")).to_be_visible()
    assert not Entry.objects.exists()

    sign_out(phone)
    phone.sign_in("maya")
    phone.wait_until_sent()

    entry = Entry.objects.get()
    assert (entry.intensity, entry.patient_id) == (4, clinic.cast.maya.pk)


def test_a_disabled_account_keeps_what_waits(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    User.objects.filter(username="maya").update(is_active=False)

    phone.log_craving(2)

    expect(phone.state).to_contain_text("Sign in again to send what is saved here.")
    assert phone.page.evaluate(WAITING) == 1


def test_staff_are_sent_to_their_own_pages(clinic: Clinic) -> None:
    phone = clinic.phone().open()
    phone.press("Sign in")
    phone.page.get_by_label("Name").fill("sam")
    phone.page.get_by_label("Password").fill(PASSWORD)
    phone.press("Sign in")

    expect(phone.page.get_by_role("alert")).to_contain_text("This app is for patients.")
    assert phone.page.evaluate(DATABASES) == ["between"]


def test_a_pin_stands_before_everything_but_help(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    phone.log_craving(3)
    phone.wait_until_sent()
    phone.press("More")
    phone.press("PIN for this phone")
    phone.page.get_by_label("New PIN, 4 to 12 digits").fill("2580")
    phone.press("Use this PIN")
    expect(phone.page.get_by_text("Done. Everything here was encrypted anew.")).to_be_visible()

    phone.open()
    expect(phone.heading).to_have_text("Your PIN")
    phone.press("Help")
    expect(phone.page.get_by_role("link", name="Call 988").first).to_be_visible()
    phone.press(re.compile("Back"), exact=False)
    phone.page.get_by_label("PIN").fill("0000")
    phone.press("Open")
    expect(phone.page.get_by_role("alert")).to_contain_text("9 tries left")
    phone.page.get_by_label("PIN").fill("2580")
    phone.press("Open")

    expect(phone.heading).to_contain_text("Maya")
    phone.press("My weeks")
    expect(phone.page.get_by_text("alcohol 3 / 10").first).to_be_visible()


def test_the_tenth_wrong_pin_deletes_everything(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")
    phone.press("More")
    phone.press("PIN for this phone")
    phone.page.get_by_label("New PIN, 4 to 12 digits").fill("2580")
    phone.press("Use this PIN")
    expect(phone.page.get_by_text("Done. Everything here was encrypted anew.")).to_be_visible()
    phone.open()

    for _ in range(9):
        phone.page.get_by_label("PIN").fill("0000")
        phone.press("Open")
        expect(phone.page.get_by_label("PIN")).to_have_value("")
    phone.page.get_by_label("PIN").fill("0000")
    phone.press("Open")

    expect(phone.page.get_by_text("Everything on this phone was deleted.")).to_be_visible()
    assert phone.page.evaluate(DATABASES) == ["between"]


def test_hide_shows_a_neutral_page_at_once_and_stays(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")
    phone.log_craving(3)

    phone.press("Hide")

    expect(phone.heading).to_have_text("Notes")
    assert "Between" in phone.page.title()
    assert "craving" not in (phone.page.locator("body").text_content() or "").lower()
    phone.page.go_back()
    expect(phone.heading).to_have_text("Notes")
    phone.page.reload()
    expect(phone.heading).to_have_text("Notes")
    phone.press("Open")
    expect(phone.heading).to_contain_text("Maya")


def test_neither_address_nor_title_nor_history_tells_anything(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")
    seen = set()
    for press in ("Note", "Help"):
        phone.press(press)
        seen.add((phone.page.url.removeprefix(clinic.url), phone.page.title()))

    assert seen == {("/app/", "Between")}


def test_a_browser_that_cleared_the_key_asks_to_sign_in_and_reads_again(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")
    phone.log_craving(5)
    phone.wait_until_sent()
    phone.page.evaluate(
        """async () => {
          const {name} = (await indexedDB.databases()).find((one) => one.name.includes('-'));
          const database = await new Promise((done) => {
            const asked = indexedDB.open(name); asked.onsuccess = () => done(asked.result); });
          await new Promise((done) => {
            const transaction = database.transaction('key', 'readwrite');
            transaction.objectStore('key').clear(); transaction.oncomplete = done; });
          database.close();
        }"""
    )
    phone.open()
    expect(phone.heading).to_have_text("Welcome")

    phone.sign_in("maya")
    phone.press("My weeks")

    expect(phone.page.get_by_text("alcohol 5 / 10").first).to_be_visible()


def test_a_phone_on_a_journey_tells_where_it_is(clinic: Clinic) -> None:
    phone = clinic.phone(timezone_id="Europe/Lisbon").sign_in("maya")
    phone.wait_until_ready()
    phone.until("new Promise((done) => setTimeout(() => done(true), 500))")

    assert User.objects.get(username="maya").time_zone == "Europe/Lisbon"


def test_a_token_is_exchanged_once_however_many_tabs_ask(clinic: Clinic) -> None:
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    tabs = [Phone(phone.context, phone.context.new_page()).open() for _ in range(3)]
    for n, tab in enumerate(tabs):
        tab.press("Note")
        tab.page.get_by_label("What you want to keep").fill(f"from tab {n}")
    for tab in tabs:
        tab.press("Save")
    phone.wait_until_sent()
    phone.open()
    phone.log_craving(2)
    phone.wait_until_sent()

    assert Entry.objects.count() == 4
    assert DeviceSession.objects.filter(revoked_at=None).count() == 1
