"""The schedule: when patients are free, what plans conflict with, and what groups are taught."""

from typing import Any

from tests.contract.naming import chosen
from tests.contract.stage import Stage


def play(on: Stage) -> None:
    """Say it, plan over it, ask to move, and write a curriculum."""
    _availability(on)
    _conflicts(on)
    _move_request(on)
    _curriculum(on)


def _availability(on: Stage) -> None:
    span: dict[str, Any] = {
        "days": ["mon", "wed"], "starts": "09:00", "ends": "12:00", "kind": "busy",
        "reason": "work",
    }  # fmt: skip
    night = {"days": ["fri"], "starts": "22:00", "ends": "24:00", "kind": "free"}
    on.noah.get("availability")
    on.noah.put("availability", {"spans": [span]})
    on.noah.put("availability", {"spans": [span, night]}, rev=0)
    on.noah.put("availability", {"spans": [span]}, rev=0)
    for wrong in (
        {}, {"spans": [span | {"days": []}]}, {"spans": [span, span]},
        {"spans": [span | {"ends": "09:00"}, night | {"reason": "work"}]},
        {"spans": [span | {"starts": "24:00", "ends": "9:00", "kind": "away", "more": 1}]},
        {"spans": [span | {"reason": None}]},
    ):  # fmt: skip
        on.noah.put("availability", wrong, rev=1)
    door = f"patients/{on.id('noah')}/availability"
    on.dr_lind.get(door)
    on.dr_okafor.get(door)
    on.noah.get(door)
    on.dr_lind.get("availability")
    on.dr_lind.get(f"patients/{on.id('noah')}/week")
    on.dr_okafor.get(f"patients/{on.id('maya')}/week")
    on.dr_okafor.get(f"patients/{on.id('noah')}/week")


def _conflicts(on: Stage) -> None:
    body = {
        "kind": "individual", "patient": on.id("noah"), "starts_at": "2026-05-11T15:00:00Z",
        "ends_at": "2026-05-11T15:50:00Z", "repeats": {"days": ["mon", "wed"]},
    }  # fmt: skip
    made = on.dr_lind.post("sessions", body)
    on.dr_lind.post("sessions", body)
    moved = {"starts_at": "2026-05-11T16:30:00Z", "ends_at": "2026-05-11T17:20:00Z"}
    on.dr_lind.patch(f"sessions/{made['id']}", moved, rev=made["rev"])


def _move_request(on: Stage) -> None:
    door = f"sessions/{on.id('session_id')}/move-request"
    on.maya.post(door, {"reason": "work", "note": "Fridays are better"})
    on.maya.post(door, {"reason": "work", "note": "Fridays are better"})
    on.maya.post(door, {"reason": "party", "note": 7, "more": 1})
    on.maya.post(f"sessions/{on.world.group_session.pk}/move-request", {})
    on.noah.post(door, {})
    on.maya.post(f"sessions/{chosen(95)}/move-request", {})
    on.maya.get("sessions")
    on.dr_okafor.get("sessions")
    on.dr_lind.delete(door)
    on.dr_okafor.delete(door)
    on.dr_okafor.delete(door)
    on.maya.get("sessions")


def _curriculum(on: Stage) -> None:
    door = f"groups/{on.id('group_id')}/curriculum"
    body: dict[str, Any] = {
        "theme": "stress", "own_words": "Calm", "starts_on": "2026-05-04",
        "weeks": [
            {"text": "Riding it out", "skills": ["ride-the-urge"], "lessons": ["sleep-habits"]},
            {"text": "Slowing down", "skills": ["slow-breathing"]},
        ],
    }  # fmt: skip
    on.dr_okafor.get(door)
    on.dr_okafor.put(door, body)
    on.dr_okafor.put(door, body, rev=0)
    on.dr_okafor.put(door, body, rev=0)
    for wrong in (
        {}, body | {"theme": "other", "own_words": ""}, body | {"weeks": [{"text": ""}]},
        body | {"weeks": [{"text": "x", "skills": ["no-such-skill"], "lessons": ["none"]}]},
        {"theme": "party", "starts_on": "soon", "repeats": 1, "weeks": "all", "more": 1},
    ):  # fmt: skip
        on.dr_okafor.put(door, wrong, rev=1)
    on.dr_lind.get(door)
    on.dr_lind.put(door, body, rev=1)
    on.dr_okafor.get(f"groups/{chosen(94)}/curriculum")
    on.maya.get(door)
    on.dr_okafor.get(f"sessions/{on.world.group_session.pk}/brief")
