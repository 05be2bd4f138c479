"""Codes that people read, tell one another and type (SECURITY R27)."""

import base64
import secrets
import unicodedata

from backend.kit.crypto import fingerprint

#: Ten base32 characters or more are asked for; ours have 12 (60 bits), in groups of four.
_BYTES, _LENGTH = 8, 12


def generate_code() -> str:
    """Generate a code that nobody guesses, as it is shown once."""
    raw = base64.b32encode(secrets.token_bytes(_BYTES)).decode()[:_LENGTH]
    return "-".join(raw[at : at + 4] for at in range(0, _LENGTH, 4))


def normalize_code(code: str) -> str:
    """Return the letters, in capitals, and digits of a code, however it was typed or copied.

    Spaces of every sort, dashes and invisible characters between them say nothing, and a digit is
    one in any script and width.
    """
    folded = unicodedata.normalize("NFKC", code).upper()
    return "".join(map(_digit, filter(str.isalnum, folded)))


def fingerprint_code(code: str, *, purpose: str) -> str:
    """Compute the fingerprint of a code, however it was typed, for one purpose alone."""
    return fingerprint(normalize_code(code), purpose=purpose)


def _digit(char: str) -> str:
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)
