"""POST reminders/{id}/time-question, and how the question is asked."""

from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.models.reminder import Reminder
from tests.api.responses import faults, problem
from tests.cast import Cast, signed_in
from tests.notifications.reminder_scenario import DUE, planned


@pytest.fixture
def missed(cast: Cast) -> Reminder:
    """Give maya a series that is halved and asked about."""
    reminder = planned(cast.maya)
    Reminder.objects.update(halved_at=DUE, asked_at=DUE)
    return reminder


def url(reminder: Reminder) -> str:
    return f"/api/v1/reminders/{reminder.id}/time-question"


def replied(cast: Cast, reminder: Reminder, **sent: Any) -> Any:
    with time_machine.travel(DUE, tick=False):
        return signed_in(cast.maya).post(url(reminder), sent)


def test_the_question_stands_in_the_inbox_and_with_the_reminder(
    cast: Cast, missed: Reminder
) -> None:
    client = signed_in(cast.maya)

    inbox = client.get("/api/v1/inbox").json()
    shown = client.get(f"/api/v1/reminders/{missed.id}").json()

    assert inbox["questions"] == [
        {
            "reminder": str(missed.id),
            "text": "Would another time suit you better?",
            "asked_at": "2026-03-02T14:30:00Z",
            "answers": ["keep", "fewer", "move"],
        }
    ]
    assert (shown["halved"], shown["question"]) == (True, "Would another time suit you better?")
    assert signed_in(cast.noah).get("/api/v1/inbox").json()["questions"] == []


def test_keeping_it_sends_every_one_again(cast: Cast, missed: Reminder) -> None:
    answer = replied(cast, missed, answer="keep")

    body = answer.json()
    assert (answer.status_code, body["halved"], body["question"]) == (200, False, None)
    assert answer["ETag"] == '"2"'
    assert Reminder.objects.get().misses_counted_from == DUE


def test_fewer_stays_as_it_is_and_is_not_asked_again(cast: Cast, missed: Reminder) -> None:
    body = replied(cast, missed, answer="fewer").json()

    assert (body["halved"], body["question"]) == (True, None)
    assert Reminder.objects.get().misses_counted_from is None


def test_another_time_moves_it_and_sends_every_one_again(cast: Cast, missed: Reminder) -> None:
    body = replied(cast, missed, answer="move", times=["18:15"]).json()

    assert (body["times"], body["halved"], body["question"]) == (["18:15"], False, None)


def test_an_edit_of_the_times_is_an_answer_too(cast: Cast, missed: Reminder) -> None:
    body = signed_in(cast.maya).patch(
        f"/api/v1/reminders/{missed.id}", {"times": ["18:15"]}, headers={"If-Match": '"1"'}
    )

    assert (body.json()["halved"], body.json()["question"]) == (False, None)


def test_the_same_answer_again_changes_nothing_more(cast: Cast, missed: Reminder) -> None:
    first = replied(cast, missed, answer="keep").json()
    again = replied(cast, missed, answer="keep").json()

    assert {**first, "rev": 0} == {**again, "rev": 0}


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"answer": "never"}, "answer"),
        ({}, "answer"),
        ({"answer": "move"}, "times"),
        ({"answer": "keep", "times": ["18:15"]}, "times"),
        ({"answer": "move", "times": ["25:00"]}, "times.0"),
        ({"answer": "move", "times": ["08:00", "08:20"]}, "times"),
    ],
)
def test_what_is_no_answer_changes_nothing(
    cast: Cast, missed: Reminder, sent: dict[str, Any], field: str
) -> None:
    answer = replied(cast, missed, **sent)

    assert field in faults(answer)
    found = Reminder.objects.get()
    assert (found.halved_at, found.asked_at, found.rev) == (DUE, DUE, 1)


def test_nobody_answers_for_another(cast: Cast, missed: Reminder) -> None:
    client = signed_in(cast.noah)

    foreign = problem(client.post(url(missed), {"answer": "keep"}), 404, "not_found")
    client_of_nobody = client.post(f"/api/v1/reminders/{uuid4()}/time-question", {"answer": "keep"})

    assert foreign == problem(client_of_nobody, 404, "not_found")
    assert Reminder.objects.get().asked_at == DUE


def test_the_number_of_statements_is_fixed(cast: Cast, missed: Reminder) -> None:
    for _ in range(5):
        planned(cast.maya, "12:00")
    client = signed_in(cast.maya)

    with CaptureQueriesContext(connection) as asked:
        client.post(url(missed), {"answer": "keep"})

    # Sign-in, patient; a savepoint's two; lock, change, sign of life, log, read again.
    assert len(asked) <= 11
