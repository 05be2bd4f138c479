"""A phone that was offline: created, updated, deleted, unchanged, in conflict, refused."""

from typing import Any

from tests.api.sample_entries import full
from tests.contract.naming import chosen
from tests.contract.scenarios.entries import KINDS
from tests.contract.stage import Stage


def play(on: Stage) -> None:
    """Exchange what was done, kind by kind, then all at once, then wrongly."""
    cursor: str | None = None
    for number, kind in enumerate(KINDS, start=1):
        cursor = _of_kind(on, kind, chosen(100 + 10 * number), cursor)
    _reads_it_all(on)
    _wrongly(on, cursor)


def _of_kind(on: Stage, kind: str, entry_id: str, cursor: str | None) -> str:
    change, wrong = KINDS[kind]
    made = _op(full(kind) | {"id": entry_id})
    told = _sync(on, cursor, made)
    end = {"id": entry_id, "kind": kind, "base_rev": 2, "deleted": True}
    told = _sync(on, told, made, made | change | {"base_rev": 1}, made | wrong | {"base_rev": 2})
    return _sync(on, told, made | {"share": "private"}, end | {"base_rev": 1}, end, end)


def _reads_it_all(on: Stage) -> None:
    ops = [_op(full("craving") | {"id": chosen(300 + number)}) for number in range(3)]
    on.maya.post("sync", {"cursor": None, "ops": ops})
    on.noah.post("sync", {"cursor": None, "ops": []})
    on.noah.post("sync", {"ops": [_op(full("mood") | {"id": chosen(300)})]})
    on.noah.post("sync", {})


def _wrongly(on: Stage, cursor: str | None) -> None:
    good = _op(full("craving") | {"id": chosen(400)})
    wrongs: tuple[Any, ...] = (
        [],
        {"cursor": 7},
        {"cursor": "x"},
        {"ops": {}},
        {"ops": None},
        {"ops": [], "more": True},
        {"cursor": cursor, "ops": [7, {}, {"id": "x"}, {"id": chosen(401), "kind": "unheard-of"}]},
        {"ops": [good | {"base_rev": "one"}, good | {"deleted": "no", "id": chosen(402)}]},
        {"ops": [good | {"base_rev": 4, "id": chosen(403)}]},
        {"ops": [good | {"unknown": 1, "intensity": 99, "id": chosen(404)}, good]},
        {"ops": [good | {"id": chosen(405), "safety_check": {"safe_now": False}}]},
        {"ops": [{}] * 101},
    )
    for wrong in wrongs:
        on.maya.post("sync", wrong)
    on.dr_okafor.post("sync", {"ops": []})
    on.nobody.post("sync", {"ops": []})


def _sync(on: Stage, cursor: str | None, *ops: dict[str, Any]) -> str:
    return str(on.maya.post("sync", {"cursor": cursor, "ops": list(ops)})["cursor"])


def _op(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"base_rev": None, "deleted": False}
