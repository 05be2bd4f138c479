"""The day and the brief, as pages."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern
from django.utils import timezone

from backend.urls import server_error
from care.models import AccessLogEntry, CareTeamMembership, Consent, TreatmentSession
from journaling.briefs.document import Sparkline
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import NOW, SESSION_AT, at, wrote
from tests.web.page_client import SIGN_IN, TODAY, browser_of, page_of, text_of, week_of_maya
from web import urls
from web.access import AUDIENCE_MARK
from web.templatetags.formatting import sparkline


@pytest.fixture
def that_morning() -> Iterator[None]:
    """Be there on the Tuesday of the story, at half past nine."""
    with time_machine.travel(NOW, tick=False):
        yield


def test_every_page_says_who_may_open_it() -> None:
    marks = {
        pattern.name: getattr(pattern.callback, AUDIENCE_MARK, None)
        for pattern in urls.urlpatterns
        if isinstance(pattern, URLPattern)
    }

    assert marks == {
        "front": "anybody",
        "administration": "anybody",
        "sign_in": "anybody",
        "sign_out": "anybody",
        "join": "anybody",
        "start": "anybody",
        "shared": "supporters",
        **dict.fromkeys(
            (
                "today",
                "session",
                "invited",
                "patient_brief",
                "patient_reviewed",
                "reviewed",
                "change",
                "attendance",
                "room",
                "plan",
                "calendar",
                "caseload",
                "invite",
                "patient",
                "invite_again",
                "talk",
                "close_assignment",
                "care_plan",
                "level",
                "certify",
                "team",
                "leave_team",
                "groups",
                "group",
                "leave_group",
                "clear",
                "assign",
                "end_assignment",
                "counselling_notes",
                "counselling_note",
                "delete_counselling_note",
                "situations",
                "medications",
                "medication",
                "end_medication",
                "screenings",
                "vital_bounds",
                "needs",
                "tasks",
                "finish_task",
                "aftercare",
                "lessons",
                "end_lesson",
                "hours",
                "diary_week",
                "week",
                "curriculum",
                "guests",
                "handovers",
                "revoke_handover",
                "restrictions",
                "level_plan",
                "dismiss_move",
                "situation",
                "remove_situation",
            ),
            "clinicians",
        ),
        "emergencies": "administrators",
        "outcomes": "administrators",
        "due": "staff",
        "looked_at": "administrators",
        "looked_at_act": "administrators",
        "second_step": "anybody",
        "sign_in_challenge": "anybody",
        "sign_in_passkey": "anybody",
        **dict.fromkeys(
            (
                "account",
                "password",
                "email",
                "prove",
                "factor",
                "recovery_codes",
                "passkey_challenge",
                "add_passkey",
                "remove_passkey",
                "end_others",
                "end_sign_in",
            ),
            "own_account",
        ),
    }


def test_the_front_door_leads_to_the_day(db: None) -> None:
    assert Client().get("/")["Location"] == TODAY


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", [TODAY, page_of(UUID(int=7))])
def test_nobody_gets_past_the_sign_in(db: None, method: str, address: str) -> None:
    response = getattr(Client(), method)(address)

    assert response.status_code == 302
    assert response["Location"].startswith(SIGN_IN)


def test_a_sign_in_of_another_role_opens_no_page(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    cast.dr_okafor.role = "patient"
    cast.dr_okafor.save(update_fields=["role"])

    response = client.get(TODAY)

    assert response.status_code == 403
    assert "Not for this sign-in." in text_of(response)


@pytest.mark.usefixtures("that_morning")
def test_the_day_shows_who_when_what_and_where(cast: Cast) -> None:
    own = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)
    TreatmentSession.objects.filter(pk=own.pk).update(place="Room 4", title="Plan for June")
    people.session(cast.dr_lind, starts_at=SESSION_AT, with_patient=cast.noah)
    group = people.group(cast.dr_okafor, cast.maya)
    people.session(cast.dr_okafor, starts_at=at(0, 9), with_group=group, kind="group")
    gone = people.session(
        cast.dr_okafor, starts_at=at(0, 16), with_patient=cast.maya, kind="family"
    )
    TreatmentSession.objects.filter(pk=gone.pk).update(cancelled_at=NOW)
    people.session(cast.dr_okafor, starts_at=at(-2, 11), with_patient=cast.maya)

    page = text_of(browser_of(cast.dr_okafor).get(TODAY))

    assert "Tuesday, March 24" in page
    assert "3 sessions." in page
    assert page.index("9:00 am") < page.index("10:00 am") < page.index("4:00 pm")
    assert "Individual session: Plan for June, Room 4" in page
    assert "Morning group" in page
    assert "Open group" in page
    assert page.count(">Cancelled<") == page.count(">Now<") == 1
    assert f'href="{page_of(own.pk)}"' in page
    assert ">Thu Mar 26, 11:00 am</a>, Maya." in page
    assert "Noah" not in page


@pytest.mark.usefixtures("that_morning")
def test_an_empty_day_says_so_and_names_the_next(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)

    assert "No sessions of yours today." in text_of(client.get(TODAY))

    people.session(cast.dr_okafor, starts_at=at(-3, 10), with_patient=cast.maya)
    page = text_of(client.get(TODAY))
    assert ">Fri Mar 27, 10:00 am</a>, Maya." in page
    other = text_of(client.get(f"{TODAY}?day=2026-03-27"))
    assert "Friday, March 27" in other
    assert "Open brief" in other


def test_today_is_the_clinics_day(cast: Cast) -> None:
    # 11 pm on Monday at the clinic is Tuesday in UTC.
    late = datetime(2026, 3, 24, 4, 0, tzinfo=UTC)
    people.session(cast.dr_okafor, starts_at=late + timedelta(minutes=30), with_patient=cast.maya)

    with time_machine.travel(late, tick=False):
        page = text_of(browser_of(cast.dr_okafor).get(TODAY))

    assert "Monday, March 23" in page
    assert "11:30 pm" in page


@pytest.mark.usefixtures("that_morning")
@pytest.mark.parametrize("day", ["2026-02-30", "nonsense", "9999-12-31", "0001-01-01", "\x00"])
def test_a_day_that_cannot_be_is_today(cast: Cast, day: str) -> None:
    response = browser_of(cast.dr_okafor).get(TODAY, {"day": day})

    assert response.status_code == 200
    assert "Tuesday, March 24" in text_of(response)


@pytest.mark.usefixtures("that_morning")
def test_without_consent_the_day_has_no_door_to_the_brief(cast: Cast) -> None:
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya)
    Consent.objects.filter(patient_id=cast.maya.pk).update(revoked_at=NOW)

    page = text_of(browser_of(cast.dr_okafor).get(TODAY))

    assert "No brief: consent has ended." in page
    assert f'href="{page_of(session.pk)}"' not in page


def test_the_brief_page_says_what_the_brief_says(cast: Cast) -> None:
    page = text_of(browser_of(cast.dr_okafor).get(page_of(week_of_maya(cast))))

    assert "<h1>Maya</h1>" in page
    assert page.count("<h2") == 12
    assert page.count("<svg") == page.count("</svg>") == 2
    assert "“An &lt;evening&gt; at the lake.”" in page
    assert "<evening>" not in page
    assert "Not asked: no entry of this window asks about safety." in page
    assert "42 CFR part 2 prohibits unauthorized use or disclosure" in page


def test_opening_the_page_stands_in_the_access_log(cast: Cast) -> None:
    session_id = week_of_maya(cast)

    browser_of(cast.dr_okafor).get(page_of(session_id))

    row = AccessLogEntry.objects.get(action="read", data_class="brief")
    assert (row.actor_id, row.patient_id) == (cast.dr_okafor.pk, cast.maya.pk)
    assert row.device_session_id is not None


def test_strangers_and_nonsense_get_the_same_page(cast: Cast) -> None:
    session_id = week_of_maya(cast)
    stranger = browser_of(cast.dr_lind)

    closed = stranger.get(page_of(session_id))
    nowhere = stranger.get(page_of(uuid4()))

    assert closed.status_code == nowhere.status_code == 404
    assert closed.content == nowhere.content
    assert "Not found." in text_of(closed)
    assert "Maya" not in text_of(closed)


@pytest.mark.parametrize("ended", ["consent", "care team"])
def test_what_has_ended_closes_the_page(cast: Cast, ended: str) -> None:
    page = page_of(week_of_maya(cast))
    client = browser_of(cast.dr_okafor)
    assert client.get(page).status_code == 200

    if ended == "consent":
        Consent.objects.filter(patient_id=cast.maya.pk).update(revoked_at=timezone.now())
    else:
        CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(ends_at=timezone.now())

    assert client.get(page).status_code == 404


def test_the_page_costs_what_the_brief_costs(cast: Cast) -> None:
    session_id = week_of_maya(cast)
    client = browser_of(cast.dr_okafor)

    with CaptureQueriesContext(connection) as few:
        client.get(page_of(session_id))
    for n in range(50):
        wrote(cast.maya, "mood", timezone.now() - timedelta(hours=n + 1))
    with CaptureQueriesContext(connection) as many:
        client.get(page_of(session_id))

    # The brief's own, one for which of its entries were answered, and one for namesakes.
    assert len(few) == len(many) <= 12


@pytest.mark.parametrize("address", [SIGN_IN, TODAY, "brief", "/review/nowhere"])
def test_every_page_is_never_stored_and_strict(cast: Cast, address: str) -> None:
    session_id = week_of_maya(cast)
    client = browser_of(cast.dr_okafor)

    response = client.get(page_of(session_id) if address == "brief" else address)

    policy = response["Content-Security-Policy"]
    assert response["Cache-Control"] == "no-store"
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    page = text_of(response)
    assert " style=" not in page
    assert "<style" not in page
    assert re.findall(r"<script(?! src=\"/static/)", page) == []
    assert " onclick" not in page


def test_an_address_that_leads_nowhere_is_told_in_words(db: None) -> None:
    response = Client().get("/review/nowhere")

    assert response.status_code == 404
    assert "There is no such page for you." in text_of(response)


def test_a_fault_of_ours_is_told_in_words() -> None:
    request: HttpRequest = RequestFactory().get("/review/")

    response: HttpResponse = server_error(request)

    assert response.status_code == 500
    assert "Something went wrong on our side." in text_of(response)


def test_the_line_has_gaps_where_days_have_no_value() -> None:
    days = [4.0, 6.0, None, 0.0, None, None, 10.0, 8.0]
    drawn = Sparkline("Peak", 0, 10, at(7).date(), at(0).date(), tuple(days), context_days=3)

    shown = sparkline(drawn, "craving")

    assert [len(line.split()) for line in shown["lines"]] == [2, 2]
    assert len(shown["dots"]) == shown["known"] == 5
    assert {dot.y for dot in shown["dots"] if dot.y == shown["bottom"]} == {shown["bottom"]}
    assert [item.text for item in shown["days"]] == [
        "4", "6", "no value", "0", "no value", "no value", "10", "8",
    ]  # fmt: skip
    assert shown["dots"][1].x < shown["edge"] < shown["dots"][2].x


def test_a_line_with_two_sides_names_its_signs() -> None:
    drawn = Sparkline("Mood", -3, 3, at(1).date(), at(0).date(), (-3.0, 1.5), context_days=0)

    shown = sparkline(drawn, "mood")

    assert (shown["low"], shown["high"]) == ("−3", "+3")
    assert [item.text for item in shown["days"]] == ["−3", "+1.5"]
    assert shown["edge"] is None
    assert shown["top"] < shown["middle"] < shown["bottom"]
