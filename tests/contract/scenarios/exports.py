"""Exports: asked for, waited for, fetched in every format, gone."""

from typing import Any

from tests.api.privacy.test_exports import work
from tests.api.sample_entries import full
from tests.contract.described import recorded
from tests.contract.naming import chosen
from tests.contract.stage import Stage

#: One key: files tell the keys of a map in the order of the database, which differs.
SAFE = {"safe_now": True}


def play(on: Stage) -> None:
    """Ask, wait, fetch."""
    on.maya.post("entries", full("craving") | {"id": chosen(1), "safety_check": SAFE})
    on.maya.post("entries", full("measure") | {"id": chosen(2)})
    door = f"exports/{on.id('export_id')}"
    on.maya.get(door)
    on.maya.post("exports", {})
    work()
    on.maya.get(door)
    on.maya.get(f"{door}?format=csv")
    made = on.maya.post("exports", {}, Idempotency_Key="one")
    on.maya.post("exports", {}, Idempotency_Key="one")
    work()
    door = f"exports/{made['id']}"
    _fetches(on, door)
    _refused(on, door)
    on.maya.get("exports")
    on.maya.get("disclosures")
    on.wait(days=8)
    work()
    on.maya.get(door)
    for _ in range(11):
        on.maya.post("exports", {"format": "json"})
        work()
    on.wait(minutes=3)
    on.maya.get("exports")


def _fetches(on: Stage, door: str) -> None:
    on.maya.get(f"{door}?format=json")
    on.maya.get(f"{door}?format=fhir")
    on.maya.get(f"{door}?format=csv")
    for part in parts():
        on.maya.get(f"{door}?format=csv&part={part}&bom=false")


def parts() -> list[str]:
    """List the tables that the schema names."""
    asked = recorded()["paths"]["/api/v1/exports/{export_id}"]["get"]["parameters"]
    return next(list(one["schema"]["enum"]) for one in asked if one["name"] == "part")


def _refused(on: Stage, door: str) -> None:
    for query in ("format=pdf", "format=csv&part=x", "part=entries", "format=json&bom=false",
                  "format=csv&bom=x", "file=/etc"):  # fmt: skip
        on.maya.get(f"{door}?{query}")
    wrongs: tuple[Any, ...] = ({"format": "pdf"}, {"format": 1, "patient": "x"}, [])
    for wrong in wrongs:
        on.maya.post("exports", wrong)
    on.noah.get(door)
    on.dr_okafor.get(door)
    on.dr_okafor.post("exports", {})
    on.maya.get(f"exports/{chosen(9)}")
