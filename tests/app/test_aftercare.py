"""Tasks and the plan for aftercare on the phone: done in one tap, read without a connection."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from backend.kit.timezones import local_day
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import AftercarePlan, CareTask
from care.programme.aftercare_plan import PARTS, aftercare_plan_of, write_aftercare_plan
from care.programme.case_management import add_task
from tests.app.modules import call
from tests.app.phone import Clinic, Phone
from tests.cast import ZONE, own_chart

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAID = {name: [f"{name} one", f"{name} two"] for name in PARTS}


def tasked(clinic: Clinic, text: str, *, days: int | None = None, is_own: bool = True) -> UUID:
    """Give maya a task that is due in so many days, or her therapist one."""
    now = timezone.now()
    chart = open_chart(
        viewer=clinic.cast.dr_okafor, patient_id=clinic.cast.maya.pk, what=DataCategory.PROGRAMME,
        now=now, to_write=True,
    )  # fmt: skip
    due_on = None if days is None else local_day(now, ZONE) + timedelta(days=days)
    owner_id = None if is_own else clinic.cast.dr_okafor.pk
    return add_task(
        chart=chart, text=text, owner_id=owner_id, need_id=None, due_on=due_on, now=now
    ).id


def held(clinic: Clinic) -> Phone:
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    return phone


def until(is_so: Callable[[], Any], phone: Phone) -> None:
    for _ in range(200):
        if is_so():
            return
        phone.page.wait_for_timeout(50)
    raise AssertionError("it never came to be so")


def open_tasks(phone: Phone) -> None:
    phone.press("More")
    phone.press("Tasks")
    expect(phone.heading).to_have_text("Tasks")


def done(phone: Phone, text: str) -> None:
    phone.press(re.compile(f"^Done ?: {text}$"))


def test_a_task_is_done_in_one_tap_without_a_connection_and_sent_later(clinic: Clinic) -> None:
    task_id = tasked(clinic, "Call the landlord", days=3)
    tasked(clinic, "Write to the landlord", is_own=False)
    phone = held(clinic)
    phone.offline()
    open_tasks(phone)
    section = phone.page.locator("section").filter(has_text="What my care team does")
    expect(section.get_by_text("Write to the landlord")).to_be_visible()
    expect(section.get_by_role("button")).to_have_count(0)

    done(phone, "Call the landlord")

    expect(phone.page.get_by_text("Nothing is to be done.")).to_be_visible()
    expect(phone.page.get_by_text(re.compile("^Done "))).to_be_visible()
    assert CareTask.objects.get(pk=task_id).done_at is None
    phone.open()
    open_tasks(phone)
    expect(phone.page.get_by_text("Nothing is to be done.")).to_be_visible()
    phone.offline(is_cut=False)
    until(lambda: CareTask.objects.get(pk=task_id).done_at is not None, phone)
    until(lambda: call(phone.page, "acts", "m.unsentActs.value === 0"), phone)
    expect(phone.page.get_by_text("Nothing is to be done.")).to_be_visible()
    assert CareTask.objects.get(pk=task_id).done_by == clinic.cast.maya.pk
    assert phone.complaints == []


def test_today_shows_what_is_due_and_nothing_else(clinic: Clinic) -> None:
    tasked(clinic, "Overdue", days=-2)
    tasked(clinic, "Due now", days=0)
    tasked(clinic, "Due later", days=1)
    tasked(clinic, "Without a day")
    tasked(clinic, "Somebody else’s", days=0, is_own=False)
    phone = held(clinic)

    card = phone.page.locator("section").filter(has=phone.page.get_by_role("heading", name="Tasks"))

    expect(card.get_by_role("button")).to_have_count(2)
    expect(card.get_by_role("button").nth(0)).to_contain_text("Overdue")
    expect(card.get_by_role("button").nth(0)).to_contain_text("which has passed")
    expect(card.get_by_role("button").nth(1)).to_contain_text("Due now")
    card.get_by_role("button").nth(1).press("Enter")
    expect(phone.heading).to_have_text("Tasks")
    done(phone, "Due now")
    done(phone, "Overdue")
    phone.press("Today")
    expect(phone.page.get_by_text("Due later")).to_have_count(0)
    expect(card).to_have_count(0)


def test_a_task_that_is_no_longer_the_patients_holds_up_nothing(clinic: Clinic) -> None:
    task_id = tasked(clinic, "Call the landlord")
    phone = held(clinic)
    phone.offline()
    open_tasks(phone)
    done(phone, "Call the landlord")
    CareTask.objects.filter(pk=task_id).update(owner_id=clinic.cast.dr_okafor.pk)

    phone.offline(is_cut=False)
    phone.wake()

    until(lambda: call(phone.page, "acts", "m.unsentActs.value === 0"), phone)
    expect(phone.page.get_by_role("heading", name="What my care team does")).to_be_visible()
    assert CareTask.objects.get(pk=task_id).done_at is None


def test_who_signs_out_is_told_of_what_is_not_sent(clinic: Clinic) -> None:
    tasked(clinic, "Call the landlord")
    phone = held(clinic)
    phone.offline()
    call(phone.page, "acts", "m.keepRead('sleep-habits', null)")
    open_tasks(phone)
    done(phone, "Call the landlord")

    phone.press("More")
    phone.press("Sign out")

    expect(phone.page.get_by_text("2 things are not sent yet.", exact=False)).to_be_visible()
    phone.press("Send first")
    expect(phone.heading).to_have_text("What waits on this phone")
    expect(phone.page.get_by_text("2 lessons read or tasks done")).to_be_visible()
    phone.offline(is_cut=False)
    phone.press("Try to send now")
    expect(phone.page.get_by_text("Everything is sent.")).to_be_visible()
    phone.press("More")
    phone.press("Sign out")
    expect(phone.page.get_by_text("not sent yet", exact=False)).to_have_count(0)
    assert CareTask.objects.get().done_at is not None


def test_the_plan_for_aftercare_is_there_without_a_connection_and_prints(clinic: Clinic) -> None:
    write_aftercare_plan(
        chart=own_chart(clinic.cast.maya), parts=SAID | {"meetings": []}, rev=0, now=timezone.now()
    )
    phone = held(clinic)
    phone.offline()
    phone.open()
    phone.press("More")
    phone.press("After treatment")

    expect(phone.page.get_by_role("heading", name="Warning signs")).to_be_visible()
    expect(phone.page.get_by_text("appointments two")).to_be_visible()
    expect(phone.page.get_by_role("heading", name="Meetings")).to_have_count(0)
    phone.page.emulate_media(media="print")
    expect(phone.page.get_by_text("people one")).to_be_visible()
    expect(phone.page.get_by_role("button", name="Change my plan")).to_be_hidden()


def test_the_patient_writes_it_and_an_older_copy_overwrites_nothing(clinic: Clinic) -> None:
    phone = held(clinic)
    phone.press("More")
    phone.press("After treatment")
    expect(phone.page.get_by_text("No plan is written yet.", exact=False)).to_be_visible()
    phone.press("Change my plan")
    phone.page.get_by_label("People").fill("Lena\n\n  Sam ")
    phone.press("Save")
    expect(phone.page.get_by_text("Lena")).to_be_visible()
    chart = own_chart(clinic.cast.maya)
    assert aftercare_plan_of(chart=chart).parts["people"] == ("Lena", "Sam")

    phone.press("Change my plan")
    write_aftercare_plan(chart=chart, parts=SAID, rev=1, now=timezone.now())
    phone.page.get_by_label("People").fill("Nobody")
    phone.press("Save")

    expect(phone.page.get_by_role("alert")).to_be_visible()
    expect(phone.page.get_by_label("People")).to_have_value("Nobody")
    assert AftercarePlan.objects.count() == 2


def test_tasks_are_read_in_spanish(clinic: Clinic) -> None:
    tasked(clinic, "Llamar", days=0)
    phone = held(clinic)
    call(phone.page, "words", "m.chooseLanguage('es').then(() => 1)")

    call(phone.page, "router", "(m.go('tasks'), 1)")

    expect(phone.heading).to_have_text("Tareas")
    expect(phone.page.get_by_text(re.compile("^Hasta "))).to_be_visible()
