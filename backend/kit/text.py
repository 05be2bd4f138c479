"""What a line of text may hold, where text may be cut, and when two spellings are one name."""

import re
import unicodedata
from collections.abc import Iterable

#: What is told of text that ``is_one_line`` finds unfit.
ONE_LINE = "Must be on one line, without control characters or overrides of the direction."
#: Each of these hides or rearranges what stands on a line: control characters, the separators of
#: lines and paragraphs, and the overrides, embeddings and isolates of the writing direction. The
#: marks U+200E and U+200F only help mixed directions, and joiners spell words: both are text.
_OFF_THE_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: Shown as nothing, though their category says letter, mark or symbol (Unicode's
#: Default_Ignorable_Code_Point, and the empty Braille pattern).
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)


def is_encodable(text: str) -> bool:
    """Whether it can be stored at all: it has no NUL and no half of a surrogate pair."""
    return "\x00" not in text and (text.isascii() or _SURROGATE.search(text) is None)


def is_one_line(text: str) -> bool:
    """Whether it can stand on one line as it was typed, in any script and with any emoji."""
    if text.isascii() and text.isprintable():
        return True
    return _OFF_THE_LINE.search(text) is None and is_encodable(text)


def is_blank(text: str) -> bool:
    """Whether nothing of it can be seen, such as spaces and joiners alone."""
    if text.isascii():
        return not text.strip()
    seen = _UNSEEN.sub("", text)
    return all(unicodedata.category(char)[0] in "ZC" and _is_known(char) for char in seen)


def _is_known(char: str) -> bool:
    """Whether a character is none that Unicode added after our table was made."""
    return unicodedata.category(char) not in {"Cn", "Co"}


def folded(text: str) -> str:
    """Fold the spellings of one name into one key, to compare and to count; never to show.

    Case, width, composition, invisible characters and the sort of space make no other name
    (Unicode's toNFKC_Casefold, and white space as one space).
    """
    if text.isascii():
        return " ".join(text.casefold().split())
    found = unicodedata.normalize("NFKC", text).casefold()
    found = "".join(char for char in _UNSEEN.sub("", found) if unicodedata.category(char) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", found).split())


def tallied(names: Iterable[str]) -> list[tuple[str, int]]:
    """Count names whatever their spelling, the most frequent first, then by the alphabet.

    Each is shown in its most frequent spelling, of several the one that came last.
    """
    spellings: dict[str, dict[str, int]] = {}
    for name in names:
        counts = spellings.setdefault(folded(name), {})
        # What comes last stands last, so that it wins among equals.
        counts[name] = counts.pop(name, 0) + 1
    found = [(_usual(counts), sum(counts.values())) for counts in spellings.values()]
    return sorted(found, key=lambda pair: (-pair[1], folded(pair[0]), pair[0]))


def _usual(counts: dict[str, int]) -> str:
    return max(reversed(counts), key=counts.__getitem__)
