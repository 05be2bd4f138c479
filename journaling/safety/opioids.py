"""Names of opioids as people write them in the field "substance".

A name that the list doesn't know is not taken for an opioid. Prescribed ones are: what counts for
safety is what the body is used to.
"""

import re
from functools import cache
from pathlib import Path

from backend.kit.text import folded

_FILE = Path(__file__).parent.parent / "data" / "opioids.txt"
_WORDS = re.compile(r"[a-z0-9]+")


@cache
def names() -> frozenset[str]:
    """Read the list once."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def is_opioid(name: str) -> bool:
    """Tell whether a substance's name is one of an opioid: by a word of it, or as a whole."""
    words = _WORDS.findall(folded(name))
    longer = {word for word in words if len(word) > 1}
    return not names().isdisjoint(longer) or " ".join(words) in names()
