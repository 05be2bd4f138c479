"""A group of made-up members, and what its leader and the room are told of them."""

from datetime import timedelta
from uuid import UUID

from care.access import roster
from care.access.data_categories import DataCategory
from care.models import CareTeamMembership, Group, User
from care.sessions import for_brief
from journaling.briefs.group import GroupBrief, group_brief
from journaling.briefs.group_display import GroupDisplay, make_group_display
from journaling.briefs.group_member import GroupMember
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import NOW, SESSION_AT, at

ROLE = CareTeamMembership.Role
NAMES = ("Ana", "Ben", "Caro", "Dev", "Eli", "Fay", "Gus", "Hoa", "Ines", "Jo", "Kit", "Lou")


def members(cast: Cast, count: int) -> list[User]:
    """Enrol so many patients whom dr_okafor treats, and dr_lind is the therapist of."""
    found = []
    for name in NAMES[:count]:
        user = people.patient(cast.clinic, name.lower(), name, treated_by=cast.dr_lind)
        people.joins(user.pk, cast.dr_okafor, role=ROLE.GROUP_LEADER)
        found.append(user)
    return found


def planned(cast: Cast, *patients: User, met_days_ago: int | None = 4) -> UUID:
    """Plan a group session; the group met so many days ago."""
    group: Group = people.group(cast.dr_okafor, *patients)
    if met_days_ago is not None:
        people.session(
            cast.dr_okafor, starts_at=at(met_days_ago, 10), with_group=group, kind="group"
        )
    session = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_group=group, kind="group")
    return session.pk


def leads(cast: Cast, session_id: UUID, *, late: timedelta = timedelta(0)) -> GroupBrief:
    """Open the group's brief as its leader's request would."""
    session = for_brief.group_session(viewer=cast.dr_okafor, session_id=session_id, now=NOW + late)
    shown = roster.open_group_roster(
        viewer=cast.dr_okafor, session=session, what=DataCategory.BRIEF, now=NOW + late
    )
    return group_brief(roster=shown, session=session, now=NOW + late)


def projects(cast: Cast, session_id: UUID) -> GroupDisplay:
    """Open the view of the room as its leader's request would."""
    session = for_brief.group_session(viewer=cast.dr_okafor, session_id=session_id, now=NOW)
    shown = roster.open_group_roster(
        viewer=cast.dr_okafor, session=session, what=DataCategory.ROOM, now=NOW
    )
    return make_group_display(roster=shown, session=session, now=NOW)


def of(found: GroupBrief, user: User) -> GroupMember:
    """Find one member's line."""
    return next(member for member in found.members if member.patient_id == user.pk)
