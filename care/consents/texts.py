"""What is agreed to, word for word: texts by purpose, version and language, from a file of data.

``texts.json`` ships with this version. A clinic's counsel replaces it by a file of the same form
that ``BETWEEN_CONSENT_TEXTS`` names (docs/operations.md); it is read once by each process. Of a
purpose the newest text is in force whose day has come, in UTC.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import ClassVar

import orjson
from django.conf import settings

from backend.kit import parsing
from backend.kit.errors import FieldError, InvalidInput
from backend.kit.languages import LANGUAGES
from care.access.data_categories import CONSENT_SCOPES

SHIPPED = Path(__file__).parent / "texts.json"
#: As long as a column and a field of the API hold.
MAX_VERSION_LENGTH = 40
#: The notice to patients (42 CFR 2.22): nobody signs it. ``{clinic}`` and ``{contact}`` in it are
#: what the clinic's profile says.
NOTICE = "notice"
_KINDS = (*CONSENT_SCOPES, NOTICE)
#: Texts that a clinic's older file does not have: the shipped words hold until it has its own.
_ADDED_LATER = ("handover", NOTICE)
_FIELDS = frozenset({"purpose", "version", "in_force_since", *LANGUAGES})


class InvalidTexts(Exception):
    """The file can't be used; the message says which text of it, and why."""


class VersionNotInForce(InvalidInput):
    """Another text is in force than the one that was agreed to; nothing was stored."""

    code: ClassVar[str] = "consent_version"

    def __init__(self, *, field: str, in_force: str) -> None:
        detail = f"Version {in_force} is in force. Show its text, and ask again."
        super().__init__([FieldError(field, self.code, detail)])


@dataclass(frozen=True, slots=True)
class SignedText:
    """What somebody agreed to: the version, and its words in the language that they read."""

    version: str
    language: str
    words: str


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One version of what is agreed to for one purpose, in every language."""

    purpose: str
    version: str
    in_force_since: date
    words: dict[str, str]

    def signed(self, language: str) -> SignedText:
        """Return it as somebody signs it who reads this language."""
        return SignedText(self.version, language, self.words[language])


def texts_in_force(*, now: datetime) -> list[ConsentText]:
    """List the text of each purpose that is in force, in the order of the purposes."""
    return _in_force(CONSENT_SCOPES, now)


def notice_in_force(*, now: datetime) -> ConsentText:
    """Return the notice to patients that is in force."""
    (notice,) = _in_force([NOTICE], now)
    return notice


def notices() -> list[ConsentText]:
    """List every version of the notice, the newest first."""
    found = [text for text in texts() if text.purpose == NOTICE]
    return sorted(found, key=lambda text: text.in_force_since, reverse=True)


def text_in_force(*, purpose: str, now: datetime) -> ConsentText:
    """Return the text of a purpose that is in force."""
    return next(text for text in texts_in_force(now=now) if text.purpose == purpose)


def signed_text(
    *, purpose: str, version: str, language: str, now: datetime, field: str = "version"
) -> SignedText:
    """Return the words of the version that somebody agreed to.

    :raises VersionNotInForce: naming this field, and telling which version is in force.
    """
    in_force = text_in_force(purpose=purpose, now=now)
    if version != in_force.version:
        raise VersionNotInForce(field=field, in_force=in_force.version)
    return in_force.signed(language)


def are_as_filed(*, now: datetime) -> bool:
    """Whether each purpose has a text in force, and the file still says what is served.

    A file that was edited is taken at the next start; until then, or where it can't be read any
    more, whoever runs this is told.
    """
    try:
        filed = read_texts(
            Path(settings.CONSENT_TEXTS or SHIPPED), today=now.astimezone(UTC).date()
        )
    except InvalidTexts:
        return False
    return filed == texts()


def texts() -> tuple[ConsentText, ...]:
    """Return every text of the clinic's file, or else of ours."""
    return _read_once(str(settings.CONSENT_TEXTS or SHIPPED))


def _in_force(kinds: Iterable[str], now: datetime) -> list[ConsentText]:
    today = now.astimezone(UTC).date()
    return [text for kind in kinds if (text := _newest(texts(), kind, today)) is not None]


@cache
def _read_once(path: str) -> tuple[ConsentText, ...]:
    return read_texts(Path(path))


def read_texts(path: Path, *, today: date | None = None) -> tuple[ConsentText, ...]:
    """Read a file of texts; with ``today`` each purpose must have one that is in force then.

    :raises InvalidTexts: it can't be read, or a text of it lacks something or stands there twice.
    """
    try:
        rows = orjson.loads(path.read_bytes())["texts"]
        found = tuple(_text_of(place, row) for place, row in enumerate(rows))
    except (OSError, ValueError, KeyError, TypeError):
        raise InvalidTexts('names no file of texts that can be read: {"texts": […]}') from None
    kinds = {text.purpose for text in found}
    if path != SHIPPED:
        shipped = read_texts(SHIPPED)
        lacking = [kind for kind in _ADDED_LATER if kind not in kinds]
        found += tuple(text for text in shipped if text.purpose in lacking)
    for purpose in _KINDS:
        of_purpose = [text for text in found if text.purpose == purpose]
        versions = {text.version for text in of_purpose}
        days = {text.in_force_since for text in of_purpose}
        if len(versions) < len(of_purpose) or len(days) < len(of_purpose):
            raise InvalidTexts(f"has a version or a day of {purpose} twice")
        if not of_purpose or (today is not None and _newest(found, purpose, today) is None):
            raise InvalidTexts(f"has no text of {purpose} that is in force")
    return found


def _newest(found: Sequence[ConsentText], purpose: str, today: date) -> ConsentText | None:
    begun = [text for text in found if text.purpose == purpose and text.in_force_since <= today]
    return max(begun, key=lambda text: text.in_force_since, default=None)


def _text_of(place: int, row: dict[str, object]) -> ConsentText:
    """Read one text: its words are paragraphs, and stand there in every language."""
    if not isinstance(row, dict) or row.keys() != _FIELDS:
        raise InvalidTexts(f"needs {', '.join(sorted(_FIELDS))} in text {place}, and nothing else")
    version, purpose = str(row["version"]), str(row["purpose"])
    if purpose not in _KINDS:
        raise InvalidTexts(f"names no purpose of ours in text {place}")
    if not 0 < len(version) <= MAX_VERSION_LENGTH or version != version.strip():
        most = MAX_VERSION_LENGTH
        raise InvalidTexts(f"needs a version of 1 to {most} characters in text {place}")
    try:
        since = parsing.parse_day(row["in_force_since"])
    except ValueError:
        raise InvalidTexts(f"needs in_force_since as YYYY-MM-DD in text {place}") from None
    words = {}
    for language in LANGUAGES:
        paragraphs = row[language]
        if not isinstance(paragraphs, list) or not paragraphs or not all(map(_is_said, paragraphs)):
            raise InvalidTexts(f"needs paragraphs in {language!r} of text {place}")
        words[language] = "\n\n".join(paragraphs)
    return ConsentText(purpose, version, since, words)


def _is_said(paragraph: object) -> bool:
    return isinstance(paragraph, str) and bool(paragraph.strip())
