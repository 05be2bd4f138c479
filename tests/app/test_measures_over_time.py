"""Questionnaires over time on the phone: a line from five scores on, without a connection."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.app.phone import Clinic, Phone
from tests.journaling.briefs.brief_scenario import wrote

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCORES = (12, 10, 11, 7, 4)


def filled_in(clinic: Clinic, scores: tuple[int, ...]) -> Phone:
    """Hold maya's phone after so many questionnaires, a week apart, the newest today."""
    for weeks, score in enumerate(reversed(scores)):
        answers = {f"q{n + 1}": min(3, max(0, score - 3 * n)) for n in range(9)}
        at = timezone.now() - timedelta(weeks=weeks, minutes=5)
        wrote(clinic.cast.maya, "measure", at, answers=answers)
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    phone.press("Log something else")
    phone.press("A questionnaire")
    return phone


def test_a_line_is_drawn_of_five_scores_and_reads_them_out(clinic: Clinic) -> None:
    phone = filled_in(clinic, SCORES)

    picture = phone.page.get_by_role("img", name="PHQ-9")
    expect(picture).to_be_visible()
    label = picture.get_attribute("aria-label") or ""
    told = [int(part.rpartition(": ")[2]) for part in label.split("; ")]
    assert told == list(SCORES)
    assert "severe" not in label
    assert phone.complaints == []


def test_of_four_nothing_is_drawn(clinic: Clinic) -> None:
    phone = filled_in(clinic, SCORES[1:])

    expect(phone.page.get_by_text("Last: 4 on", exact=False)).to_be_visible()
    assert phone.page.get_by_role("img", name="PHQ-9").count() == 0
