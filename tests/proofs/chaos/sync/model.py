"""What the server promises, on a page of plain Python (SECURITY §4): no database, no crypto."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
#: How far a phone has read, and the floor when it began.
Read = tuple[int, int]


@dataclass(slots=True)
class Standing:
    """One entry as it stands; no mark is a tombstone."""

    id: str
    kind: str
    mark: str | None
    day: str | None
    seq: int
    rev: int = 1

    def told(self) -> Json:
        """Write it as far as the model knows it."""
        return {"id": self.id, "rev": self.rev, "seq": self.seq, "note": self.mark}


@dataclass(slots=True)
class Expected:
    """The answer to one exchange."""

    told: Json
    read: Read


@dataclass(slots=True)
class Server:
    """The journal of one patient."""

    entries: dict[str, Standing] = field(default_factory=dict)
    seq: int = 0
    floor: int = 0

    def living(self) -> list[Standing]:
        """List what is not deleted."""
        return [entry for entry in self.in_order() if entry.mark is not None]

    def in_order(self) -> list[Standing]:
        """List everything by number."""
        return sorted(self.entries.values(), key=lambda entry: entry.seq)

    def exchange(self, ops: list[Json], read: Read | None) -> Expected | None:
        """Do the operations in order and list what is new; None where the cursor is gone."""
        start = (0, self.floor) if read is None else read
        if start[0] < self.floor and start[1] < self.floor:
            return None
        results = [self._work(op) for op in ops]
        changes = [entry.told() for entry in self.in_order() if entry.seq > start[0]]
        last = changes[-1]["seq"] if changes else start[0]
        return Expected({"results": results, "changes": changes}, (last, start[1]))

    def change(self, entry: Standing, mark: str | None) -> None:
        """Make a new revision."""
        self.seq += 1
        entry.mark, entry.rev, entry.seq = mark, entry.rev + 1, self.seq

    def forget(self) -> None:
        """Let go of every tombstone."""
        gone = [entry for entry in self.entries.values() if entry.mark is None]
        self.floor = max([self.floor, *(entry.seq for entry in gone)])
        for entry in gone:
            del self.entries[entry.id]

    def compared(self, answer: Json) -> Json:
        """Cut a real answer down to what the model knows."""
        return {
            "results": [
                {name: result.get(name) for name in ("id", "status", "rev", "seq")}
                | {"server": _cut(result["server"]) if "server" in result else None}
                for result in answer["results"]
            ],
            "changes": [_cut(change) for change in answer["changes"]],
        }

    def _work(self, op: Json) -> Json:
        mark = None if op.get("deleted") else op["note"]
        entry = self.entries.get(op["id"])
        card = self._card(op) if mark is not None else None
        if entry is None:
            if card is not None:
                return _result(op["id"], "conflict", server=card)
            self.seq += 1
            entry = Standing(op["id"], op["kind"], mark, op.get("date"), self.seq)
            self.entries[entry.id] = entry
            return _result(entry.id, "created", entry)
        if entry.mark == mark:
            return _result(entry.id, "unchanged", entry)
        if op["base_rev"] != entry.rev:
            return _result(entry.id, "conflict", entry, server=entry)
        if card is not None:
            return _result(entry.id, "conflict", server=card)
        self.change(entry, mark)
        return _result(entry.id, "updated", entry)

    def _card(self, op: Json) -> Standing | None:
        """Find another diary card of that day."""
        for entry in self.living():
            if op["kind"] == entry.kind == "daily" and entry.day == op["date"]:
                return entry if entry.id != op["id"] else None
        return None


def _result(
    name: str, status: str, entry: Standing | None = None, *, server: Standing | None = None
) -> Json:
    return {
        "id": name,
        "status": status,
        "rev": entry.rev if entry is not None else None,
        "seq": entry.seq if entry is not None else None,
        "server": server.told() if server is not None else None,
    }


def _cut(told: Json) -> Json:
    return {
        "id": told["id"],
        "rev": told["rev"],
        "seq": told["seq"],
        "note": None if told.get("deleted") else told["note"],
    }
