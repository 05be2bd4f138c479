"""Whether a substance's name is one of an opioid, however people write it.

The names are data with version, source and a place for a clinician's signature
(``data/opioids.json``). Prescribed opioids count too: what matters for safety is what the body is
used to. A name that the list doesn't know is not treated as an opioid.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TypedDict

import orjson

_FILE = Path(__file__).parent.parent / "data" / "opioids.json"
_PIECE = re.compile(r"\d+|[^\W\d_]+")
#: Scripts written without spaces between words: a name is found anywhere in a run of them.
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
#: Cyrillic and Greek letters that look like Latin ones, which keyboards put beside those.
_LOOKALIKES = str.maketrans("аеорсухіјѕһԁαορενικτ", "aeopcyxijshdaopevikt")
#: Digits that stand for letters: one between letters, or a zero that begins a word.
_LEET = str.maketrans("013457", "oieast")
_DIGIT_AS_LETTER = re.compile(r"(?<=[^\W\d_])[013457](?=[^\W\d_])|\b0(?=[^\W\d_]{2})")
#: Letters that each stand alone, as in "h e r o i n".
_SPACED_LETTERS = re.compile(r"(?<!\S)(?:[^\W\d_] ){3,}[^\W\d_](?!\S)")
#: What parts one substance from the next.
_SEPARATORS = re.compile(r"[,;/+&|]|\b(?:and|with|plus|or|then|mixed|y|con|o)\b")
#: What stands before a substance and names none.
_FILLERS = re.compile(
    r"\b(?:an?|the|some|my|of|on|bit|little|lot|more|bags?|shots?|lines?|pills?|few|used|did|took|"
    r"smoked|snorted|shooting|una?|unos|unas|el|las?|los|poco|de|mi)\b"
)


class Names(TypedDict):
    """Some names of the list."""

    names: list[str]


class OpioidGroup(Names):
    """Names of one origin, and who says so."""

    source: str


class SignedOff(TypedDict):
    """Who signed the list off, null until somebody does, and what they say by it."""

    clinician: str | None
    licence: str | None
    on: str | None
    says: str


class OpioidList(TypedDict):
    """The list as it stands in its file, without its notes."""

    version: int
    signed_off: SignedOff
    groups: list[OpioidGroup]
    alone: Names
    never: Names


@cache
def opioid_list() -> OpioidList:
    """Read the list once."""
    opioids: OpioidList = orjson.loads(_FILE.read_bytes())
    return opioids


@cache
def opioid_names() -> frozenset[str]:
    """List every name that is found between other words; ``*`` stands for the rest of a word."""
    return frozenset(name for group in opioid_list()["groups"] for name in group["names"])


def is_opioid(name: str) -> bool:
    """Whether a substance's name is one of an opioid, or has one among its words."""
    if any(
        _anywhere_pattern().search(_exclusion_pattern().sub(" ", text)) for text in _readings(name)
    ):
        return True
    parts = _SEPARATORS.split(unicodedata.normalize("NFKC", name).casefold())
    return any(_whole_name_pattern().fullmatch(_without_fillers(part)) for part in parts)


def normalized_words(text: str) -> str:
    """Write text as words of plain letters and numbers, each between spaces.

    Width, case, accents, punctuation and invisible characters say nothing; a number is a word of
    its own, so that "oxy30" and "oxy 30" are the same.
    """
    return _in_pieces(_plain(text))


def _plain(text: str) -> str:
    wide = unicodedata.normalize("NFKC", text).casefold()
    apart = unicodedata.normalize("NFKD", wide)
    plain = "".join(char for char in apart if unicodedata.category(char) not in {"Mn", "Cf"})
    return unicodedata.normalize("NFC", plain)


def _in_pieces(plain: str) -> str:
    return " ".join(_PIECE.findall(plain))


def _readings(name: str) -> Iterator[str]:
    """Yield what a name may say: as it is written, and as its disguised letters look."""
    plain = _plain(name)
    as_written = _in_pieces(plain)
    yield as_written
    latin = plain.translate(_LOOKALIKES)
    letters = _DIGIT_AS_LETTER.sub(lambda found: found[0].translate(_LEET), latin)
    joined = _SPACED_LETTERS.sub(lambda found: found[0].replace(" ", ""), _in_pieces(letters))
    if joined != as_written:
        yield joined


def _without_fillers(part: str) -> str:
    return " ".join(_FILLERS.sub(" ", normalized_words(part)).split())


@cache
def _anywhere_pattern() -> re.Pattern[str]:
    return _pattern(opioid_names())


@cache
def _whole_name_pattern() -> re.Pattern[str]:
    return _pattern(opioid_list()["alone"]["names"])


@cache
def _exclusion_pattern() -> re.Pattern[str]:
    return _pattern(opioid_list()["never"]["names"])


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Find names as whole words, in singular or plural; longer ones first."""
    written = sorted({_name_regex(name) for name in names}, key=lambda one: (-len(one), one))
    return re.compile("|".join(written))


def _name_regex(name: str) -> str:
    text = re.escape(normalized_words(name))
    if name.endswith("*") or _UNSPACED.search(name):
        return text
    beginning = r"\S*" if name.startswith("*") else ""
    return rf"(?<!\S){beginning}{text}(?:s|es|'s)?(?!\S)"
