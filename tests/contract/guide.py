"""The phone's guide (docs/mobile.md) read as exchanges, and an answer compared with what it shows.

A block ``http`` is a request or, where it begins with ``HTTP/1.1``, the answer to the one before; a
block ``json`` is what was pushed. A line after ``>`` lets something happen elsewhere, or time pass.
``<name>`` is a value that the server makes: the first answer that shows it gives it its value, and
from then on it is that value wherever it stands. ``<new name>`` gives it another, and leaves
``<old name>`` for the one of before. Everything else that is shown is compared as it stands: an
object and a list are whole unless they end in ``…``.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

#: What is left out of an object or a list is marked so, at its end.
MORE = "…"
#: Headers that a phone acts on; each that is answered is shown, and each that is shown is answered.
TOLD_HEADERS = (
    "Content-Type", "ETag", "Location", "Cache-Control", "Retry-After", "WWW-Authenticate",
    "Idempotency-Replayed",
)  # fmt: skip
#: What needs no words, since almost every answer has it.
USUAL = {("Content-Type", "application/json"), ("Cache-Control", "no-store")}
#: What a made-up value looks like, by the last word of its name; every other one is an id.
SHAPES = {
    "access": r"eyJ[\w-]+\.[\w-]+\.[\w-]+",
    "refresh": r"eyJ[\w-]+\.[\w-]+\.[\w-]+",
    "code": r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}",
    "cursor": r"[\w=-]{30,60}",
    "digest": r"[0-9a-f]{32}",
    "tag": r"r-[0-9a-f]{32}",
    "key": r"[\w-]{87}",
    "words": r"(?s:.{20,})",
    "server": r"https?://[\w.:-]+",
}
ID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_NAME = re.compile(r"<([a-z][a-z ]*)>")
_BLOCK = re.compile(r"^```(http|json)(?: ([^\n]+))?\n(.*?)^```$|^> ([^\n]+)$", re.M | re.S)
_WIDEST = 100


@dataclass(frozen=True)
class Step:
    """One block of the guide, or one thing that happens elsewhere (a scene)."""

    kind: str
    about: str
    text: str
    line: int

    @property
    def is_answer(self) -> bool:
        """Whether this is what the server said."""
        return self.kind == "http" and self.text.startswith("HTTP/1.1 ")


@dataclass(frozen=True)
class Message:
    """A request or an answer: its first line, its headers and its body, if it has one."""

    first: str
    headers: Mapping[str, str]
    body: Any


NO_BODY: Any = object()


def steps_of(text: str) -> Iterator[Step]:
    """Go through the blocks and scenes of a guide, in order."""
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if found[4]:
            yield Step("scene", found[4], "", line)
        else:
            yield Step(found[1], found[2] or "", found[3], line)


def message_of(text: str) -> Message:
    """Read the text of an ``http`` block."""
    head, _, body = text.partition("\n\n")
    first, *lines = head.strip().splitlines()
    headers = dict(line.split(": ", 1) for line in lines)
    return Message(first, headers, json.loads(body) if body.strip() else NO_BODY)


class Differs(Exception):
    """What was answered is not what the guide shows; says where, and both."""


@dataclass
class Bindings:
    """The values that names of the guide stand for by now."""

    values: dict[str, str] = field(default_factory=dict)

    def filled(self, shown: Any) -> Any:
        """Return what is sent: names replaced by their values."""
        if isinstance(shown, dict):
            return {name: self.filled(part) for name, part in shown.items()}
        if isinstance(shown, list):
            return [self.filled(part) for part in shown]
        if isinstance(shown, str):
            return _NAME.sub(lambda found: self.values[found[1]], shown)
        return shown

    def compare(self, shown: Any, told: Any, at: str = "body") -> None:
        """Hold an answer against what is shown of it, and learn the values of new names.

        :raises Differs: where they are not the same.
        """
        if isinstance(shown, dict) and isinstance(told, dict):
            self._compare_objects(shown, told, at)
        elif isinstance(shown, list) and isinstance(told, list):
            self._compare_lists(shown, told, at)
        elif isinstance(shown, str) and isinstance(told, str):
            self._compare_texts(shown, told, at)
        elif type(shown) is not type(told) or shown != told:
            raise Differs(f"{at}: shown {shown!r}, answered {told!r}")

    def _compare_objects(self, shown: dict[str, Any], told: dict[str, Any], at: str) -> None:
        names = list(shown)
        is_part = names[-1:] == [MORE]
        wanted = names[:-1] if is_part else names
        if is_part and not told.keys() - set(wanted):
            raise Differs(f"{at}: nothing is left out")
        if missing := [name for name in wanted if name not in told]:
            raise Differs(f"{at}: not answered: {', '.join(missing)}")
        if not is_part and (more := [name for name in told if name not in shown]):
            raise Differs(f"{at}: answered and not shown: {', '.join(more)}")
        for name in wanted:
            self.compare(shown[name], told[name], f"{at}.{name}")

    def _compare_lists(self, shown: list[Any], told: list[Any], at: str) -> None:
        is_part = shown[-1:] == [MORE]
        wanted = shown[:-1] if is_part else shown
        if len(told) <= len(wanted) if is_part else len(told) != len(wanted):
            raise Differs(f"{at}: shown {len(wanted)} of {len(told)}")
        for place, (part, answered) in enumerate(zip(wanted, told, strict=False)):
            self.compare(part, answered, f"{at}[{place}]")

    def _compare_texts(self, shown: str, told: str, at: str) -> None:
        names = _NAME.findall(shown)
        pattern, end = "", 0
        for number, found in enumerate(_NAME.finditer(shown)):
            pattern += re.escape(shown[end : found.start()]) + self._pattern(found[1], number)
            end = found.end()
        match = re.fullmatch(pattern + re.escape(shown[end:]), told)
        if match is None:
            raise Differs(f"{at}: shown {self._said(shown)!r}, answered {told!r}")
        for number, name in enumerate(names):
            self._bind(name, match[f"n{number}"])

    def _pattern(self, name: str, number: int) -> str:
        known = self.values.get(name)
        shape = re.escape(known) if known else SHAPES.get(name.rsplit(maxsplit=1)[-1], ID)
        return f"(?P<n{number}>{shape})"

    def _said(self, shown: str) -> str:
        return _NAME.sub(lambda found: self.values.get(found[1], found[0]), shown)

    def _bind(self, name: str, value: str) -> None:
        if name.startswith("new "):
            name = name.removeprefix("new ")
            if self.values[name] == value:
                raise Differs(f"<{name}> is no new one")
            self.values[f"old {name}"] = self.values[name]
        self.values[name] = value


def answer_text(status: int, headers: Mapping[str, str], body: Any) -> str:
    """Write an answer as the guide shows it."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not NO_BODY:
        lines += ["", laid_out(body)]
    return "\n".join(lines) + "\n"


