"""Medicine and physical health: what is taken, screenings, bounds; the plan and feedback."""

from typing import Any

from tests.contract.naming import chosen
from tests.contract.stage import Stage


def play(on: Stage) -> None:
    """Write down a medicine, screenings and bounds; answer the plan; say how a session was."""
    _medications(on)
    _screenings(on)
    _bounds(on)
    _plan(on)
    _hours(on)
    _case_management(on)


def _medications(on: Stage) -> None:
    door = f"patients/{on.id('maya')}/medications"
    on.maya.get("medications")
    body: dict[str, Any] = {
        "name": "Sertraline", "kind": "medicine", "dose": "50 mg with food", "times": ["08:00"],
        "starts_on": "2026-03-01", "prescriber": "Dr. Hale", "refill_by": "2026-05-20",
        "reminder": True,
    }  # fmt: skip
    made = on.dr_okafor.post(door, body)
    on.dr_okafor.post(door, body)
    for wrong in (
        {}, body | {"kind": "herb", "times": ["8 am"], "days": ["monday"], "more": 1},
        body | {"name": "Magnesium", "ends_on": "2026-02-01"},
        body | {"name": "Magnesium", "times": ["08:00", "08:10"]},
        body | {"name": "Magnesium", "times": [], "days": []},
    ):  # fmt: skip
        on.dr_okafor.post(door, wrong)
    supplement = {"name": "Magnesium", "kind": "supplement", "dose": "one", "times": []}
    on.dr_okafor.post(door, supplement | {"starts_on": "2026-04-01", "days": ["mon", "thu"]})
    on.dr_lind.post(door, body)
    one = f"medications/{made['id']}"
    on.dr_okafor.patch(one, {"dose": "100 mg"})
    on.dr_okafor.patch(one, {"dose": "100 mg", "times": ["20:00", "08:00"]}, rev=1)
    on.dr_okafor.patch(one, {"dose": "75 mg"}, rev=1)
    on.dr_okafor.patch(one, {"dose": None, "reminder": "yes"}, rev=2)
    on.dr_okafor.patch(one, dict.fromkeys(("times", "starts_on", "kind", "reminder")), rev=2)
    on.dr_lind.patch(one, {"dose": "75 mg"}, rev=2)
    on.maya.patch(one, {"dose": "75 mg"}, rev=2)
    on.maya.get("medications")
    on.maya.get("reminders")
    on.dr_okafor.delete(one)
    on.dr_okafor.delete(one, rev=2)
    on.dr_okafor.delete(one, rev=3)
    on.dr_okafor.get(door)
    on.dr_lind.get(door)
    on.maya.get("medications?ended=true")


def _screenings(on: Stage) -> None:
    door = f"patients/{on.id('maya')}/screenings"
    body = {"kind": "Hepatitis C", "asked_on": "2026-04-20"}
    on.dr_okafor.post(door, body)
    on.dr_okafor.post(door, body | {"done_on": "2026-04-28", "result": "negative"})
    on.dr_okafor.post(door, {"kind": "TB", "asked_on": "2026-04-21"})
    for wrong in (
        {}, body | {"asked_on": "2999-01-01"}, body | {"done_on": "2026-01-01"},
        body | {"kind": "", "result": 7, "more": 1}, body | {"result": "negative"},
    ):  # fmt: skip
        on.dr_okafor.post(door, wrong)
    on.dr_okafor.get(door)
    on.dr_lind.get(door)
    on.maya.get(door)


def _bounds(on: Stage) -> None:
    door = f"patients/{on.id('maya')}/vital-bounds"
    on.dr_okafor.get(door)
    body = {"blood_pressure": {"high": 140}, "weight": {"low": 110, "high": 150.5, "unit": "lb"}}
    on.dr_okafor.put(door, body)
    on.dr_okafor.put(door, body, rev=0)
    on.dr_okafor.put(door, body, rev=0)
    faulty: tuple[dict[str, Any], ...] = (
        {"weight": {}}, {"weight": {"low": 9, "high": 8}}, {"weight": {"low": "9"}},
        {"mood": {"low": 1}, "pulse": 7},
    )  # fmt: skip
    for wrong in faulty:
        on.dr_okafor.put(door, wrong, rev=1)
    on.dr_okafor.put(door, {}, rev=1)
    on.dr_lind.get(door)
    on.maya.get(door)


