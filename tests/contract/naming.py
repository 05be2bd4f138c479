"""Stable names for what the server makes up: ids, tokens, codes, secrets and cursors.

A value gets its name when it is first seen and keeps it, so that ``{id:session-1}`` in an answer
and in a later request is the same session.
"""

import re
from collections import Counter
from typing import Any

#: Ids that a phone of the scenario chose begin so, and are recorded as they are.
CHOSEN = "c0de0000-0000-4000-8000-"
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_OPAQUE = (
    ("jwe", re.compile(r"eyJ[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+")),
    ("ticket", re.compile(r"(?<=/shl/files/)[\w-]{16,}")),
    ("token", re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")),
    ("cursor", re.compile(r"(?<=[?&]cursor=)[\w%=.-]{12,}")),
    ("secret", re.compile(r"(?<=/calendar/)[\w-]{43}(?=\.ics)")),
    ("tag", re.compile(r"(?<=-)[0-9a-f]{32}\b")),
    ("digest", re.compile(r"\b(?!0{64})[0-9a-f]{64}\b")),
)
#: Fields whose whole value is made up.
_FIELDS = {
    "access": "access",
    "refresh": "refresh",
    "invite_code": "invite-code",
    "secret": "totp-secret",
    "link": "link",
    "passcode": "passcode",
    "recovery_codes": "recovery-code",
    "cursor": "cursor",
}
#: Maps that are stored as such: SQLite and PostgreSQL keep their keys in different orders, so that
#: they are recorded sorted. The order of all other keys is compared.
_MAPS = {
    "answers", "balance", "before", "after", "coming_in", "emotions", "parts",
    "safety_check", "urges",
}  # fmt: skip
#: Shorter ones are replaced where they are a whole text only.
_LONG = 16
#: A text of one letter over and over is told by its length.
_MOST_ALIKE = 100


def chosen(number: int) -> str:
    """Make an id as a phone of the scenario chooses it."""
    return f"{CHOSEN}{number:012}"


class Names:
    """What was named so far."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._names: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def call(self, value: object, name: str) -> None:
        """Give a value its name; the first name stays."""
        self._names.setdefault(str(value), "{" + name + "}")

    def number(self, value: str, sort: str) -> str:
        """Find the name of a value, or give it the next one of its sort."""
        if value not in self._names:
            self._counts[sort] += 1
            self.call(value, f"{sort}-{self._counts[sort]}")
        return self._names[value]

    def told(self, value: Any, *, noun: str, is_sent: bool = False) -> Any:
        """Rewrite a body with names; ``noun`` is what an ``id`` at its top is the id of.

        What is sent holds nothing new, but for what the scenario itself says.
        """
        if isinstance(value, dict):
            return {
                self.text(key, noun=noun): self._field(key, part, noun=noun, is_sent=is_sent)
                for key, part in value.items()
            }
        if isinstance(value, list):
            return [self.told(part, noun=noun, is_sent=is_sent) for part in value]
        return self.text(value, noun=noun) if isinstance(value, str) else value

    def text(self, text: str, *, noun: str) -> str:
        """Rewrite a text with names."""
        if text in self._names:
            return self._names[text]
        if len(text) > _MOST_ALIKE and len(set(text)) == 1:
            return "{" + f"{len(text)} times {text[0]}" + "}"
        for sort, pattern in _OPAQUE:
            text = pattern.sub(lambda found, sort=sort: self.number(found[0], sort), text)  # type: ignore[misc] # bound at once
        for value, name in self._names.items():
            if len(value) >= _LONG and value in text:
                text = text.replace(value, name)
        return _ID.sub(lambda found: self._id(found[0], noun), text)

    def _field(self, key: str, part: Any, *, noun: str, is_sent: bool) -> Any:
        if key in _FIELDS and not is_sent:
            if isinstance(part, list):
                return [self.number(value, _FIELDS[key]) for value in part]
            return self.number(part, _FIELDS[key]) if part else part
        if key in _MAPS and not is_sent:
            part = _in_order(part)
        inner = noun if key in {"id", "results", "changes"} else singular(key)
        return self.told(part, noun=inner, is_sent=is_sent)

    def _id(self, value: str, noun: str) -> str:
        return value if value.startswith(CHOSEN) else self.number(value, f"id:{noun}")


def _in_order(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _in_order(value) for key, value in sorted(part.items())}
    return part


def singular(word: str) -> str:
    """Name one of many: ``entries`` holds an ``entry``."""
    word = word.removesuffix("_id")
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def noun_of(path: str) -> str:
    """Tell of what thing a path speaks: the last of its words that is no id."""
    words = path.split("?", maxsplit=1)[0].strip("/").split("/")
    words = [word for word in words if not _ID.fullmatch(word) and not word.endswith(".ics")]
    return singular(words[-1]) if words else "thing"
