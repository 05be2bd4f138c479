"""A clinic's own lessons: each version kept, read by its patients alone, withdrawn and not lost."""

from dataclasses import replace
from typing import Any

import pytest

from backend.kit.errors import InvalidInput
from backend.kit.languages import ENGLISH, SPANISH
from care.models import Clinic, User
from journaling.briefs.status import current_status_of
from journaling.education import clinic_lessons as own
from journaling.education.clinic_lessons import (
    LessonChanged,
    clinic_lesson_history,
    clinic_lesson_titles,
    clinic_lessons,
)
from journaling.education.curriculum import describe_taught, taught_on, write_curriculum
from journaling.education.lessons import InvalidLesson, NoSuchLesson, parse_lesson
from journaling.education.read import lesson_of, lessons_of
from journaling.models import ClinicLesson, LessonReading
from tests import cast as people
from tests.cast import Cast, own_chart
from tests.journaling.education.given_lessons import NOW, given, read_by, shown, team_chart
from tests.journaling.education.own_lessons import (
    DETAILS,
    ENGLISH_WORDS,
    OWN,
    SPANISH_WORDS,
    own_lesson,
)
from tests.journaling.education.test_curriculum import FIRST, PLAN
from tests.journaling.education.test_lessons import content

pytestmark = pytest.mark.django_db


def far_admin() -> User:
    """Return an administrator of another clinic."""
    elsewhere = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    return people.staff(elsewhere, "far", "Far", role=User.Role.ADMIN)


def slugs_of(user: User) -> list[str]:
    return [one.lesson.slug for one in lessons_of(chart=own_chart(user, now=NOW), now=NOW)]


def test_each_is_kept_with_who_wrote_it(cast: Cast) -> None:
    first = own_lesson(cast.ada)
    second = own_lesson(cast.ada, rev=1, es=SPANISH_WORDS)

    assert (first.rev, first.version, second.rev, second.version) == (1, 1, 2, 2)
    history = clinic_lesson_history(clinic_id=cast.clinic.pk, slug=OWN)
    assert list(history) == [second, first]
    assert {one.written_by for one in history} == {"Ada (ada)"}
    assert list(clinic_lessons(clinic_id=cast.clinic.pk)) == [second]


def test_the_same_again_makes_none_whatever_revision_it_names(cast: Cast) -> None:
    own_lesson(cast.ada)

    assert own_lesson(cast.ada, rev=0).rev == own_lesson(cast.ada, rev=7).rev == 1
    assert ClinicLesson.objects.count() == 1


def test_withdrawing_changes_no_words(cast: Cast) -> None:
    own_lesson(cast.ada)

    gone = own_lesson(cast.ada, rev=1, is_withdrawn=True)

    assert (gone.rev, gone.version) == (2, 1)


