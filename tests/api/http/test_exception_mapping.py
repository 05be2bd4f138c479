"""What a room refuses gets the same answer at every door."""

import re

import pytest

from api.http.error_handler import ANSWERS, problem_of
from backend.kit.errors import ChangedMeanwhile, NotThere
from backend.kit.ids import new_id
from care.access.chart import NoSuchChart
from care.accounts.throttle import TooManyAttempts
from care.sessions.plan import SessionChanged
from journaling.entries.record import DayTaken
from journaling.skills.assign import AlreadyAssigned


@pytest.mark.parametrize(
    ("refused", "status", "code"),
    [
        (NoSuchChart(), 404, "not_found"),
        (SessionChanged(), 412, "stale"),
        (TooManyAttempts(60), 429, "too_many"),
    ],
    ids=lambda case: type(case).__name__,
)
def test_a_kind_of_refusal_has_one_answer(refused: Exception, status: int, code: str) -> None:
    problem = problem_of(refused)

    assert problem is not None
    assert (problem.status_code, problem.get_codes()) == (status, code)


def test_a_code_is_always_said_with_the_same_status_and_words() -> None:
    said = set(ANSWERS.values())

    assert len(said) == len({code for _, code, _ in said})
    assert all(400 <= status < 500 for status, _, _ in said)


def test_no_refusal_is_answered_in_two_ways() -> None:
    assert not [kind for kind in ANSWERS if issubclass(kind, NotThere | ChangedMeanwhile)]


@pytest.mark.parametrize("kind", [AlreadyAssigned, DayTaken])
def test_an_answer_names_what_stands_in_the_way(kind: type[AlreadyAssigned | DayTaken]) -> None:
    standing = new_id()

    problem = problem_of(kind(standing))

    assert problem is not None
    assert str(standing) in str(problem.detail)


def test_the_others_name_nothing_that_was_sent() -> None:
    naming = {kind for kind, (_, _, detail) in ANSWERS.items() if re.search(r"[{}]", detail)}

    assert naming == {AlreadyAssigned, DayTaken}


def test_what_nobody_mapped_stays_a_fault() -> None:
    assert problem_of(RuntimeError("a fault of ours")) is None
