"""Usernames and display names: which are allowed, which look alike, and labels for namesakes."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from backend.kit import text as kit_text
from backend.kit.errors import InvalidInput
from backend.kit.text import NOT_ONE_LINE, is_one_line
from backend.kit.timezones import get_zone
from care.access.rules import membership_holds
from care.models import CareTeamMembership, User
from care.models.people import STAFF_ROLES

#: As long as the column is.
LONGEST_USERNAME = 150
#: What the pages, the app and the access log call somebody who is no single person. A name of these
#: would let somebody act under another's flag.
RESERVED_NAMES = (
    "you", "yourself", "me", "self", "somebody", "somebody else", "someone else", "anybody",
    "nobody", "anonymous", "unknown", "system", "system administrator", "service",
    "server", "root", "operator", "support", "support team",
    "support person", "customer support", "technical support", "help desk", "administrator",
    "admin", "administration", "moderator", "security", "security team",
    "privacy officer", "staff", "care team", "your care team",
    "your therapist", "your clinic", "clinic", "crisis line", "emergency",
)  # fmt: skip
#: Nobody is called anything with these in it.
RESERVED_PARTS = ("betweensessions", "yoursupportperson", "privacyofficer")
#: Letters of other alphabets, and signs, that are drawn as Latin ones (Unicode TS 39, the part that
#: can spell our words).
_LOOKALIKES = str.maketrans({
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


def validate_username(username: str) -> str:
    """Fold a username that somebody chose, and check that it can be one.

    :raises backend.kit.errors.InvalidInput: naming ``username``: nothing of it is visible, or it is
        too long once its letters are written out.
    """
    name = kit_text.fold_name(username)
    if not name or not is_one_line(username.strip()):
        raise InvalidInput.of("username", "invalid_characters", NOT_ONE_LINE)
    if len(name) > LONGEST_USERNAME:
        detail = f"At most {LONGEST_USERNAME} characters."
        raise InvalidInput.of("username", "too_long", detail)
    return name


def validate_display_name(name: str, *, field: str = "display_name") -> None:
    """Refuse a name that reads as somebody or something else than a person.

    :raises backend.kit.errors.InvalidInput: naming ``field``.
    """
    validate_printable(name, field=field)
    key = lookalike_key(name)
    if not any(char.isalpha() for char in name):
        raise InvalidInput.of(field, "blank", "Must have a letter.")
    if key.removeprefix("the") in _RESERVED_NAME_KEYS or any(
        part in key for part in _RESERVED_PART_KEYS
    ):
        raise InvalidInput.of(field, "reserved_name", "Nobody can be called that here.")


def validate_printable(name: str, *, field: str) -> None:
    """Refuse line breaks, other control characters, and overrides of the direction of writing.

    :raises backend.kit.errors.InvalidInput: naming ``field``.
    """
    if not is_one_line(name):
        raise InvalidInput.of(field, "invalid_characters", NOT_ONE_LINE)


def validate_unlike_colleagues(
    user_id: UUID | None, *, clinic_id: UUID, username: str | None, display_name: str | None
) -> None:
    """Refuse names of staff that look like those of somebody else on the clinic's staff.

    :raises backend.kit.errors.InvalidInput: naming ``username`` or ``display_name``.
    """
    others = User.objects.filter(clinic_id=clinic_id, role__in=STAFF_ROLES)
    if user_id is not None:
        others = others.exclude(pk=user_id)
    signs, names = lookalike_key(username or ""), lookalike_key(display_name or "")
    for other_sign, other_name in others.values_list("username", "display_name"):
        if signs and lookalike_key(other_sign or "") == signs:
            raise InvalidInput.of("username", "username_taken", "This name is taken.")
        if names and lookalike_key(other_name) == names:
            detail = "A colleague is called that. Add what tells them apart, such as an initial."
            raise InvalidInput.of("display_name", "name_taken", detail)


def lookalike_key(name: str) -> str:
    """Fold a name so that names which look alike are equal: letters and digits alone."""
    latin = unicodedata.normalize("NFKC", name).translate(_CAPITALS)
    decomposed = unicodedata.normalize("NFKD", latin.casefold())
    return "".join(char for char in decomposed.translate(_LOOKALIKES) if char.isalnum())


_RESERVED_NAME_KEYS = frozenset(map(lookalike_key, RESERVED_NAMES))
_RESERVED_PART_KEYS = tuple(map(lookalike_key, RESERVED_PARTS))


@dataclass(frozen=True, slots=True)
class _Person:
    id: UUID
    name: str
    username: str | None
    created_at: datetime


def namesake_labels(*, viewer: User, now: datetime, also: Collection[UUID] = ()) -> dict[UUID, str]:
    """Return labels for those who share a name, among the viewer's patients and colleagues.

    ``also`` are others who are listed beside them. Whoever shares their name with nobody has no
    label. One statement, however many there are; the caller has checked the right to the names.
    """
    treated = CareTeamMembership.objects.filter(membership_holds(now), clinician_id=viewer.pk)
    staff = Q(clinic_id=viewer.clinic_id, role=User.Role.CLINICIAN)
    rows = User.objects.filter(
        Q(pk__in=treated.values("patient_id")) | Q(pk__in=list(also)) | staff
    ).values_list("role", "pk", "display_name", "username", "created_at")
    by_role: dict[str, list[_Person]] = defaultdict(list)
    for role, pk, name, username, created_at in rows:
        by_role[role].append(_Person(pk, name, username, created_at))
    labels: dict[UUID, str] = {}
    for people in by_role.values():
        labels |= _labels_among(people, viewer)
    return labels


def namesake_labels_in(
    people: Iterable[tuple[UUID, str]], *, viewer: User, now: datetime
) -> dict[UUID, str]:
    """Return labels for those of a list who share a name in it; without any, query nothing."""
    listed = dict(people)
    if not has_namesakes(listed.values()):
        return {}
    labels = namesake_labels(viewer=viewer, now=now, also=listed)
    return {pk: label for pk, label in labels.items() if pk in listed}


def has_namesakes(names: Iterable[str]) -> bool:
    """Whether two of these are read as the same name."""
    folded = [namesake_key(name) for name in names]
    return len(set(folded)) < len(folded)


def namesake_key(name: str) -> str:
    """Reduce a name to what an eye tells apart: no case, accents, spaces, or invisible marks."""
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    return "".join(
        char for char in unicodedata.normalize("NFKD", decomposed)
        if unicodedata.category(char)[0] in "LNS"
    )  # fmt: skip


def add_namesake_labels(
    pairs: Iterable[tuple[UUID, str]], apart: Mapping[UUID, str]
) -> list[tuple[UUID, str]]:
    """Add its label to each name that has one, for lists of plain text."""
    return [(pk, f"{name} ({apart[pk]})" if pk in apart else name) for pk, name in pairs]


def _labels_among(people: Iterable[_Person], viewer: User) -> dict[UUID, str]:
    alike: dict[str, list[_Person]] = defaultdict(list)
    for person in people:
        alike[namesake_key(person.name)].append(person)
    labels: dict[UUID, str] = {}
    for same in alike.values():
        if len(same) > 1:
            labels |= _make_distinct(
                {namesake.id: _person_label(namesake, viewer) for namesake in same}
            )
    return labels


def _person_label(person: _Person, viewer: User) -> str:
    """Return what they sign in with, or when they were invited while they have not enrolled."""
    if person.username:
        return person.username
    at = person.created_at.astimezone(get_zone(viewer.clinic.time_zone))
    return f"invited {at:%b} {at.day}, {at.hour % 12 or 12}:{at.minute:02d} {at:%p}".replace(
        "AM", "am"
    ).replace("PM", "pm")


def _make_distinct(labels: Mapping[UUID, str]) -> dict[UUID, str]:
    """Add the end of the id where even the labels are alike."""
    texts = list(labels.values())
    return {
        pk: text if texts.count(text) == 1 else f"{text}, no. {pk.hex[-4:]}"
        for pk, text in labels.items()
    }
