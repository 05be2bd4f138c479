"""What people may be called, and under which name the log keeps who acted."""

import unicodedata
from uuid import UUID

from backend.kit.errors import InvalidInput
from backend.kit.text import ONE_LINE, is_one_line
from care.models import User

STAFF = (User.Role.CLINICIAN, User.Role.ADMIN)
#: What the pages, the app and the access log call somebody who is no single person. A name of these
#: would let somebody act under another's flag.
RESERVED = (
    "you", "yourself", "me", "self", "somebody", "somebody else", "someone else", "anybody",
    "nobody", "anonymous", "unknown", "system", "system administrator", "service",
    "server", "root", "operator", "support", "support team",
    "support person", "customer support", "technical support", "help desk", "administrator",
    "admin", "administration", "moderator", "security", "security team",
    "privacy officer", "staff", "care team", "your care team",
    "your therapist", "your clinic", "clinic", "crisis line", "emergency",
)  # fmt: skip
#: Nobody is called anything with these in it.
OURS = ("betweensessions", "yoursupportperson", "privacyofficer")
#: Letters of other alphabets, and signs, that are drawn as Latin ones (Unicode TS 39, the part that
#: can spell our words).
_ALIKE = str.maketrans({
    "\u0430": "a", "\u03b1": "a", "\u0251": "a", "@": "a", "\u0432": "b", "\u0441": "c",
    "\u03f2": "c", "\u0501": "d", "\u0435": "e", "\u0454": "e", "3": "e",
    "\u0433": "r", "\u04bb": "h", "\u043d": "h", "\u0456": "i", "\u03b9": "i", "\u0131": "i",
    "1": "i", "!": "i", "|": "i", "l": "i", "\u04cf": "i", "\u0458": "j", "\u043a": "k",
    "\u03ba": "k", "\u043c": "m", "\u043f": "n", "\u03b7": "n", "\u0578": "n", "\u043e": "o",
    "\u03bf": "o", "\u03c3": "o", "\u0585": "o", "0": "o", "\u0440": "p", "\u03c1": "p",
    "\u0455": "s", "5": "s", "$": "s", "\u0442": "t", "\u03c4": "t", "7": "t", "\u03c5": "u",
    "\u057d": "u", "\u03bd": "v", "\u0475": "v", "\u0461": "w", "\u051d": "w", "\u03c9": "w",
    "\u0445": "x", "\u03c7": "x", "\u0443": "y", "\u03b3": "y", "\u04af": "y", "\u1d20": "v",
})  # fmt: skip

#: Capitals that look like another Latin letter than their small ones do, and alphabets of capitals.
_CAPITALS = str.maketrans(
    "\u0395\u0396\u0397\u039c\u039d\u03a5"
    "\u13aa\u13f4\u13df\u13a0\u13ac\u13c0\u13bb\u13a5\u13ab\u13e6\u13de\u13b7\u13e2\u13a1"
    "\u13da\u13a2\u13d9\u13d4\u13a9\u13c3"
    "\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u029f\u1d0d\u0274"
    "\u1d0f\u1d18\u0280\ua731\u1d1b\u1d1c\u1d21\u028f\u1d22",
    "ezhmnyabcdeghijklmprstvwyzabcdefghijklmnoprstuwyz",
)


def logged_name(user: User | None) -> str:
    """Tell under which name the log keeps somebody of the staff, as they are called now.

    Empty for patients and support persons: the log is kept when they are erased, and a reader is
    told of them otherwise (``care.queries.names``).
    """
    if user is None or user.role not in STAFF:
        return ""
    return f"{user.display_name} ({user.username})"


def refuse_misleading(name: str, *, field: str = "display_name") -> None:
    """Refuse a name that reads as somebody or something else than a person.

    :raises backend.kit.errors.InvalidInput: naming ``field``.
    """
    refuse_unprintable(name, field=field)
    plain = look_of(name)
    if not any(one.isalpha() for one in name):
        raise InvalidInput.of(field, "blank", "Must have a letter.")
    if plain.removeprefix("the") in _RESERVED or any(part in plain for part in _OURS):
        raise InvalidInput.of(field, "reserved_name", "Nobody can be called that here.")


def refuse_unprintable(name: str, *, field: str) -> None:
    """Refuse line breaks, other control characters, and overrides of the direction of writing.

    :raises backend.kit.errors.InvalidInput: naming ``field``.
    """
    if not is_one_line(name):
        raise InvalidInput.of(field, "invalid_characters", ONE_LINE)


def refuse_colleagues(
    user_id: UUID | None, *, clinic_id: UUID, username: str | None, display_name: str | None
) -> None:
    """Refuse names of staff that look like those of somebody else on the clinic's staff.

    :raises backend.kit.errors.InvalidInput: naming ``username`` or ``display_name``.
    """
    others = User.objects.filter(clinic_id=clinic_id, role__in=STAFF)
    if user_id is not None:
        others = others.exclude(pk=user_id)
    signs, names = look_of(username or ""), look_of(display_name or "")
    for other_sign, other_name in others.values_list("username", "display_name"):
        if signs and look_of(other_sign or "") == signs:
            raise InvalidInput.of("username", "username_taken", "This name is taken.")
        if names and look_of(other_name) == names:
            detail = "A colleague is called that. Add what tells them apart, such as an initial."
            raise InvalidInput.of("display_name", "name_taken", detail)


def look_of(name: str) -> str:
    """Fold a name so that names which look alike are equal: letters and digits alone."""
    seen = unicodedata.normalize("NFKC", name).translate(_CAPITALS)
    apart = unicodedata.normalize("NFKD", seen.casefold())
    return "".join(one for one in apart.translate(_ALIKE) if one.isalnum())


_RESERVED = frozenset(map(look_of, RESERVED))
_OURS = tuple(map(look_of, OURS))
