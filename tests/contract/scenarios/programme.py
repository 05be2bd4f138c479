"""The programme: groups, episodes, steps, certifications and the plan of care."""

from typing import Any

from tests.contract.naming import chosen
from tests.contract.stage import Stage


def play(on: Stage) -> None:
    """Run groups, admit, certify, plan, and step down."""
    _groups(on)
    _certifies(on)
    _plans(on)
    _steps(on)
    _admits(on)
    _level_plans(on)


def _groups(on: Stage) -> None:
    on.dr_okafor.get("groups")
    made = on.dr_okafor.post("groups", {"name": "Late group"})
    on.dr_okafor.post("groups", {"name": "Late group"})
    for wrong in ({}, {"name": ""}, {"name": "a\nb", "leader": "x"}, {"name": 7}):
        on.dr_okafor.post("groups", wrong)
    door = f"groups/{made['id']}/members"
    maya, noah = on.id("maya"), on.id("noah")
    on.dr_okafor.post(door, {"patient": maya})
    on.dr_okafor.post(door, {"patient": maya})
    on.dr_okafor.post(door, {"patient": noah})
    on.dr_lind.post(door, {"patient": noah})
    on.dr_okafor.post(door, {"patient": "maya", "role": "x"})
    on.dr_okafor.post(f"groups/{chosen(9)}/members", {"patient": maya})
    on.dr_okafor.get("groups")
    on.dr_lind.get("groups")
    on.dr_okafor.delete(f"{door}/{maya}")
    on.dr_okafor.delete(f"{door}/{maya}")
    on.maya.get("groups")


def _certifies(on: Stage) -> None:
    maya = on.id("maya")
    on.dr_okafor.post("certifications", {"patient": maya})
    team = f"patients/{maya}/care-team"
    on.dr_okafor.post(team, {"clinician": on.id("dr_lind"), "role": "physician"})
    on.dr_lind.post("certifications", {"patient": maya})
    on.dr_lind.post("certifications", {"patient": maya})
    on.dr_lind.post("certifications", {"patient": "maya", "on": "x"})
    on.dr_lind.post("certifications", {})
    on.dr_lind.post("certifications", {"patient": on.id("noah")})
    on.maya.get("certifications")
    on.dr_okafor.get(f"certifications?patient={maya}")
    on.dr_okafor.get("certifications?patient=maya")
    on.dr_okafor.get(f"certifications?patient={on.id('noah')}")
    on.ada.get("certifications")


def _plans(on: Stage) -> None:
    door = f"care-plan?patient={on.id('maya')}"
    on.dr_okafor.get(door)
    on.dr_okafor.get("care-plan")
    on.maya.get("care-plan")
    on.noah.get("care-plan")
    on.ada.get("care-plan")
    body: dict[str, Any] = {"hours_per_week": 12.5, "goals": ["Sleep by eleven", "Call Ines"],
                            "reviewed_on": "2026-05-04"}  # fmt: skip
    on.dr_okafor.put(door, body)
    on.dr_okafor.put(door, body, rev=0)
    on.dr_okafor.put(door, body, rev=1)
    for wrong in (
        {}, body | {"hours_per_week": 4}, body | {"hours_per_week": "9"}, body | {"goals": "one"},
        body | {"goals": ["x" * 501, 7]}, body | {"reviewed_on": "2999-01-01", "more": 1},
        body | {"hours_per_week": 200, "reviewed_on": "soon"},
    ):  # fmt: skip
        on.dr_okafor.put(door, wrong, rev=2)
    on.dr_lind.put(f"care-plan?patient={on.id('noah')}", body | {"hours_per_week": 9}, rev=0)
    on.maya.get("care-plan")


def _steps(on: Stage) -> None:
    door = f"episodes/{on.id('episode_id')}/level-changes"
    on.dr_okafor.get(door)
    sent: dict[str, Any] = {
        "to": "outpatient",
        "on": "2026-05-04",
        "reason": "Back at work, sleeping well.",
    }
    for wrong in (
        {}, sent | {"to": "spa"}, sent | {"reason": "", "on": "soon"}, sent | {"on": "2001-01-01"},
        sent | {"to": "intensive_outpatient"}, sent | {"why": "x", "on": "2031-01-01"},
    ):  # fmt: skip
        on.dr_okafor.post(door, wrong)
    for wrong in (
        sent | {"asam": {"edition": "3", "code": "2.7"}}, sent | {"asam": {"code": 7}},
        sent | {"outcome": "completed"}, sent | {"receiving": "North"},
        sent | {"to": "discharge", "outcome": "transferred"},
    ):  # fmt: skip
        on.dr_okafor.post(door, wrong)
    on.dr_okafor.post(door, sent | {"asam": {"edition": "3", "code": "1"}})
    on.dr_okafor.post(door, sent | {"to": "aftercare"})
    on.maya.get(door)
    on.noah.get(door)
    on.maya.get("episodes")
    on.ada.get("episodes")


