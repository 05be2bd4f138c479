"""The access log as its patient reads it, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.kit.keyset import page_of
from care.access.chart import Chart
from care.access.log import LINK_ROLE
from care.models import AccessLogEntry, User
from care.people.patients import supporter_names

LogPosition = tuple[datetime, int]
#: How a row of the log reads for the patient it is about.
ACTION_TEXTS = {"read": "looked at", "write": "changed", "denied": "was refused"}
REASON_TEXTS = {
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
    "handover_link": "They opened the link of a handover that you had agreed to.",
    "wrong_passcode": "They had the link of a handover and not its passcode, so they saw nothing.",
    "no_consent": "You had not agreed, so they saw nothing.",
    "not_in_scope": "What you agreed to does not cover it, so they saw nothing.",
    "other_recipient": "What you agreed to is for somebody else, so they saw nothing.",
}
#: Where a kind of data has no name that a patient would know.
DATA_TEXTS = {
    "support_view": "what you share with them",
    "outcomes": "how treatment went, as one of many in sums without names",
}
OTHER_REASON_TEXT = "It was part of running your programme."


@dataclass(frozen=True, slots=True)
class AccessLogLine:
    """One row of the patient's access log, in plain words."""

    row: int
    at: datetime
    who: str
    role: str
    action: str
    what: str
    why: str


def access_log_page(
    *, chart: Chart, limit: int, position: LogPosition | None = None, is_backwards: bool = False
) -> list[AccessLogLine]:
    """List who accessed the patient's data, the newest first, denials included."""
    rows = AccessLogEntry.objects.filter(patient_id=chart.patient_id)
    page = page_of(rows, limit=limit, position=position, is_backwards=is_backwards, at="at")
    supporter_ids = {
        row.actor_id for row in page if row.actor_id and row.actor_role == User.Role.SUPPORTER
    }
    names = supporter_names(chart=chart, ids=supporter_ids) if supporter_ids else {}
    return [_log_line(row, chart, names) for row in page]


def _log_line(row: AccessLogEntry, chart: Chart, names: Mapping[UUID, str]) -> AccessLogLine:
    is_self = row.actor_id == chart.patient_id
    return AccessLogLine(
        row=row.pk,
        at=row.at,
        who="You" if is_self else _actor_text(row, names),
        role=row.actor_role,
        action=ACTION_TEXTS[row.action],
        what=DATA_TEXTS.get(row.data_class, row.data_class.replace("_", " ")),
        why=REASON_TEXTS.get("own" if is_self else row.reason, OTHER_REASON_TEXT),
    )


def _actor_text(row: AccessLogEntry, names: Mapping[UUID, str]) -> str:
    """Return who acted, as they were called then; other patients are named to nobody."""
    if row.actor_role == LINK_ROLE:
        return f"Whoever called themselves “{row.actor_name}”"
    if row.actor_id is None:
        return row.actor_name or "The service"
    if row.actor_role == User.Role.SUPPORTER and row.actor_id in names:
        return f"Your support person {names[row.actor_id]}"
    return row.actor_name or "Somebody else"
