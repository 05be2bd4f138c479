"""clinic/lessons: an administrator writes the clinic's own, its patients read them."""

from typing import Any

import pytest

from care.models import Clinic, User
from journaling.models import ClinicLesson
from tests import cast as people
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.django_db
DOOR = API + "clinic/lessons/own-group-rules"
WORDS: dict[str, Any] = {
    "title": "How our groups run", "paragraphs": ["Come on time.", "What is said stays here."],
    "question": "What stays here?", "answers": ["What is said", "The coats", "The cups"],
    "why": "So that all can speak.",
}  # fmt: skip
LESSON: dict[str, Any] = {
    "topic": "mental_health", "minutes": 3, "right": 0, "en": WORDS, "es": None,
    "sources": [{"title": "House rules", "publisher": "Harbor Clinic", "year": 2026}],
    "withdrawn": False,
}  # fmt: skip


def put(user: User, body: Any, rev: int | None = 0, door: str = DOOR) -> Any:
    headers = {} if rev is None else {"If-Match": f'"{rev}"'}
    return signed_in(user).put(door, body, headers=headers)


def test_a_patient_reads_what_an_administrator_wrote(cast: Cast) -> None:
    written = put(cast.ada, LESSON)

    assert written.status_code == 200
    assert written.headers["ETag"] == '"1"'
    told = written.json()
    assert {name: told[name] for name in LESSON} == LESSON
    assert (told["version"], told["rev"], told["updated_by"]) == (1, 1, "Ada (ada)")
    text = signed_in(cast.maya).get(API + "lessons/own-group-rules").json()
    assert (text["title"], text["paragraphs"]) == (WORDS["title"], WORDS["paragraphs"])
    assert (text["question"]["right"], text["question"]["why"]) == (None, None)
    read = signed_in(cast.maya).post(API + "lessons/own-group-rules/read", {"answer": 1}).json()
    assert (read["recalled"], read["why"]) == (False, WORDS["why"])


def test_the_history_has_every_version(cast: Cast) -> None:
    put(cast.ada, LESSON)
    put(cast.ada, LESSON | {"withdrawn": True}, rev=1)

    history = signed_in(cast.ada).get(DOOR).json()["results"]
    listed = signed_in(cast.ada).get(API + "clinic/lessons").json()["results"]

    assert [(one["rev"], one["withdrawn"]) for one in history] == [(2, True), (1, False)]
    assert listed == history[:1]
    problem(signed_in(cast.maya).get(API + "lessons/own-group-rules"), 404, "not_found")


def test_another_clinic_neither_reads_nor_changes_it(cast: Cast) -> None:
    put(cast.ada, LESSON)
    other = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    far = people.staff(other, "far", "Far", role=User.Role.ADMIN)

    assert signed_in(far).get(API + "clinic/lessons").json()["results"] == []
    problem(signed_in(far).get(DOOR), 404, "not_found")
    problem(signed_in(far).get(API + "lessons/own-group-rules"), 404, "not_found")
    assert put(far, LESSON | {"minutes": 9}).json()["rev"] == 1
    assert signed_in(cast.maya).get(API + "lessons/own-group-rules").json()["minutes"] == 3


@pytest.mark.parametrize("who", ["maya", "dr_okafor", "sam"])
def test_nobody_but_an_administrator_writes(cast: Cast, who: str) -> None:
    problem(put(getattr(cast, who), LESSON), 403, "forbidden")

    assert not ClinicLesson.objects.exists()


def test_a_revision_is_named_and_is_the_newest(cast: Cast) -> None:
    assert put(cast.ada, LESSON, rev=None).status_code == 428
    put(cast.ada, LESSON)

    assert put(cast.ada, LESSON | {"minutes": 4}, rev=0).status_code == 412
    assert put(cast.ada, LESSON, rev=0).json()["rev"] == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"topic": "astrology"}, "topic"),
        ({"minutes": 16}, "minutes"),
        ({"right": 3}, "right"),
        ({"sources": []}, "sources"),
        ({"sources": [{"title": "x", "publisher": "y", "year": 1900}]}, "sources.0.year"),
        ({"en": None}, "en"),
        ({"en": WORDS | {"title": "two\nlines"}}, "en.title"),
        ({"en": WORDS | {"answers": ["a", "b"]}}, "en.answers"),
        ({"es": WORDS | {"paragraphs": ["una"]}}, "es.paragraphs"),
        ({"more": 1}, "more"),
    ],
)
def test_a_fault_names_its_field(cast: Cast, changes: dict[str, Any], field: str) -> None:
    response = put(cast.ada, LESSON | changes)

    assert list(faults(response)) == [field]
    assert not ClinicLesson.objects.exists()


def test_a_slug_that_may_ship_is_refused(cast: Cast) -> None:
    response = put(cast.ada, LESSON, door=API + "clinic/lessons/sleep-habits")

    assert list(faults(response)) == ["slug"]
