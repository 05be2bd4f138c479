"""What a group is taught week by week, in versions, read by its members and its leader."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from backend.kit.errors import InvalidInput
from care.models import Group, GroupMembership, TreatmentSession
from journaling.education.curriculum import (
    CurriculumChanged,
    CurriculumPlan,
    CurriculumWeek,
    NoSuchGroup,
    curriculum_of,
    describe_taught,
    read_group,
    taught_at,
    taught_on,
    write_curriculum,
)
from journaling.models import ClinicSkill, GroupCurriculum
from tests import cast as people
from tests.api.responses import API
from tests.cast import ZONE, Cast, signed_in
from tests.web.page_client import browser_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 6, 15, 0, tzinfo=UTC)
#: A Wednesday.
FIRST = date(2026, 5, 6)
WEEKS = (
    CurriculumWeek("Riding it out", ("ride-the-urge",), ("sleep-habits",)),
    CurriculumWeek("Slowing down", ("slow-breathing",)),
)
PLAN = CurriculumPlan("stress", "Calm 🌊", FIRST, repeats=True, weeks=WEEKS)


@pytest.fixture
def group(cast: Cast) -> Group:
    """Let maya be in a group that dr_okafor leads."""
    return people.group(cast.dr_okafor, cast.maya)


def write(cast: Cast, group: Group, plan: CurriculumPlan = PLAN, *, rev: int = 0) -> None:
    write_curriculum(leader=cast.dr_okafor, group_id=group.pk, plan=plan, rev=rev, now=NOW)


@pytest.mark.parametrize(
    ("day", "repeats", "place"),
    [
        (date(2026, 5, 3), True, None),
        (date(2026, 5, 4), True, 0),
        (date(2026, 5, 10), True, 0),
        (date(2026, 5, 11), True, 1),
        (date(2026, 5, 18), True, 0),
        (date(2026, 5, 18), False, None),
        (date(2027, 1, 4), True, 1),
    ],
)
def test_weeks_are_the_calendars_from_monday_on(
    day: date, place: int | None, *, repeats: bool
) -> None:
    assert replace(PLAN, repeats=repeats).place_on(day) == place
    assert replace(PLAN, weeks=()).place_on(day) is None


def test_it_is_written_in_versions_by_who_leads_the_group(cast: Cast, group: Group) -> None:
    write(cast, group)
    write(cast, group, replace(PLAN, own_words=""), rev=1)

    with pytest.raises(CurriculumChanged):
        write(cast, group, rev=1)
    with pytest.raises(NoSuchGroup):
        write_curriculum(leader=cast.dr_lind, group_id=group.pk, plan=PLAN, rev=2, now=NOW)

    view = curriculum_of(viewer=cast.dr_lind, group_id=group.pk)
    assert (view.rev, view.plan) == (2, replace(PLAN, own_words=""))
    assert GroupCurriculum.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"theme": "other", "own_words": ""}, "own_words"),
        ({"weeks": [WEEKS[0], CurriculumWeek("x", ("no-such-skill",))]}, "weeks.1.skills"),
        ({"weeks": [CurriculumWeek("x", (), ("no-such-lesson",))]}, "weeks.0.lessons"),
    ],
)
def test_an_unknown_skill_lesson_or_theme_is_named(
    cast: Cast, group: Group, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        write(cast, group, replace(PLAN, **changes))

    assert [error.field for error in refusal.value.errors] == [field]
    assert not GroupCurriculum.objects.exists()


def test_it_reads_in_words_with_the_clinics_own_names(cast: Cast, group: Group) -> None:
    write(cast, group)
    ClinicSkill.objects.create(
        clinic=cast.clinic, slug="ride-the-urge", name="Surfing", changed_at=NOW,
        changed_by=cast.ada.pk,
    )  # fmt: skip

    read = read_group(viewer=cast.dr_okafor, group_id=group.pk, now=NOW)

    assert read is not None
    assert read[1] == "Calm 🌊, week 1 · Riding it out · Surfing · Sleep habits"
    later = taught_on(group_id=group.pk, day=FIRST + timedelta(weeks=1))
    assert (
        describe_taught(later, viewer_id=cast.dr_okafor.pk)
        == "Calm 🌊, week 2 · Slowing down · Slow breathing"
    )
    assert describe_taught(None, viewer_id=cast.dr_okafor.pk) == ""


def test_the_week_is_that_of_the_session_by_the_clinics_clock(cast: Cast, group: Group) -> None:
    write(cast, group)
    # Monday 4:30 UTC is Sunday in Chicago.
    late = people.session(
        cast.dr_okafor, starts_at=datetime(2026, 5, 11, 4, 30, tzinfo=UTC), with_group=group,
        kind="group",
    )  # fmt: skip
    alone = people.session(cast.dr_okafor, starts_at=NOW, with_patient=cast.maya)

    taught = taught_at(sessions=[late, alone], zone=ZONE)

    assert {pk: one.number for pk, one in taught.items()} == {late.pk: 1}


def test_members_read_it_at_their_sessions_and_nobody_else(cast: Cast, group: Group) -> None:
    now = datetime.now(UTC)
    write(cast, group, replace(PLAN, starts_on=now.date()))
    people.session(
        cast.dr_okafor, starts_at=now + timedelta(minutes=5), with_group=group, kind="group"
    )

    (shown,) = signed_in(cast.maya).get(f"{API}sessions").json()["results"]

    assert shown["taught"]["own_words"] == "Calm 🌊"
    assert shown["taught"]["skills"] == ["ride-the-urge"]
    assert signed_in(cast.noah).get(f"{API}sessions").json()["results"] == []
    GroupMembership.objects.update(ends_at=now)
    assert signed_in(cast.maya).get(f"{API}sessions").json()["results"] == []


def test_the_page_takes_lines_and_shows_them_again(cast: Cast, group: Group) -> None:
    client, page = browser_of(cast.dr_okafor), f"/review/groups/{group.pk}/curriculum/"
    lines = (
        "Riding it out [skills: ride-the-urge] [lessons: sleep-habits]\n"
        "Slowing down [skills: slow-breathing]"
    )
    sent = {
        "rev": "0", "theme": "stress", "own_words": "Calm 🌊", "starts_on": "2026-05-06",
        "repeats": "on", "weeks": lines,
    }  # fmt: skip

    unknown = client.post(page, sent | {"weeks": "x [skills: no-such-skill]"})
    done = client.post(page, sent)
    stale = client.post(page, sent | {"weeks": "Another"})

    assert (unknown.status_code, done.status_code, stale.status_code) == (400, 302, 409)
    assert "Week 1: There is no such skill." in unknown.content.decode()
    assert curriculum_of(viewer=cast.dr_okafor, group_id=group.pk).plan == PLAN
    assert lines in client.get(page).content.decode()


def test_the_brief_of_the_group_begins_with_it(cast: Cast, group: Group) -> None:
    now = datetime.now(UTC)
    write(cast, group, replace(PLAN, starts_on=now.date()))
    held: TreatmentSession = people.session(
        cast.dr_okafor, starts_at=now + timedelta(minutes=5), with_group=group, kind="group"
    )

    told = signed_in(cast.dr_okafor).get(f"{API}sessions/{held.pk}/brief").json()
    page = browser_of(cast.dr_okafor).get(f"/review/sessions/{held.pk}/").content.decode()

    assert told["this_week"].startswith("Calm 🌊, week 1 · Riding it out · Ride the urge")
    assert "This week:" in page
