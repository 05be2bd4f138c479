"""Every kind of entry, one small module each. A new kind is added to this list."""

from journaling.kinds import craving, mood, note, skill_practice, use
from journaling.kinds.kind import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (craving.KIND, mood.KIND, skill_practice.KIND, use.KIND, note.KIND)
}
