"""Sessions that stand in the way of one that is planned or moved, in words."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from care.models import User
from care.queries.clashes import Clash, Planned, clashes
from journaling import wording
from web.showing import clinic_zone

#: More than anybody reads; a weekly plan may lie over a whole term.
MOST = 6
_WHY = {
    "patient": "the same patient",
    "group": "the same group",
    "member": "somebody is in both",
    "therapist": "you hold it",
    "place": "the same place",
}


@dataclass(frozen=True, slots=True)
class InTheWay:
    """One of them; ``rest`` counts those that follow it untold."""

    whom_id: UUID | None
    whom: str
    what: str
    place: str
    clinician: str
    why: str
    rest: int = 0


def in_the_way_of(viewer: User, planned: Planned, now: datetime) -> list[InTheWay]:
    """List the first few of what a plan would lie over."""
    found = clashes(viewer=viewer, planned=planned, now=now)
    told = [_told(clash, viewer) for clash in found[:MOST]]
    if len(found) > MOST:
        told.append(InTheWay(None, "", "", "", "", "", len(found) - MOST))
    return told


def _told(clash: Clash, viewer: User) -> InTheWay:
    zone = clinic_zone(viewer)
    kind = f"{wording.spoken(clash.kind)} session"
    starts = wording.moment(clash.starts_at, zone)
    return InTheWay(
        whom_id=clash.whom_id,
        whom=clash.whom,
        what=f"{kind}, {starts} to {wording.clock(clash.ends_at, zone)}",
        place=clash.place,
        clinician=clash.clinician,
        why=_WHY[clash.why],
    )
