"""What is read before a session: the brief of one patient, of a group, the room, the caseload."""

from tests.api.sample_entries import full
from tests.contract.naming import chosen
from tests.contract.scenarios.entries import KINDS
from tests.contract.stage import Stage


def play(on: Stage) -> None:
    """Log a full day, then open what each reader may open."""
    door = f"sessions/{on.id('session_id')}"
    on.dr_okafor.get(f"{door}/brief")
    for number, kind in enumerate(KINDS, start=1):
        on.maya.post("entries", full(kind) | {"id": chosen(number)})
    unsafe = {"urges": {"suicide": {"peak": 4, "acted": False}}, "date": "2026-05-03"}
    on.maya.post("entries", full("daily") | {"id": chosen(20)} | unsafe)
    on.maya.post("entries", full("use") | {"id": chosen(21), "share": "private"})
    told = on.dr_okafor.get(f"{door}/brief")
    _reviewed(on, f"{door}/reviewed", told["digest"])
    on.dr_okafor.get(f"{door}/brief")
    on.maya.get("sessions")
    on.maya.get(f"entries/{chosen(1)}")
    _present(on)
    _group(on)
    _caseload(on)
    _mirror(on, f"{door}/mirror")
    for who in (on.dr_lind, on.maya, on.ada):
        who.get(f"{door}/brief")


def _mirror(on: Stage, door: str) -> None:
    on.maya.get(door)
    own = chosen(40)
    struck = ["craving.episodes", "craving.drawn"]
    on.maya.post(door, {"strike": struck, "add": [{"id": own, "text": "my sister’s visit"}]})
    on.maya.post(door, {"restore": ["craving.drawn"], "remove": [own]})
    on.maya.post(door, {"strike": ["header.window", "craving.unheard"]})
    on.maya.post(door, {"add": [{"text": "two\nlines"}], "hide": []})
    on.noah.get(door)
    on.dr_okafor.get(door)
    on.dr_okafor.get(door.replace("mirror", "brief"))


def _reviewed(on: Stage, door: str, digest: str) -> None:
    on.dr_okafor.post(door, {"digest": digest})
    on.dr_okafor.post(door, {"digest": digest})
    on.dr_okafor.post(door, {"digest": "1" * 64})
    on.dr_okafor.post(door, {"digest": "short"})
    on.dr_okafor.post(door, {})
    on.dr_lind.post(door, {"digest": digest})


def _present(on: Stage) -> None:
    door = f"patients/{on.id('maya')}/brief"
    told = on.dr_okafor.get(door)
    on.dr_okafor.post(f"{door}/reviewed", {"digest": told["digest"]})
    on.dr_okafor.post(f"{door}/reviewed", {"digest": "1" * 64})
    on.dr_okafor.post(f"{door}/reviewed", {"digest": 7})
    on.dr_lind.get(door)
    on.dr_lind.post(f"{door}/reviewed", {"digest": told["digest"]})


def _group(on: Stage) -> None:
    door = f"sessions/{on.world.group_session.pk}"
    on.dr_lind.post(f"groups/{on.world.group_session.group_id}/members", {"patient": on.id("noah")})
    on.noah.post("entries", full("skill_practice") | {"id": chosen(30)})
    on.dr_okafor.get(f"{door}/brief")
    on.dr_okafor.get(f"{door}/room")
    on.dr_okafor.get(f"sessions/{on.id('session_id')}/room")
    on.dr_okafor.post(f"{door}/reviewed", {"digest": "1" * 64})
    on.dr_lind.get(f"{door}/brief")
    on.dr_lind.get(f"{door}/room")
    on.maya.get(f"{door}/room")


def _caseload(on: Stage) -> None:
    on.dr_okafor.get("caseload")
    on.dr_lind.get("caseload")
    on.dr_okafor.get("caseload?limit=1")
    on.dr_okafor.get("caseload?limit=0")
    on.maya.get("caseload")
    on.ada.get("caseload")