def _admits(on: Stage) -> None:
    noah = on.id("noah")
    asks = {
        "physician": on.id("dr_okafor"), "symptoms": "moderate", "lower_level_insufficient": True,
        "tolerates_intensity": True, "co_occurring_manageable": True,
        "not_at_imminent_risk": True, "complies": "able",
    }  # fmt: skip
    team = f"patients/{noah}/care-team"
    on.dr_lind.post(team, {"clinician": on.id("dr_okafor"), "role": "physician"})
    body = {"patient": noah, "level_of_care": "intensive_outpatient", "admitted_on": "2026-05-04",
            "planned_hours_per_week": 9.5, "admission": asks}  # fmt: skip
    for wrong in (
        {}, body | {"admission": None}, body | {"level_of_care": "spa", "admitted_on": "soon"},
        body | {"planned_hours_per_week": "9"}, body | {"planned_hours_per_week": 8.5},
        body | {"admission": asks | {"not_at_imminent_risk": False, "tolerates_intensity": False}},
        body | {"admission": asks | {"symptoms": "mild", "complies": "no", "physician": "x"}},
        body | {"admission": {}}, body | {"patient": chosen(9)},
    ):  # fmt: skip
        on.dr_lind.post("episodes", wrong)
    known = {"asam": {"edition": "4", "code": "2.1"}}
    for wrong in (
        body | {"referral": {"kind": "spa", "name": 7}}, body | {"asam": {"edition": "9"}},
    ):  # fmt: skip
        on.dr_lind.post("episodes", wrong)
    body |= known | {"referral": {"kind": "hospital", "name": "Lakeside"}}
    on.dr_lind.post("episodes", body)
    on.dr_lind.post("episodes", body)
    on.dr_lind.get(f"episodes?patient={noah}")
    on.dr_lind.get("episodes?patient=noah&open=true")
    listed = on.noah.get("episodes")
    on.dr_lind.post(
        f"episodes/{listed['results'][0]['id']}/level-changes",
        {"to": "discharge", "on": "2026-05-04", "reason": "Moves north.", "outcome": "transferred",
         "receiving": "North Clinic"},
    )  # fmt: skip
    on.noah.get("disclosures")


def _level_plans(on: Stage) -> None:
    door = "clinic/level-plans/outpatient"
    plan: dict[str, Any] = {
        "sessions_per_week": 2, "hours_per_week": 3, "check_ins": ["19:00"],
        "reminder_minutes": 60, "measures": [{"instrument": "phq-9", "every_days": 14}],
    }  # fmt: skip
    on.ada.put(door, plan)
    on.ada.put(door, plan, rev=0)
    on.ada.put(door, plan | {"sessions_per_week": 3}, rev=0)
    on.ada.put(door, plan | {"sessions_per_week": 3}, rev=1)
    for wrong in (
        {"check_ins": ["19:00", "19:30"]}, {"measures": [{"instrument": "x", "every_days": 0}]},
        {"measures": [{"instrument": "x", "every_days": 7}]}, {"sessions_per_week": -1, "more": 1},
    ):  # fmt: skip
        on.ada.put(door, wrong, rev=2)
    on.ada.put("clinic/level-plans/spa", plan, rev=0)
    on.ada.get(door)
    on.dr_okafor.put(door, plan, rev=2)
    on.maya.get("clinic/level-plans")
    theirs = f"patients/{on.id('maya')}/level-plan"
    on.dr_okafor.get(theirs)
    for rev in (1, 2, 2):
        on.dr_okafor.post(theirs, {"rev": rev})
    on.dr_okafor.post(theirs, {"rev": "x", "more": 1})
    on.dr_lind.get(theirs)
    on.dr_lind.get(f"patients/{on.id('noah')}/level-plan")
