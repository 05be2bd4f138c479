"""What an occurrence is called: by reminder, local day and slot, not by an instant."""

from datetime import date
from uuid import UUID, uuid5

from backend.kit.among import hexed

_SPACE = UUID("0d1f1a5e-6a55-5c0b-9a3e-6f0f9d7f5b1c")
#: A nudge stands beside the minute that it repeats.
NUDGE = 2000


def occurrence_id(
    *, patient_id: UUID, reminder_id: UUID, day: date, slot: int, session: UUID | None = None
) -> UUID:
    """Name an occurrence; a phone that asks before it is due gets the same name.

    What announces a session is named for it: moved within its day, it is still the same.
    """
    which = slot if session is None else f"{session}|{'nudge' if slot >= NUDGE else 'main'}"
    return uuid5(_SPACE, f"{patient_id}|{reminder_id}|{day.isoformat()}|{which}")


def tag_of(occurrence: UUID) -> str:
    """Name what replaces what on a phone (at most 64 bytes, APNs' limit)."""
    return f"r-{hexed(occurrence)}"


def named_by(tag: str) -> UUID:
    """Tell which occurrence a tag was made for: a nudge has that of what it repeats."""
    return UUID(hex=tag.removeprefix("r-"))


def partner(slot: int) -> int:
    """Name the nudge of a slot, or the slot of a nudge."""
    return slot - NUDGE if slot >= NUDGE else slot + NUDGE
