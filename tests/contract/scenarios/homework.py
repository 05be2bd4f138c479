"""Homework, what a patient watches and plans: assignments, targets and situation plans."""

from tests.api.sample_entries import full
from tests.contract.naming import chosen
from tests.contract.stage import Stage


def play(on: Stage) -> None:
    """Assign, practise, change and end; set targets; plan, and practise by a plan."""
    _assignments(on)
    _targets(on)
    _situation_plans(on)


def _assignments(on: Stage) -> None:
    door = f"patients/{on.id('maya')}/assignments"
    on.maya.get("assignments")
    body = {"skill": "slow-breathing", "per_week": 4, "until": "2026-06-01", "note": "evenings"}
    made = on.dr_okafor.post(door, body)
    on.dr_okafor.post(door, body)
    for wrong in (
        {}, {"skill": "unheard-of", "per_week": 4}, {"skill": "name-it", "per_week": 0},
        {"skill": "name-it", "per_week": 99, "until": "soon", "note": 7, "more": 1},
        {"skill": "name-it", "per_week": 2, "until": "2020-01-01"},
    ):  # fmt: skip
        on.dr_okafor.post(door, wrong)
    practised = full("skill_practice") | {"id": chosen(1), "assignment": made["id"]}
    on.maya.post("entries", practised)
    on.maya.post("entries", practised | {"id": chosen(2), "assignment": chosen(99)})
    on.maya.get("assignments")
    one = f"{door}/{made['id']}"
    on.dr_okafor.patch(one, {"per_week": 5})
    on.dr_okafor.patch(one, {"per_week": 5, "until": None, "note": ""}, rev=1)
    on.dr_okafor.patch(one, {"per_week": 3}, rev=1)
    on.dr_okafor.patch(one, {"per_week": "many", "skill": "name-it"}, rev=2)
    on.dr_okafor.patch(one, {"until": "2020-01-01"}, rev=2)
    on.dr_okafor.get(door)
    on.dr_lind.get(door)
    on.dr_lind.delete(one, rev=2)
    on.dr_okafor.delete(one)
    on.dr_okafor.delete(one, rev=1)
    on.dr_okafor.delete(one, rev=2)
    on.dr_okafor.delete(one, rev=3)
    close = f"assignments/{made['id']}/close"
    for wrong in ({}, {"outcome": "done", "note": 7, "more": 1}):
        on.dr_okafor.post(close, wrong)
    on.maya.post(close, {"outcome": "kept"})
    on.dr_lind.post(close, {"outcome": "kept"})
    on.dr_okafor.post(close, {"outcome": "kept", "note": "You found your own evenings for it."})
    on.dr_okafor.post(close, {"outcome": "kept"})
    on.dr_okafor.post(close, {"outcome": "dropped"})
    on.maya.get("assignments?ended=true")
    on.dr_okafor.get(f"{door}?ended=true")
    on.maya.get("assignments?ended=perhaps&x=1")
    on.maya.get("reminders")


def _targets(on: Stage) -> None:
    on.maya.get("targets")
    on.maya.put("targets", {"targets": ["shopping", "gaming"]})
    on.maya.put("targets", {"targets": ["shopping", "gaming"]}, rev=1)
    on.maya.put("targets", {"targets": []}, rev=1)
    for wrong in (
        {"targets": ["a", "b", "c", "d", "e"]}, {"targets": ["a", "A"]}, {"targets": ["", 7]},
        {"targets": "shopping"}, {}, {"targets": ["suicide"]}, {"targets": ["x" * 61]},
    ):  # fmt: skip
        on.maya.put("targets", wrong, rev=2)
    door = f"patients/{on.id('maya')}/targets"
    on.dr_okafor.get(door)
    on.dr_okafor.put(door, {"targets": ["gaming"]}, rev=2)
    on.dr_okafor.put(door, {"targets": ["gaming"]}, rev=3)
    on.dr_lind.get(door)
    on.maya.get("targets")
    urges = {"gaming": {"peak": 3, "acted": False}, "unheard-of": {"peak": 1}}
    on.maya.post("entries", full("daily") | {"id": chosen(3), "urges": urges})


def _situation_plans(on: Stage) -> None:
    bar = {"situation": "walking past the bar", "skill": "slow-breathing"}
    payday = {"situation": "payday", "skill": "name-it", "words": "I say it, and go home by bus."}
    on.noah.get("situation-plans")
    on.noah.put("situation-plans", {"results": [bar]})
    on.noah.put("situation-plans", {"results": [bar]}, rev=3)
    made = on.noah.put("situation-plans", {"results": [bar]}, rev=0)
    on.noah.put("situation-plans", {"results": [bar]}, rev=0)
    for wrong in (
        {}, {"results": "none"}, {"results": [bar, bar], "more": 1}, {"results": [bar] * 13},
        {"results": [bar, bar]}, {"results": [{"skill": "unheard-of", "situation": "late"}]},
        {"results": [{}, payday | {"agreed_with": "nobody", "id": 7, "words": ""}]},
        {"results": [payday | {"agreed_with": on.id("dr_okafor")}]},
    ):  # fmt: skip
        on.noah.put("situation-plans", wrong, rev=1)
    door = f"patients/{on.id('noah')}/situation-plans"
    on.dr_lind.get(door)
    on.dr_lind.put(door, {"results": [payday]}, rev=1)
    agreed = payday | {"agreed_with": on.id("dr_lind")}
    on.dr_lind.put(door, {"results": [*made["results"], agreed]}, rev=1)
    on.dr_okafor.get(door)
    on.dr_okafor.put(door, {"results": []}, rev=2)
    plan = f"plan:{made['results'][0]['id']}"
    practised = full("skill_practice") | {"id": chosen(4), "origin": plan}
    on.noah.post("entries", practised)
    on.noah.post("entries", practised | {"id": chosen(5), "origin": f"plan:{chosen(98)}"})
    on.noah.post("entries", full("mood") | {"id": chosen(6), "origin": plan})
    on.noah.put("situation-plans", {"results": []}, rev=2)
    on.noah.get("situation-plans/history")
    on.noah.get(f"entries/{chosen(4)}")
