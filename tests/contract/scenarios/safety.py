"""Safety: help for everybody, the own plan, what staff is told, and the block of an answer."""

from typing import Any

from tests.api.sample_entries import full
from tests.contract.naming import chosen
from tests.contract.stage import Stage

PLAN: dict[str, Any] = {
    "warning_signs": ["I stop answering messages"],
    "what_i_do": ["walk by the lake", "slow breathing"],
    "distractions": ["the library"],
    "people_i_ask": [{"name": "Ines", "contact": "555-0101"}],
    "professionals": [{"name": "Dr. Okafor", "contact": None}],
    "safer_surroundings": ["my brother keeps the key"],
}


def play(on: Stage) -> None:
    """Plan for it, say so, and be answered."""
    found = on.nobody.get("crisis-resources")
    on.nobody.get("crisis-resources", If_None_Match=found.headers["ETag"])
    on.maya.get("crisis-resources")
    on.nobody.get("crisis-resources?region=US")
    _plan(on)
    _says_so(on)
    _events(on)


def _plan(on: Stage) -> None:
    on.noah.get("safety-plan")
    on.maya.get("safety-plan")
    on.maya.put("safety-plan", PLAN)
    on.maya.put("safety-plan", PLAN, rev=9)
    on.maya.put("safety-plan", PLAN, rev=1)
    wrongs: tuple[Any, ...] = (
        {"warning_signs": "none"}, {"people_i_ask": [{"contact": 7}], "more": 1}, [],
        {"what_i_do": ["x" * 2001, ""]}, {"professionals": [{"name": "", "phone": "x"}]},
    )  # fmt: skip
    for wrong in wrongs:
        on.maya.put("safety-plan", wrong, rev=2)
    on.maya.get("safety-plan/history")
    door = f"patients/{on.id('maya')}/safety-plan"
    on.dr_okafor.get(door)
    on.dr_lind.get(door)
    on.maya.get(door)


def _says_so(on: Stage) -> None:
    unsafe: dict[str, Any] = {"safety_check": {"safe_now": False, "intent": True}}
    told: tuple[tuple[str, dict[str, Any]], ...] = (
        ("daily", {"urges": {"suicide": {"peak": 3, "acted": False}}}),
        ("craving", {"safety_check": {"safe_now": False}}),
        ("pre_session", {"coming_in": {"die": 5}}),
        ("measure", {"answers": {f"q{item}": 3 for item in range(1, 10)}}),
        ("use", {"safety_check": {"overdose_signs": True}}),
        ("daily", {"urges": {"suicide": {"peak": 5, "acted": True}}, "date": "2026-05-03"}),
    )
    for number, (kind, said) in enumerate(told, start=1):
        on.maya.post("entries", full(kind) | {"id": chosen(number)} | said)
    on.maya.post("entries", full("craving") | {"id": chosen(20), "intensity": 99} | unsafe)
    on.maya.patch(f"entries/{chosen(2)}", unsafe | {"intensity": 99}, rev=1)
    on.noah.post("entries", full("craving") | {"id": chosen(21)} | unsafe)


def _events(on: Stage) -> None:
    on.dr_okafor.get("safety-events")
    found = on.dr_okafor.get("safety-events?open=true")
    on.dr_okafor.get("safety-events?open=perhaps")
    on.dr_okafor.get("safety-events?limit=1")
    on.dr_okafor.get("safety-events?limit=0&x=1")
    on.dr_lind.get("safety-events")
    door = f"safety-events/{found['results'][0]['id']}"
    on.dr_okafor.get(door)
    on.dr_lind.get(door)
    on.maya.get("safety-events")
    for body in (
        {}, {"reason": ""}, {"reason": 7, "why": "x"}, {"reason": "tried_not_reached"},
        {"reason": "reached_safe", "note": "spoke for ten minutes"}, {"reason": "reached_safe"},
    ):  # fmt: skip
        on.dr_okafor.post(f"{door}/acknowledge", body)
    on.dr_lind.post(f"{door}/acknowledge", {"reason": "reached_safe"})
    on.dr_okafor.post(f"safety-events/{chosen(9)}/acknowledge", {"reason": "reached_safe"})
    on.dr_okafor.get(door)
    on.dr_okafor.get("safety-events?open=false")
    on.dr_okafor.get("caseload")
