"""A clinic that is staffed: hours, a rota and a backup, and what a patient in need sends.

Harbor Clinic is there on weekdays from 8 to 5 (Chicago). ``dr_okafor`` is on duty on Mondays and
Tuesdays, ``dr_lind`` the rest of the week, ``dr_reyes`` is the backup.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from care.models import Clinic, ClinicSafety, User
from care.oncall import safety_settings
from journaling.entries.entry import EntryValue
from journaling.entries.record import record_entry
from journaling.models import SafetyEvent
from journaling.safety.respond import safety_response_for
from journaling.safety.support import Support
from tests.cast import Cast, craving, own_chart, staff

#: Monday, 10 in the morning in Chicago, and 10 in the evening.
OPEN = datetime(2026, 5, 4, 15, tzinfo=UTC)
CLOSED = datetime(2026, 5, 5, 3, tzinfo=UTC)
#: Tuesday, 8 in the morning in Chicago.
OPENS_AGAIN = datetime(2026, 5, 5, 13, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

WEEK = ["mon", "tue", "wed", "thu", "fri"]
HOURS = [{"days": WEEK, "opens": "08:00", "closes": "17:00"}]
ROTA = [
    {"days": ["mon", "tue"], "opens": "08:00", "closes": "17:00", "duty": "dr_okafor"},
    {"days": ["wed", "thu", "fri"], "opens": "08:00", "closes": "17:00", "duty": "dr_lind"},
]
EMAILS = {name: f"{name}@clinic.example.org" for name in ("dr_okafor", "dr_lind", "dr_reyes")}


def wish(**changes: Any) -> dict[str, Any]:
    """Make what an administrator sends to have alerts on."""
    whole = {
        "alerts_on": True,
        "hours": HOURS,
        "rota": ROTA,
        "backup": "dr_reyes",
        "emails": EMAILS,
        "escalate_minutes": 15,
        "repeat_minutes": 5,
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


def set_up(cast: Cast, *, has_way_out: bool = True, **changes: Any) -> ClinicSafety:
    """Have the clinic staffed as said above, but for the changes; None leaves a field out."""
    return set_up_clinic(cast.clinic, has_way_out=has_way_out, **changes)


def set_up_clinic(clinic: Clinic, *, has_way_out: bool = True, **changes: Any) -> ClinicSafety:
    """Have a clinic staffed that is not part of a cast at hand."""
    if not User.objects.filter(username="dr_reyes").exists():
        staff(clinic, "dr_reyes", "Dr. Reyes")
    tightened = changes.pop("tightened", {})
    resources = changes.pop("resources", [])
    return safety_settings.save_safety_settings(
        clinic_id=clinic.pk, sent=wish(**changes), tightened=tightened, resources=resources,
        has_way_out=has_way_out, now=OPEN,
    )  # fmt: skip


def reyes() -> User:
    """Find the backup."""
    return User.objects.get(username="dr_reyes")


def body(kind: str = "craving", *, at: datetime | None = None, **fields: Any) -> dict[str, Any]:
    """Make the body of an entry of any kind; ``OPEN`` is when, unless told otherwise."""
    made = craving(at=at or OPEN)
    if kind != "craving":
        made = {name: made[name] for name in ("id", "occurred_at", "recorded_at", "time_zone")}
    return made | {"kind": kind} | fields


def card(**fields: Any) -> dict[str, Any]:
    """Make the body of a diary card of the day of ``OPEN``."""
    return body("daily", date=OPEN.date().isoformat()) | fields


def urge(peak: int = 3, *, of: str = "suicide", **fields: Any) -> dict[str, Any]:
    """Make the body of a diary card with one urge."""
    return body("daily", urges={of: {"peak": peak}}, **fields)


def unsafe(**fields: Any) -> dict[str, Any]:
    """Make the body of an entry that says: not safe now."""
    return body(safety_check={"safe_now": False}, **fields)


def save(user: User, sent: dict[str, Any], *, now: datetime) -> EntryValue:
    """Store an entry and nothing else, as if the process died right after the commit."""
    return record_entry(chart=own_chart(user, now=now), sent=sent, now=now)[0]


def say(user: User, sent: dict[str, Any], *, now: datetime) -> Support | None:
    """Store an entry and answer it."""
    entry = save(user, sent, now=now)
    return safety_response_for(chart=own_chart(user, now=now), entries=[entry], now=now)


def the_event() -> SafetyEvent:
    """Find the one event that there is."""
    return SafetyEvent.objects.get()
