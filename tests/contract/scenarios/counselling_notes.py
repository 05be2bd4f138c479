"""Counselling notes: their originator's alone, apart from the record."""

from tests.contract.naming import chosen
from tests.contract.stage import Stage


def play(on: Stage) -> None:
    """Write, change, read, share with one, delete."""
    door = f"patients/{on.id('maya')}/counselling-notes"
    on.maya.get("counselling-notes/readers")
    on.dr_okafor.get(door)
    made = on.dr_okafor.post(door, {"text": "Her own words.", "session": on.id("session_id")})
    for wrong in ({}, {"text": ""}, {"text": 7, "session": "x"}, {"text": "x", "title": "y"},
                  {"text": "x", "session": chosen(9)}, {"text": "x" * 200_001}):  # fmt: skip
        on.dr_okafor.post(door, wrong)
    one = f"{door}/{made['id']}"
    on.dr_okafor.get(one)
    on.dr_okafor.patch(one, {"text": "Her own words, again."})
    on.dr_okafor.patch(one, {"text": "Her own words, again."}, rev=1)
    on.dr_okafor.patch(one, {"text": "Stale."}, rev=1)
    on.dr_okafor.patch(one, {"session": None}, rev=2)
    on.dr_okafor.patch(one, {}, rev=3)
    on.dr_okafor.patch(one, {"text": None, "rev": 3}, rev=3)
    on.dr_okafor.get(f"{one}/history")
    on.dr_okafor.get(door)
    for who in (on.dr_lind, on.maya, on.ada):
        who.get(door)
        who.get(one)
    on.dr_lind.get(f"{one}/history")
    on.dr_lind.delete(one, rev=3)
    on.dr_okafor.delete(one)
    on.dr_okafor.delete(one, rev=1)
    on.dr_okafor.delete(one, rev=3)
    on.dr_okafor.get(one)
    on.maya.get("counselling-notes/readers")
    on.dr_okafor.get("counselling-notes/readers")
