"""Checks, folding, counting and truncation of text.

Truncation is between grapheme clusters. Python's standard library has no table of their boundaries.
These rules follow UAX 29 by the general categories that it does have; where the two could differ
they keep together rather than cut.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

#: What is told of text that ``is_one_line`` finds unfit.
NOT_ONE_LINE = "Must be on one line, without control characters or overrides of the direction."
#: Each of these hides or rearranges what stands on a line: control characters, the separators of
#: lines and paragraphs, and the overrides, embeddings and isolates of the writing direction. The
#: marks U+200E and U+200F only help mixed directions, and joiners spell words: both are text.
_NOT_ON_ONE_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: Shown as nothing, though their category says letter, mark or symbol (Unicode's
#: Default_Ignorable_Code_Point, and the empty Braille pattern).
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)


def is_encodable(text: str) -> bool:
    """Whether a text can be stored: it has no NUL and no half of a surrogate pair."""
    return "\x00" not in text and (text.isascii() or _SURROGATE.search(text) is None)


def is_one_line(text: str) -> bool:
    """Whether a text stays on one line as it was typed, in any script and with any emoji."""
    if text.isascii() and text.isprintable():
        return True
    return _NOT_ON_ONE_LINE.search(text) is None and is_encodable(text)


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen, such as spaces and joiners alone."""
    if text.isascii():
        return not text.strip()
    seen = _INVISIBLE.sub("", text)
    return all(unicodedata.category(char)[0] in "ZC" and _is_assigned(char) for char in seen)


def _is_assigned(char: str) -> bool:
    """Whether a character is none that Unicode added after our table was made."""
    return unicodedata.category(char) not in {"Cn", "Co"}


def fold_name(text: str) -> str:
    """Return the key that all spellings of a name share, to compare and to count; never to show.

    Case, width, composition, invisible characters and the sort of space make no other name
    (Unicode's toNFKC_Casefold, and white space as one space).
    """
    if text.isascii():
        return " ".join(text.casefold().split())
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = "".join(
        char for char in _INVISIBLE.sub("", folded) if unicodedata.category(char) != "Cf"
    )
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def count_folded_names(names: Iterable[str]) -> list[tuple[str, int]]:
    """Count names whatever their spelling, the most frequent first, then by the alphabet.

    Each is shown in its most frequent spelling, of several the one that came last.
    """
    spellings: dict[str, dict[str, int]] = {}
    for name in names:
        counts = spellings.setdefault(fold_name(name), {})
        # What comes last stands last, so that it wins among equals.
        counts[name] = counts.pop(name, 0) + 1
    counted = [(_most_frequent(counts), sum(counts.values())) for counts in spellings.values()]
    return sorted(counted, key=lambda pair: (-pair[1], fold_name(pair[0]), pair[0]))


def _most_frequent(counts: dict[str, int]) -> str:
    return max(reversed(counts), key=counts.__getitem__)


#: How far from the limit a space may lie at which text is cut instead.
WORD_BREAK_WINDOW = 20
#: More code points than any cluster of a script or emoji has; marks beyond them start a new one.
_LONGEST_CLUSTER = 32
_JOINER = "\u200d"
#: Marks by what they do, though their category is another (UAX 29, SpacingMark and Extend).
_ALSO_MARKS = {"\u200c", _JOINER, "\u0e33", "\u0eb3", "\uff9e", "\uff9f"}
#: Signs of numbers that enclose what follows (UAX 29, Prepend).
_PREPENDED_MARKS = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
_VIRAMA = 9  # canonical combining class of what joins two consonants of an Indic script


def grapheme_clusters(text: str) -> Iterator[str]:
    """Split text into grapheme clusters; joined again they are the text."""
    start = 0
    for at in range(1, len(text) + 1):
        is_full = at - start >= _LONGEST_CLUSTER
        if at == len(text) or is_full or _breaks(text, start, at):
            yield text[start:at]
            start = at


