"""The week of a patient, what is asked to be moved, and a plan over busy hours, as pages."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from care.models import AccessLogEntry, MoveRequest, TreatmentSession
from care.sessions.availability import WeeklySpan, write_availability
from care.sessions.move_requests import ask_to_move
from tests import cast as people
from tests.cast import Cast, own_chart
from tests.web.page_client import browser_of, text_of

pytestmark = pytest.mark.django_db
#: A Wednesday, ten o'clock in Chicago.
NOW = datetime(2026, 5, 6, 15, 0, tzinfo=UTC)
CASELOAD = "/review/caseload/"


@pytest.fixture(autouse=True)
def that_wednesday(cast: Cast) -> None:
    """Let maya be at work on Monday mornings, and in care since April."""
    work = WeeklySpan((0,), 540, 720, "busy", "work")
    write_availability(chart=own_chart(cast.maya), spans=[work], rev=0, now=NOW)
    people.admitted(cast.maya, on=date(2026, 4, 20))


def test_a_plan_over_busy_hours_is_asked_about_once(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False):
        client = browser_of(cast.dr_okafor)
        sent = {
            "kind": "individual", "whom": f"patient:{cast.maya.pk}", "day": "2026-05-11",
            "clock": "10:00", "minutes": "50", "place": "", "title": "",
        }  # fmt: skip

        asked = client.post("/review/plan/", sent)
        planned = client.post("/review/plan/", sent | {"sure": "yes"})

    assert (asked.status_code, planned.status_code) == (409, 302)
    assert "Maya: at work then, Mon May 11, 10:00 am to 10:50 am (as they said)" in text_of(asked)
    assert TreatmentSession.objects.count() == 1


def test_the_week_says_what_it_lacks_and_when_they_are_busy(cast: Cast) -> None:
    for days in (0, 1):
        people.session(
            cast.dr_okafor, starts_at=NOW + timedelta(days=days, hours=1), with_patient=cast.maya,
            minutes=180,
        )  # fmt: skip
    with time_machine.travel(NOW, tick=False):
        client = browser_of(cast.dr_okafor)
        page = text_of(client.get(f"/review/patients/{cast.maya.pk}/week/"))
        caseload = text_of(client.get(CASELOAD))
        patient = text_of(client.get(f"/review/patients/{cast.maya.pk}/"))

    assert "<b>6 h of 9 h</b> (0 h attended, 6 h open)" in page
    assert "3 h less than the 9 h a week of their level." in page
    assert "Intensive outpatient care is on three days a week or more." in page
    assert "Mon, 9:00 am to 12:00 pm: busy (work)" in page
    assert "3 h short this week" in caseload
    assert "3 h short</a> of the hours of their level" in patient
    rows = AccessLogEntry.objects.filter(patient_id=cast.maya.pk, data_class="sessions")
    assert rows.filter(actor_id=cast.dr_okafor.pk, action="read").exists()


def test_early_in_the_week_nobody_is_marked(cast: Cast) -> None:
    with time_machine.travel(NOW - timedelta(days=1), tick=False):
        client = browser_of(cast.dr_okafor)

        assert "short this week" not in text_of(client.get(CASELOAD))


def test_what_is_asked_to_be_moved_stands_on_today_until_it_stays(cast: Cast) -> None:
    session = people.session(
        cast.dr_okafor, starts_at=NOW + timedelta(days=3), with_patient=cast.maya
    )
    ask_to_move(
        chart=own_chart(cast.maya), session_id=session.pk, reason="family", note="an hour later",
        now=NOW,
    )  # fmt: skip
    door = f"/review/sessions/{session.pk}/stays/"
    with time_machine.travel(NOW, tick=False):
        client, stranger = browser_of(cast.dr_okafor), browser_of(cast.dr_lind)

        before, refused = text_of(client.get("/review/")), stranger.post(door)
        done = client.post(door)
        after = text_of(client.get("/review/"))

    assert "Sat May 9, 10:00 am (family): “an hour later”" in before
    assert refused.status_code == 404
    assert done.status_code == 302
    assert "an hour later" not in after
    assert MoveRequest.objects.get().dismissed_by == cast.dr_okafor.pk