@pytest.mark.parametrize("rev", [0, 2])
def test_another_revision_is_refused(cast: Cast, rev: int) -> None:
    own_lesson(cast.ada)

    with pytest.raises(LessonChanged):
        own_lesson(cast.ada, rev=rev, minutes=4)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"topic": "astrology"}, ["topic"]),
        ({"minutes": 0, "right": 3}, ["minutes", "right"]),
        ({"sources": ()}, ["sources"]),
        ({"en": None}, ["en"]),
        ({"en": replace(ENGLISH_WORDS, paragraphs=())}, ["en.paragraphs"]),
        ({"en": replace(ENGLISH_WORDS, answers=("a", "a", "b"))}, ["en.answers"]),
        ({"es": replace(SPANISH_WORDS, answers=("a", "b"))}, ["es.answers"]),
        ({"es": replace(SPANISH_WORDS, paragraphs=("una",))}, ["es.paragraphs"]),
    ],
)
def test_a_fault_names_its_field(cast: Cast, changes: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        own_lesson(cast.ada, **changes)

    assert [fault.field for fault in refusal.value.errors] == fields
    assert not ClinicLesson.objects.exists()


@pytest.mark.parametrize("slug", ["sleep-habits", "group-rules", "own-", "own-Ünser"])
def test_no_slug_is_one_that_may_ship(cast: Cast, slug: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        own_lesson(cast.ada, slug)

    assert [fault.field for fault in refusal.value.errors] == ["slug"]


def test_the_right_answer_keeps_its_place(cast: Cast) -> None:
    own_lesson(cast.ada)

    with pytest.raises(InvalidInput) as refusal:
        own_lesson(cast.ada, rev=1, right=1)

    assert [fault.field for fault in refusal.value.errors] == ["right"]


def test_a_clinic_has_so_many_that_stand(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "MOST_LESSONS", 1)
    own_lesson(cast.ada)

    with pytest.raises(InvalidInput):
        own_lesson(cast.ada, "own-second")
    own_lesson(cast.ada, rev=1, is_withdrawn=True)
    own_lesson(cast.ada, "own-second")
    with pytest.raises(InvalidInput):
        own_lesson(cast.ada, rev=2)


def test_none_that_ships_is_named_as_a_clinics_own() -> None:
    with pytest.raises(InvalidLesson, match="own-"):
        parse_lesson(content() | {"slug": OWN})


def test_patients_of_the_clinic_read_it_in_its_topic(cast: Cast) -> None:
    own_lesson(cast.ada, es=SPANISH_WORDS)

    found = lessons_of(chart=own_chart(cast.maya, now=NOW), now=NOW)

    topics = [one.lesson.topic for one in found]
    at = slugs_of(cast.maya).index(OWN)
    assert topics[at - 1 : at + 2] == ["mental_health", "mental_health", "nutrition"]
    lesson = found[at].lesson
    assert lesson.title.spoken(SPANISH) == "Cómo son nuestros grupos"
    assert lesson.title.spoken(ENGLISH) == "How our groups run"
    assert [one.es for one in lesson.question.answers] == list(SPANISH_WORDS.answers)


def test_what_is_said_in_one_language_stands_for_both(cast: Cast) -> None:
    lesson = own_lesson(cast.ada, en=None, es=SPANISH_WORDS).lesson

    assert lesson.title.en == lesson.title.es == "Cómo son nuestros grupos"


def test_another_clinics_is_nowhere(cast: Cast) -> None:
    own_lesson(far_admin())

    assert OWN not in slugs_of(cast.maya)
    with pytest.raises(NoSuchLesson):
        lesson_of(chart=own_chart(cast.maya, now=NOW), slug=OWN, now=NOW)
    with pytest.raises(NoSuchLesson):
        lesson_of(chart=None, slug=OWN, now=NOW, clinic_id=cast.clinic.pk)
    with pytest.raises(NoSuchLesson):
        read_by(cast.maya, OWN)
    with pytest.raises(InvalidInput):
        given(cast, OWN)
    assert clinic_lesson_titles(slugs=[OWN], user_id=cast.dr_okafor.pk) == {}
    assert not clinic_lesson_history(clinic_id=cast.clinic.pk, slug=OWN)


def test_both_clinics_may_name_theirs_alike(cast: Cast) -> None:
    own_lesson(far_admin(), minutes=9)
    own_lesson(cast.ada)

    assert shown(cast.maya, OWN).lesson.minutes == 3


def test_it_is_given_read_and_answered(cast: Cast) -> None:
    own_lesson(cast.ada)

    assert given(cast, OWN).is_assigned
    read_by(cast.maya, OWN, answer=0)

    row = LessonReading.objects.get()
    assert (row.lesson, row.version, row.is_recalled) == (OWN, 1, True)
    assert slugs_of(cast.maya)[0] == OWN


def test_withdrawn_patients_see_it_no_more_and_nobody_is_given_it(cast: Cast) -> None:
    own_lesson(cast.ada)
    given(cast, OWN)
    own_lesson(cast.ada, rev=1, is_withdrawn=True)

    assert OWN not in slugs_of(cast.maya)
    assert OWN not in [
        one.lesson.slug for one in lessons_of(chart=None, now=NOW, clinic_id=cast.clinic.pk)
    ]
    with pytest.raises(NoSuchLesson):
        lesson_of(chart=own_chart(cast.maya, now=NOW), slug=OWN, now=NOW)
    with pytest.raises(InvalidInput):
        given(cast, OWN)


def test_withdrawn_staff_still_see_that_it_was_given(cast: Cast) -> None:
    own_lesson(cast.ada)
    own_lesson(cast.ada, "own-other")
    given(cast, OWN)
    for slug in (OWN, "own-other"):
        own_lesson(cast.ada, slug, rev=1, is_withdrawn=True)

    found = lessons_of(chart=team_chart(cast), now=NOW)

    assert (found[0].lesson.slug, found[0].is_withdrawn) == (OWN, True)
    assert "own-other" not in [one.lesson.slug for one in found]
    assert lesson_of(chart=team_chart(cast), slug=OWN, now=NOW).is_assigned


def test_what_a_phone_read_before_it_was_withdrawn_counts(cast: Cast) -> None:
    own_lesson(cast.ada)
    own_lesson(cast.ada, rev=1, is_withdrawn=True)

    assert read_by(cast.maya, OWN, answer=1).reading is not None


def test_briefs_and_groups_name_it(cast: Cast) -> None:
    own_lesson(cast.ada)
    given(cast, OWN)
    group = people.group(cast.dr_okafor, cast.maya, name="Morning group")
    (week, *_) = PLAN.weeks
    plan = replace(PLAN, weeks=(replace(week, lessons=(OWN,)),))
    group_id = group.pk
    write_curriculum(leader=cast.dr_okafor, group_id=group_id, plan=plan, rev=0, now=NOW)

    status = current_status_of(
        chart=team_chart(cast),
        session_id=cast.maya.pk,
        since=NOW.replace(day=1),
        until=NOW.replace(day=28),
    )

    assert status.lessons.title(OWN) == "How our groups run"
    taught = taught_on(group_id=group_id, day=FIRST)
    assert "How our groups run" in describe_taught(taught, viewer_id=cast.dr_okafor.pk)


def test_no_statement_is_needed_where_all_of_them_ship(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    own_lesson(cast.ada)

    with django_assert_num_queries(0):
        assert clinic_lesson_titles(slugs=["sleep-habits"], user_id=cast.dr_okafor.pk) == {}


def test_what_is_written_is_what_is_read(cast: Cast) -> None:
    details = replace(DETAILS, es=SPANISH_WORDS)

    own_lesson(cast.ada, es=SPANISH_WORDS)

    assert clinic_lessons(clinic_id=cast.clinic.pk)[0].details == details
