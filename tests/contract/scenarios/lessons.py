"""Education lessons: given, read, answered, and given no more."""

from typing import Any

from tests.contract.stage import Stage


def play(on: Stage) -> None:
    """Read the catalogue, give a lesson, read it and answer; then end that it is given."""
    on.dr_okafor.get("lessons")
    on.dr_okafor.get("lessons/sleep-habits")
    on.ada.get("lessons/taking-medicines")
    on.sam.get("lessons")
    door = f"patients/{on.id('maya')}/lessons"
    on.dr_okafor.get(door)
    body = {"lesson": "regular-meals", "until": "2026-06-01"}
    on.dr_okafor.post(door, body)
    on.dr_okafor.post(door, body)
    for wrong in (
        {}, {"lesson": "unheard-of"}, {"lesson": 7, "until": "soon", "more": 1},
        {"lesson": "cues-and-triggers", "until": "2020-01-01"},
    ):  # fmt: skip
        on.dr_okafor.post(door, wrong)
    on.dr_lind.post(door, body)
    on.dr_lind.get(door)
    _reading(on)
    on.dr_okafor.get(door)
    on.maya.delete(f"{door}/regular-meals")
    on.dr_lind.delete(f"{door}/regular-meals")
    on.dr_okafor.delete(f"{door}/regular-meals")
    on.dr_okafor.delete(f"{door}/regular-meals")
    _own_lessons(on)


def _reading(on: Stage) -> None:
    on.maya.get("lessons")
    on.maya.get("lessons/regular-meals")
    on.maya.get("lessons/unheard-of")
    read = "lessons/regular-meals/read"
    for wrong in ({"answer": 3}, {"answer": "1", "more": 1}):
        on.maya.post(read, wrong)
    on.maya.post(read, {})
    on.maya.post(read, {"answer": 0})
    on.maya.post(read, {"answer": 1})
    on.maya.post("lessons/unheard-of/read", {})
    on.dr_okafor.post(read, {})
    on.maya.get("lessons/regular-meals")


def _own_lessons(on: Stage) -> None:
    door = "clinic/lessons/own-group-rules"
    words = {
        "title": "How our groups run", "paragraphs": ["Come on time."], "question": "When?",
        "answers": ["On time", "Late", "Never"], "why": "Others wait.",
    }  # fmt: skip
    lesson: dict[str, Any] = {
        "topic": "mental_health", "minutes": 2, "right": 0, "en": words,
        "sources": [{"title": "House rules", "publisher": "Harbor Clinic", "year": 2026}],
    }  # fmt: skip
    on.ada.get(door)
    on.ada.put(door, lesson)
    on.ada.put(door, lesson, rev=0)
    on.maya.get("lessons/own-group-rules")
    on.ada.put(door, lesson | {"minutes": 3}, rev=0)
    for wrong in (
        {}, lesson | {"en": None}, lesson | {"right": 1}, lesson | {"topic": "x", "more": 1},
    ):  # fmt: skip
        on.ada.put(door, wrong, rev=1)
    on.ada.put("clinic/lessons/sleep-habits", lesson, rev=0)
    on.dr_okafor.put(door, lesson, rev=1)
    on.maya.get(door)
    on.ada.put(door, lesson | {"withdrawn": True}, rev=1)
    on.ada.get(door)
    on.ada.get("clinic/lessons")
    on.maya.get("lessons/own-group-rules")
