"""Lessons on the phone: given ones first, read and answered without a connection, sent later."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from care.access.data_categories import DataCategory
from care.access.open import open_chart
from journaling.education.assign import assign_lesson
from journaling.education.lessons import find_lesson
from journaling.models import LessonReading
from tests.app.modules import call
from tests.app.phone import Clinic, Phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SLEEP = find_lesson("sleep-habits")
RIGHT = SLEEP.question.right


@pytest.fixture
def phone(clinic: Clinic) -> Phone:
    """Hold maya's phone, to whom a lesson was given, with the list open."""
    now = timezone.now()
    chart = open_chart(
        viewer=clinic.cast.dr_okafor, patient_id=clinic.cast.maya.pk, what=DataCategory.SKILLS,
        now=now, to_write=True,
    )  # fmt: skip
    assign_lesson(chart=chart, slug=SLEEP.slug, until=None, now=now)
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    phone.press("Skills")
    phone.press("Lessons")
    expect(phone.page.get_by_role("heading", name="Given to you")).to_be_visible()
    return phone


def wait_until_kept(phone: Phone) -> None:
    """Wait until the text of the given lesson is on the phone."""
    until(lambda: call(phone.page, "reads", f"!!m.copyOf('lessons/{SLEEP.slug}')"), phone)


def until(is_so: Callable[[], Any], phone: Phone) -> None:
    for _ in range(200):
        if is_so():
            return
        phone.page.wait_for_timeout(50)
    raise AssertionError("it never came to be so")


def open_given(phone: Phone) -> None:
    phone.press(re.compile("^Sleep habits"), exact=False)
    expect(phone.heading).to_have_text("Sleep habits")


def test_a_given_lesson_is_read_and_answered_without_a_connection(phone: Phone) -> None:
    wait_until_kept(phone)
    phone.offline()
    open_given(phone)
    expect(phone.page.get_by_text(SLEEP.paragraphs[0].en)).to_be_visible()
    phone.press(SLEEP.question.answers[RIGHT].en)
    phone.press("I have read it")
    expect(phone.page.get_by_text("Saved on this phone. Not sent yet.").first).to_be_visible()
    assert not LessonReading.objects.exists()

    phone.offline(is_cut=False)

    until(LessonReading.objects.exists, phone)
    expect(phone.page.get_by_text("That is right.")).to_be_visible()
    expect(phone.page.get_by_text(SLEEP.question.why.en)).to_be_visible()
    reading = LessonReading.objects.get()
    assert (reading.lesson, reading.answer, reading.is_recalled) == (SLEEP.slug, RIGHT, True)
    assert phone.complaints == []


def test_it_may_be_answered_after_it_was_read(phone: Phone) -> None:
    open_given(phone)
    phone.press("I have read it")
    expect(phone.page.get_by_text(re.compile("^Read on "))).to_be_visible()
    wrong = (RIGHT + 1) % 3
    phone.press(SLEEP.question.answers[wrong].en)
    phone.press("Answer")

    right = SLEEP.question.answers[RIGHT].en
    expect(phone.page.get_by_text(f"Right is: {right}")).to_be_visible()
    assert LessonReading.objects.get().is_recalled is False
    phone.press("Back", exact=False)
    expect(phone.page.get_by_role("button", name="Sleep habits read")).to_be_visible()


def test_what_the_server_refuses_for_good_does_not_hold_up_the_rest(phone: Phone) -> None:
    phone.offline()
    call(phone.page, "acts", "m.keepRead('long-gone', 1)")

    phone.offline(is_cut=False)
    phone.wake()

    until(lambda: call(phone.page, "acts", "m.unsentRead('long-gone') === undefined"), phone)
    phone.press("Today")
    phone.log_craving(4)
    phone.wait_until_sent()
    assert not LessonReading.objects.exists()
