"""What a brief says of lessons: what was given and read in its window, and nothing else."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from journaling.briefs import limits
from journaling.education.assign import end_lesson_assignment
from journaling.education.lessons import all_lessons, find_lesson
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import NOW, SESSION_AT, at, read, section, texts
from tests.journaling.briefs.heaviest_patient import heaviest
from tests.journaling.education.given_lessons import MEALS, SLEEP, given, read_by, team_chart

pytestmark = pytest.mark.django_db
RIGHT = find_lesson(SLEEP).question.right
BEFORE, WITHIN = at(9), at(3)


@pytest.fixture
def session_id(cast: Cast) -> UUID:
    people.session(cast.dr_okafor, starts_at=at(7, 10), with_patient=cast.maya, status="present")
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk


def said(cast: Cast, session_id: UUID, *, now: datetime = NOW) -> list[str]:
    """List what the section of skills says of lessons."""
    lines = texts(read(cast.dr_okafor, session_id, now=now), "skills")
    return [line for line in lines if line.startswith("Lessons")]


def test_what_was_given_and_read_is_counted_and_named(cast: Cast, session_id: UUID) -> None:
    given(cast, SLEEP, at=WITHIN)
    given(cast, MEALS, at=WITHIN)
    read_by(cast.maya, SLEEP, answer=RIGHT, at=at(2))

    assert said(cast, session_id) == [
        "Lessons: read 1 of 2 given (Sleep habits, recalled). Not read yet: Regular meals."
    ]


@pytest.mark.parametrize(
    ("answer", "told"), [(None, ""), (RIGHT, ", recalled"), ((RIGHT + 1) % 3, ", not recalled")]
)
def test_how_the_question_went_stands_beside_it(
    cast: Cast, session_id: UUID, answer: int | None, told: str
) -> None:
    read_by(cast.maya, SLEEP, answer=answer, at=WITHIN)

    assert said(cast, session_id) == [f"Lessons: read Sleep habits{told}."]


def test_what_was_read_besides_is_apart(cast: Cast, session_id: UUID) -> None:
    given(cast, SLEEP, at=WITHIN)
    read_by(cast.maya, MEALS, at=WITHIN)

    assert said(cast, session_id) == [
        "Lessons: read 0 of 1 given. Also read: Regular meals. Not read yet: Sleep habits."
    ]


def test_without_anything_new_nothing_is_said(cast: Cast, session_id: UUID) -> None:
    given(cast, SLEEP, at=BEFORE)
    read_by(cast.maya, MEALS, at=BEFORE)

    assert said(cast, session_id) == []


def test_what_was_given_before_and_read_now_counts(cast: Cast, session_id: UUID) -> None:
    given(cast, SLEEP, at=BEFORE)
    given(cast, MEALS, at=BEFORE)
    read_by(cast.maya, MEALS, at=BEFORE + timedelta(hours=1))
    read_by(cast.maya, SLEEP, at=WITHIN)

    assert said(cast, session_id) == ["Lessons: read 1 of 1 given (Sleep habits)."]


def test_what_was_ended_is_not_given(cast: Cast, session_id: UUID) -> None:
    given(cast, SLEEP, at=WITHIN)

    end_lesson_assignment(chart=team_chart(cast, at=WITHIN), slug=SLEEP, now=WITHIN)

    assert said(cast, session_id) == []


def test_what_came_after_the_session_is_not_of_its_brief(cast: Cast, session_id: UUID) -> None:
    after = SESSION_AT + timedelta(hours=1)
    read_by(cast.maya, MEALS, at=WITHIN)
    given(cast, SLEEP, at=after)
    read_by(cast.maya, SLEEP, at=after)
    read_by(cast.maya, MEALS, answer=0, at=after)

    assert said(cast, session_id, now=after) == ["Lessons: read Regular meals."]


def test_many_are_named_in_few_words(cast: Cast, session_id: UUID) -> None:
    for slug in all_lessons():
        given(cast, slug, at=WITHIN)

    (line,) = said(cast, session_id)

    assert line.endswith(f"and {len(all_lessons()) - limits.MAX_LESSONS_NAMED} more.")
    assert len(line) < 160


def test_lessons_take_no_further_statement(cast: Cast, session_id: UUID) -> None:
    read(cast.dr_okafor, session_id)
    with CaptureQueriesContext(connection) as without:
        read(cast.dr_okafor, session_id)
    for slug in all_lessons():
        given(cast, slug, at=WITHIN)
        read_by(cast.maya, slug, answer=0, at=WITHIN)

    with CaptureQueriesContext(connection) as many:
        read(cast.dr_okafor, session_id)

    assert len(without) == len(many)


def test_another_patient_has_other_lessons(cast: Cast, session_id: UUID) -> None:
    read_by(cast.noah, SLEEP, at=WITHIN)

    assert said(cast, session_id) == []


def test_the_heaviest_brief_still_fits_its_page(cast: Cast) -> None:
    session_id = heaviest(cast)
    for slug in all_lessons():
        given(cast, slug, at=at(1))
    read_by(cast.maya, SLEEP, at=at(1))

    brief = read(cast.dr_okafor, session_id)

    assert sum(len(part.lines) for part in brief.sections) <= limits.MAX_LINES
    assert any("Lessons: read 1 of" in line.text for line in section(brief, "skills").lines)
