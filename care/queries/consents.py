"""What a patient has agreed to, who looked at what, and what left the clinic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.kit.keyset import page_of
from care.access import Chart
from care.models import AccessLogEntry, Consent, Disclosure, User
from care.queries.names import supporter_names

Position = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Look:
    """One row of the patient's access log, in plain words."""

    row: int
    at: datetime
    who: str
    role: str
    action: str
    what: str
    why: str


#: How a row of the log reads for the patient it is about.
ACTIONS = {"read": "looked at", "write": "changed", "denied": "was refused"}
REASONS = {
    "own": "You did, yourself.",
    "primary_therapist": "They are your primary therapist.",
    "therapist": "They are on your care team.",
    "group_leader": "They lead your group.",
    "physician": "They are your physician.",
    "nurse": "They are your nurse.",
    "case_manager": "They are your case manager.",
    "break_glass": "They opened your chart in an emergency. Your clinic's privacy officer knows.",
    "not_on_care_team": "They are not on your care team, so they saw nothing.",
    "own_notes": "Such notes are a clinician's own: they see only what they wrote themselves.",
    "counselling_consent": "You agreed that they may read counselling notes.",
    "no_such_note_for_them": "There was no counselling note for them, so they saw nothing.",
    "family_support": "You agreed that they may see it, as your support person.",
    "handed_over": "Your group was handed to another leader, who sees nothing of yours by that.",
    "support_code": "They used the code that you gave them.",
    "nothing_shared": "What you had agreed to with them is over, so they saw nothing.",
    "no_consent": "You had not agreed, so they saw nothing.",
    "not_in_scope": "What you agreed to does not cover it, so they saw nothing.",
    "other_recipient": "What you agreed to is for somebody else, so they saw nothing.",
}
#: Where a kind of data has no name that a patient would know.
WHAT = {"support_view": "what you share with them"}
OTHER_REASON = "It was part of running your programme."


def consents_of(*, chart: Chart) -> Sequence[Consent]:
    """List every consent of the patient, the newest first, also those that are over."""
    return list(Consent.objects.filter(patient_id=chart.patient_id).order_by("-agreed_at", "-id"))


def disclosures_of(*, chart: Chart) -> Sequence[Disclosure]:
    """List what left the clinic in the last six years, the newest first (42 CFR 2.25)."""
    return list(Disclosure.objects.filter(patient_id=chart.patient_id).order_by("-at", "-id"))


def looks_page(
    *, chart: Chart, limit: int, position: Position | None = None, is_backwards: bool = False
) -> list[Look]:
    """List who reached for the patient's data, the newest first, refusals included."""
    rows = AccessLogEntry.objects.filter(patient_id=chart.patient_id)
    found = page_of(rows, limit=limit, position=position, is_backwards=is_backwards, at="at")
    others = {
        row.actor_id for row in found if row.actor_id and row.actor_role == User.Role.SUPPORTER
    }
    names = supporter_names(chart=chart, ids=others) if others else {}
    return [_look(row, chart, names) for row in found]


def _look(row: AccessLogEntry, chart: Chart, names: Mapping[UUID, str]) -> Look:
    is_self = row.actor_id == chart.patient_id
    return Look(
        row=row.pk,
        at=row.at,
        who="You" if is_self else _who(row, names),
        role=row.actor_role,
        action=ACTIONS[row.action],
        what=WHAT.get(row.data_class, row.data_class.replace("_", " ")),
        why=REASONS.get("own" if is_self else row.reason, OTHER_REASON),
    )


def _who(row: AccessLogEntry, names: Mapping[UUID, str]) -> str:
    """Name whoever acted as they were called then; other patients are named to nobody."""
    if row.actor_id is None:
        return row.actor_name or "The service"
    if row.actor_role == User.Role.SUPPORTER and row.actor_id in names:
        return f"Your support person {names[row.actor_id]}"
    return row.actor_name or "Somebody else"
