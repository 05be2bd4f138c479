"""Random groups: no byte of one member stands in anything about another, nothing private anywhere.

``BETWEEN_GROUPS=500 .venv/bin/python -m pytest tests/journaling/briefs/test_group_privacy.py``
tries more.
"""

import dataclasses
import os
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.programme.patients import CaseOut
from api.sessions.brief_schema import GroupBriefOut, RoomOut, RoomSkillOut
from care.access import roster
from care.models import Group, User
from journaling.briefs.caseload import caseload_of
from journaling.models import Entry, Journal
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import NOW, at, everything, read, wrote
from tests.journaling.briefs.group_scenario import leads, members, planned, projects

GROUPS = int(os.environ.get("BETWEEN_GROUPS", "12"))
SKILLS = ("name-it", "slow-breathing", "notice-only")
SHARES = ("care_team", "individual_therapist_only", "private")
#: What nobody in a room may read, whatever the field is called.
TABOO = (
    "use", "craving", "trigger", "safety", "substance", "measure", "patient", "member", "entry",
    "entries", "mood", "urge",
)  # fmt: skip


@dataclass(frozen=True)
class Thing:
    """One entry that somebody wrote."""

    kind: str
    share: str
    discuss: bool
    days_ago: int
    skill: str
    strength: int


THINGS = st.builds(
    Thing,
    kind=st.sampled_from(["craving", "note", "skill_practice", "daily", "use", "mood"]),
    share=st.sampled_from(SHARES),
    discuss=st.booleans(),
    days_ago=st.integers(0, 5),
    skill=st.sampled_from(SKILLS),
    strength=st.integers(0, 5),
)
PEOPLE = st.lists(st.lists(THINGS, max_size=5), min_size=2, max_size=7)
EXAMPLES = settings(
    max_examples=GROUPS, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


def marked(name: str, thing: Thing) -> str:
    """Make words that say whose they are and how they are shared."""
    return f"words-of-{name}-{thing.share}"


def writes(user: User, things: list[Thing], *, only: tuple[str, ...] = SHARES) -> None:
    """Write entries of somebody; every text of theirs, and every tag, carries their name."""
    name = user.display_name.lower()
    for n, thing in enumerate(things):
        if thing.share not in only:
            continue
        words = marked(name, thing)
        fields: dict[str, dict[str, Any]] = {
            "craving": {"intensity": thing.strength, "target": words, "note": words,
                        "outcome": "used" if thing.strength % 2 else "did_not_use"},
            "note": {"note": words},
            "skill_practice": {"skill": thing.skill, "situation": words},
            "daily": {"date": at(thing.days_ago).date().isoformat(), "barrier": words,
                      "urges": {"suicide": {"peak": thing.strength}}},
            "use": {"substance": words, "before": words},
            "mood": {"valence": 0, "note": words},
        }  # fmt: skip
        # One card a day, and whoever may see it changes nothing about which of two it is.
        if thing.kind == "daily" and any(
            other.kind == "daily" and other.days_ago == thing.days_ago for other in things[:n]
        ):
            continue
        wrote(user, thing.kind, at(thing.days_ago, 8, n), share=thing.share,
              discuss=thing.discuss, **fields[thing.kind])  # fmt: skip


def as_bytes(shaped: Any) -> str:
    return orjson.dumps(shaped, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS).decode()


def fresh(
    cast: Cast, stories: list[list[Thing]], *, only: tuple[str, ...] = SHARES
) -> tuple[list[User], UUID]:
    """Live through a group's days in an empty clinic of its own."""
    group = members(cast, len(stories))
    for user, things in zip(group, stories, strict=True):
        writes(user, things, only=only)
    return group, planned(cast, *group)


def gone(group: list[User]) -> None:
    """Leave nothing of this example for the next."""
    Entry.objects.all().delete()
    Journal.objects.all().delete()
    Group.objects.all().delete()
    User.objects.filter(pk__in=[user.pk for user in group]).delete()


@EXAMPLES
@given(stories=PEOPLE)
def test_nothing_of_one_member_stands_in_what_is_told_of_another(
    cast: Cast, stories: list[list[Thing]]
) -> None:
    group, session_id = fresh(cast, stories)

    lines = GroupBriefOut.of(leads(cast, session_id)).members
    cases = caseload_of(roster=roster.open_caseload_roster(viewer=cast.dr_okafor, now=NOW), now=NOW)
    told = {line.patient: [as_bytes(line)] for line in lines}
    for case in cases:
        told.setdefault(case.patient_id, []).append(as_bytes(CaseOut.of(case)))
    for user in group:
        session = people.session(cast.dr_okafor, starts_at=NOW, with_patient=user)
        told[user.pk].append(everything(read(cast.dr_okafor, session.pk)))

    for user in group:
        for other in group:
            if other.pk != user.pk:
                for text in told[user.pk]:
                    assert f"words-of-{other.display_name.lower()}-" not in text
                    assert str(other.pk) not in text
        for text in told[user.pk]:
            assert "-private" not in text
            assert "-individual_therapist_only" not in text
    gone(group)


@EXAMPLES
@given(stories=PEOPLE)
def test_what_is_not_for_the_team_leaves_no_trace_in_a_groups_views(
    cast: Cast, stories: list[list[Thing]]
) -> None:
    group, session_id = fresh(cast, stories)
    with_all = views(cast, session_id)
    gone(group)
    group, session_id = fresh(cast, stories, only=("care_team",))
    without = views(cast, session_id)
    gone(group)

    assert with_all == without


@EXAMPLES
@given(stories=PEOPLE)
def test_the_room_is_told_of_nobody(cast: Cast, stories: list[list[Thing]]) -> None:
    group, session_id = fresh(cast, stories)

    text = as_bytes(RoomOut.of(projects(cast, session_id)))

    for user in group:
        assert user.display_name not in text
        assert str(user.pk) not in text
    assert "words-of-" not in text
    gone(group)


def views(cast: Cast, session_id: UUID) -> Any:
    """Return what a group's views say, without the ids that differ from run to run."""
    brief, room = leads(cast, session_id), projects(cast, session_id)
    lines = [
        dataclasses.replace(
            member,
            patient_id=UUID(int=0),
            may_be_raised=tuple(
                dataclasses.replace(line, entries=()) for line in member.may_be_raised
            ),
        )
        for member in brief.members
    ]
    return lines, brief.top, room.practices, room.skills, room.logging


def test_the_rooms_answer_has_no_field_for_what_may_not_be_projected() -> None:
    names = {*RoomOut.__dataclass_fields__, *RoomSkillOut.__dataclass_fields__}

    assert names == {"session", "window", "practices", "skills", "logging_percent", "name", "times"}
    assert not [name for name in names for taboo in TABOO if taboo in name]


def test_what_is_looked_for_does_reach_its_own_line(cast: Cast) -> None:
    thing = Thing("note", "care_team", discuss=True, days_ago=1, skill="name-it", strength=3)
    group, session_id = fresh(cast, [[thing], []])

    lines = GroupBriefOut.of(leads(cast, session_id)).members

    told = {line.patient: as_bytes(line) for line in lines}
    assert marked("ana", thing) in told[group[0].pk]
    assert marked("ana", thing) not in told[group[1].pk]
