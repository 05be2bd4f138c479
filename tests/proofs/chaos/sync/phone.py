"""A phone as its developer would write it: a copy of the journal, and what it still has to tell.

It keeps one operation per entry, knows what it sent without hearing back, and lets its owner decide
about real conflicts. It talks to nobody itself: ``request`` gives what to send, ``take`` an answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
#: What a phone keeps of an entry besides its own envelope.
KEPT = ("kind", "occurred_at", "recorded_at", "time_zone", "intensity", "target", "date", "note")


@dataclass(slots=True)
class Page:
    """What the phone has of one entry; ``says`` is None once it is deleted."""

    kind: str
    rev: int | None
    says: Json | None
    is_waiting: bool = False

    @property
    def mark(self) -> str | None:
        """Tell this content from every other: each edit writes a note of its own."""
        return self.says["note"] if self.says is not None else None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What the server said it had: this content as that revision; no mark is a deletion."""

    id: str
    rev: int
    mark: str | None


@dataclass(slots=True)
class Phone:
    """One phone of one patient."""

    name: str
    keeps_mine: Callable[[], bool]
    pages: dict[str, Page] = field(default_factory=dict)
    cursor: str | None = None
    acknowledged: list[Acknowledged] = field(default_factory=list)
    #: Everything that this phone ever tried to tell, by entry.
    told: dict[str, set[str | None]] = field(default_factory=dict)
    conflicts: int = 0
    invalid: int = 0
    _in_flight: list[tuple[str, str | None]] = field(default_factory=list)
    _unanswered: dict[str, set[str | None]] = field(default_factory=dict)
    _edits: int = 0

    def next_mark(self) -> str:
        """Make words that nobody else writes."""
        self._edits += 1
        return f"{self.name}:{self._edits}"

    def write(self, entry_id: str, body: Json) -> None:
        """Put down a new entry."""
        says = {name: body[name] for name in KEPT if name in body} | {"note": self.next_mark()}
        self.pages[entry_id] = Page(says.pop("kind"), None, says, is_waiting=True)

    def edit(self, entry_id: str) -> None:
        """Change what an entry says."""
        page = self.pages[entry_id]
        if page.says is not None:
            page.says = page.says | {"note": self.next_mark()}
            page.is_waiting = True

    def delete(self, entry_id: str) -> None:
        """Delete an entry."""
        self.pages[entry_id].says = None
        self.pages[entry_id].is_waiting = True

    def living(self) -> list[str]:
        """List the entries that the patient sees."""
        return sorted(name for name, page in self.pages.items() if page.says is not None)

    @property
    def is_waiting(self) -> bool:
        """Whether anything is still to be told."""
        return any(page.is_waiting for page in self.pages.values())

    def request(self, *, most: int = 100) -> Json:
        """Give what to send next."""
        waiting = [name for name, page in self.pages.items() if page.is_waiting][:most]
        self._in_flight = [(name, self.pages[name].mark) for name in waiting]
        for name, mark in self._in_flight:
            self.told.setdefault(name, set()).add(mark)
            # Until an answer comes, the server may have it or not.
            self._unanswered.setdefault(name, set()).add(mark)
        return {"cursor": self.cursor, "ops": [self._operation(name) for name in waiting]}

    def take(self, answer: Json) -> None:
        """Learn from an answer to the last request."""
        for (name, mark), result in zip(self._in_flight, answer["results"], strict=True):
            self._learn(name, mark, result)
        for change in answer["changes"]:
            page = self.pages.get(change["id"])
            if page is None or not page.is_waiting:
                self.pages[change["id"]] = _page(change)
        self.cursor = answer["cursor"]

    def start_again(self) -> None:
        """Forget what was read (410), and nothing that is still to be told."""
        self.cursor = None
        self.pages = {name: page for name, page in self.pages.items() if page.is_waiting}

    def _operation(self, name: str) -> Json:
        page = self.pages[name]
        head = {"id": name, "kind": page.kind, "base_rev": page.rev}
        if page.says is None:
            return head | {"deleted": True}
        return head | page.says | {"deleted": False}

    def _learn(self, name: str, mark: str | None, result: Json) -> None:
        page = self.pages[name]
        if result["status"] in {"created", "updated", "unchanged"}:
            self.acknowledged.append(Acknowledged(name, result["rev"], mark))
            self._unanswered.pop(name, None)
            page.rev = result["rev"]
            page.is_waiting = page.mark != mark
        elif result["status"] == "conflict":
            self._settle(name, page, result["server"])
        else:
            self.invalid += 1
            del self.pages[name]

    def _settle(self, name: str, page: Page, server: Json) -> None:
        self.conflicts += 1
        if server["id"] != name:
            # Another diary card of the day: theirs stays. Ours is dropped; if it was here before,
            # it could only be in the way because it was deleted, and stays so.
            if page.rev is None:
                del self.pages[name]
            else:
                self.pages[name] = Page(page.kind, page.rev, None)
            return
        there = _page(server)
        is_own = there.mark in self._unanswered.get(name, ())
        if is_own or self.keeps_mine():
            page.rev = server["rev"]
        else:
            self.pages[name] = there
            self._unanswered.pop(name, None)


def _page(told: Json) -> Page:
    if told.get("deleted"):
        return Page(told["kind"], told["rev"], None)
    says = {name: told[name] for name in KEPT if told.get(name) is not None}
    return Page(says.pop("kind"), told["rev"], says)
