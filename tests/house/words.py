"""Every word that somebody might read, and those that nobody should have to (CLINICAL §2, §6)."""

import ast
import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any

from backend.kit.languages import Noun, Sentence
from tests.house.tree import ROOT, files, named

#: About people: never, not even as a code, since codes are read aloud ("bad_feeling").
ABOUT_PEOPLE = {
    "clean": r"clean",
    "dirty": r"dirty",
    "addict": r"addict(s|ed)?",
    "relapse": r"relaps(e|es|ed|er|ers|ing)",
    "streak": r"streaks?",
    "badge": r"badges?",
    # The same in Spanish.
    "limpio": r"limpi[oa]s?",
    "sucio": r"suci[oa]s?",
    "adicto": r"(drog)?adict[oa]s?|alcohólic[oa]s?",
    "recaída": r"reca(íd[oa]s?|yó|er|en)",
    "racha": r"rachas?",
    "medalla": r"medallas?",
    "abuso": r"abus(o|a|ó|an|ar|aba|ador|adora)",
}
#: In sentences: nobody failed, and no figure claims more than CLINICAL §6 lets it.
IN_SENTENCES = {
    "failed": r"fail(s|ed|ing|ure|ures)?",
    "works": r"works|worked",
    "causes": r"caus(es|ed|ing)",
    "fracaso": r"fracas(o|os|a|ó|an|ar|ado)",
    "funciona": r"funcion(a|an|ó|aron)",
    "causa": r"caus(a|an|ó|ado|ada)",
    "p-value": r"p[- ]values?|p ?[<=] ?0?\.\d+",
    "percent of confidence": r"\d+ ?(%|percent) (sure|certain|confiden\w+|likely)"
    r"|confidence (interval|level)s?|(statistically )?significan(t|tly|ce)",
}
_PEOPLE = {name: re.compile(rf"(?<![a-z])({p})(?![a-z])", re.I) for name, p in ABOUT_PEOPLE.items()}
_SENTENCES = {
    name: re.compile(rf"(?<![\w-])({p})(?![\w-])", re.I) for name, p in IN_SENTENCES.items()
}
_PICTOGRAPH = re.compile("[\U0001f300-\U0001faff\U00002600-\U000027bf\ufe0f\u200d\\s]+")
_LOGS = {"debug", "info", "warning", "error", "exception", "critical"}


@dataclass(frozen=True)
class Text:
    """One piece of text and where it stands."""

    place: str
    words: str

    @property
    def is_sentence(self) -> bool:
        """Whether it is prose, and no code such as ``dead_device``: by a space, or a capital."""
        return " " in self.words.strip() or self.words[:1].isupper()


def found_in(text: Text) -> list[str]:
    """Return the words of the list that this text has."""
    found = [name for name, pattern in _PEOPLE.items() if pattern.search(text.words)]
    if text.is_sentence:
        found += [name for name, pattern in _SENTENCES.items() if pattern.search(text.words)]
    if text.words.strip() and _PICTOGRAPH.fullmatch(text.words):
        found.append("emoji alone")
    return found


def every_sentence() -> Iterator[tuple[str, Sentence]]:
    """Go through the sentences that have every language, with the modules that hold them."""
    for path in files("care", "journaling", "notifications", "api", "web"):
        source = path.read_text(encoding="utf-8")
        if re.search(r"\bSentence\b", source):
            module = import_module(named(path).removesuffix(".py").replace("/", "."))
            for value in vars(module).values():
                yield from ((module.__name__, sentence) for sentence in _sentences_in(value))


def _sentences_in(value: object) -> Iterator[Sentence]:
    if isinstance(value, Sentence):
        yield value
    elif isinstance(value, Noun):
        yield from (value.one, value.many)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _sentences_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _sentences_in(inner)


def every_text() -> Iterator[Text]:
    """Go through all that a patient, a clinician or a developer of a phone may read."""
    for path in files("care", "journaling", "notifications", "api", "web"):
        yield from in_python(path.read_text(encoding="utf-8"), named(path))
    for room in ("care", "journaling", "notifications", "web"):
        for path in sorted((ROOT / room).rglob("*")):
            yield from in_file(path)


def in_file(path: Path) -> Iterator[Text]:
    """Read the texts of a page, a script or a data file; everything else has none."""
    readers: dict[str, Any] = {
        ".html": in_page, ".txt": in_page, ".js": in_script, ".csv": in_table, ".json": in_json,
        ".webmanifest": in_json,
    }  # fmt: skip
    reader = readers.get(path.suffix)
    if reader is not None and path.is_file():
        place = named(path) if path.is_relative_to(ROOT) else path.name
        yield from reader(path.read_text(encoding="utf-8"), place)


def in_python(source: str, place: str) -> Iterator[Text]:
    """Yield string literals, without log lines and docstrings except those of endpoints."""
    tree = ast.parse(source)
    unread = set() if place.startswith("api/") else set(map(id, _docstrings(tree)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_log(node):
            unread |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in unread
        ):
            yield Text(f"{place}:{node.lineno}", node.value)


def _docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, holders) and ast.get_docstring(node) is not None:
            first = node.body[0]
            assert isinstance(first, ast.Expr)
            yield first.value


def _is_log(call: ast.Call) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr in _LOGS
        and isinstance(function.value, ast.Name)
        and function.value.id in {"log", "logger", "logging"}
    )


class _Page(HTMLParser):
    """Collect what a browser shows or reads aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []

    def handle_data(self, data: str) -> None:
        """Take text between tags."""
        self.found.append((self.getpos()[0], data))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take attributes that are shown or read aloud."""
        shown = ("alt", "title", "placeholder", "aria-label", "content", "value", "label")
        self.found += [(self.getpos()[0], said or "") for name, said in attrs if name in shown]


def in_page(source: str, place: str) -> Iterator[Text]:
    """Yield the text of a template, without what the template language computes."""
    page = _Page()
    page.feed(re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", " ", source, flags=re.DOTALL))
    for line, words in page.found:
        yield Text(f"{place}:{line}", words)


def in_script(source: str, place: str) -> Iterator[Text]:
    """Yield the string literals of a script."""
    without_comments = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    without_comments = re.sub(r"^\s*//.*$", "", without_comments, flags=re.MULTILINE)
    for match in re.finditer(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`", without_comments):
        yield Text(place, next(group for group in match.groups() if group is not None))


def in_table(source: str, place: str) -> Iterator[Text]:
    """Yield every cell of a data file."""
    for line, row in enumerate(csv.reader(source.splitlines()), start=1):
        for cell in row:
            yield Text(f"{place}:{line}", cell)


def in_json(source: str, place: str) -> Iterator[Text]:
    """Yield every string of a data file, and every name."""

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for name, inner in value.items():
                yield name
                yield from texts(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from texts(inner)

    for words in texts(json.loads(source)):
        yield Text(place, words)