def _plan(on: Stage) -> None:
    door = f"patients/{on.id('noah')}/care-plan"
    on.dr_lind.get(door)
    objective = {"text": "Breathe each evening", "skills": ["slow-breathing"]}
    goal = {"text": "In bed by eleven", "objectives": [objective]}
    body: dict[str, Any] = {"hours_per_week": 9, "problems": [{"text": "Sleep", "goals": [goal]}]}
    on.dr_lind.put(door, body)
    on.dr_lind.put(door, body, rev=0)
    for wrong in (
        {}, body | {"goals": ["Sleep"]}, {"hours_per_week": 9},
        body | {"problems": [{"text": 7, "goals": [{"objectives": [{"skills": "all"}]}]}]},
    ):  # fmt: skip
        on.dr_lind.put(door, wrong, rev=1)
    on.dr_okafor.get(door)
    answer = {"agreed": False, "comment": "Eleven is too early."}
    for sent in (answer, answer, {"agreed": True}, {}, {"agreed": "yes", "more": 1}):
        on.noah.post("care-plan/1/response", sent)
    on.noah.post("care-plan/2/response", answer)
    on.dr_lind.post("care-plan/1/response", answer)
    on.noah.get("care-plan")
    feedback = {"heard": 8, "goals": 7, "approach": 9, "overall": 8, "comment": "Good pace."}
    on.maya.post(f"sessions/{on.id('session_id')}/feedback", feedback)
    on.wait(minutes=61)
    on.maya.post(f"sessions/{on.id('session_id')}/feedback", feedback)
    on.maya.post(f"sessions/{on.id('session_id')}/feedback", feedback | {"heard": 3})
    on.noah.post(f"sessions/{on.id('session_id')}/feedback", feedback)
    on.maya.post(f"sessions/{chosen(97)}/feedback", feedback)
    on.maya.post(f"sessions/{chosen(97)}/feedback", {"heard": 11, "goals": "7", "more": 1})


def _hours(on: Stage) -> None:
    door = f"patients/{on.id('maya')}/hours"
    attended = [{"patient": on.id("maya"), "status": "late", "minutes": 40}]
    on.dr_okafor.post(f"sessions/{on.id('session_id')}/attendance", attended)
    on.dr_okafor.get(f"{door}?from=2026-05-01&to=2026-05-04")
    on.dr_okafor.get(door)
    for wrong in ("from=soon", "from=2026-05-04&to=2026-05-01", "from=2026-01-01", "since=x"):
        on.dr_okafor.get(f"{door}?{wrong}")
    on.dr_lind.get(door)
    on.maya.get(door)
    report = "reports/attendance?from=2026-05-01&to=2026-05-04"
    on.ada.get(report)
    on.ada.get(f"{report}&format=csv")
    on.ada.get(f"{report}&format=pdf")
    on.dr_okafor.get(report)
    outcomes = "reports/outcomes?from=2026-01-01&to=2026-05-04"
    on.ada.get(outcomes)
    on.ada.get(f"{outcomes}&format=csv")
    for wrong in ("from=soon", "from=2026-05-04&to=2026-05-01", "from=2001-01-01", "by=therapist"):
        on.ada.get(f"reports/outcomes?{wrong}")
    on.dr_okafor.get(outcomes)
    on.ada.get("reports/census")
    on.ada.get("reports/census?on=2026-04-04")
    on.ada.get("reports/census?on=2999-01-01")
    on.dr_okafor.get("reports/due")
    on.ada.get("reports/due")
    on.maya.get("reports/due")


def _case_management(on: Stage) -> None:
    needs, tasks = (f"patients/{on.id('maya')}/{what}" for what in ("needs", "tasks"))
    body: dict[str, Any] = {"kind": "work", "text": "Ask about fewer hours"}
    for sent in (body, body, body | {"met": True}, {}, {"kind": "car", "text": 7, "more": 1}):
        on.dr_okafor.post(needs, sent)
    on.dr_okafor.get(needs)
    on.dr_lind.get(needs)
    made = on.dr_okafor.post(tasks, {"text": "Call the landlord", "due_on": "2026-05-10"})
    own = {"text": "Write the letter", "owner": on.id("dr_okafor")}
    theirs = on.dr_okafor.post(tasks, own)
    for wrong in (
        {}, own | {"owner": on.id("dr_lind")}, own | {"need": chosen(96)},
        {"text": "", "due_on": "soon", "more": 1},
    ):  # fmt: skip
        on.dr_okafor.post(tasks, wrong)
    on.maya.get("tasks")
    on.maya.post(f"tasks/{theirs['id']}/done")
    on.maya.post(f"tasks/{made['id']}/done")
    on.maya.post(f"tasks/{made['id']}/done")
    on.dr_lind.post(f"tasks/{theirs['id']}/done")
    on.dr_okafor.post(f"tasks/{theirs['id']}/done")
    on.dr_okafor.get(tasks)
    on.maya.get(tasks)
    plan = {"warning_signs": ["Skipping meals"], "people": ["My sister, 312 555 0140"]}
    on.noah.get("aftercare-plan")
    on.noah.put("aftercare-plan", plan)
    on.noah.put("aftercare-plan", plan, rev=0)
    on.noah.put("aftercare-plan", plan, rev=0)
    on.noah.put("aftercare-plan", {"skills": ["x" * 301], "meetings": "all", "more": 1}, rev=1)
    door = f"patients/{on.id('noah')}/aftercare-plan"
    on.dr_lind.get(door)
    on.dr_lind.put(door, plan | {"skills": ["Slow breathing"]}, rev=1)
    on.dr_okafor.get(door)
    on.noah.get(door)
