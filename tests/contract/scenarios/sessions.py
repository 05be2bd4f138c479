"""Sessions: planned once and weekly, moved, cancelled; who came; the agenda of those to come."""

from typing import Any

from tests.contract.naming import chosen
from tests.contract.stage import Stage


def play(on: Stage) -> None:
    """Plan, change, and note who came."""
    body = {
        "kind": "individual", "patient": on.id("maya"), "title": "Plan for June",
        "starts_at": "2026-05-06T15:00:00Z", "ends_at": "2026-05-06T15:50:00Z", "place": "Room 2",
    }  # fmt: skip
    on.dr_okafor.get("sessions")
    made = on.dr_okafor.post("sessions", body)
    on.dr_okafor.post("sessions", body)
    on.dr_okafor.post("sessions", body | {"title": "Other"})
    _wrongly(on, body)
    _weekly(on, body)
    _changed(on, f"sessions/{made['id']}")
    _agenda(on)
    _attendance(on)


def _wrongly(on: Stage, body: dict[str, Any]) -> None:
    wrongs: tuple[Any, ...] = (
        {}, body | {"kind": "party", "title": "a\nb"}, body | {"ends_at": body["starts_at"]},
        body | {"starts_at": "2026-05-06T15:00:00"}, body | {"patient": None},
        body | {"group": on.id("group_id")}, body | {"patient": "maya", "place": "x" * 121},
        body | {"ends_at": "2026-05-09T15:00:00Z"},
        body | {"repeats": {"days": ["someday"], "every_weeks": 9, "until": "2020-01-01"}},
        body | {"repeats": {"days": []}}, body | {"kind": "group"}, body | {"more": 1},
    )  # fmt: skip
    for wrong in wrongs:
        on.dr_okafor.post("sessions", wrong)
    on.dr_okafor.post("sessions", body | {"patient": on.id("noah")})
    on.dr_okafor.post("sessions", body | {"patient": chosen(9)})
    on.maya.post("sessions", body)


def _weekly(on: Stage, body: dict[str, Any]) -> None:
    plan = body | {
        "kind": "group", "patient": None, "group": on.id("group_id"), "title": "Evening",
        "starts_at": "2026-05-05T22:00:00Z", "ends_at": "2026-05-05T23:30:00Z",
        "repeats": {"days": ["tue", "thu"], "every_weeks": 1, "until": "2026-05-29"},
    }  # fmt: skip
    first = on.dr_okafor.post("sessions", plan)
    on.dr_okafor.post("sessions", plan)
    listed = on.dr_okafor.get("sessions?from=2026-05-05&to=2026-05-15")
    third = [one for one in listed["results"] if one["repeats"]][2]
    door = f"sessions/{third['id']}"
    on.dr_okafor.patch(door, {"place": "Room 9", "scope": "following"}, rev=third["rev"])
    on.dr_okafor.patch(f"sessions/{first['id']}", {"cancelled": True, "scope": "all"}, rev=1)
    on.dr_okafor.patch(f"sessions/{first['id']}", {"cancelled": True}, rev=1)
    on.dr_okafor.get("sessions?from=2026-05-05&to=2026-05-15")


def _changed(on: Stage, door: str) -> None:
    on.dr_okafor.patch(door, {"place": "Room 3"})
    on.dr_okafor.patch(door, {"place": "Room 3"}, rev=9)
    on.dr_okafor.patch(door, {"place": "Room 3"}, rev=1)
    moved = {"starts_at": "2026-05-06T16:00:00Z", "ends_at": "2026-05-06T16:50:00Z"}
    on.dr_okafor.patch(door, moved, rev=2)
    on.dr_okafor.patch(door, {"ends_at": "2026-05-06T10:00:00Z"}, rev=3)
    on.dr_okafor.patch(door, {"kind": "group", "cancelled": 1, "title": None}, rev=3)
    on.dr_okafor.patch(door, {"cancelled": True}, rev=3)
    on.dr_okafor.patch(door, {"cancelled": False}, rev=4)
    on.dr_lind.patch(door, {"cancelled": True}, rev=5)
    on.maya.patch(door, {"cancelled": True}, rev=5)


def _agenda(on: Stage) -> None:
    on.maya.get("sessions")
    on.maya.get("sessions?from=2026-05-04&to=2026-05-10")
    page = on.maya.get("sessions?limit=1")
    page = on.maya.get(page["next"].removeprefix("http://testserver"))
    on.maya.get(page["previous"].removeprefix("http://testserver"))
    on.maya.get("sessions?from=soon&to=later")
    on.maya.get("sessions?limit=0")
    on.noah.get("sessions")
    on.dr_lind.get("sessions")
    on.ada.get("sessions")
    on.sam.get("sessions")


def _attendance(on: Stage) -> None:
    mark = {"patient": on.id("maya"), "status": "present", "minutes": 50}
    on.dr_okafor.post(f"sessions/{on.id('session_id')}/attendance", [mark])
    on.wait(hours=2)
    door = f"sessions/{on.id('session_id')}/attendance"
    on.dr_okafor.post(door, [mark])
    on.dr_okafor.post(door, [mark | {"status": "left_early", "minutes": 20}])
    wrongs: tuple[Any, ...] = (
        [], {}, [{}], [mark | {"status": "asleep"}], [mark, {"patient": "x", "minutes": -1}],
        [mark | {"patient": on.id("noah")}], [mark | {"minutes": 2000, "more": 1}],
        [mark | {"status": "no_show"}],
    )  # fmt: skip
    for wrong in wrongs:
        on.dr_okafor.post(door, wrong)
    group = f"sessions/{on.world.group_session.pk}/attendance"
    on.dr_okafor.post(group, [mark | {"status": "excused", "minutes": None}])
    on.dr_lind.post(door, [mark])
    on.maya.post(door, [mark])
