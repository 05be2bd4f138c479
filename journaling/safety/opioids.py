"""Whether a substance's name is one of an opioid, however people write it.

The names are data with version, source and a place for a clinician's signature
(``data/opioids.json``). Prescribed opioids count too: what matters for safety is what the body is
used to. A name that the list doesn't know is not taken for an opioid.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

_FILE = Path(__file__).parent.parent / "data" / "opioids.json"
_PIECE = re.compile(r"\d+|[^\W\d_]+")
#: Scripts written without spaces between words: a name is found anywhere in a run of them.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
#: What parts one substance from the next.
_BETWEEN = re.compile(r"[,;/+&|]|\b(?:and|with|plus|or|then|mixed|y|con|o)\b")
#: What stands before a substance and names none.
_BEFORE = re.compile(
    r"\b(?:an?|the|some|my|of|on|bit|little|lot|more|bags?|shots?|lines?|pills?|few|used|did|took|"
    r"smoked|snorted|shooting|una?|unos|unas|el|las?|los|poco|de|mi)\b"
)


@cache
def listed() -> Mapping[str, Any]:
    """Read the list once, with its version, sources and notes."""
    found: dict[str, Any] = orjson.loads(_FILE.read_bytes())
    return found


@cache
def names() -> frozenset[str]:
    """List every name that is found between other words; ``*`` stands for how a word begins."""
    return frozenset(name for group in listed()["groups"] for name in group["names"])


def is_opioid(name: str) -> bool:
    """Tell whether a substance's name is one of an opioid, or has one among its words."""
    text = _never().sub(" ", folded(name))
    if _anywhere().search(text):
        return True
    parts = _BETWEEN.split(unicodedata.normalize("NFKC", name).casefold())
    return any(_alone().fullmatch(_without_fillers(part)) for part in parts)


def folded(text: str) -> str:
    """Write text as words of plain letters and numbers, each between spaces.

    Width, case, accents, punctuation and invisible characters say nothing; a number is a word of
    its own, so that "oxy30" and "oxy 30" are the same.
    """
    wide = unicodedata.normalize("NFKC", text).casefold()
    apart = unicodedata.normalize("NFKD", wide)
    plain = "".join(char for char in apart if unicodedata.category(char) not in {"Mn", "Cf"})
    return " ".join(_PIECE.findall(unicodedata.normalize("NFC", plain)))


def _without_fillers(part: str) -> str:
    return " ".join(_BEFORE.sub(" ", folded(part)).split())


@cache
def _anywhere() -> re.Pattern[str]:
    return _pattern(names())


@cache
def _alone() -> re.Pattern[str]:
    return _pattern(listed()["alone"]["names"])


@cache
def _never() -> re.Pattern[str]:
    return _pattern(listed()["never"]["names"])


def _pattern(found: Iterable[str]) -> re.Pattern[str]:
    """Find names as whole words, in singular or plural; longer ones first."""
    written = sorted({_written(name) for name in found}, key=lambda one: (-len(one), one))
    return re.compile("|".join(written))


def _written(name: str) -> str:
    text = re.escape(folded(name))
    if _UNSPACED.search(name):
        return text
    beginning = r"\S*" if name.startswith("*") else ""
    return rf"(?<!\S){beginning}{text}(?:s|es|'s)?(?!\S)"
