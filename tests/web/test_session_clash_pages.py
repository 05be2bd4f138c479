"""A session that would lie over another is planned or moved only by who was told so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from care.models import SessionSeries, TreatmentSession
from tests import cast as people
from tests.cast import Cast
from tests.web.page_client import browser_of, page_of, text_of

PLAN = "/review/plan/"
DAY = (timezone.now() + timedelta(days=5)).date()
SENT = {
    "kind": "medication", "day": DAY.isoformat(), "clock": "09:30", "minutes": "50",
    "place": "Room 2", "title": "",
}  # fmt: skip


@pytest.fixture
def taken(cast: Cast) -> TreatmentSession:
    """Plan maya with dr_lind at that time."""
    people.joins(cast.maya.pk, cast.dr_lind)
    browser_of(cast.dr_lind).post(
        PLAN, SENT | {"kind": "individual", "whom": f"patient:{cast.maya.pk}", "place": "Garden"}
    )
    return TreatmentSession.objects.get()


def sent(cast: Cast, **changes: Any) -> dict[str, Any]:
    return SENT | {"whom": f"patient:{cast.maya.pk}"} | changes


def test_it_is_told_what_lies_there_and_nothing_is_planned(
    cast: Cast, taken: TreatmentSession
) -> None:
    response = browser_of(cast.dr_okafor).post(PLAN, sent(cast, clock="10:00"))

    page = text_of(response)
    assert response.status_code == 409
    assert "Maya: individual session, " in page
    assert "9:30 am to 10:20 am, with Dr. Lind, Garden (the same patient)" in page
    assert 'name="sure" value="yes"' in page
    assert 'value="Room 2"' in page
    assert TreatmentSession.objects.get() == taken


def test_who_means_it_plans_all_the_same(cast: Cast, taken: TreatmentSession) -> None:
    response = browser_of(cast.dr_okafor).post(PLAN, sent(cast, clock="10:00", sure="yes"))

    assert response.status_code == 302
    assert TreatmentSession.objects.count() == 2


def test_a_free_time_is_planned_without_a_question(cast: Cast, taken: TreatmentSession) -> None:
    response = browser_of(cast.dr_okafor).post(PLAN, sent(cast, clock="10:20"))

    assert response.status_code == 302


def test_the_same_plan_again_is_no_clash_with_itself(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)

    for _ in range(2):
        assert client.post(PLAN, sent(cast)).status_code == 302
    assert TreatmentSession.objects.count() == 1
    for _ in range(2):
        weekly = client.post(PLAN, sent(cast, clock="15:00", weekly="on"))
        assert weekly.status_code == 302
    assert SessionSeries.objects.count() == 1


def test_one_that_differs_is_told_and_never_doubled(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    client.post(PLAN, sent(cast))

    asked = client.post(PLAN, sent(cast, place="Room 3"))
    refused = client.post(PLAN, sent(cast, place="Room 3", sure="yes"))

    assert "(the same patient)" in text_of(asked)
    assert refused.status_code == 409
    assert "There is a session of this kind with them at that time." in text_of(refused)
    assert TreatmentSession.objects.count() == 1


def test_a_weekly_plan_tells_of_a_week_to_come_and_counts_the_rest(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    client.post(PLAN, sent(cast, kind="family", weekly="on"))

    response = client.post(PLAN, sent(cast, weekly="on", clock="10:00"))

    page = text_of(response)
    assert response.status_code == 409
    assert page.count("Maya: family session") == 6
    assert "more</li>" in page
    assert SessionSeries.objects.count() == 1


def test_a_move_onto_another_is_told_and_one_within_its_own_time_is_not(
    cast: Cast, taken: TreatmentSession
) -> None:
    client = browser_of(cast.dr_okafor)
    client.post(PLAN, sent(cast, clock="13:00"))
    own = TreatmentSession.objects.get(clinician=cast.dr_okafor)
    door = f"{page_of(own.pk)}change/"
    change = {"day": DAY.isoformat(), "minutes": "50", "place": "Room 2", "title": "", "rev": "1"}

    asked = client.post(door, change | {"clock": "09:00"})
    renamed = client.post(door, change | {"clock": "13:00", "title": "Blood pressure"})
    moved = client.post(door, change | {"clock": "13:10", "rev": "2"})
    sure = client.post(door, change | {"clock": "09:00", "rev": "3", "sure": "yes"})

    assert asked.status_code == 409
    assert "(the same patient)" in text_of(asked)
    assert [answer.status_code for answer in (renamed, moved, sure)] == [302, 302, 302]
    own.refresh_from_db()
    assert own.rev == 4


def test_nobody_learns_whom_a_colleague_sees(cast: Cast) -> None:
    people.session(
        cast.dr_lind, with_patient=cast.noah, minutes=600,
        starts_at=datetime(DAY.year, DAY.month, DAY.day, 12, 0, tzinfo=UTC),
    )  # fmt: skip
    TreatmentSession.objects.update(place="Room 2")

    response = browser_of(cast.dr_okafor).post(PLAN, sent(cast))

    assert response.status_code == 302
