"""What a brief says of situation plans: how often which was used, and what was answered then."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.test.utils import CaptureQueriesContext

from journaling.briefs import limits
from journaling.entries.entry import EntryValue
from journaling.models import SituationPlans
from journaling.skills.situation_plans import WantedPlan, replace_situation_plans
from tests import cast as people
from tests.cast import Cast, own_chart
from tests.journaling.briefs.brief_scenario import (
    SESSION_AT,
    at,
    everything,
    read,
    section,
    texts,
    wrote,
)
from tests.journaling.briefs.group_scenario import leads, projects
from tests.journaling.briefs.group_scenario import planned as planned_group
from tests.journaling.briefs.heaviest_patient import heaviest

BAR, PAYDAY = "walking past the bar", "payday"


def planned(cast: Cast) -> UUID:
    people.session(cast.dr_okafor, starts_at=at(7, 10), with_patient=cast.maya, status="present")
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk


def plans(cast: Cast, *situations: str, rev: int = 0) -> list[UUID]:
    """Replace the list, and return the ids of its plans."""
    wanted = [WantedPlan(situation, "slow-breathing", "canary-words") for situation in situations]
    chart = own_chart(cast.maya)
    made = replace_situation_plans(chart=chart, rev=rev, wanted=wanted, now=at(9))
    return [plan.id for plan in made.plans]


def used(cast: Cast, plan: UUID, *days_ago: int, **changes: Any) -> list[EntryValue]:
    return [
        wrote(cast.maya, "skill_practice", at(day), origin=f"plan:{plan}", **changes)
        for day in days_ago
    ]


def said(cast: Cast, session_id: UUID) -> str:
    """Read what the first line of the section says of plans, at its end."""
    first, *others = texts(read(cast.dr_okafor, session_id), "skills")
    assert not any("plan" in line for line in others)
    return first[first.index("Used") :] if "Used" in first else ""


def test_it_counts_how_often_each_was_used(cast: Cast) -> None:
    session_id = planned(cast)
    bar, payday = plans(cast, BAR, PAYDAY)
    used(cast, bar, 1, 2, 3, helped=True)
    used(cast, payday, 2)

    assert said(cast, session_id) == (
        f"Used the plan for “{BAR}” 3 times (helped 3 of 3), for “{PAYDAY}” once."
    )
    assert "canary-words" not in everything(read(cast.dr_okafor, session_id))


def test_it_tells_what_the_patient_answered_of_each_and_claims_no_more(cast: Cast) -> None:
    session_id = planned(cast)
    bar, payday, evening = plans(cast, BAR, PAYDAY, "an empty evening")
    used(cast, bar, 1, 2, helped=True)
    used(cast, bar, 3, helped=False)
    used(cast, bar, 4)
    used(cast, payday, 5, 6)
    used(cast, evening, 6, helped=False)

    assert said(cast, session_id) == (
        f"Used the plan for “{BAR}” 4 times (helped 2 of 3), for “{PAYDAY}” 2 times, "
        "for “an empty evening” once (helped 0 of 1)."
    )


def test_it_stands_in_the_line_of_all_practices_and_names_them(cast: Cast) -> None:
    session_id = planned(cast)
    (bar,) = plans(cast, BAR)
    entries = [*used(cast, bar, 1, 3), wrote(cast.maya, "skill_practice", at(2))]

    first = section(read(cast.dr_okafor, session_id), "skills").lines[0]

    assert first.text.startswith("Practised on 3 of 7 days;")
    assert set(first.entries) == {entry.id for entry in entries}


def test_only_what_was_used_shared_in_time_and_since_the_last_session_counts(cast: Cast) -> None:
    session_id = planned(cast)
    (bar,) = plans(cast, BAR)
    used(cast, bar, 1)
    used(cast, bar, 2, able=False)
    used(cast, bar, 2, attempted=False, able=None)
    used(cast, bar, 3, share="private")
    used(cast, bar, 4, later=timedelta(hours=60))
    used(cast, bar, 9)

    assert said(cast, session_id).startswith(f"Used the plan for “{BAR}” once. Also 1 skill ")


def test_what_is_for_the_own_therapist_is_counted_for_nobody_else(cast: Cast) -> None:
    session_id = planned(cast)
    (bar,) = plans(cast, BAR)
    used(cast, bar, 1, share="individual_therapist_only")
    people.joins(cast.maya.pk, cast.dr_lind, role="therapist")
    other = people.session(cast.dr_lind, starts_at=SESSION_AT, with_patient=cast.maya).pk

    assert said(cast, session_id) == f"Used the plan for “{BAR}” once."
    assert BAR not in everything(read(cast.dr_lind, other))


def test_a_plan_that_is_gone_is_counted_without_its_words(cast: Cast) -> None:
    session_id = planned(cast)
    bar, payday = plans(cast, BAR, PAYDAY)
    used(cast, bar, 1)
    used(cast, payday, 2, 3)
    plans(cast, BAR, rev=1)

    assert said(cast, session_id) == (
        f"Used the plan for “{BAR}” once. Used a plan that is no longer on the list 2 times."
    )


def test_many_are_counted_and_the_first_two_named(cast: Cast) -> None:
    session_id = planned(cast)
    made = plans(cast, BAR, PAYDAY, "a quarrel at home", "an empty evening")
    for place, plan in enumerate(made):
        used(cast, plan, *range(1, 5 - place))

    assert said(cast, session_id) == (
        f"Used the plan for “{BAR}” 4 times, for “{PAYDAY}” 3 times and 2 more."
    )


def test_without_a_practice_by_a_plan_nothing_is_said_or_asked(cast: Cast) -> None:
    session_id = planned(cast)
    plans(cast, BAR)
    wrote(cast.maya, "skill_practice", at(1))

    with CaptureQueriesContext(connection) as seen:
        found = read(cast.dr_okafor, session_id)

    assert BAR not in everything(found)
    assert not any(SituationPlans._meta.db_table in one["sql"] for one in seen)


def test_a_group_hears_of_no_plan(cast: Cast) -> None:
    people.joins(cast.noah.pk, cast.dr_okafor)
    session_id = planned_group(cast, cast.maya, cast.noah)
    (bar,) = plans(cast, BAR)
    used(cast, bar, 1, discuss=True)

    told = f"{leads(cast, session_id)} {projects(cast, session_id)}"

    assert "Slow breathing" in told
    assert BAR not in told
    assert "plan" not in told.replace("planned", "")


def test_the_heaviest_patient_still_fits_on_a_page(cast: Cast) -> None:
    session_id = heaviest(cast)
    made = plans(cast, *(f"{place} {'a long way home by the river ' * 4}" for place in range(4)))
    for plan in made:
        used(cast, plan, 1, 2)
    plans(cast, *(f"{place} {'a long way home by the river ' * 4}" for place in range(3)), rev=1)

    found = read(cast.dr_okafor, session_id)

    lines = [line for part in found.sections for line in part.lines]
    assert len(lines) <= limits.MAX_LINES
    assert max(len(line.text) for line in lines) < 400
    assert "Used the plan" in everything(found)
