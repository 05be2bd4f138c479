"""Words of vocabularies that a clinic can add to, and names of things that a patient has.

What such a word looks like is checked here; whether it exists is asked of a ``Vocabulary``, as that
depends on whose entry it is.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from backend.kit.errors import FieldError
from backend.kit.strict_json import Json
from journaling.entries.kinds.field_types import InvalidValue, JsonSchema, ListOf, Uuid
from journaling.entries.kinds.model import EntryField
from journaling.skills import catalogue

_SLUG = re.compile(r"[a-z0-9-]{1,60}")
_TAG = re.compile(r"[a-z][a-z0-9_]{0,59}")
#: How a word that does not exist is refused, by its vocabulary.
_REFUSALS = {
    "skill": ("unknown_skill", "No skill of that name is in the catalogue."),
    "trigger": ("unknown_choice", "No trigger of that name is offered."),
    "assignment": ("unknown_assignment", "There is no such assignment."),
}


class Vocabulary(Protocol):
    """Which words of a vocabulary exist for one patient."""

    def has(self, vocabulary: str, word: object) -> bool:
        """Whether the word exists."""


@dataclass(frozen=True, slots=True)
class SkillSlug:
    """The slug of a skill, of the shipped catalogue or of the patient's clinic."""

    vocabulary = "skill"

    def read(self, value: Json) -> str:
        """Read what looks like a slug."""
        if not isinstance(value, str) or not _SLUG.fullmatch(value):
            raise InvalidValue(*_REFUSALS["skill"])
        return value

    def schema(self) -> JsonSchema:
        """Describe the slug."""
        return {"type": "string", "pattern": "^[a-z0-9-]{1,60}$"}


@dataclass(frozen=True, slots=True)
class Tag:
    """A word of a vocabulary of ours, or one that the patient's clinic offers beside it."""

    vocabulary: str
    shipped: tuple[str, ...]

    def read(self, value: Json) -> str:
        """Read what looks like a tag."""
        if not isinstance(value, str) or not _TAG.fullmatch(value):
            raise InvalidValue("unknown_choice", "Must be one of: " + ", ".join(self.shipped) + ".")
        return value

    def schema(self) -> JsonSchema:
        """Describe the tag."""
        return {
            "type": "string",
            "pattern": "^[a-z][a-z0-9_]{0,59}$",
            "description": "One of " + ", ".join(self.shipped) + ", or of the clinic's own.",
        }


@dataclass(frozen=True, slots=True)
class AssignmentId:
    """An assignment of the patient's own."""

    vocabulary = "assignment"

    def read(self, value: Json) -> UUID:
        """Read a UUID."""
        return Uuid().read(value)

    def schema(self) -> JsonSchema:
        """Describe the id."""
        return Uuid().schema()


class ShippedVocabulary:
    """The words that ship with this version; nothing of a clinic or a patient."""

    def __init__(self, tags: Mapping[str, Collection[str]]) -> None:
        self.tags = tags

    def has(self, vocabulary: str, word: object) -> bool:
        """Whether the word ships."""
        if vocabulary == "skill":
            return word in catalogue.shipped_skills()
        return word in self.tags.get(vocabulary, ())


def unknown_word_faults(
    fields: Sequence[EntryField], values: Mapping[str, object], vocabulary: Vocabulary
) -> list[FieldError]:
    """Find fields that use a word which does not exist for this patient."""
    faults = []
    for field in fields:
        value = values.get(field.name)
        if value is None:
            continue
        word_type = field.type.item_type if isinstance(field.type, ListOf) else field.type
        if isinstance(word_type, (SkillSlug, Tag, AssignmentId)):
            words = value if isinstance(value, list) else [value]
            if not all(vocabulary.has(word_type.vocabulary, word) for word in words):
                faults.append(FieldError(field.name, *_REFUSALS[word_type.vocabulary]))
    return faults
