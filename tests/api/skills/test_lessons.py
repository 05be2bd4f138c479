"""GET lessons, POST lessons/{slug}/read and patients/{id}/lessons: given, read and answered."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.kit.timezones import local_day
from care.models import AccessLogEntry, CareTeamMembership, User
from care.people.enrol import revoke_treatment_consents
from journaling.education.lessons import TOPICS, all_lessons, find_lesson
from journaling.models import LessonAssignment, LessonReading
from tests.api.responses import API, faults, problem
from tests.cast import ZONE, Cast, signed_in

pytestmark = pytest.mark.django_db
OWN = API + "lessons"
SLEEP = "sleep-habits"
LESSON = find_lesson(SLEEP)
RIGHT = LESSON.question.right
WRONG = (RIGHT + 1) % 3


def door(cast: Cast, slug: str = "") -> str:
    base = f"{API}patients/{cast.maya.pk}/lessons"
    return f"{base}/{slug}" if slug else base


def given(cast: Cast, **changes: Any) -> dict[str, Any]:
    response = signed_in(cast.dr_okafor).post(door(cast), {"lesson": SLEEP} | changes)
    assert response.status_code == 201, response.content
    found: dict[str, Any] = response.json()
    return found


def mark(cast: Cast, body: Any = None, *, slug: str = SLEEP) -> Any:
    return signed_in(cast.maya).post(f"{OWN}/{slug}/read", body or {})


def text(user: User, slug: str = SLEEP) -> dict[str, Any]:
    found: dict[str, Any] = signed_in(user).get(f"{OWN}/{slug}").json()
    return found


def test_a_lesson_is_given_and_both_see_it(cast: Cast) -> None:
    until = local_day(timezone.now(), ZONE) + timedelta(days=7)

    told = given(cast, until=until.isoformat())

    assert told == {
        "slug": SLEEP, "topic": "sleep", "title": "Sleep habits", "minutes": LESSON.minutes,
        "version": LESSON.version, "assigned": True, "until": until.isoformat(), "read_at": None,
        "recalled": None,
    }  # fmt: skip
    own = signed_in(cast.maya).get(OWN).json()
    assert own["results"][0] == told
    assert len(own["results"]) == len(all_lessons())
    assert signed_in(cast.dr_okafor).get(door(cast)).json()["results"] == [told]
    assert not any(one["assigned"] for one in signed_in(cast.noah).get(OWN).json()["results"])


def test_the_list_is_in_the_readers_language_and_by_topic(cast: Cast) -> None:
    User.objects.filter(pk=cast.maya.pk).update(language="es-MX")

    found = signed_in(cast.maya).get(OWN).json()["results"]

    topics = [one["topic"] for one in found]
    assert topics == sorted(topics, key=TOPICS.index)
    assert {one["slug"]: one["title"] for one in found}[SLEEP] == "Hábitos para dormir"
    shown = text(cast.maya)
    assert shown["paragraphs"] == [one.es for one in LESSON.paragraphs]
    assert shown["question"]["answers"] == [one.es for one in LESSON.question.answers]


def test_the_text_says_what_is_right_once_it_was_answered(cast: Cast) -> None:
    before = text(cast.maya)
    mark(cast)
    read = text(cast.maya)
    mark(cast, {"answer": WRONG})

    answered = text(cast.maya)

    assert before["paragraphs"] == [one.en for one in LESSON.paragraphs]
    assert before["sources"][0] == {
        "title": LESSON.sources[0].title, "publisher": LESSON.sources[0].publisher,
        "year": LESSON.sources[0].year,
    }  # fmt: skip
    for untold in (before, read):
        assert (untold["question"]["right"], untold["question"]["why"]) == (None, None)
    assert (before["read_at"], read["read_at"] is None) == (None, False)
    assert answered["question"]["right"] == RIGHT
    assert answered["question"]["why"] == LESSON.question.why.en
    assert (answered["answer"], answered["recalled"]) == (WRONG, False)


def test_readings_of_another_patient_are_not_shown(cast: Cast) -> None:
    mark(cast, {"answer": RIGHT})

    found = text(cast.noah)

    assert (found["read_at"], found["answer"], found["question"]["right"]) == (None, None, None)
    assert {one["read_at"] for one in signed_in(cast.noah).get(OWN).json()["results"]} == {None}


@pytest.mark.parametrize("who", ["dr_okafor", "ada"])
def test_staff_read_the_catalogue_with_the_answers_and_nobodys_readings(
    cast: Cast, who: str
) -> None:
    given(cast)
    mark(cast, {"answer": RIGHT})
    reads = AccessLogEntry.objects.filter(action=AccessLogEntry.Action.READ).count()
    staff = getattr(cast, who)

    listed = signed_in(staff).get(OWN).json()["results"]

    assert len(listed) == len(all_lessons())
    assert {(one["assigned"], one["read_at"], one["recalled"]) for one in listed} == {
        (False, None, None)
    }
    shown = text(staff)
    assert (shown["question"]["right"], shown["answer"], shown["read_at"]) == (RIGHT, None, None)
    assert AccessLogEntry.objects.filter(action=AccessLogEntry.Action.READ).count() == reads


def test_marking_it_read_again_changes_nothing(cast: Cast) -> None:
    first = mark(cast)

    again = mark(cast)

    assert first.status_code == again.status_code == 200
    assert set(first.json()) == {"read_at", "answer", "recalled", "why"}
    assert first.json()["read_at"] is not None
    assert again.json() == first.json()
    assert LessonReading.objects.count() == 1


@pytest.mark.parametrize(("answer", "recalled"), [(RIGHT, True), (WRONG, False)])
def test_the_first_answer_stands_and_is_explained(cast: Cast, answer: int, recalled: bool) -> None:
    first = mark(cast, {"answer": answer}).json()

    for later in ({"answer": RIGHT}, {"answer": WRONG}, {"answer": None}, {}):
        assert mark(cast, later).json() == first

    assert (first["answer"], first["recalled"]) == (answer, recalled)
    assert first["why"] == LESSON.question.why.en
    row = LessonReading.objects.get()
    assert (row.answer, row.is_recalled, row.version) == (answer, recalled, LESSON.version)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"answer": 3}, {"answer": "max_value"}),
        ({"answer": -1}, {"answer": "min_value"}),
        ({"answer": "1"}, {"answer": "invalid"}),
        ({"answer": True}, {"answer": "invalid"}),
        ({"more": 1}, {"more": "unknown_field"}),
    ],
)
def test_what_is_no_answer_names_the_field(
    cast: Cast, body: dict[str, Any], named: dict[str, str]
) -> None:
    assert faults(mark(cast, body)) == named
    assert not LessonReading.objects.exists()


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"lesson": "required"}),
        ({"lesson": "unheard-of"}, {"lesson": "unknown_lesson"}),
        ({"lesson": SLEEP, "until": "2020-01-01"}, {"until": "out_of_range"}),
        ({"lesson": 7, "until": "soon"}, {"lesson": "invalid", "until": "invalid"}),
    ],
)
def test_what_can_not_be_given_names_the_field(
    cast: Cast, body: dict[str, Any], named: dict[str, str]
) -> None:
    response = signed_in(cast.dr_okafor).post(door(cast), body)

    assert faults(response) == named
    assert not LessonAssignment.objects.exists()


def test_it_is_given_once_and_ended_once(cast: Cast) -> None:
    team = signed_in(cast.dr_okafor)
    given(cast)
    problem(team.post(door(cast), {"lesson": SLEEP}), 409, "lesson_already_assigned")

    ended = team.delete(door(cast, SLEEP))

    assert (ended.status_code, ended.content) == (204, b"")
    problem(team.delete(door(cast, SLEEP)), 404, "not_found")
    assert team.get(door(cast)).json()["results"] == []
    assert given(cast)["assigned"] is True
    assert LessonAssignment.objects.count() == 2


def test_a_lesson_that_there_is_not_is_404(cast: Cast) -> None:
    problem(signed_in(cast.maya).get(f"{OWN}/unheard-of"), 404, "not_found")
    problem(mark(cast, slug="unheard-of"), 404, "not_found")
    problem(signed_in(cast.dr_okafor).get(f"{OWN}/unheard-of"), 404, "not_found")
    problem(signed_in(cast.dr_okafor).delete(door(cast, "unheard-of")), 404, "not_found")


@pytest.mark.parametrize("ended", ["consent", "team"])
def test_what_the_chart_does_not_show_is_404(cast: Cast, ended: str) -> None:
    given(cast)
    if ended == "consent":
        revoke_treatment_consents(patient_id=cast.maya.pk, now=timezone.now())
    else:
        CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=timezone.now())
    team = signed_in(cast.dr_okafor)

    problem(team.get(door(cast)), 404, "not_found")
    problem(team.post(door(cast), {"lesson": "regular-meals"}), 404, "not_found")
    problem(team.delete(door(cast, SLEEP)), 404, "not_found")
    problem(signed_in(cast.dr_lind).get(door(cast)), 404, "not_found")
    assert LessonAssignment.objects.get().ended_at is None


def test_without_consent_the_patient_still_reads(cast: Cast) -> None:
    given(cast)
    revoke_treatment_consents(patient_id=cast.maya.pk, now=timezone.now())

    assert text(cast.maya)["assigned"] is True
    assert mark(cast, {"answer": RIGHT}).json()["recalled"] is True


def test_reads_and_writes_are_logged_as_skills(cast: Cast) -> None:
    given(cast)
    mark(cast)
    mark(cast)
    text(cast.maya)
    signed_in(cast.dr_okafor).get(door(cast))

    rows = AccessLogEntry.objects.filter(patient_id=cast.maya.pk, data_class="skills")
    assert sorted(rows.values_list("actor_role", "action")) == [
        ("clinician", "read"), ("clinician", "write"), ("patient", "read"), ("patient", "write"),
    ]  # fmt: skip


def test_the_list_takes_as_many_statements_for_all_as_for_none(cast: Cast) -> None:
    client = signed_in(cast.maya)
    with CaptureQueriesContext(connection) as none:
        client.get(OWN)
    for slug in all_lessons():
        given(cast, lesson=slug)
        mark(cast, {"answer": 0}, slug=slug)

    with CaptureQueriesContext(connection) as every:
        client.get(OWN)

    assert len(none) == len(every)