def truncate(text: str, *, longest: int) -> str:
    """Keep at most so many clusters, and mark with an ellipsis that something was cut off.

    It is cut at a space where one stands near the limit; where none does, as in scripts without
    spaces, at the limit itself.
    """
    if len(text) <= longest:
        return text
    kept: list[str] = []
    for cluster in grapheme_clusters(text):
        if len(kept) == longest:
            return f"{_cut_at_space(kept, next_one=cluster)} …"
        kept.append(cluster)
    return text


def truncate_to_code_points(text: str, *, longest: int) -> str:
    """Keep as many whole clusters as fit into a column of so many code points."""
    if len(text) <= longest:
        return text
    kept = list(grapheme_clusters(text[: longest + 1]))
    return "".join(kept[:-1]) or text[:longest]


def _cut_at_space(kept: list[str], *, next_one: str) -> str:
    if not next_one.isspace():
        nearest = max(len(kept) - WORD_BREAK_WINDOW, len(kept) // 2)
        for place in range(len(kept) - 1, nearest - 1, -1):
            if kept[place].isspace():
                return "".join(kept[:place]).rstrip()
    return "".join(kept).rstrip()


def _breaks(text: str, start: int, at: int) -> bool:
    """Whether a cluster that began at ``start`` ends before ``at``."""
    before, after = text[at - 1], text[at]
    if before.isascii() and after.isascii():
        return not (before == "\r" and after == "\n")
    if _is_control(before) or _is_control(after):
        return True
    if _is_mark(after) or before in _PREPENDED_MARKS:
        return False
    return not (
        _is_hangul_pair(before, after)
        or _is_flag(text, start, at)
        or (before == _JOINER and at - start > 1 and _is_pictograph(after))
        or _is_conjunct(text, start, at)
    )


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Zl", "Zp"}


def _is_mark(char: str) -> bool:
    return (
        unicodedata.category(char)[0] == "M"
        or char in _ALSO_MARKS
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # the tone of a skin
        or "\U000e0020" <= char <= "\U000e007f"  # the name of a flag
    )


def _is_pictograph(char: str) -> bool:
    """Whether a joiner before it makes one picture, also of emoji that are yet to come."""
    return unicodedata.category(char) == "So" or char >= "\U0001f000" or char in "↔↕⬛⬜"


def _is_regional(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _is_flag(text: str, start: int, at: int) -> bool:
    """Whether these two regional indicators are one flag: each takes two."""
    return at - start == 1 and _is_regional(text[at - 1]) and _is_regional(text[at])


def _is_conjunct(text: str, start: int, at: int) -> bool:
    """Whether a virama joins the next consonant to the one before."""
    last = at - 1
    while last > start and text[last] in _ALSO_MARKS:
        last -= 1
    is_joined = unicodedata.combining(text[last]) == _VIRAMA and last > start
    return is_joined and unicodedata.category(text[at]) == "Lo"


def _syllable(char: str) -> str:
    """Return the class of a Hangul character: L, V, T, LV or LVT; empty for others."""
    for first, last, kind in (
        ("\u1100", "\u115f", "L"), ("\ua960", "\ua97c", "L"), ("\u1160", "\u11a7", "V"),
        ("\ud7b0", "\ud7c6", "V"), ("\u11a8", "\u11ff", "T"), ("\ud7cb", "\ud7fb", "T"),
    ):  # fmt: skip
        if first <= char <= last:
            return kind
    if "\uac00" <= char <= "\ud7a3":
        return "LV" if (ord(char) - 0xAC00) % 28 == 0 else "LVT"
    return ""


def _is_hangul_pair(before: str, after: str) -> bool:
    first, second = _syllable(before), _syllable(after)
    if first == "L":
        return second in {"L", "V", "LV", "LVT"}
    if first in {"V", "LV"}:
        return second in {"V", "T"}
    return first in {"T", "LVT"} and second == "T"
