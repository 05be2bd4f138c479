"""What comes before everything else on a day: who needs a word before their group."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from care import roster
from care.access import DataClass
from care.models import User
from care.queries import briefing
from care.queries.ahead import individual_ahead
from care.queries.briefing import DayItem, NoSuchSession
from journaling import wording
from journaling.brief.group import words_beforehand
from web.showing import clinic_zone


@dataclass(frozen=True, slots=True)
class Word:
    """Somebody to talk to before their group; the reason stands in their own brief."""

    patient_id: UUID
    name: str
    group: str
    starts: str
    brief_id: UUID | None


def words_before_group(*, viewer: User, items: Sequence[DayItem], now: datetime) -> list[Word]:
    """List who needs a word before the groups of a day that are still to come; each is logged."""
    found: list[Word] = []
    for item in items:
        if not item.is_group or item.is_cancelled or item.ends_at <= now:
            continue
        try:
            session = briefing.group_session(viewer=viewer, session_id=item.id, now=now)
        except NoSuchSession:
            continue
        people = roster.open_group(viewer=viewer, session=session, what=DataClass.BRIEF, now=now)
        alone = words_beforehand(roster=people, session=session, now=now)
        own = individual_ahead(viewer=viewer, patients=alone, now=now) if alone else {}
        starts = wording.clock(item.starts_at, clinic_zone(viewer))
        found += [
            Word(one.patient_id, one.name, item.who, starts, own.get(one.patient_id))
            for one in people.people
            if one.patient_id in alone
        ]
    return found
