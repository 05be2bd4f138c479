"""Lines over time on the page of a patient, and questionnaires that nobody has filled in."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from journaling.briefs.over_time import lines_over_time
from journaling.measures import instruments
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from tests import cast as people
from tests.cast import Cast, own_chart
from tests.journaling.briefs.brief_scenario import wrote
from tests.web.page_client import browser_of, text_of

pytestmark = pytest.mark.django_db
State = Occurrence.State


def page(cast: Cast) -> str:
    return text_of(browser_of(cast.dr_okafor).get(f"/review/patients/{cast.maya.pk}/"))


def filled_in(cast: Cast, slug: str, days_ago: int, value: int = 1, **more: Any) -> None:
    instrument = instruments.find_instrument(slug, "1")
    assert instrument is not None
    answers = {item.id: item.options[value].value for item in instrument.items}
    wrote(cast.maya, "measure", timezone.now() - timedelta(days=days_ago), instrument=slug,
          answers=answers, **more)  # fmt: skip


def asked(cast: Cast, days_ago: int, state: str = State.SENT, **more: Any) -> Occurrence:
    due_at = timezone.now() - timedelta(days=days_ago)
    series = Reminder.objects.create(
        id=uuid4(), patient_id=cast.maya.pk, purpose="measure", minutes=[480], weekdays=127,
        created_at=due_at,
    )  # fmt: skip
    return Occurrence.objects.create(
        **(
            {
                "id": uuid4(), "reminder": series, "patient_id": cast.maya.pk,
                "purpose": "measure", "local_day": due_at.date(), "slot": 480, "due_at": due_at,
                "not_after": due_at + timedelta(hours=1), "state": state, "tag": "x",
                "sent_at": due_at if state == State.SENT else None, "created_at": due_at,
            }
            | more
        )
    )  # fmt: skip


def test_five_scores_are_drawn_with_the_published_bands(cast: Cast) -> None:
    for number in range(5):
        filled_in(cast, "phq-9", 7 * number, value=number % 3)

    said = page(cast)

    assert "Questionnaires over time" in said
    assert "PHQ-9, 0 to 27: 5 scores" in said
    assert "where its published bands begin" in said
    assert said.count("<circle") == 5


def test_four_scores_are_not_drawn(cast: Cast) -> None:
    for number in range(4):
        filled_in(cast, "phq-9", 7 * number)

    assert "Questionnaires over time" not in page(cast)


def test_private_ones_are_not_drawn_for_the_therapist(cast: Cast) -> None:
    for number in range(5):
        filled_in(cast, "phq-9", 7 * number, share="private")

    assert "Questionnaires over time" not in page(cast)
    own = lines_over_time(chart=own_chart(cast.maya), today=timezone.now().date())
    assert [len(line.points) for line in own.measures] == [5]


def test_nobody_is_marked_as_not_on_track(cast: Cast) -> None:
    for number in range(6):
        filled_in(cast, "phq-9", 7 * number, value=3 - number // 2)

    assert "on track" not in page(cast).lower()


def test_balance_is_four_small_lines(cast: Cast) -> None:
    for number in range(1, 6):
        balance = {"mind": number % 5, "body": 2, "spirit": 3}
        wrote(cast.maya, "daily", timezone.now() - timedelta(days=number), balance=balance)

    said = page(cast)

    assert "Balance over eight weeks" in said
    for name in ("Mind", "Body", "Spirit"):
        assert f"{name}, 0 to 4: a value on 5 of 56 days" in said
    assert "Environment, 0 to 4" not in said


def test_what_was_asked_and_not_filled_in_is_told_on_both_pages(cast: Cast) -> None:
    asked(cast, 3)

    assert "A questionnaire was asked for and is not filled in." in page(cast)
    caseload = text_of(browser_of(cast.dr_okafor).get("/review/caseload/"))
    assert "Questionnaire asked for on" in caseload


@pytest.mark.parametrize(
    ("state", "more"),
    [
        pytest.param(State.UNKNOWN, {}, id="nobody knows whether it arrived"),
        pytest.param(State.FAILED, {}, id="it did not arrive"),
        pytest.param(State.SENT, {"answered_at": timezone.now()}, id="it was answered"),
    ],
)
def test_what_never_arrived_or_was_answered_is_not_told(
    cast: Cast, state: str, more: dict[str, Any]
) -> None:
    asked(cast, 3, state, **more)

    assert "A questionnaire was asked for" not in page(cast)


def test_one_that_was_filled_in_since_answers_it(cast: Cast) -> None:
    asked(cast, 3)
    filled_in(cast, "gad-7", 1)

    assert "A questionnaire was asked for" not in page(cast)


def test_of_another_patient_nothing_is_told(cast: Cast) -> None:
    asked(cast, 3)
    noah = f"/review/patients/{cast.noah.pk}/"

    assert "A questionnaire was asked for" not in text_of(browser_of(cast.dr_lind).get(noah))
    people.session(cast.dr_lind, starts_at=timezone.now(), with_patient=cast.noah)
    caseload = text_of(browser_of(cast.dr_lind).get("/review/caseload/"))
    assert "Questionnaire asked for" not in caseload
