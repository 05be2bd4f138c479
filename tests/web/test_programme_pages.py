"""Lessons, hours of treatment and bounds of readings as pages of one patient."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from backend.kit.timezones import local_day
from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.medical.vital_bounds import Bounds, set_vital_bounds
from care.models import Attendance, VitalBounds
from journaling.education.lessons import all_lessons
from journaling.education.record import record_reading
from journaling.models import LessonAssignment
from tests import cast as people
from tests.cast import ZONE, Cast, own_chart
from tests.web.page_client import browser_of, text_of

SLUG = "sleep-habits"


def place(cast: Cast, page: str) -> str:
    return f"/review/patients/{cast.maya.pk}/{page}/"


@pytest.fixture
def client(cast: Cast) -> Client:
    return browser_of(cast.dr_okafor)


def reads(cast: Cast, slug: str, answer: int | None) -> None:
    record_reading(chart=own_chart(cast.maya), slug=slug, answer=answer, now=timezone.now())


def test_a_lesson_is_given_until_a_day(cast: Cast, client: Client) -> None:
    until = local_day(timezone.now(), ZONE) + timedelta(days=7)

    done = client.post(place(cast, "lessons"), {"lesson": SLUG, "until": until.isoformat()})

    assert done["Location"] == f"{place(cast, 'lessons')}?said=lesson"
    page = text_of(client.get(done["Location"]))
    assert f"Not read yet, given until {until:%a %b} {until.day}." in page
    assert LessonAssignment.objects.get().until == until


@pytest.mark.parametrize(
    ("is_right", "text"),
    [(True, "recalled"), (False, "not recalled"), (None, "question not answered")],
)
def test_what_was_read_is_told_from_what_was_recalled(
    cast: Cast, client: Client, is_right: bool | None, text: str
) -> None:
    client.post(place(cast, "lessons"), {"lesson": SLUG})
    right = all_lessons()[SLUG].question.right
    reads(cast, SLUG, None if is_right is None else right if is_right else (right + 1) % 3)

    page = text_of(client.get(place(cast, "lessons")))

    day = local_day(timezone.now(), ZONE)
    assert f"Read on {day:%a %b} {day.day}, {text}." in page


def test_what_was_read_without_being_given_stands_apart(cast: Cast, client: Client) -> None:
    reads(cast, "regular-meals", None)

    page = text_of(client.get(place(cast, "lessons")))

    assert "No lesson is given now." in page
    assert all_lessons()["regular-meals"].title.en in page.partition("Read without being given")[2]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"lesson": "unknown"}, "lesson"), ({"lesson": ""}, "lesson"),
        ({"lesson": SLUG, "until": "2020-01-01"}, "until"),
        ({"lesson": SLUG, "until": "x"}, "until"),
    ],
)  # fmt: skip
def test_a_faulty_lesson_is_not_given(
    cast: Cast, client: Client, sent: dict[str, str], field: str
) -> None:
    response = client.post(place(cast, "lessons"), sent)

    assert response.status_code == 400
    assert f'id="id_{field}_error"' in text_of(response)
    assert not LessonAssignment.objects.exists()


def test_a_lesson_is_given_once_at_a_time(cast: Cast, client: Client) -> None:
    client.post(place(cast, "lessons"), {"lesson": SLUG})

    again = client.post(place(cast, "lessons"), {"lesson": SLUG})

    assert again.status_code == 400
    assert "This lesson is given already." in text_of(again)


def test_a_lesson_ends_after_a_question_and_once(cast: Cast, client: Client) -> None:
    client.post(place(cast, "lessons"), {"lesson": SLUG})
    door = f"{place(cast, 'lessons')}{SLUG}/end/"
    assert "End the lesson" in text_of(client.get(door))
    assert LessonAssignment.objects.get().ended_at is None

    ended, again = client.post(door), client.post(door)

    assert ended["Location"] == f"{place(cast, 'lessons')}?said=lesson_ended"
    assert again["Location"] == place(cast, "lessons")
    assert LessonAssignment.objects.get().ended_at is not None


def held(
    cast: Cast, day: date, clock: int, minutes: int, status: str | None, noted: int | None
) -> None:
    at = datetime(day.year, day.month, day.day, clock, tzinfo=ZoneInfo(ZONE))
    session = people.session(cast.dr_okafor, starts_at=at, minutes=minutes, with_patient=cast.maya)
    if status:
        Attendance.objects.create(
            session=session, patient_id=cast.maya.pk, status=status, minutes=noted,
            recorded_by=cast.dr_okafor, recorded_at=timezone.now(),
        )  # fmt: skip


def cells(page: str, name: str) -> list[list[str]]:
    """Return the rows of one table as they are read."""
    table = page.partition(f"<caption>{name}</caption>")[2].partition("</table>")[0]
    rows = table.partition("<tbody>")[2].split("<tr>")[1:]
    return [
        [cell.rpartition(">")[2] for cell in row.replace("</th>", "</td>").split("</td>")[:-1]]
        for row in rows
    ]


def test_hours_stand_by_day_and_week_with_what_is_missing(cast: Cast, client: Client) -> None:
    monday = date(2026, 4, 13)
    held(cast, monday, 9, 180, "present", 180)
    held(cast, monday, 14, 60, "left_early", 40)
    held(cast, monday + timedelta(days=1), 9, 50, "no_show", None)
    held(cast, monday + timedelta(days=2), 9, 50, None, None)
    held(cast, monday + timedelta(days=8), 9, 50, "present", None)
    asked = {"first": "2026-04-13", "last": "2026-04-21"}

    page = text_of(client.get(place(cast, "hours"), asked))

    assert "Apr 13, 2026 to Apr 21, 2026: 220 minutes attended, 120 missing." in page
    assert cells(page, "By day") == [
        ["Mon Apr 13", "220", "240", "2", "individual 2", "20: left early"],
        ["Tue Apr 14", "0", "50", "0", "none", "50: no show"],
        ["Wed Apr 15", "0", "50", "0", "none", "50: attendance not recorded"],
        ["Tue Apr 21", "0 and 1 of unknown length", "50", "1", "individual 1", "nothing"],
    ]
    assert cells(page, "By week") == [
        ["Mon Apr 13", "220", "340", "2", "1", "1"],
        ["Mon Apr 20", "0", "50", "1", "1", "0"],
    ]


def test_hours_are_of_the_last_four_weeks_where_nothing_is_asked(
    cast: Cast, client: Client
) -> None:
    today = local_day(timezone.now(), ZONE)
    held(cast, today - timedelta(days=27), 9, 50, "present", 50)
    held(cast, today - timedelta(days=28), 9, 50, "present", 50)

    page = text_of(client.get(place(cast, "hours")))

    assert ": 50 minutes attended." in page
    assert len(cells(page, "By day")) == 1


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"first": "2026-04-13", "last": "2026-04-12"}, "last"),
        ({"first": "2026-01-01", "last": "2026-04-12"}, "first"),
        ({"first": "yesterday", "last": ""}, "first"),
    ],
)
def test_days_that_are_no_period_are_refused(
    cast: Cast, client: Client, asked: dict[str, str], field: str
) -> None:
    response = client.get(place(cast, "hours"), asked)

    assert response.status_code == 400
    assert f'id="id_{field}_error"' in text_of(response)


def medical_chart(cast: Cast) -> Chart:
    return open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.MEDICAL,
        now=timezone.now(), to_write=True,
    )  # fmt: skip


def test_bounds_are_set_as_a_whole_and_shown(cast: Cast, client: Client) -> None:
    sent = {"rev": 0, "weight_low": "50.5", "weight_unit": "lb", "pulse_high": "110"}

    done = client.post(place(cast, "bounds"), sent)

    assert done["Location"] == f"{place(cast, 'bounds')}?said=bounds"
    page = text_of(client.get(done["Location"]))
    assert 'name="weight_low" value="50.5"' in page
    assert '<option value="lb" selected>' in page
    assert 'name="pulse_high" value="110"' in page
    assert "Set on" in page
    assert VitalBounds.objects.get().rev == 1


def test_a_change_of_older_bounds_stores_nothing(cast: Cast, client: Client) -> None:
    standing = {"pulse": Bounds(50, None, "bpm")}
    set_vital_bounds(chart=medical_chart(cast), bounds=standing, rev=0, now=timezone.now())

    stale = client.post(place(cast, "bounds"), {"rev": 0, "pulse_low": "60"})

    assert stale.status_code == 409
    assert 'name="pulse_low" value="50"' in text_of(stale)
    assert VitalBounds.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"pulse_low": "90", "pulse_high": "60"}, "pulse_high"),
        ({"weight_low": "-1"}, "weight_low"), ({"weight_low": "much"}, "weight_low"),
        ({"weight_low": "nan"}, "weight_low"),
        ({"weight_low": "1", "weight_unit": "stone"}, "weight_unit"),
    ],
)  # fmt: skip
def test_bounds_that_cannot_be_are_refused(
    cast: Cast, client: Client, sent: dict[str, str], field: str
) -> None:
    response = client.post(place(cast, "bounds"), {"rev": 0, **sent})

    assert response.status_code == 400
    assert f'id="id_{field}_error"' in text_of(response)
    assert not VitalBounds.objects.exists()


@pytest.mark.parametrize(
    ("page", "sent"),
    [
        ("lessons", {"lesson": SLUG}), (f"lessons/{SLUG}/end", {}), ("hours", None),
        ("bounds", {"rev": 0, "pulse_low": "50"}),
    ],
)  # fmt: skip
def test_a_stranger_sees_and_writes_nothing(
    cast: Cast, page: str, sent: dict[str, Any] | None
) -> None:
    browser_of(cast.dr_okafor).post(place(cast, "lessons"), {"lesson": SLUG})
    stranger = browser_of(people.staff(cast.clinic, "dr_stone", "Dr. Stone"))

    assert stranger.get(place(cast, page)).status_code == 404
    if sent is not None:
        assert stranger.post(place(cast, page), sent).status_code == 404
    assert LessonAssignment.objects.filter(ended_at__isnull=True).count() == 1
    assert not VitalBounds.objects.exists()
