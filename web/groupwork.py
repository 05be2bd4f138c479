"""Before a group: what its leader reads, and what everybody in the room may."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from backend.kit.zones import local_day
from care import roster
from care.access import DataClass
from care.models import User
from care.queries import briefing
from care.queries.ahead import individual_ahead
from care.queries.briefing import GroupSession
from journaling import actions, wording
from journaling import brief as briefs
from web.gate import clinicians
from web.showing import show


def group_brief(
    request: HttpRequest, *, viewer: User, session: GroupSession, now: datetime
) -> HttpResponse:
    """Show one line about each member whom the leader may see; each is logged."""
    people = roster.open_group(viewer=viewer, session=session, what=DataClass.BRIEF, now=now)
    made = actions.open_group_brief(roster=people, session=session, now=now)
    own = individual_ahead(
        viewer=viewer, patients=[one.patient_id for one in made.members], now=now
    )
    zone = session.time_zone
    return show(
        request, "web/group_brief.html", viewer=viewer, here="today", brief=made,
        members=[(one, own.get(one.patient_id)) for one in made.members],
        alone=[one for one in made.members if one.needs_one_to_one],
        day=local_day(session.starts_at, zone), starts=wording.moment(session.starts_at, zone),
        since=wording.moment(made.since, zone), made=wording.moment(now, zone),
    )  # fmt: skip


@clinicians
@require_GET
def room(request: HttpRequest, *, viewer: User, now: datetime, session_id: UUID) -> HttpResponse:
    """Show what may be projected: skills and the rate of logging, of nobody by name."""
    session = briefing.group_session(viewer=viewer, session_id=session_id, now=now)
    people = roster.open_group(viewer=viewer, session=session, what=DataClass.ROOM, now=now)
    made = briefs.room(roster=people, session=session, now=now)
    most = max((skill.times for skill in made.skills), default=1)
    zone = session.time_zone
    return show(
        request, "web/room.html", viewer=viewer, bare=True, room=made,
        skills=[(skill, round(100 * skill.times / most)) for skill in made.skills],
        since=wording.day(local_day(made.since, zone)),
    )  # fmt: skip
