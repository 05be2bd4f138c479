"""What a password must be (NIST 800-63B-4): long, and not one that everybody tries.

A password is compared in one spelling, NFKC: one keyboard composes é, another sends two characters,
and a phone's suggestion brings a no-break or full-width space. Of NFKC and NFKD, which NIST names
(3.1.1.2), NFKC is what lengths were counted in before.
"""

import unicodedata
from functools import cache

from django.contrib.auth import hashers
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from backend.kit import text
from backend.kit.errors import InvalidInput

#: As the single factor of a patient's phone, and beside a second one (SECURITY R26).
SHORTEST = 15
SHORTEST_OF_TWO = 8
LONGEST = 256


def normalised(password: str) -> str:
    """Give the one spelling in which a password is measured, stored and compared."""
    return password if password.isascii() else unicodedata.normalize("NFKC", password)


def make_password(password: str) -> str:
    """Hash a password for its row, however it was typed."""
    return hashers.make_password(normalised(password))


def check_password(password: str, stored: str) -> bool:
    """Whether a password is the stored one, however it was typed."""
    return hashers.check_password(normalised(password), stored)


def refuse_weak(
    password: str, *, username: str, field: str = "password", has_second_factor: bool = False
) -> None:
    """Refuse a password that is too short, too long, well known, or the name itself.

    Any Unicode is welcome; nothing is asked of its composition, and it never expires.

    :raises backend.kit.errors.InvalidInput: naming ``field``.
    """
    password = normalised(password)
    length = len(password)
    shortest = SHORTEST_OF_TWO if has_second_factor else SHORTEST
    if length < shortest:
        detail = f"At least {shortest} characters; a few words in a row are easy to remember."
        raise InvalidInput.of(field, "password_too_short", detail)
    if length > LONGEST:
        raise InvalidInput.of(field, "password_too_long", f"At most {LONGEST} characters.")
    is_repeated = password in (password + password)[1:-1]
    if len(set(password)) < 5 or is_repeated or text.folded(password) == text.folded(username):
        raise InvalidInput.of(field, "password_too_easy", "Too easy to guess.")
    try:
        _well_known().validate(password)
    except ValidationError:
        detail = "Many people use this one."
        raise InvalidInput.of(field, "password_too_common", detail) from None


@cache
def _well_known() -> CommonPasswordValidator:
    # Unpacking the list takes longer than everything else about a password but its hash.
    return CommonPasswordValidator()
