"""Giving maya homework and letting her practise it, for tests."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from care import access
from care.access import Chart, DataClass
from care.models import User
from journaling import actions, catalogue, queries
from journaling.queries.assignments import Assigned
from tests.cast import Cast, own_chart

#: A Wednesday, noon in Chicago.
NOW = datetime(2026, 5, 6, 17, 0, tzinfo=UTC)
TODAY = date(2026, 5, 6)


def team_chart(cast: Cast, who: User | None = None) -> Chart:
    """Open maya's chart to change it, as her therapist unless told otherwise."""
    return access.open_chart(
        viewer=who or cast.dr_okafor, patient_id=cast.maya.pk, what=DataClass.SKILLS, now=NOW,
        to_write=True,
    )  # fmt: skip


def assigned(cast: Cast, **changes: Any) -> UUID:
    """Assign a skill; riding the urge four times a week unless told otherwise."""
    given: dict[str, Any] = {
        "skill": "ride-the-urge", "per_week": 4, "until": None, "note": "", "today": TODAY,
        "now": NOW, "skills": catalogue.skills(),
    } | changes  # fmt: skip
    return actions.assign_skill(chart=team_chart(cast), **given)


def practised(user: User, at: str, **fields: Any) -> None:
    """Let somebody have practised, at an hour of Chicago's wall clock."""
    later = fields.pop("recorded_at", at)
    body = {
        "id": str(uuid4()),
        "kind": "skill_practice",
        "occurred_at": f"{at}:00-05:00",
        "recorded_at": f"{later}:00-05:00",
        "time_zone": "America/Chicago",
        "skill": "ride-the-urge",
        "attempted": True,
        "able": True,
    }
    actions.record_entry(chart=own_chart(user), sent=body | fields, now=NOW)


def told(chart: Chart, today: date = TODAY, **asked: Any) -> list[Assigned]:
    """List assignments as the chart's viewer sees them."""
    return queries.assignments_of(chart=chart, skills=catalogue.skills(), today=today, **asked)
