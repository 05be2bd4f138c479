"""Groups, the leader's page, the room, a word before group, and the own calendar."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from care.models import AccessLogEntry, CalendarLink, Group, GroupMembership, User
from journaling.models import Assignment
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import NOW, SESSION_AT, wrote
from tests.web.page_client import TODAY, browser_of, page_of, text_of

GROUPS = "/review/groups/"


def of(group: Group, what: str = "") -> str:
    return f"{GROUPS}{group.pk}/{what}"


def morning(cast: Cast, *members: User) -> UUID:
    """Let dr_okafor lead a group this morning."""
    group = people.group(cast.dr_okafor, *members)
    return people.session(
        cast.dr_okafor, starts_at=SESSION_AT, with_group=group, kind="group", minutes=180
    ).pk


def given(patient_id: UUID, by: User) -> None:
    """Assign a skill."""
    Assignment.objects.create(
        patient_id=patient_id, skill="check-the-facts", per_week=3, assigned_by=by.pk,
        since=(NOW - timedelta(days=5)).date(), assigned_at=NOW - timedelta(days=5),
    )  # fmt: skip


def test_a_group_is_opened_and_patients_join_and_leave(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    assert "You lead no group yet." in text_of(client.get(GROUPS))

    opened = client.post(GROUPS, {"name": "Evening group"})
    group = Group.objects.get()
    assert opened["Location"] == of(group, "?said=opened")
    joined = client.post(of(group), {"patient": str(cast.maya.pk)})
    assert joined["Location"] == of(group, "?said=joined")
    assert "Maya" in text_of(client.get(GROUPS))
    left = client.post(of(group, f"members/{cast.maya.pk}/leave/"))

    assert left["Location"] == of(group, "?said=left")
    assert GroupMembership.objects.get().ends_at is not None
    assert "Nobody is in this group yet." in text_of(client.get(of(group)))


def test_a_colleague_sees_the_group_and_own_patients_only(cast: Cast) -> None:
    group = people.group(cast.dr_okafor, cast.maya)

    page = text_of(browser_of(cast.dr_lind).get(of(group)))

    assert "Led by Dr. Okafor." in page
    assert "Maya" not in page
    assert "None of your patients is in this group." in page


def test_a_stranger_cannot_be_chosen(cast: Cast) -> None:
    group = people.group(cast.dr_okafor)

    response = browser_of(cast.dr_okafor).post(of(group), {"patient": str(cast.noah.pk)})

    assert response.status_code == 400
    assert 'class="error"' in text_of(response)
    assert GroupMembership.objects.count() == 0


@time_machine.travel(NOW, tick=False)
def test_the_leader_reads_one_line_a_member_without_the_reason(cast: Cast) -> None:
    session_id = morning(cast, cast.maya)
    own = people.session(
        cast.dr_okafor, starts_at=SESSION_AT + timedelta(hours=4), with_patient=cast.maya
    )
    wrote(cast.maya, "pre_session", NOW - timedelta(hours=1), coming_in={"use": 5})
    client = browser_of(cast.dr_okafor)

    page = text_of(client.get(page_of(session_id)))
    day = text_of(client.get(TODAY))

    assert "A word before group" in page
    assert f'href="{page_of(own.pk)}">Own brief' in page
    assert "urge to" not in page
    assert day.index("A word before group") < day.index("Morning group</span>")
    assert f'href="{page_of(own.pk)}">Why: own brief' in day
    assert "urge to" not in day
    log = AccessLogEntry.objects.filter(action="read", reason="group_session")
    assert {row.patient_id for row in log} == {cast.maya.pk}


@time_machine.travel(NOW, tick=False)
def test_of_who_is_silent_or_late_the_leader_reads_no_figure(cast: Cast) -> None:
    people.joins(cast.noah.pk, cast.dr_okafor)
    session_id = morning(cast, cast.maya, cast.noah)
    given(cast.maya.pk, cast.dr_okafor)
    given(cast.noah.pk, cast.dr_okafor)
    wrote(
        cast.noah, "skill_practice", NOW - timedelta(days=3), later=timedelta(days=2, hours=12),
        skill="check-the-facts",
    )  # fmt: skip

    page = text_of(browser_of(cast.dr_okafor).get(page_of(session_id)))

    assert "Nothing logged." in page
    assert "1 entry, in no figure." in page
    assert "skills practised" not in page
    assert "No skill practice" not in page


@time_machine.travel(NOW, tick=False)
def test_a_group_of_nobody_says_why(cast: Cast) -> None:
    session_id = morning(cast, cast.noah)

    page = text_of(browser_of(cast.dr_okafor).get(page_of(session_id)))

    assert "No member of this group may be shown to you" in page
    assert "Noah" not in page


@time_machine.travel(NOW, tick=False)
def test_the_room_names_nobody_and_little_of_few(cast: Cast) -> None:
    members = [
        people.patient(cast.clinic, f"p{n}", f"Person{n}", treated_by=cast.dr_okafor)
        for n in range(6)
    ]
    session_id = morning(cast, *members)
    client = browser_of(cast.dr_okafor)
    empty = text_of(client.get(f"{page_of(session_id)}room/"))
    for member in members:
        wrote(
            member, "skill_practice", NOW - timedelta(days=1),
            skill="slow-breathing", attempted=True, able=True, helped=True,
        )  # fmt: skip

    page = text_of(client.get(f"{page_of(session_id)}room/"))

    assert "Not enough has been logged" in empty
    assert "Slow breathing" in page
    assert "6 times" in page
    assert "Person" not in page
    assert browser_of(cast.dr_lind).get(f"{page_of(session_id)}room/").status_code == 404


@pytest.mark.parametrize("count", [1, 10])
@time_machine.travel(NOW, tick=False)
def test_pages_of_a_group_cost_the_same_however_many_are_in_it(cast: Cast, count: int) -> None:
    members = [
        people.patient(cast.clinic, f"p{n}", f"P{n}", treated_by=cast.dr_okafor)
        for n in range(count)
    ]
    session_id = morning(cast, *members)
    client = browser_of(cast.dr_okafor)
    costs = {}

    for address in (TODAY, page_of(session_id)):
        with CaptureQueriesContext(connection) as seen:
            client.get(address)
        costs[address] = len(seen)

    # The day, the open events, and for each group still to come who needs a word before it.
    assert costs[TODAY] <= 18
    assert costs[page_of(session_id)] <= 17


def test_the_own_calendar_is_made_shown_once_and_ended(cast: Cast) -> None:
    client, door = browser_of(cast.dr_okafor), "/review/calendar/"
    people.session(cast.dr_okafor, starts_at=timezone.now(), with_patient=cast.maya)

    led = client.post(door)
    made = text_of(client.get(led["Location"]))
    address = made.split('aria-label="Calendar address">http://testserver')[1].split("<")[0]

    assert b"BEGIN:VEVENT" in Client().get(address).content
    assert address not in text_of(client.get(door))
    ended = client.post(door, {"end": "1"})
    assert ended["Location"] == f"{door}?said=calendar_ended"
    assert Client().get(address).status_code == 404
    assert CalendarLink.objects.filter(revoked_at__isnull=True).count() == 0
