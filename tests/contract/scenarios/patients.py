"""Patients as clinicians bring them in and read them: the card, the team, the summary, a day."""

from typing import Any

from tests.api.sample_entries import full
from tests.contract.naming import chosen
from tests.contract.stage import Stage


def play(on: Stage) -> None:
    """Invite, read, share a patient, and look at days and weeks."""
    _invites(on)
    _team(on)
    _weeks(on)


def _invites(on: Stage) -> None:
    made = on.dr_okafor.post("patients", {"display_name": "Iris", "time_zone": "America/Denver"})
    on.dr_okafor.post(f"patients/{made['id']}/invite")
    on.dr_lind.post(f"patients/{made['id']}/invite")
    on.dr_okafor.post(f"patients/{on.id('maya')}/invite")
    clinic = {"display_name": "Iris", "time_zone": "UTC", "clinic": chosen(9)}
    on.dr_okafor.post("patients", clinic)
    for wrong in (
        {}, {"display_name": "", "time_zone": "Mars/Base"}, {"display_name": "a\nb", "role": "x"},
        {"display_name": 7, "time_zone": 7, "clinic": "x"},
    ):  # fmt: skip
        on.dr_okafor.post("patients", wrong)
    on.dr_okafor.get(f"patients/{on.id('maya')}")
    on.dr_okafor.get(f"patients/{made['id']}")
    on.dr_lind.get(f"patients/{on.id('maya')}")
    on.maya.get(f"patients/{on.id('maya')}")
    on.ada.get(f"patients/{on.id('maya')}")
    on.dr_okafor.get(f"patients/{chosen(9)}")
    on.dr_okafor.get("patients/maya")


def _team(on: Stage) -> None:
    door = f"patients/{on.id('maya')}/care-team"
    lind = on.id("dr_lind")
    on.dr_okafor.get(door)
    on.dr_lind.get(door)
    on.dr_okafor.post(door, {"clinician": lind, "role": "physician"})
    on.dr_okafor.post(door, {"clinician": lind, "role": "therapist"})
    on.dr_okafor.post(door, {"clinician": lind, "role": "captain"})
    on.dr_okafor.post(door, {"clinician": chosen(9), "role": "therapist"})
    on.dr_okafor.post(door, {"clinician": "dr_lind"})
    on.dr_okafor.delete(f"{door}/{on.id('dr_okafor')}")
    on.dr_okafor.delete(f"{door}/{lind}")
    on.dr_okafor.delete(f"{door}/{lind}")
    on.dr_lind.get(f"patients/{on.id('maya')}")


def _diary_weeks(on: Stage) -> None:
    on.maya.get("diary-week")
    on.maya.get("diary-week?from=2026-04-27")
    for wrong in ("from=yesterday", "from=2026-13-01", "from=2999-01-01", "to=2026-05-01"):
        on.maya.get(f"diary-week?{wrong}")
    on.noah.get("diary-week")
    door = f"patients/{on.id('maya')}/diary-week"
    on.dr_okafor.get(door)
    on.dr_okafor.get(f"{door}?from=2026-04-27")
    on.dr_lind.get(door)
    on.maya.get(door)


def _weeks(on: Stage) -> None:
    number = 0
    for day in range(1, 15):
        for kind in ("craving", "mood", "daily", "skill_practice", "measure"):
            number += 1
            if (day + number) % 3:
                on.maya.post("entries", full(kind) | _days_ago(day, kind, number))
    on.maya.get("summary")
    on.maya.get("summary?days=14")
    for wrong in ("days=0", "days=x", "days=9999", "weeks=2"):
        on.maya.get(f"summary?{wrong}")
    on.dr_okafor.get(f"patients/{on.id('maya')}/summary?days=14")
    on.dr_lind.get(f"patients/{on.id('maya')}/summary")
    _diary_weeks(on)
    on.dr_okafor.get(f"patients/{on.id('maya')}/brief")
    on.dr_okafor.get(f"patients/{on.id('maya')}")
    on.dr_okafor.get("caseload")
    on.maya.get("day/2026-05-04")
    on.maya.get("day/2026-05-01")
    for wrong in ("today", "2026-02-30", "1800-01-01", "2031-01-01"):
        on.maya.get(f"day/{wrong}")
    on.dr_okafor.get("day/2026-05-04")


def _days_ago(days: int, kind: str, number: int) -> dict[str, Any]:
    day = f"2026-05-{4 - days:02}" if days < 4 else f"2026-04-{34 - days:02}"
    at = f"{day}T{9 + number % 8:02}:30:00-05:00"
    told = {"id": chosen(number), "occurred_at": at, "recorded_at": at, "share": "care_team"}
    own: dict[str, dict[str, Any]] = {
        "craving": {"intensity": 3 + number % 6},
        "mood": {"valence": number % 5 - 2},
        "daily": {"date": day},
        "measure": {"completed_at": at},
    }
    return told | own.get(kind, {})
