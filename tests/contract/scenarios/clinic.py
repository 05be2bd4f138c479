"""Who the clinic is, and the help outside that it knows of."""

from typing import Any

from tests.contract.naming import chosen
from tests.contract.stage import Stage

HARBOR: dict[str, Any] = {
    "name": "Harbor Clinic", "address": "12 Pier Street\nChicago, IL 60699",
    "phone": "(312) 555-0140", "hours": ["Mon to Fri 8:00 to 18:00"],
    "cost_page": "https://harbor.example.org/costs", "website": "https://harbor.example.org/",
    "insurance": "Most plans.", "scholarship_contact": "Ask for Lena", "crisis_phone": "3125550141",
}  # fmt: skip
KITCHEN: dict[str, Any] = {
    "kind": "food", "name": "Lake kitchen", "description": "A warm meal.", "region": "Lakeside",
    "address": "3 Lake Street", "phone": "(312) 555-0150",
    "website": "https://kitchen.example.org/", "hours": ["Daily 17:00 to 19:00"],
    "languages": ["en", "es"], "verified_at": "2026-05-01", "withdrawn": False,
}  # fmt: skip


def play(on: Stage) -> None:
    """Say who the clinic is, and list what helps outside."""
    _profile(on)
    _resources(on)


def _profile(on: Stage) -> None:
    for speaker in (on.maya, on.sam, on.dr_okafor, on.nobody):
        speaker.get("clinic")
    on.ada.put("clinic", HARBOR)
    on.ada.put("clinic", HARBOR, rev=0)
    on.ada.put("clinic", HARBOR, rev=1)
    on.ada.put("clinic", HARBOR, rev=1)
    wrongs: tuple[Any, ...] = (
        {"name": None}, {"name": "a\nb", "hours": ["x"] * 15, "more": 1}, [],
        {"cost_page": "http://harbor.example.org", "website": "x", "phone": "?"},
        {"crisis_phone": "312 555"}, {"hours": ["x", 7]},
    )  # fmt: skip
    for wrong in wrongs:
        on.ada.put("clinic", HARBOR | wrong if isinstance(wrong, dict) else wrong, rev=2)
    on.ada.put("clinic", {"name": "Harbor Clinic"}, rev=2)
    on.ada.get("clinic/history")
    on.maya.put("clinic", HARBOR, rev=3)
    on.dr_okafor.get("clinic/history")


def _resources(on: Stage) -> None:
    one, other = f"resources/{chosen(31)}", f"resources/{chosen(32)}"
    on.maya.get("resources")
    on.ada.put(one, KITCHEN)
    on.ada.put(one, KITCHEN)
    on.ada.put(one, KITCHEN | {"name": "Lake diner"})
    on.ada.put(one, KITCHEN | {"name": "Lake diner"}, rev=7)
    on.ada.put(one, KITCHEN | {"name": "Lake diner"}, rev=1)
    on.ada.put(other, {"kind": "support_group", "name": "Círculo"}, rev=0)
    on.ada.put(f"resources/{chosen(33)}", KITCHEN, rev=1)
    wrongs: tuple[dict[str, Any], ...] = (
        {"kind": "bars", "name": ""}, {"verified_at": "2999-01-01"}, {"languages": ["a b"]},
        {"website": "ftp://x.example", "phone": "ask"}, {"withdrawn": "no", "hours": "daily"},
    )  # fmt: skip
    for wrong in wrongs:
        on.ada.put(other, KITCHEN | wrong, rev=1)
    for query in ("q=LAKE%20meal", "kind=support_group", "region=lake", "q=none"):
        on.maya.get(f"resources?{query}")
    on.maya.get("resources?kind=bars&x=1")
    first = on.sam.get("resources?limit=1")
    second = on.sam.get(first["next"].removeprefix("http://testserver"))
    on.sam.get(second["previous"].removeprefix("http://testserver"))
    on.ada.put(other, {"kind": "support_group", "name": "Círculo", "withdrawn": True}, rev=1)
    on.dr_okafor.get("resources")
    on.ada.get("resources?kind=support_group")
    on.maya.put(one, KITCHEN, rev=2)
    on.nobody.get("resources")
