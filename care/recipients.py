"""Whom a consent to treatment names as its recipient, in the patient's own words (2.31(a)(4)).

What is written is read once, when it is signed: the clinic or its care team, one clinician of the
clinic, or somebody else. What is not surely the clinic's is somebody else's, so that nobody reads a
chart by a guess; the answer says whom it reaches, and the patient can agree again in other words.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

#: What stands before a name and tells nobody apart.
_TITLES = frozenset({"dr", "doctor", "prof", "professor", "mr", "mrs", "ms", "mx", "miss"})
_OWN = frozenset({"my", "our", "the", "your"})
#: What a patient calls those who treat them.
_TEAM = frozenset(
    {"care team", "treatment team", "clinical team", "team", "clinic", "clinic staff", "staff",
     "clinic s staff", "clinic care team", "program", "programme", "treatment program",
     "treatment programme", "treatment providers", "providers"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a consent reaches: the care team as a whole, one clinician, or nobody of the clinic."""

    clinician_id: UUID | None = None
    is_for_others: bool = False


def reach_of(recipient: str, *, clinic: str, clinicians: Iterable[tuple[UUID, str]]) -> Reach:
    """Tell whom these words name, among the clinic, its clinicians and everybody else.

    Case, accents written in another form, punctuation and titles make no difference. A name that
    two clinicians have names neither.
    """
    said = _words(recipient)
    house = _words(clinic)
    ways = {form for name in _TEAM for form in _forms(name, house)} | {house}
    if said in ways:
        return Reach()
    named = [pk for pk, name in clinicians if _person(name) == _person(recipient)]
    if len(named) == 1:
        return Reach(clinician_id=named[0])
    return Reach(is_for_others=True)


def _forms(team: str, house: str) -> tuple[str, ...]:
    return (
        team, f"{house} {team}", f"{house} s {team}", f"{team} at {house}", f"{team} of {house}",
    )  # fmt: skip


def _words(text: str) -> str:
    """Fold a text to its words, without what stands before a noun."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    while len(words) > 1 and words[0] in _OWN:
        words = words[1:]
    return " ".join(word for at, word in enumerate(words) if at == 0 or word not in _OWN)


def _person(text: str) -> str:
    words = _words(text).split()
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    return " ".join(words)
