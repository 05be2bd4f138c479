"""Giving maya lessons and letting her read them, for tests."""

from datetime import UTC, date, datetime

from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from journaling.education.assign import assign_lesson
from journaling.education.read import PatientLesson, lessons_of
from journaling.education.record import record_reading
from tests.cast import Cast, own_chart

#: A Wednesday, noon in Chicago.
NOW = datetime(2026, 5, 6, 17, 0, tzinfo=UTC)
TODAY = date(2026, 5, 6)
SLEEP, MEALS = "sleep-habits", "regular-meals"


def team_chart(cast: Cast, who: User | None = None, *, at: datetime = NOW) -> Chart:
    """Open maya's chart to change it, as her therapist unless told otherwise."""
    return open_chart(
        viewer=who or cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.SKILLS, now=at,
        to_write=True,
    )  # fmt: skip


def given(
    cast: Cast, slug: str = SLEEP, *, until: date | None = None, at: datetime = NOW
) -> PatientLesson:
    """Give maya a lesson."""
    return assign_lesson(chart=team_chart(cast, at=at), slug=slug, until=until, now=at)


def read_by(
    user: User, slug: str = SLEEP, *, answer: int | None = None, at: datetime = NOW
) -> PatientLesson:
    """Let somebody read a lesson."""
    return record_reading(chart=own_chart(user, now=at), slug=slug, answer=answer, now=at)


def shown(user: User, slug: str = SLEEP, *, at: datetime = NOW) -> PatientLesson:
    """Find a lesson as a patient has it."""
    found = lessons_of(chart=own_chart(user, now=at), now=at)
    return next(one for one in found if one.lesson.slug == slug)
