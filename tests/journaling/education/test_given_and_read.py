"""Giving lessons and reading them: once, by whom it is for, and as it was first."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from backend.kit.db import rls_actor
from backend.kit.errors import InvalidInput
from care.access.chart import NoSuchChart
from care.models import AccessLogEntry
from care.people.enrol import revoke_treatment_consents
from care.privacy import erasure
from journaling.education.assign import (
    LessonAlreadyAssigned,
    NoSuchLessonAssignment,
    OnlyCareTeamGivesLessons,
    assign_lesson,
    end_lesson_assignment,
)
from journaling.education.lessons import NoSuchLesson, all_lessons, find_lesson
from journaling.education.read import lessons_given_or_read, lessons_of
from journaling.education.record import OnlyPatientsRead, record_reading
from journaling.models import LessonAssignment, LessonReading
from tests.cast import Cast, own_chart
from tests.journaling.education.given_lessons import (
    MEALS,
    NOW,
    SLEEP,
    TODAY,
    given,
    read_by,
    shown,
    team_chart,
)
from tests.journaling.exports.export_runner import as_json, made, table

pytestmark = pytest.mark.django_db
RIGHT = find_lesson(SLEEP).question.right
WRONG = (RIGHT + 1) % 3


def writes_logged() -> int:
    return AccessLogEntry.objects.filter(
        action=AccessLogEntry.Action.WRITE, data_class="skills"
    ).count()


def test_all_are_there_and_the_given_ones_first(cast: Cast) -> None:
    given(cast, until=TODAY)

    found = lessons_of(chart=own_chart(cast.maya), now=NOW)

    assert [one.lesson.slug for one in found[:2]] == [SLEEP, next(iter(all_lessons()))]
    assert len(found) == len(all_lessons())
    assert [(one.is_assigned, one.until) for one in found[:2]] == [(True, TODAY), (False, None)]
    assert not any(one.is_assigned for one in lessons_of(chart=own_chart(cast.noah), now=NOW))


def test_what_is_given_or_read_is_listed_alone(cast: Cast) -> None:
    given(cast)
    read_by(cast.maya, MEALS)

    found = lessons_given_or_read(chart=team_chart(cast), now=NOW)

    assert [one.lesson.slug for one in found] == [SLEEP, MEALS]


def test_it_is_given_once_at_a_time(cast: Cast) -> None:
    given(cast)

    with pytest.raises(LessonAlreadyAssigned):
        given(cast, until=TODAY)

    assert LessonAssignment.objects.get().until is None
    assert writes_logged() == 1


def test_a_day_that_has_passed_makes_room_and_ends_it_for_the_patient(cast: Cast) -> None:
    given(cast, until=TODAY)
    later = NOW + timedelta(days=1)
    assert not shown(cast.maya, at=later).is_assigned

    again = given(cast, at=later)

    assert (again.is_assigned, again.until) == (True, None)
    first, _ = LessonAssignment.objects.order_by("assigned_at")
    assert first.ended_at == later


@pytest.mark.parametrize(
    ("slug", "days", "field", "code"),
    [
        ("unheard-of", 1, "lesson", "unknown_lesson"),
        (SLEEP, -1, "until", "out_of_range"),
        (SLEEP, 367, "until", "out_of_range"),
    ],
)
def test_what_can_not_be_given_names_its_field(
    cast: Cast, slug: str, days: int, field: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        given(cast, slug, until=TODAY + timedelta(days=days))

    assert [(fault.field, fault.code) for fault in refused.value.errors] == [(field, code)]
    assert not LessonAssignment.objects.exists()
    assert writes_logged() == 0


def test_it_is_ended_once_and_stays_on_record(cast: Cast) -> None:
    given(cast)
    read_by(cast.maya)

    end_lesson_assignment(chart=team_chart(cast), slug=SLEEP, now=NOW)

    with pytest.raises(NoSuchLessonAssignment):
        end_lesson_assignment(chart=team_chart(cast), slug=SLEEP, now=NOW)
    assert LessonAssignment.objects.get().ended_at == NOW
    found = shown(cast.maya)
    assert not found.is_assigned
    assert found.reading is not None


def test_patients_give_themselves_nothing_and_nobody_reads_for_them(cast: Cast) -> None:
    own, team = own_chart(cast.maya), team_chart(cast)

    with pytest.raises(OnlyCareTeamGivesLessons):
        assign_lesson(chart=own, slug=SLEEP, until=None, now=NOW)
    with pytest.raises(OnlyCareTeamGivesLessons):
        end_lesson_assignment(chart=own, slug=SLEEP, now=NOW)
    with pytest.raises(OnlyPatientsRead):
        record_reading(chart=team, slug=SLEEP, answer=RIGHT, now=NOW)

    assert not LessonAssignment.objects.exists()
    assert not LessonReading.objects.exists()


def test_the_first_reading_stands(cast: Cast) -> None:
    first = read_by(cast.maya)

    again = read_by(cast.maya, at=NOW + timedelta(hours=1))

    assert first.reading is not None
    assert again == first
    assert (first.reading.read_at, first.reading.answer) == (NOW, None)
    assert first.reading.version == find_lesson(SLEEP).version
    assert writes_logged() == 1


@pytest.mark.parametrize(("answer", "is_recalled"), [(RIGHT, True), (WRONG, False)])
def test_an_answer_may_come_later_and_the_first_one_stands(
    cast: Cast, answer: int, is_recalled: bool
) -> None:
    later = NOW + timedelta(days=2)
    read_by(cast.maya)
    first = read_by(cast.maya, answer=answer, at=later)

    again = read_by(cast.maya, answer=RIGHT if answer == WRONG else WRONG)

    assert first.reading is not None
    assert again == first
    assert (first.reading.answer, first.reading.is_recalled) == (answer, is_recalled)
    assert (first.reading.read_at, first.reading.answered_at) == (NOW, later)
    assert writes_logged() == 2


@pytest.mark.parametrize("answer", [-1, 3])
def test_an_answer_that_there_is_not_is_refused(cast: Cast, answer: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_by(cast.maya, answer=answer)

    assert [fault.field for fault in refused.value.errors] == ["answer"]
    assert not LessonReading.objects.exists()


def test_a_lesson_that_there_is_not_is_nobodys(cast: Cast) -> None:
    with pytest.raises(NoSuchLesson):
        read_by(cast.maya, "unheard-of")

    assert not LessonReading.objects.exists()


def test_half_an_answer_is_no_row(cast: Cast) -> None:
    read_by(cast.maya)

    for half in ({"answer": 1}, {"is_recalled": True}, {"answered_at": NOW}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LessonReading.objects.update(**half)


def test_no_consent_no_chart(cast: Cast) -> None:
    given(cast)
    revoke_treatment_consents(patient_id=cast.maya.pk, now=NOW)

    with pytest.raises(NoSuchChart):
        team_chart(cast, at=NOW + timedelta(minutes=1))


def test_the_patient_takes_them_along(cast: Cast) -> None:
    given(cast, until=TODAY)
    read_by(cast.maya, answer=RIGHT)
    job = made(cast.maya, "json", "csv", now=timezone.now())

    told = as_json(cast.maya, job)

    (assignment,), (reading,) = told["lesson_assignments"], told["lesson_readings"]
    assert list(assignment) == ["id", "lesson", "until", "assigned_at", "ended_at"]
    assert list(reading) == ["lesson", "version", "read_at", "answer", "answered_at", "recalled"]
    assert (assignment["lesson"], reading["lesson"]) == (SLEEP, SLEEP)
    assert (reading["answer"], reading["recalled"]) == (RIGHT, True)
    assert [row["lesson"] for row in table(cast.maya, job, "lesson_readings")] == [SLEEP]
    other = as_json(cast.noah, made(cast.noah, "json", now=timezone.now()))
    assert (other["lesson_assignments"], other["lesson_readings"]) == ([], [])


def test_an_erasure_takes_them(cast: Cast) -> None:
    given(cast)
    read_by(cast.maya)

    gone = erasure.erase_patient(
        patient_id=cast.maya.pk, reason=erasure.ErasureReason.REQUEST, now=timezone.now()
    )

    assert gone["journaling.LessonAssignment"] == gone["journaling.LessonReading"] == 1
    assert not LessonReading.objects.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row policies")
def test_the_database_itself_shows_and_takes_them_from_whom_they_are_for(cast: Cast) -> None:
    given(cast)
    read_by(cast.maya)
    seen: dict[str | None, Any] = {}
    for user in (cast.maya, cast.dr_okafor, cast.noah, cast.dr_lind, cast.ada, cast.sam):
        with rls_actor.acting_as(rls_actor.user_actor(user.role, user.pk)):
            seen[user.username] = (
                LessonAssignment.objects.count(), LessonAssignment.objects.update(until=TODAY),
                LessonReading.objects.count(), LessonReading.objects.update(read_at=NOW),
            )  # fmt: skip

    nothing = (0, 0, 0, 0)
    assert seen == {
        "maya": (1, 0, 1, 1), "dr_okafor": (1, 1, 1, 0), "noah": nothing, "dr_lind": nothing,
        "ada": nothing, "sam": nothing,
    }  # fmt: skip
