"""The languages of what patients read, and sentences that have each of them.

A further language is one more field of ``Sentence``: mypy then names every sentence without it.
"""

from dataclasses import dataclass

ENGLISH, SPANISH = "en", "es"
LANGUAGES = (ENGLISH, SPANISH)


def spoken_language(tag: str) -> str:
    """Return the language of ours that a BCP 47 tag asks for; English where we have none.

    Regions make no difference: ``es-419`` and ``es-MX`` are Spanish.
    """
    primary = tag.replace("_", "-").partition("-")[0].casefold()
    return primary if primary in LANGUAGES else ENGLISH


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a patient may read, in every language; ``{names}`` are filled in by ``format``."""

    en: str
    es: str

    def spoken(self, language: str) -> str:
        """Return it in one of ``LANGUAGES``."""
        return self.es if language == SPANISH else self.en

    def format(self, language: str, **values: object) -> str:
        """Return it in one of ``LANGUAGES``, filled in."""
        return self.spoken(language).format(**values)


@dataclass(frozen=True, slots=True)
class Noun:
    """What is counted, in every language: of one, and of any other number."""

    one: Sentence
    many: Sentence

    def count(self, n: int, language: str) -> str:
        """Write a number with its noun: "1 day", "3 días"."""
        return f"{n} {(self.one if n == 1 else self.many).spoken(language)}"
