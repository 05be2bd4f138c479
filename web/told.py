"""Acts of administration in words, for the privacy officer and for whom they concern."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from care.models import AdministrativeAct, User
from journaling import wording
from web.showing import clinic_zone

Kind = AdministrativeAct.Kind
OPERATOR = "Whoever runs the system"
WORDS = {
    Kind.STAFF_ADDED: "{actor} invited {about}",
    Kind.STAFF_CODE: "{actor} made a code with which {about} chooses a new password",
    Kind.FACTOR_REMOVED: "{actor} took away the second factor of {about}",
    Kind.STAFF_RENAMED: "{actor} renamed {about} to {thing}",
    Kind.SHUT_OUT: "{actor} lets {about} in no longer",
    Kind.LET_IN: "{actor} lets {about} in again",
    Kind.GROUP_HANDED_OVER: "{actor} handed the group {thing} to {about}; members: {patients}",
    Kind.HOLD_PLACED: "{actor} placed a legal hold on one patient",
    Kind.HOLD_LIFTED: "{actor} lifted a legal hold on one patient",
    Kind.ERASED: "{actor} erased one patient",
}


@dataclass(frozen=True, slots=True)
class Act:
    """One of them; ``may_review`` tells whether the reader is somebody else than who did it."""

    id: UUID
    what: str
    when: str
    may_review: bool


def of(acts: Iterable[AdministrativeAct], viewer: User) -> list[Act]:
    """Put acts into words, by the clock of the reader's clinic."""
    zone = clinic_zone(viewer)
    return [
        Act(
            id=act.pk,
            what=WORDS[Kind(act.kind)].format(
                actor=act.actor_name or OPERATOR, about=act.about_name, thing=act.thing,
                patients=act.patients,
            ),
            when=wording.moment(act.at, zone),
            may_review=act.actor_id != viewer.pk,
        )
        for act in acts
    ]  # fmt: skip
