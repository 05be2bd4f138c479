"""Giving maya homework and letting her practise it, for tests."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from journaling.entries.record import record_entry
from journaling.skills import catalogue
from journaling.skills.assign import assign_skill
from journaling.skills.read import AssignedSkill, assignments_of
from tests.cast import Cast, own_chart

#: A Wednesday, noon in Chicago.
NOW = datetime(2026, 5, 6, 17, 0, tzinfo=UTC)
TODAY = date(2026, 5, 6)


def team_chart(cast: Cast, who: User | None = None) -> Chart:
    """Open maya's chart to change it, as her therapist unless told otherwise."""
    return open_chart(
        viewer=who or cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.SKILLS, now=NOW,
        to_write=True,
    )  # fmt: skip


def assigned(cast: Cast, **changes: Any) -> UUID:
    """Assign a skill; riding the urge four times a week unless told otherwise."""
    given: dict[str, Any] = {
        "skill": "ride-the-urge", "per_week": 4, "until": None, "note": "", "today": TODAY,
        "now": NOW, "skills": catalogue.shipped_skills(),
    } | changes  # fmt: skip
    return assign_skill(chart=team_chart(cast), **given)


def practised(user: User, at: str, **fields: Any) -> None:
    """Log a practice of somebody, at an hour of Chicago's wall clock."""
    later = fields.pop("recorded_at", at)
    body: dict[str, Any] = {
        "id": str(uuid4()),
        "kind": "skill_practice",
        "occurred_at": f"{at}:00-05:00",
        "recorded_at": f"{later}:00-05:00",
        "time_zone": "America/Chicago",
        "skill": "ride-the-urge",
        "attempted": True,
        "able": True,
    }
    record_entry(chart=own_chart(user), sent=body | fields, now=NOW)


def told(chart: Chart, today: date = TODAY, **asked: Any) -> list[AssignedSkill]:
    """List assignments as the chart's viewer sees them."""
    return assignments_of(chart=chart, skills=catalogue.shipped_skills(), today=today, **asked)
