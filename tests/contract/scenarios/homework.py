"""Homework, and what a patient watches: assignments and targets."""

from tests.api.sample_entries import full
from tests.contract.naming import chosen
from tests.contract.stage import Stage


def play(on: Stage) -> None:
    """Assign, practise, change and end; set targets."""
    _assignments(on)
    _targets(on)


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
