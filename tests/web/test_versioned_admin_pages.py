"""The administrator's pages of level plans and of the clinic's own lessons, with every version."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from care.clinic.level_plans import LevelPlanDetails, MeasureDue, level_plan, write_level_plan
from care.models import Clinic, DeviceSession, LevelPlan, User
from journaling.education.clinic_lessons import clinic_lesson_history, clinic_lessons
from journaling.models import ClinicLesson
from tests import cast as people
from tests.cast import Cast
from tests.journaling.education.own_lessons import DETAILS, OWN, SPANISH_WORDS, own_lesson
from tests.web.page_client import browser_of, text_of

PLANS = "/review/admin/care/levelplan/"
LESSONS = "/review/admin/journaling/cliniclesson/"
PLAN = {
    "level_of_care": "outpatient", "sessions_per_week": "2", "hours_per_week": "3.5",
    "check_ins": "09:00\n19:00", "prompt_minutes": "120", "reminder_minutes": "",
    "measures": "phq-9 14", "rev": "0",
}  # fmt: skip
PLANNED = LevelPlanDetails(
    sessions_per_week=2, hours_per_week=3.5, check_ins=(540, 1140), prompt_minutes=120,
    measures=(MeasureDue("phq-9", 14),),
)  # fmt: skip
LESSON = {
    "slug": OWN, "topic": "mental_health", "minutes": "3", "right": "0", "rev": "0",
    "title_en": "How our groups run", "question_en": "What stays here?",
    "paragraphs_en": "Everybody comes on time.\r\n\r\nWhat is said here stays here.\r\n",
    "answers_en": "What is said\nThe coats\nThe cups", "why_en": "So that all can speak.",
    "title_es": "", "paragraphs_es": "", "question_es": "", "answers_es": "", "why_es": "",
    "sources": "House rules; Harbor Clinic; 2026",
}  # fmt: skip


def value_of(name: str, page: str) -> str | None:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found and found[1]


def plan_of(cast: Cast, **changes: Any) -> LevelPlan:
    """Let the clinic plan the outpatient level."""
    details = LevelPlanDetails(**{"sessions_per_week": 2} | changes)
    write_level_plan(admin=cast.ada, level="outpatient", rev=0, details=details, now=timezone.now())
    return LevelPlan.objects.get()


def far_browser() -> Client:
    other = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    return browser_of(people.staff(other, "far", "Far", role=User.Role.ADMIN))


class TestLevelPlans:
    """What is planned for each level of care."""

    def test_a_form_writes_the_first_version_and_the_next(self, cast: Cast) -> None:
        client = browser_of(cast.ada)

        response = client.post(f"{PLANS}add/", PLAN)

        assert response.status_code == 302, text_of(response)
        version = level_plan(clinic_id=cast.clinic.pk, level="outpatient")
        assert (version.rev, version.details, version.written_by) == (1, PLANNED, "Ada (ada)")
        door = f"{PLANS}{LevelPlan.objects.get().pk}/change/"
        page = text_of(client.get(door))
        assert value_of("rev", page) == "1"
        assert "09:00\n19:00</textarea>" in page
        assert "phq-9 14</textarea>" in page
        assert 'name="level_of_care"' not in page
        client.post(door, PLAN | {"sessions_per_week": "3", "rev": "1"})
        version = level_plan(clinic_id=cast.clinic.pk, level="outpatient")
        assert (version.rev, version.details.sessions_per_week) == (2, 3)

    def test_the_list_shows_the_newest_and_any_version_opens_it(self, cast: Cast) -> None:
        client = browser_of(cast.ada)
        client.post(f"{PLANS}add/", PLAN)
        first = LevelPlan.objects.get()
        client.post(f"{PLANS}{first.pk}/change/", PLAN | {"sessions_per_week": "3", "rev": "1"})

        page = text_of(client.get(PLANS))

        assert "1 level plan" in page
        assert value_of("rev", text_of(client.get(f"{PLANS}{first.pk}/change/"))) == "2"

    def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(self, cast: Cast) -> None:
        row, client = plan_of(cast), browser_of(cast.ada)

        for door in (f"{PLANS}add/", f"{PLANS}{row.pk}/change/"):
            response = client.post(door, PLAN | {"rev": "0"})

            assert "Somebody else changed this meanwhile" in text_of(response)
        assert LevelPlan.objects.count() == 1

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"level_of_care": ""}, "This field is required"),
            ({"sessions_per_week": "41"}, "less than or equal to 40"),
            ({"check_ins": "noon"}, "A time of the day a line"),
            ({"check_ins": "09:00\n09:30"}, "at least an hour apart"),
            ({"measures": "phq-9"}, "from 1 to 366 days"),
            ({"measures": "phq-9 367"}, "from 1 to 366 days"),
            ({"measures": "phq-99 7"}, "There is no such questionnaire"),
            ({"measures": "phq-9 7\nphq-9 14"}, "Each questionnaire once"),
            ({"prompt_minutes": "30"}, "greater than or equal to 120"),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(
        self, cast: Cast, changes: dict[str, str], told: str
    ) -> None:
        response = browser_of(cast.ada).post(f"{PLANS}add/", PLAN | changes)

        assert response.status_code == 200
        assert told in text_of(response)
        assert not LevelPlan.objects.exists()

    def test_the_history_shows_every_version_and_who_wrote_it(self, cast: Cast) -> None:
        client = browser_of(cast.ada)
        client.post(f"{PLANS}add/", PLAN)
        row = LevelPlan.objects.get()
        client.post(f"{PLANS}{row.pk}/change/", PLAN | {"sessions_per_week": "5", "rev": "1"})

        page = text_of(client.get(f"{PLANS}{row.pk}/history/"))

        assert page.index("Version 2") < page.index("<td>5</td>") < page.index("Version 1")
        assert page.index("Version 1") < page.index("<td>2</td>")
        assert page.count("by Ada (ada)") == 2
        assert page.count("phq-9 every 14 days") == 2


class TestLessons:
    """Lessons that the clinic adds."""

    def test_a_form_writes_the_first_version_and_the_next(self, cast: Cast) -> None:
        client = browser_of(cast.ada)

        response = client.post(f"{LESSONS}add/", LESSON)

        assert response.status_code == 302, text_of(response)
        (version,) = clinic_lessons(clinic_id=cast.clinic.pk)
        assert (version.slug, version.rev, version.details) == (OWN, 1, DETAILS)
        door = f"{LESSONS}{ClinicLesson.objects.get().pk}/change/"
        page = text_of(client.get(door))
        assert value_of("rev", page) == "1"
        assert "Everybody comes on time.\n\nWhat is said here stays here.</textarea>" in page
        assert 'name="slug"' not in page
        response = client.post(door, LESSON | {"is_withdrawn": "on", "rev": "1"})
        assert response.status_code == 302, text_of(response)
        (version,) = clinic_lessons(clinic_id=cast.clinic.pk)
        assert (version.rev, version.details.is_withdrawn) == (2, True)

    def test_both_languages_come_back_as_they_were_written(self, cast: Cast) -> None:
        own_lesson(cast.ada, es=SPANISH_WORDS)
        row = ClinicLesson.objects.get()
        page = text_of(browser_of(cast.ada).get(f"{LESSONS}{row.pk}/change/"))

        assert "Todos llegan a tiempo.\n\nLo que se dice aquí queda aquí.</textarea>" in page
        assert value_of("title_es", page) == "Cómo son nuestros grupos"

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"slug": "sleep-habits"}, "own- and then"),
            ({"topic": "astrology"}, "Select a valid choice"),
            ({"minutes": "16"}, "less than or equal to 15"),
            ({"right": ""}, "This field is required"),
            ({"sources": "House rules"}, "title; publisher; year"),
            ({"sources": "House rules; Harbor; 1900"}, "title; publisher; year"),
            ({"answers_en": "a\nb"}, "3 answers that differ"),
            ({"why_en": ""}, "It is missing in English."),
            ({"title_es": "Grupos"}, "It is missing in Spanish."),
            (
                {name: "" for name in LESSON if name.endswith("_en")},
                "Write it in one language at least",
            ),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(
        self, cast: Cast, changes: dict[str, str], told: str
    ) -> None:
        response = browser_of(cast.ada).post(f"{LESSONS}add/", LESSON | changes)

        assert response.status_code == 200
        assert told in text_of(response)
        assert not ClinicLesson.objects.exists()

    def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(self, cast: Cast) -> None:
        own_lesson(cast.ada)
        row, client = ClinicLesson.objects.get(), browser_of(cast.ada)

        for door in (f"{LESSONS}add/", f"{LESSONS}{row.pk}/change/"):
            response = client.post(door, LESSON | {"minutes": "4", "rev": "0"})

            assert "Somebody else changed this meanwhile" in text_of(response)
        assert ClinicLesson.objects.count() == 1

    def test_the_history_shows_every_version_and_who_wrote_it(self, cast: Cast) -> None:
        own_lesson(cast.ada)
        own_lesson(cast.ada, rev=1, es=SPANISH_WORDS, is_withdrawn=True)
        row = ClinicLesson.objects.first()
        assert row is not None

        page = text_of(browser_of(cast.ada).get(f"{LESSONS}{row.pk}/history/"))

        assert page.index("Version 2") < page.index("No: withdrawn") < page.index("Version 1")
        assert page.count("by Ada (ada)") == 2
        assert page.count("Todos llegan a tiempo.") == 1
        assert len(clinic_lesson_history(clinic_id=cast.clinic.pk, slug=OWN)) == 2


#: Everything here is for an administrator of this clinic, and nobody else.
OF_EACH = pytest.mark.parametrize("where", [PLANS, LESSONS])


def made(cast: Cast, where: str) -> tuple[Model, dict[str, str]]:
    """Let there be one of it; return it and a form that would change it."""
    if where == PLANS:
        return plan_of(cast), PLAN | {"rev": "1"}
    own_lesson(cast.ada)
    return ClinicLesson.objects.get(), LESSON | {"minutes": "9", "rev": "1"}


@OF_EACH
def test_another_clinics_are_none(cast: Cast, where: str) -> None:
    row, form = made(cast, where)
    far, model = far_browser(), type(row)

    assert far.get(f"{where}{row.pk}/change/").status_code == 302
    assert far.post(f"{where}{row.pk}/change/", form).status_code == 302
    assert far.get(f"{where}{row.pk}/history/").status_code == 302
    assert f"{row.pk}/change/" not in text_of(far.get(where))
    assert model._base_manager.count() == 1


@OF_EACH
def test_a_clinician_opens_none_of_it(cast: Cast, where: str) -> None:
    row, form = made(cast, where)
    client = browser_of(cast.dr_okafor)

    for door in (
        where,
        f"{where}add/",
        f"{where}{row.pk}/change/",
        f"{where}{row.pk}/history/",
    ):
        assert client.get(door).status_code == 403
    assert client.post(f"{where}{row.pk}/change/", form).status_code == 403
    assert type(row)._base_manager.count() == 1


@OF_EACH
def test_no_form_opens_at_a_browser_that_was_left_signed_in(cast: Cast, where: str) -> None:
    row, form = made(cast, where)
    client = browser_of(cast.ada)
    DeviceSession.objects.update(reauthenticated_at=timezone.now() - timedelta(minutes=11))

    response = client.post(f"{where}{row.pk}/change/", form)

    assert response["Location"].startswith("/review/account/prove/?next=")
    assert type(row)._base_manager.count() == 1


@OF_EACH
def test_nothing_is_ever_deleted(cast: Cast, where: str) -> None:
    row, _ = made(cast, where)

    response = browser_of(cast.ada).post(f"{where}{row.pk}/delete/", {"post": "yes"})

    assert response.status_code == 403
    assert type(row)._base_manager.count() == 1


@OF_EACH
def test_what_is_no_id_opens_nothing(cast: Cast, where: str) -> None:
    assert browser_of(cast.ada).get(f"{where}nonsense/change/").status_code == 302