def laid_out(body: Any, indent: str = "") -> str:
    """Write JSON with whatever fits into a line in one line."""
    short = json.dumps(body, ensure_ascii=False)
    if not isinstance(body, dict | list) or (indent and len(indent) + len(short) <= _WIDEST):
        return short
    inner = indent + "  "
    if isinstance(body, dict):
        parts = [
            f"{json.dumps(name, ensure_ascii=False)}: {laid_out(part, inner)}"
            for name, part in body.items()
        ]
    else:
        parts = [laid_out(part, inner) for part in body]
    first, last = ("{", "}") if isinstance(body, dict) else ("[", "]")
    return f"{first}\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}{last}"


def redrawn(shown: Any, told: Any, names: Mapping[str, str]) -> Any:
    """Return an answer as the guide would show it: what it leaves out and its names stay."""
    if isinstance(shown, dict) and isinstance(told, dict):
        is_part = MORE in shown
        kept = {
            name: redrawn(shown.get(name), part, names)
            for name, part in told.items()
            if name in shown or not is_part
        }
        return kept | ({MORE: MORE} if is_part else {})
    if isinstance(told, list):
        items = shown if isinstance(shown, list) else []
        is_part = items[-1:] == [MORE]
        wanted = told[: len(items) - 1] if is_part else told
        pairs = [items[place] if place < len(items) else None for place in range(len(wanted))]
        kept_items = [redrawn(*pair, names) for pair in zip(pairs, wanted, strict=True)]
        return [*kept_items, MORE] if is_part else kept_items
    if isinstance(told, dict):
        return {name: redrawn(None, part, names) for name, part in told.items()}
    if isinstance(told, str):
        if isinstance(shown, str) and _NAME.search(shown):
            return shown
        for name, value in names.items():
            told = told.replace(value, f"<{name}>") if len(value) > 30 else told
    return told
