"""Entries of every kind: recorded, sent again, changed, rated, read and deleted."""

from typing import Any

from tests.api.sample_entries import full
from tests.contract.naming import chosen
from tests.contract.stage import Stage

#: Every kind, with one change that it can take and one that it can't.
KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "craving": ({"intensity": 4, "note": None}, {"intensity": 11, "target": ""}),
    "mood": ({"valence": 2}, {"valence": 9, "labels": ["unheard-of"], "emotions": {"fear": 6}}),
    "skill_practice": ({"helped": False}, {"skill": "unheard-of", "minutes": -1}),
    "daily": ({"sleep_hours": 6}, {"sleep_hours": 30, "urges": {"suicide": {"peak": 9}}}),
    "use": ({"amount": 3}, {"amount": -1, "substance": None}),
    "pre_session": ({"agenda": "work"}, {"coming_in": {"die": 9}, "session": "next"}),
    "measure": ({"answers": {"q1": 2}}, {"answers": {"q1": 9, "q99": 1}}),
    "dose": ({"taken": False}, {"name": "", "taken": "yes"}),
    "reading": ({"value": 130}, {"value": "high", "unit": "miles"}),
    "meeting": ({"minutes": 45}, {"minutes": 1.5, "meeting_kind": 7}),
    "note": ({"note": "just so, or nearly"}, {"note": 7}),
}


def play(on: Stage) -> None:
    """Keep a journal."""
    for number, kind in enumerate(KINDS, start=1):
        _of_kind(on, kind, chosen(number))
    _lists(on)
    _rates_afterwards(on)
    _refused(on)
    _read_by_staff(on)


def _of_kind(on: Stage, kind: str, entry_id: str) -> None:
    body = full(kind) | {"id": entry_id}
    change, wrong = KINDS[kind]
    least = {name: body[name] for name in ("id", "kind", "occurred_at", "recorded_at", "time_zone")}
    on.maya.post("entries", least | wrong)
    made = on.maya.post("entries", body)
    on.maya.post("entries", body)
    on.maya.post("entries", body | {"share": "private"})
    door = f"entries/{entry_id}"
    on.maya.get(door)
    on.maya.patch(door, wrong, rev=made.body.get("rev", 1))
    on.maya.patch(door, change, rev=1)
    on.maya.patch(door, change, rev=1)
    on.maya.get(f"{door}/history")
    on.maya.get(f"entries?kind={kind}")
    if kind in {"dose", "note", "daily"}:
        on.maya.delete(door, rev=9)
        on.maya.delete(door)
        on.maya.get(door)
        on.maya.post("entries", body)
        on.maya.get(f"{door}/history")


def _lists(on: Stage) -> None:
    page = on.maya.get("entries?limit=3")
    page = on.maya.get(page["next"].removeprefix("http://testserver"))
    on.maya.get(page["previous"].removeprefix("http://testserver"))
    on.maya.get("entries?from=2026-05-04&to=2026-05-04&limit=1")
    on.maya.get("entries?from=2026-05-05")
    for query in ("kind=unheard-of", "limit=0", "limit=201", "limit=x", "cursor=x", "from=soon",
                  "from=2026-05-05&to=2026-05-04", "page=2&sort=kind"):  # fmt: skip
        on.maya.get(f"entries?{query}")


def _rates_afterwards(on: Stage) -> None:
    body = full("craving") | {"id": chosen(50)}
    for name in ("intensity_after", "minutes_later", "outcome"):
        del body[name]
    on.maya.post("entries", body)
    door = f"entries/{chosen(50)}/after"
    on.maya.post(door, {"intensity_after": 2, "minutes_later": 30, "outcome": "did_not_use"})
    on.maya.post(door, {"intensity_after": 2, "minutes_later": 30, "outcome": "did_not_use"})
    on.maya.post(door, {"intensity_after": 12, "minutes_later": 2, "outcome": "well"})
    on.maya.post(door, {})
    on.maya.post(f"entries/{chosen(2)}/after", {"intensity_after": 2, "minutes_later": 30})
    on.maya.post(f"entries/{chosen(99)}/after", {"intensity_after": 2, "minutes_later": 30})


def _refused(on: Stage) -> None:
    body = full("craving") | {"id": chosen(60)}
    wrongs: tuple[Any, ...] = (
        {}, [], "craving", None,
        {"kind": "unheard-of"},
        {"id": "x", "kind": "craving"},
        body | {"occurred_at": "2026-05-04T10:00:00"},
        body | {"occurred_at": "2031-01-01T10:00:00Z"},
        body | {"occurred_at": "1999-01-01T10:00:00Z", "recorded_at": "soon"},
        body | {"time_zone": "Mars/Base", "share": "everybody", "discuss": "yes"},
        body | {"unknown": 1, "another": 2, "intensity": None},
        body | {"triggers": ["unheard-of"], "skills": ["unheard-of"], "company": 1},
        body | {"note": "x" * 20_001},
        full("note") | {"id": chosen(64), "note": ""},
        body | {"minutes_later": None},
        body | {"support": None, "rev": 3, "seq": 1},
    )  # fmt: skip
    for wrong in wrongs:
        on.maya.post("entries", wrong)
    on.maya.post("entries", raw='{"id": ', kind="application/json")
    on.maya.post("entries", raw='{"id": 1, "id": 2}')
    on.maya.post("entries", raw="id=1", kind="application/x-www-form-urlencoded")
    door = f"entries/{chosen(1)}"
    on.maya.patch(door, {"intensity": 4})
    on.maya.patch(door, {"id": chosen(61), "kind": "note", "recorded_at": None}, rev=2)
    on.maya.patch(door, [], rev=2)
    on.maya.patch(f"entries/{chosen(99)}", {"intensity": 4}, rev=1)
    on.maya.delete(f"entries/{chosen(99)}")
    on.maya.get(f"entries/{chosen(99)}/history")
    on.noah.get(door)
    on.noah.post("entries", full("mood") | {"id": chosen(1)})
    on.dr_okafor.get("entries")
    on.nobody.get("entries")
    second = full("daily") | {"id": chosen(62), "date": "2026-05-03"}
    on.maya.post("entries", second)
    on.maya.post("entries", second | {"id": chosen(63)})


def _read_by_staff(on: Stage) -> None:
    door = f"patients/{on.id('maya')}/entries"
    on.maya.post("entries", full("mood") | {"id": chosen(70), "share": "private"})
    on.dr_okafor.get(f"{door}?limit=4")
    on.dr_okafor.get(f"{door}?kind=measure")
    on.dr_okafor.get(f"{door}?kind=x")
    on.dr_lind.get(door)
    on.maya.get(door)
    talk = f"{door}/{chosen(1)}/acknowledge"
    on.dr_okafor.post(talk)
    on.dr_okafor.post(talk)
    on.dr_okafor.post(f"{door}/{chosen(70)}/acknowledge")
    on.dr_lind.post(talk)
    on.maya.get(f"entries/{chosen(1)}")
