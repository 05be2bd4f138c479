"""Which addresses and numbers of a clinic or a resource a phone may open: https, and digits."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from backend.kit.errors import FieldError

#: Opening hours are lines of text: a week has seven days, and a day may have two spans.
MOST_HOURS = 14
LONGEST_HOURS = 80
NOT_HTTPS = "Must be a whole address that begins with https://."
NOT_A_NUMBER = "Must be a phone number: digits, spaces, ( ) . - and one + in front."
NOT_PLAIN_DIGITS = "Must be digits alone, with a + in front if need be."
#: A national emergency number has three digits, an international one at most fifteen (E.164).
_FEWEST_DIGITS, _MOST_DIGITS = 3, 15
_NUMBER = re.compile(r"\+?[0-9 ().-]+")
_PLAIN_NUMBER = re.compile(r"\+?[0-9]+")
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z0-9-]{2,}", re.IGNORECASE)
#: What no address has as it is; browsers read a backslash as a slash, which would hide the host.
_NOT_IN_ADDRESS = re.compile(r"[\s\\<>\"^`{|}\x00-\x1f\x7f]")


def is_https_address(text: str) -> bool:
    """Whether a text is a web address of that one scheme, of a named host, without a password."""
    if _NOT_IN_ADDRESS.search(text):
        return False
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port  # a port that is none raises
    except ValueError:
        return False
    is_whole = parts.scheme == "https" and "@" not in parts.netloc
    return is_whole and _HOST.fullmatch(host) is not None


def is_phone_number(text: str) -> bool:
    """Whether a phone can call a text as it is written."""
    return _NUMBER.fullmatch(text) is not None and _has_digits(text)


def is_plain_phone_number(text: str) -> bool:
    """Whether a text is a number as it is dialled, without spaces or signs between."""
    return _PLAIN_NUMBER.fullmatch(text) is not None and _has_digits(text)


def contact_faults(
    *,
    addresses: dict[str, str | None],
    phone: str | None,
    crisis_phone: str | None = None,
) -> Iterator[FieldError]:
    """Find the addresses, by field, and the numbers that no phone could open."""
    for field, address in addresses.items():
        if address is not None and not is_https_address(address):
            yield FieldError(field, "not_https", NOT_HTTPS)
    if phone is not None and not is_phone_number(phone):
        yield FieldError("phone", "not_a_phone_number", NOT_A_NUMBER)
    if crisis_phone is not None and not is_plain_phone_number(crisis_phone):
        yield FieldError("crisis_phone", "not_a_phone_number", NOT_PLAIN_DIGITS)


def _has_digits(text: str) -> bool:
    return _FEWEST_DIGITS <= sum(char.isdigit() for char in text) <= _MOST_DIGITS
